package dev.lanewise.cli.corpus;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/**
 * What known compressors make of a text, in bits of their file per byte: for orientation, they see
 * the text itself and look back as far as they may.
 */
public final class Compressors {
  /** What xz -6 may look back, in bytes; it takes about twelve times the memory. */
  private static final int XZ_WINDOW = 8 << 20;

  private Compressors() {}

  /** By {@code gzip -9}, which may look back 32 KiB. */
  public static double gzip(byte[] text) {
    return bitsPerByte(text, BestGzip::new);
  }

  /** By {@code xz -6}, its default, which may look back 8 MiB. */
  public static double xz(byte[] text) {
    int window = Math.clamp(text.length, LZMA2Options.DICT_SIZE_MIN, XZ_WINDOW);
    return bitsPerByte(
        text,
        out -> {
          LZMA2Options options = new LZMA2Options(LZMA2Options.PRESET_DEFAULT);
          options.setDictSize(window);
          return new XZOutputStream(out, options);
        });
  }

  private interface Compressor {
    OutputStream into(OutputStream out) throws IOException;
  }

  private static double bitsPerByte(byte[] text, Compressor compressor) {
    Counter counter = new Counter();
    try (OutputStream compressed = compressor.into(counter)) {
      compressed.write(text);
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
