package dev.lanewise.jmh.python;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A Python that trains. Each line that is sent to it is a number of steps; it answers with the loss
 * of the last one. One exchange over the two pipes takes some tens of microseconds.
 */
final class PythonProcess implements AutoCloseable {
  private static final String READY = "ready ";

  private final Process process;
  private final Writer requests;
  private final BufferedReader answers;

  private PythonProcess(Process process) {
    this.process = process;
    requests = process.outputWriter(StandardCharsets.UTF_8);
    answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * Starts the script and waits until it has its weights.
   *
   * @param environment for the process, added to this one's
   */
  static PythonProcess start(Path script, List<String> arguments, Map<String, String> environment)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("python3", "-u", script.toString()));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    PythonProcess started = new PythonProcess(builder.start());
    String answer = started.answer();
    if (!answer.startsWith(READY)) {
      started.close();
      throw new IOException(
          command + " began with \"" + answer + "\": \"" + READY + "\" is wanted");
    }
    System.out.println(answer.substring(READY.length()));
    return started;
  }

  /** Runs as many steps; the loss of the last one. */
  float steps(int count) throws IOException {
    requests.write(count + "\n");
    requests.flush();
    return Float.parseFloat(answer());
  }

  private String answer() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("the Python process has ended: what it said is above");
    }
    return line;
  }

  @Override
  public void close() throws IOException {
    requests.close();
    process.destroy();
  }
}
