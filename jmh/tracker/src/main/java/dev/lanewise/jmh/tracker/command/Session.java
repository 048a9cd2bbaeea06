package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.TrackerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/**
 * One run of a command: its name, its time, and a folder for logs that the next one of the same
 * name does not overwrite.
 */
record Session(String id, String time, Path scratch) {
  private static final DateTimeFormatter ID =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS").withZone(ZoneOffset.UTC);

  static Session open(Path store, String command) {
    Instant now = Instant.now();
    String id = ID.format(now) + "-" + command;
    Path scratch = store.resolve("logs").resolve(id);
    try {
      Files.createDirectories(scratch);
    } catch (IOException e) {
      throw TrackerException.infrastructure("cannot make " + scratch + ": " + e, e);
    }
    return new Session(
        id, now.truncatedTo(ChronoUnit.SECONDS).toString(), scratch.toAbsolutePath());
  }

  /** What was given to the tracker, so that a shell takes it again. */
  static String command(CommandSpec spec) {
    return spec.commandLine().getParseResult().originalArgs().stream()
        .map(argument -> argument.matches("[\\w@%+=:,./~-]+") ? argument : "'" + argument + "'")
        .collect(Collectors.joining(" "));
  }
}
