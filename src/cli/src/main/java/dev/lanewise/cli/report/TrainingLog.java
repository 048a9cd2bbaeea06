package dev.lanewise.cli.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots of a training as a table that grows by a line at a time, so that a kill loses no
 * line but the one that is being written.
 *
 * @param <S> a snapshot
 */
public final class TrainingLog<S> {
  private final Path file;

  private final LogFormat<S> format;

  private TrainingLog(Path file, LogFormat<S> format) {
    this.file = file;
    this.format = format;
  }

  /** An empty table. */
  public static <S> TrainingLog<S> begin(Path file, LogFormat<S> format) {
    TrainingLog<S> log = new TrainingLog<>(file, format);
    log.write(List.of());
    return log;
  }

  /** The table of an earlier training; what was noted after {@code step} is cut off. */
  public static <S> TrainingLog<S> resume(Path file, LogFormat<S> format, long step) {
    TrainingLog<S> log = new TrainingLog<>(file, format);
    log.write(log.read().stream().filter(snapshot -> format.step(snapshot) <= step).toList());
    return log;
  }

  /** All whole lines, in order. */
  public List<S> read() {
    List<S> snapshots = new ArrayList<>();
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

  private S parse(String line) {
    List<String> cells = List.of(line.split(",", -1));
    try {
      if (cells.size() == format.columns().size()) {
        return format.parse(cells);
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
  public void add(S snapshot) {
    try {
      Files.writeString(file, line(snapshot), StandardOpenOption.APPEND);
    } catch (IOException failure) {
      throw unwritable(failure);
    }
  }

  private void write(List<S> snapshots) {
    StringBuilder text = new StringBuilder(String.join(",", format.columns())).append('\n');
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

  private String line(S snapshot) {
    return format.numbers().apply(snapshot).stream()
            .map(Number::toString)
            .collect(Collectors.joining(","))
        + "\n";
  }

  private UserError unwritable(IOException failure) {
    return new UserError(
        "cannot read or write " + file + " (" + failure + "): check the folder", failure);
  }
}
