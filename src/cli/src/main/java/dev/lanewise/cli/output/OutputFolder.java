package dev.lanewise.cli.output;

import dev.lanewise.cli.report.UserError;
import dev.lanewise.cli.training.RunCheckpoints;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where a command writes, found out to be writable before it begins. */
public record OutputFolder(Path folder) {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

  /** The trained model. */
  public Path model() {
    return folder.resolve("model.safetensors");
  }

  /** The learning curve. */
  public Path learningCurve() {
    return folder.resolve("learning-curve.svg");
  }

  /** The page about the training. */
  public Path report() {
    return folder.resolve("report.html");
  }

  /** What was measured on the way. */
  public Path log() {
    return folder.resolve("log.csv");
  }

  /** Where the training can go on from. */
  public Path checkpoints() {
    return folder.resolve("checkpoints");
  }

  /** The page about a race. */
  public Path race() {
    return folder.resolve("race.html");
  }

  /**
   * The folder of a training that begins.
   *
   * @param asked null for a new folder under {@code runs}
   * @param force whether files of an earlier training may be replaced
   */
  public static OutputFolder ofTraining(@Nullable Path asked, boolean force) {
    OutputFolder output = of(asked);
    if (!force) {
      output.requireNew(
          List.of(
              output.model(),
              output.learningCurve(),
              output.report(),
              output.log(),
              output.checkpoints()));
    }
    output.requireWritable();
    RunCheckpoints.deleteAll(output.checkpoints());
    return output;
  }

  /**
   * The folder of a race.
   *
   * @param asked null for a new folder under {@code runs}
   * @param force whether the page of an earlier race may be replaced
   */
  public static OutputFolder ofRace(@Nullable Path asked, boolean force) {
    OutputFolder output = of(asked);
    if (!force) {
      output.requireNew(List.of(output.race()));
    }
    output.requireWritable();
    return output;
  }

  private static OutputFolder of(@Nullable Path asked) {
    return new OutputFolder(
        asked == null
            ? Path.of("runs", STAMP.format(LocalDateTime.now(ZoneId.systemDefault())))
            : asked);
  }

  /** The folder of a training that goes on, made by nobody but the training that began. */
  public static OutputFolder resume(@Nullable Path asked) {
    if (asked == null) {
      throw new UserError("--resume needs the folder of the training: give it with --output");
    }
    OutputFolder output = new OutputFolder(asked);
    if (Files.isDirectory(asked)) {
      output.requireWritable();
    }
    return output;
  }

  /** Makes the folder if need be and writes a file there to see that it can be done. */
  private void requireWritable() {
    try {
      Files.createDirectories(folder);
      Files.delete(Files.createTempFile(folder, "write-test", ".tmp"));
    } catch (IOException failure) {
      throw new UserError(
          "cannot write to the output folder "
              + folder
              + " ("
              + reason(failure)
              + "): give another one with --output",
          failure);
    }
  }

  private void requireNew(List<Path> files) {
    for (Path file : files) {
      if (Files.exists(file)) {
        throw new UserError(
            file
                + " exists and would be overwritten: give another --output, --force to replace it,"
                + " or --resume to go on with a training");
      }
    }
  }

  private static String reason(IOException failure) {
    return switch (failure) {
      case AccessDeniedException denied -> "permission denied";
      case FileAlreadyExistsException exists -> exists.getFile() + " is a file";
      default -> failure.getClass().getSimpleName() + ": " + failure.getMessage();
    };
  }

  /** Writes a file of this folder. */
  public void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException failure) {
      throw new UserError(
          "cannot write " + file + " (" + reason(failure) + "): free some room", failure);
    }
  }
}
