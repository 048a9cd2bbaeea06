package dev.lanewise.cli.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots of a training as a table that grows by a line at a time, so that a kill loses no
 * line but the one that is being written.
 */
public final class TrainingLog {
  private static final String HEADER =
      "step,seconds,held_out_bits_per_byte,train_bits_per_byte,lr,tokens_per_second,gemm_gflops,"
          + "gemm_percent_of_peak,seconds_left";

  private static final int COLUMNS = 9;

  private final Path file;

  private TrainingLog(Path file) {
    this.file = file;
  }

  /** An empty table. */
  public static TrainingLog begin(Path file) {
    TrainingLog log = new TrainingLog(file);
    log.write(List.of());
    return log;
  }

  /** The table of an earlier training; what was noted after {@code step} is cut off. */
  public static TrainingLog resume(Path file, long step) {
    TrainingLog log = new TrainingLog(file);
    log.write(log.read().stream().filter(snapshot -> snapshot.step() <= step).toList());
    return log;
  }

  /** All whole lines, in order. */
  public List<Snapshot> read() {
    List<Snapshot> snapshots = new ArrayList<>();
    if (!Files.exists(file)) {
      return snapshots;
    }
    try {
      String text = Files.readString(file);
      for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().skip(1).toList()) {
        snapshots.add(parse(line));
      }
      return snapshots;
    } catch (IOException failure) {
      throw unwritable(failure);
    }
  }

  private Snapshot parse(String line) {
    String[] cells = line.split(",", -1);
    try {
      if (cells.length == COLUMNS) {
        return new Snapshot(
            Long.parseLong(cells[0]),
            Double.parseDouble(cells[1]),
            Double.parseDouble(cells[2]),
            Double.parseDouble(cells[3]),
            Double.parseDouble(cells[4]),
            Double.parseDouble(cells[5]),
            Double.parseDouble(cells[6]),
            Double.parseDouble(cells[7]),
            Double.parseDouble(cells[8]));
      }
    } catch (NumberFormatException notANumber) {
      throw unsound(line, notANumber);
    }
    throw unsound(line, null);
  }

  private UserError unsound(String line, @Nullable NumberFormatException cause) {
    String sentence =
        file
            + " has a line \""
            + line
            + "\", which is no line of a training's log: delete the file";
    return cause == null ? new UserError(sentence) : new UserError(sentence, cause);
  }

  /** Adds a line. */
  public void add(Snapshot snapshot) {
    try {
      Files.writeString(file, line(snapshot), StandardOpenOption.APPEND);
    } catch (IOException failure) {
      throw unwritable(failure);
    }
  }

  private void write(List<Snapshot> snapshots) {
    StringBuilder text = new StringBuilder(HEADER).append('\n');
    snapshots.forEach(snapshot -> text.append(line(snapshot)));
    try {
      // As a whole or not at all: a kill must not lose what is there.
      Path whole = file.resolveSibling(file.getFileName() + ".tmp");
      Files.writeString(whole, text);
      Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException failure) {
      throw unwritable(failure);
    }
  }

  private static String line(Snapshot snapshot) {
    return snapshot.step()
        + ","
        + snapshot.seconds()
        + ","
        + snapshot.heldOutBits()
        + ","
        + snapshot.trainBits()
        + ","
        + snapshot.lr()
        + ","
        + snapshot.tokensPerSecond()
        + ","
        + snapshot.gemmGflops()
        + ","
        + snapshot.gemmPercentOfPeak()
        + ","
        + snapshot.secondsLeft()
        + "\n";
  }

  private UserError unwritable(IOException failure) {
    return new UserError(
        "cannot read or write " + file + " (" + failure + "): check the folder", failure);
  }
}
