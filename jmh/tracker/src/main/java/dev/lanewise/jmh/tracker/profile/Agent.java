package dev.lanewise.jmh.tracker.profile;

import dev.lanewise.jmh.tracker.TrackerException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;

/** async-profiler's agent, taken out of its Maven artifact, which is part of this jar. */
final class Agent {
  private final Path library;

  private Agent(Path library) {
    this.library = library;
  }

  static Agent extract(Path folder) {
    String resource = "/" + platform() + "/libasyncProfiler.so";
    try (InputStream in = Agent.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw TrackerException.infrastructure("the jar of async-profiler has no " + resource);
      }
      Path library = folder.resolve("libasyncProfiler.so");
      Files.copy(in, library, StandardCopyOption.REPLACE_EXISTING);
      return new Agent(library.toAbsolutePath());
    } catch (IOException e) {
      throw TrackerException.infrastructure(
          "cannot unpack the profiler to " + folder + ": " + e, e);
    }
  }

  private static String platform() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    if (system.startsWith("mac")) {
      return "macos";
    }
    if (!system.startsWith("linux")) {
      throw TrackerException.usage("async-profiler has no agent for " + system);
    }
    return System.getProperty("os.arch").equals("aarch64") ? "linux-arm64" : "linux-x64";
  }

  /**
   * The options of a JVM that is to be sampled.
   *
   * @param event as {@code ctimer}, which needs no perf events, or {@code cpu}
   * @param files with {@code %p} in the place of the process id
   */
  List<String> options(String event, Path files) {
    return List.of(
        "-agentpath:"
            + library
            + "=start,event="
            + event
            + ",interval=1ms,collapsed,ann,file="
            + files,
        "-XX:+UnlockDiagnosticVMOptions",
        "-XX:+DebugNonSafepoints");
  }
}
