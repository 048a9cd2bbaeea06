package dev.lanewise.io;

import java.io.IOException;
import java.nio.file.Path;

/** A file that is not the tensor file it should be; the message names the file and the reason. */
public final class MalformedTensorFileException extends IOException {
  private static final long serialVersionUID = 1L;

  MalformedTensorFileException(Path file, String reason) {
    super(file + " is not a tensor file that can be read: " + reason);
  }
}
