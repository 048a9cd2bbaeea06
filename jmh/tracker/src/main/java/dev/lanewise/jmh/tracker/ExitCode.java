package dev.lanewise.jmh.tracker;

/** What a script learns without reading. */
public final class ExitCode {
  public static final int FINE = 0;

  /** A regression that was confirmed, or a gate that is shut. */
  public static final int REGRESSION = 1;

  /** The machine, a build or a fork failed: nothing is said about the code. */
  public static final int UNSTABLE = 2;

  public static final int USAGE = 3;

  /** A defect of this program: {@code EX_SOFTWARE} of sysexits.h. */
  public static final int DEFECT = 70;

  private ExitCode() {}
}
