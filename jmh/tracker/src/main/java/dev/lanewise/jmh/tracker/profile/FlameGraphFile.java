package dev.lanewise.jmh.tracker.profile;

import dev.lanewise.jmh.tracker.TrackerException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import one.convert.Arguments;
import one.convert.FlameGraph;

/** Flame graphs as single HTML files, drawn by async-profiler's converter. */
final class FlameGraphFile {
  /** Frames with less than 0.1 % of the samples are left out, which keeps the files small. */
  private static final String LEAST_WIDTH = "0.1";

  private FlameGraphFile() {}

  static void write(Path file, String title, Stacks stacks) {
    FlameGraph graph = graph(title, stacks);
    dump(file, graph);
  }

  /**
   * Frames of the candidate, coloured by how many more or fewer samples they have than the base.
   */
  static void writeDifference(Path file, String title, Stacks base, Stacks candidate) {
    FlameGraph graph = graph(title, base);
    graph.diff(graph(title, candidate));
    dump(file, graph);
  }

  private static FlameGraph graph(String title, Stacks stacks) {
    FlameGraph graph =
        new FlameGraph(new Arguments("--title", title, "--minwidth", LEAST_WIDTH, "--norm"));
    try {
      graph.parseCollapsed(new StringReader(stacks.toString()));
      return graph;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void dump(Path file, FlameGraph graph) {
    try (PrintStream out =
        new PrintStream(Files.newOutputStream(file), false, StandardCharsets.UTF_8)) {
      graph.dump(out);
      if (out.checkError()) {
        throw new IOException("the disk may be full");
      }
    } catch (IOException e) {
      throw TrackerException.infrastructure("cannot write " + file + ": " + e.getMessage(), e);
    }
  }
}
