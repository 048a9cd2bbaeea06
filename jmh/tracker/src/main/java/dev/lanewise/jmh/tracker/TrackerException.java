package dev.lanewise.jmh.tracker;

import java.util.Objects;

/** An end that the user can do something about: one sentence and an exit code. */
public final class TrackerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int exitCode;

  private TrackerException(int exitCode, String sentence, Throwable cause) {
    super(sentence, cause);
    this.exitCode = exitCode;
  }

  private TrackerException(int exitCode, String sentence) {
    super(sentence);
    this.exitCode = exitCode;
  }

  /** What was asked for makes no sense. */
  public static TrackerException usage(String sentence) {
    return new TrackerException(ExitCode.USAGE, sentence);
  }

  /** What was asked for makes sense, and this machine or the measured project failed it. */
  public static TrackerException infrastructure(String sentence) {
    return new TrackerException(ExitCode.UNSTABLE, sentence);
  }

  /** As {@link #infrastructure(String)}. */
  public static TrackerException infrastructure(String sentence, Throwable cause) {
    return new TrackerException(ExitCode.UNSTABLE, sentence, cause);
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }

  public int exitCode() {
    return exitCode;
  }
}
