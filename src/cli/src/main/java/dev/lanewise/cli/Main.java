package dev.lanewise.cli;

import org.jspecify.annotations.Nullable;

/**
 * The entry point of the runnable jar. Compiled for Java 8, so that any java can load it and an old
 * one says in one sentence what is missing instead of failing on the version of a class file.
 */
public final class Main {
  private static final int OLDEST_JAVA = 25;

  private static final int EXIT_USAGE = 2;

  private Main() {}

  /** Runs the command line. */
  public static void main(String[] args) {
    String complaint = complaint(System.getProperty("java.specification.version"));
    if (complaint != null) {
      System.err.println(complaint);
      System.exit(EXIT_USAGE);
    }
    Launcher.main(args);
  }

  /**
   * What is wrong with a java of this specification version ("1.8", "17", "25"), null if nothing
   * is.
   */
  static @Nullable String complaint(String specificationVersion) {
    String feature =
        specificationVersion.startsWith("1.")
            ? specificationVersion.substring(2)
            : specificationVersion;
    if (Integer.parseInt(feature) >= OLDEST_JAVA) {
      return null;
    }
    return "lanewise: this is Java "
        + feature
        + " and Lanewise needs Java "
        + OLDEST_JAVA
        + " or newer: start the jar with the java of a JDK "
        + OLDEST_JAVA
        + ".";
  }
}
