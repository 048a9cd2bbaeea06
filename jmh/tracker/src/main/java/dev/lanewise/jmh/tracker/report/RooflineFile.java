package dev.lanewise.jmh.tracker.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.history.AtomicFile;
import dev.lanewise.jmh.tracker.history.Entry;
import dev.lanewise.jmh.tracker.history.Machine;
import dev.lanewise.jmh.tracker.measure.Calibration;
import dev.lanewise.jmh.tracker.measure.ForkResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The roofline of a file of JMH results, as a picture of its own beside it. */
public final class RooflineFile {
  private static final String JSON = ".json";

  private RooflineFile() {}

  /** The files of a folder, or the file itself. */
  public static List<Path> results(Path given) {
    if (!Files.isDirectory(given)) {
      return List.of(given);
    }
    try (Stream<Path> files = Files.list(given)) {
      return files.filter(file -> file.toString().endsWith(JSON)).sorted().toList();
    } catch (IOException e) {
      throw TrackerException.infrastructure("cannot list " + given + ": " + e, e);
    }
  }

  /** Where the picture of a result lies. */
  public static Path of(Path result) {
    String name = String.valueOf(result.getFileName());
    String stem = name.endsWith(JSON) ? name.substring(0, name.length() - JSON.length()) : name;
    return result.resolveSibling(stem + ".roofline.svg");
  }

  /** False, and nothing written, where the result has no limits or no benchmark beneath them. */
  public static boolean write(Path result, Pattern compute, Pattern memory) {
    String picture = picture(result, compute, memory);
    if (!picture.isEmpty()) {
      AtomicFile.write(of(result), picture);
    }
    return !picture.isEmpty();
  }

  /** The picture, empty where there is none. */
  static String picture(Path result, Pattern compute, Pattern memory) {
    List<Entry> entries = entries(result);
    return Roofline.picture(Ceilings.of(entries, compute, memory), entries);
  }

  private static List<Entry> entries(Path result) {
    JsonNode json;
    try {
      json = new ObjectMapper().readTree(result.toFile());
    } catch (IOException e) {
      throw TrackerException.usage(result + " is no JSON of JMH: " + e.getMessage());
    }
    Entry.Origin origin = new Entry.Origin("", "run", "", result.toString(), "", "");
    Machine unknown = new Machine("", "unknown", 0, "unknown", "unknown", "unknown");
    Calibration.Point none = new Calibration.Point(0, 0);
    // Other files of results than JMH's are no lists.
    return (json.isArray() ? ForkResult.of(json) : List.<ForkResult>of())
        .stream().map(fork -> Entry.of(origin, unknown, none, 0, List.of(fork))).toList();
  }
}
