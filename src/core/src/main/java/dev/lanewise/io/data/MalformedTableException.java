package dev.lanewise.io.data;

import java.io.IOException;
import java.nio.file.Path;

/** A table that cannot be read; the message names file, line, column and reason. */
public final class MalformedTableException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * A place and what is wrong there.
   *
   * @param line from 1 on
   * @param column field of the line, from 1 on
   */
  MalformedTableException(Path file, long line, int column, String reason) {
    super(file + ", line " + line + ", column " + column + ": " + reason);
  }
}
