package dev.lanewise.cli.corpus;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * What {@code gzip -9} makes of a text: for orientation, it may look back 32 KiB and sees the text
 * itself first.
 */
public final class GzipBaseline {
  private GzipBaseline() {}

  /** Bits of the gzip file per byte of {@code text}. */
  public static double bitsPerByte(byte[] text) {
    Counter counter = new Counter();
    try (GZIPOutputStream gzip = new BestGzip(counter)) {
      gzip.write(text);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return 8.0 * counter.bytes / text.length;
  }

  private static final class BestGzip extends GZIPOutputStream {
    BestGzip(OutputStream out) throws IOException {
      super(out, 1 << 16);
      def.setLevel(Deflater.BEST_COMPRESSION);
    }
  }

  private static final class Counter extends OutputStream {
    private long bytes;

    @Override
    public void write(int b) {
      bytes++;
    }

    @Override
    public void write(byte[] b, int offset, int length) {
      bytes += length;
    }
  }
}
