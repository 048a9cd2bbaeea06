package dev.lanewise.jmh.tracker.gate;

import dev.lanewise.jmh.tracker.history.AtomicFile;
import dev.lanewise.jmh.tracker.history.Machine;
import java.nio.file.Path;
import java.util.List;

/**
 * The outcome of all gates, for reports that are written later.
 *
 * @param code the side that was asked
 * @param command that was given to the tracker
 */
public record GateFile(
    Machine machine, String time, String code, String command, List<Row> benchmarks) {
  /**
   * One benchmark with its parameters.
   *
   * @param shut a sentence for each gate that did not let it pass
   * @param failed why its fork gave no answer, empty where it did
   */
  public record Row(String benchmark, List<String> shut, List<String> notes, String failed) {}

  public void write(Path file) {
    AtomicFile.writeJson(file, this);
  }
}
