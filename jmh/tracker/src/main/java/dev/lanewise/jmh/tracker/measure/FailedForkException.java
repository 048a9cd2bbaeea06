package dev.lanewise.jmh.tracker.measure;

import java.util.Objects;

/** One fork did not give a score. */
public final class FailedForkException extends Exception {
  private static final long serialVersionUID = 1;

  public FailedForkException(String sentence) {
    super(sentence);
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
