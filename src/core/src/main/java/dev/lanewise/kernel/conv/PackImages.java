package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.gemm.f32.Rows;
import java.util.Arrays;

/** Copies lines of an image, with the zeros around it, into the form of a {@link Stencil}. */
final class PackImages {
  private static final int CHUNK = Stencil.CHUNK;

  private PackImages() {}

  /** What {@code lines} lines of the output from {@code first} on see of a sample. */
  static void pack(Stencil s, int sample, int first, int lines, float[] packed, int at) {
    int packedLines = s.packedLines(lines);
    int top = Math.multiplyExact(first, s.strideY) + s.originY;
    int t = at;
    for (int line = top; line < top + packedLines; line++) {
      boolean outside = line < 0 || line >= s.height;
      for (int plane = 0; plane < s.planes(); plane++) {
        int to = t + Math.multiplyExact(plane, s.planeSize);
        if (outside) {
          Arrays.fill(packed, to, to + s.lineSize, 0f);
        } else {
          line(s, (long) sample * s.height + line, plane, packed, to);
        }
      }
      t += s.lineSize;
    }
  }

  /** One line of all samples, the columns {@code strideX} apart after one another. */
  private static void line(Stencil s, long line, int plane, float[] packed, int t0) {
    int channel = Math.multiplyExact(plane, CHUNK);
    int channels = Math.min(CHUNK, s.channels - channel);
    int t = t0;
    for (int phase = 0; phase < s.strideX; phase++) {
      int column = phase + s.originX;
      int inner = Math.clamp(Math.ceilDiv(-column, s.strideX), 0, s.columns);
      int past = Math.clamp(Math.ceilDiv(s.width - column, s.strideX), inner, s.columns);
      int begin = t + Math.multiplyExact(inner, CHUNK);
      int end = t + Math.multiplyExact(past, CHUNK);
      int next = t + Math.multiplyExact(s.columns, CHUNK);
      Arrays.fill(packed, t, begin, 0f);
      Arrays.fill(packed, end, next, 0f);
      if (inner < past) {
        long pixel = line * s.width + column + (long) inner * s.strideX;
        long from = s.image.at(0, pixel * s.pixelStride + channel);
        Rows.readLoosely(s.image, from, past - inner, channels, packed, begin, CHUNK);
      }
      t = next;
    }
  }
}
