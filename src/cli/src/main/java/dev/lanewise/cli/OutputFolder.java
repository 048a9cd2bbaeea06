package dev.lanewise.cli;

import dev.lanewise.cli.report.UserError;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where a training writes, found out to be writable before it begins. */
record OutputFolder(Path model, Path learningCurve) {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

  /**
   * Makes the folder if need be and writes a file there to see that it can be done.
   *
   * @param asked null for a new folder under {@code runs}
   * @param force whether files of an earlier training may be replaced
   */
  static OutputFolder prepare(@Nullable Path asked, boolean force) {
    Path folder =
        asked == null
            ? Path.of("runs", STAMP.format(LocalDateTime.now(ZoneId.systemDefault())))
            : asked;
    OutputFolder output =
        new OutputFolder(folder.resolve("model.safetensors"), folder.resolve("learning-curve.svg"));
    if (!force) {
      output.requireNew(output.model());
      output.requireNew(output.learningCurve());
    }
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
    return output;
  }

  private void requireNew(Path file) {
    if (Files.exists(file)) {
      throw new UserError(
          file
              + " exists and would be overwritten: give another --output, or --force to replace"
              + " it");
    }
  }

  private static String reason(IOException failure) {
    return switch (failure) {
      case AccessDeniedException denied -> "permission denied";
      case FileAlreadyExistsException exists -> exists.getFile() + " is a file";
      default -> failure.getClass().getSimpleName() + ": " + failure.getMessage();
    };
  }

  void writeCurve(String svg) {
    try {
      Files.writeString(
          learningCurve,
          svg,
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE);
    } catch (IOException failure) {
      throw new UserError(
          "cannot write " + learningCurve + " (" + reason(failure) + "); the model is saved",
          failure);
    }
  }
}
