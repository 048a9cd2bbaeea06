package dev.lanewise.jmh.tracker.history;

import dev.lanewise.jmh.tracker.TrackerException;
import java.nio.file.Path;

/** A writer in a process of its own: file, line, how often. */
final class AppendingProcess {
  private AppendingProcess() {}

  public static void main(String[] arguments) {
    try {
      for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
        AtomicFile.append(Path.of(arguments[0]), arguments[1]);
      }
    } catch (TrackerException e) {
      System.err.println(e.getMessage());
      System.exit(e.exitCode());
    }
  }
}
