package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.source.BuildRecipe;
import dev.lanewise.jmh.tracker.source.Sources;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a revision or a folder becomes a jar. */
final class SideOptions {
  @Option(
      names = "--build",
      paramLabel = "COMMAND",
      description = "builds a checkout; default: the usual one of Maven or Gradle")
  @Nullable String build;

  @Option(
      names = "--jar",
      paramLabel = "GLOB",
      description =
          "where the build leaves the JMH jar; default: target/benchmarks.jar or"
              + " build/libs/*-jmh.jar",
      defaultValue = BuildRecipe.USUAL_JAR)
  String jar = BuildRecipe.USUAL_JAR;

  Sources sources(Path store, Path scratch) {
    return new Sources(Path.of("").toAbsolutePath(), store, scratch, new BuildRecipe(build, jar));
  }
}
