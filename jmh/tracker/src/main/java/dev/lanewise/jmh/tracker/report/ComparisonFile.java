package dev.lanewise.jmh.tracker.report;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.compare.Comparison;
import dev.lanewise.jmh.tracker.history.AtomicFile;
import dev.lanewise.jmh.tracker.history.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The outcome of a comparison as JSON, for reports that are written later. */
public record ComparisonFile(
    String session,
    String time,
    Machine machine,
    String base,
    String candidate,
    int rounds,
    long seed,
    List<Comparison> comparisons) {
  private static final ObjectMapper JSON =
      new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

  private static Path folder(Path store) {
    return store.resolve("comparisons");
  }

  public Path write(Path store) {
    Path file = folder(store).resolve(session + ".json");
    AtomicFile.writeJson(file, this);
    return file;
  }

  public static ComparisonFile read(Path file) {
    try {
      return JSON.readValue(Files.readAllBytes(file), ComparisonFile.class);
    } catch (IOException e) {
      throw TrackerException.usage(file + " is no comparison: " + e.getMessage());
    }
  }

  /** The last comparison of a store. */
  public static Optional<ComparisonFile> latest(Path store) {
    Path folder = folder(store);
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".json"))
          .max(Comparator.comparing(file -> file.getFileName().toString()))
          .map(ComparisonFile::read);
    } catch (IOException e) {
      throw TrackerException.infrastructure("cannot list " + folder + ": " + e, e);
    }
  }
}
