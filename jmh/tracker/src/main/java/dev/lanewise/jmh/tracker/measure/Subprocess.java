package dev.lanewise.jmh.tracker.measure;

import dev.lanewise.jmh.tracker.TrackerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A process whose output goes to a log file. It ends, with its children, when this JVM does. */
public final class Subprocess {
  private static final int TOLD_LINES = 4;

  private final List<String> command;
  private final Path log;

  /**
   * @param log overwritten with what the process writes
   */
  public Subprocess(List<String> command, Path log) {
    this.command = List.copyOf(command);
    this.log = log;
  }

  public int run(@Nullable Path folder, Map<String, String> environment) {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.redirectInput(ProcessBuilder.Redirect.from(devNull().toFile()));
    if (folder != null) {
      builder.directory(folder.toFile());
    }
    builder.environment().putAll(environment);
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw TrackerException.infrastructure(
          "cannot start " + command.get(0) + ": " + e.getMessage(), e);
    }
    Thread hook = new Thread(() -> end(process), "end-" + process.pid());
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      int exit = process.waitFor();
      Runtime.getRuntime().removeShutdownHook(hook);
      return exit;
    } catch (InterruptedException e) {
      end(process);
      Thread.currentThread().interrupt();
      throw TrackerException.infrastructure("interrupted while " + command.get(0) + " ran", e);
    } catch (IllegalStateException shutdown) {
      throw TrackerException.infrastructure("this JVM is shutting down", shutdown);
    }
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
  }

  private static Path devNull() {
    return Path.of(System.getProperty("os.name").startsWith("Windows") ? "NUL" : "/dev/null");
  }

  /** What the process wrote. */
  public String output() {
    try {
      return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw TrackerException.infrastructure("cannot read " + log + ": " + e, e);
    }
  }

  /** The lines that most likely say why the process failed, for a sentence. */
  public String lastWords() {
    List<String> lines =
        Arrays.stream(output().split("\\R")).map(String::strip).filter(s -> !s.isEmpty()).toList();
    List<String> telling =
        lines.stream().filter(s -> s.matches(".*(Exception|Error|ERROR|error:).*")).toList();
    List<String> shown = telling.isEmpty() ? lines : telling;
    int from = telling.isEmpty() ? Math.max(0, shown.size() - TOLD_LINES) : 0;
    return String.join(" / ", shown.subList(from, Math.min(shown.size(), from + TOLD_LINES)));
  }
}
