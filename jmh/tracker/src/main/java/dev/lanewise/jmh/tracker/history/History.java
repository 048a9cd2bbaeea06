package dev.lanewise.jmh.tracker.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.jmh.tracker.TrackerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * JSON lines, a file per kind of machine. Lines are added and never changed; one that cannot be
 * read is told, skipped and left where it is.
 */
public final class History {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
          .configure(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES, true)
          .configure(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES, true);

  private final Path file;

  public History(Path store, Machine machine) {
    this(store.resolve("history").resolve(machine.id() + ".jsonl"));
  }

  public History(Path file) {
    this.file = file;
  }

  public Path file() {
    return file;
  }

  public void append(List<Entry> entries) {
    StringBuilder lines = new StringBuilder();
    try {
      for (Entry entry : entries) {
        lines.append(JSON.writeValueAsString(entry)).append('\n');
      }
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    AtomicFile.append(file, lines.toString());
  }

  /**
   * What could be read.
   *
   * @param complaints a sentence for each line that could not
   */
  public record Content(List<Entry> entries, List<String> complaints) {
    /** The runs of each trend, oldest first. */
    public Map<Entry.Trend, List<Entry>> trends() {
      Map<Entry.Trend, List<Entry>> trends = new TreeMap<>();
      entries.stream()
          .filter(entry -> entry.kind().equals("run"))
          .sorted(Comparator.comparing(Entry::time))
          .forEach(
              entry -> trends.computeIfAbsent(entry.trend(), key -> new ArrayList<>()).add(entry));
      return trends;
    }
  }

  /** Nothing where there is no history yet. */
  public Content read() {
    List<Entry> entries = new ArrayList<>();
    List<String> complaints = new ArrayList<>();
    if (!Files.exists(file)) {
      return new Content(entries, complaints);
    }
    String[] lines;
    try {
      // Bytes that are no UTF-8 spoil their own line, not the file.
      lines = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\n");
    } catch (IOException e) {
      throw TrackerException.infrastructure("cannot read " + file + ": " + e, e);
    }
    for (int i = 0; i < lines.length; i++) {
      if (lines[i].isBlank()) {
        continue;
      }
      try {
        Entry entry = JSON.readValue(lines[i], Entry.class);
        if (entry != null && entry.isWhole()) {
          entries.add(entry);
        } else {
          complaints.add("line " + (i + 1) + " of " + file + " has no scores: skipped");
        }
      } catch (JsonProcessingException e) {
        complaints.add(
            "line "
                + (i + 1)
                + " of "
                + file
                + " is damaged ("
                + e.getOriginalMessage()
                + "): skipped");
      }
    }
    return new Content(List.copyOf(entries), List.copyOf(complaints));
  }
}
