package dev.lanewise.autograd.diagnosis;

/**
 * The first value that is not finite, told by {@link Anomalies}: which op made it, called where.
 */
public final class AnomalyException extends ArithmeticException {
  private static final long serialVersionUID = 1L;

  private final String op;
  private final String caller;

  AnomalyException(String op, String caller, String message) {
    super(message);
    this.op = op;
    this.caller = caller;
  }

  /** The op that made the value, or was given it by the user. */
  public String op() {
    return op;
  }

  /** Who has called the op, as a line of a stack trace; empty if nobody outside the library has. */
  public String caller() {
    return caller;
  }
}
