package dev.lanewise.cli.report;

/**
 * Bad input: the message is the one sentence that the user gets to read, with what to do about it.
 */
public final class UserError extends RuntimeException {
  private static final long serialVersionUID = 1;

  public UserError(String sentence) {
    super(sentence);
  }

  public UserError(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
