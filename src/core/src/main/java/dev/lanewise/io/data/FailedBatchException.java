package dev.lanewise.io.data;

/** A batch that could not be prepared; the cause is what its filler threw. */
public final class FailedBatchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  FailedBatchException(long number, Throwable cause) {
    super("batch " + number + " could not be prepared: " + cause, cause);
  }
}
