package dev.lanewise.jmh.tracker.report;

import dev.lanewise.jmh.tracker.measure.SeriesKey;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the profile of a series lies. */
public final class FlameGraphs {
  private FlameGraphs() {}

  /** The folder of a series, named so that every file system takes it. */
  public static Path folder(Path profiles, SeriesKey series) {
    return profiles.resolve(series.configuration().toString().replaceAll("[^\\p{Alnum}.=-]+", "-"));
  }

  /** The address of the flame graph as seen from a page, empty where there is no profile. */
  static String link(Path profiles, SeriesKey series, Path page) {
    Path graph = folder(profiles, series).resolve("flame.html");
    if (!Files.exists(graph)) {
      return "";
    }
    Path from = page.toAbsolutePath().resolveSibling("").normalize();
    return from.relativize(graph.toAbsolutePath().normalize()).toString().replace('\\', '/');
  }
}
