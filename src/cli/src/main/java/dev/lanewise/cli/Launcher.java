package dev.lanewise.cli;

import dev.lanewise.simd.VectorModule;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Starts the commands, or, in a JVM without the vector module, the same java again with the flag:
 * no entry of a manifest can add the module. Links no class that names a vector type.
 */
final class Launcher {
  /** By name: the class itself is compiled apart from this one, for an older Java. */
  private static final String MAIN = "dev.lanewise.cli.Main";

  /** Set in the second JVM: one that still lacks the module must not start a third. */
  private static final String RESTARTED = "lanewise.restarted";

  private Launcher() {}

  static void main(String[] args) {
    if (VectorModule.isPresent()) {
      System.exit(Lanewise.run(args));
    }
    if (Boolean.getBoolean(RESTARTED)) {
      System.err.println(
          "lanewise: this java has no module jdk.incubator.vector: use a full JDK 25 or newer,"
              + " HotSpot for preference.");
      System.exit(Lanewise.EXIT_USAGE);
    }
    System.exit(restart(command(args)));
  }

  /** The command line of this JVM with the flags that the commands need in front of its own. */
  private static List<String> command(String[] args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(Arrays.asList(VectorModule.FLAG.split(" ")));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-D" + RESTARTED + "=true");
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(MAIN);
    command.addAll(Arrays.asList(args));
    return command;
  }

  private static int restart(List<String> command) {
    try {
      Process child = new ProcessBuilder(command).inheritIO().start();
      Runtime.getRuntime()
          .addShutdownHook(new Thread(() -> endWith(child), "lanewise-await-child"));
      return awaitExit(child);
    } catch (IOException failure) {
      System.err.println(
          "lanewise: cannot start "
              + command.getFirst()
              + " again with "
              + VectorModule.FLAG
              + " ("
              + failure.getMessage()
              + "): start java with this flag yourself.");
      return Lanewise.EXIT_USAGE;
    }
  }

  /**
   * Runs when this JVM is told to end. A terminal sends Ctrl-C to both processes, {@code kill} to
   * this one alone: the child is asked to end as well (on Windows that would kill it before it has
   * saved), and this JVM lives until the child is done.
   */
  private static void endWith(Process child) {
    if (!child.isAlive()) {
      return;
    }
    if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows")) {
      child.destroy();
    }
    Runtime.getRuntime().halt(awaitExit(child));
  }

  private static int awaitExit(Process child) {
    while (true) {
      try {
        return child.waitFor();
      } catch (InterruptedException ignored) {
        // The child decides when this JVM ends: nothing else is left to do here.
      }
    }
  }
}
