package dev.lanewise.kernel.gather;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.lanewise.kernel.shape.block.segments.TransposeBlocks;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;

/**
 * Elements in another order of dimensions: {@code y[i0, .., ir] = x[i0 s0 + .. + ir sr]}, y
 * contiguous, its dimensions and the strides of x for them given.
 *
 * <p>Copies bits, NaN too. No elements: nothing is done.
 */
public final class Permute {
  /**
   * A tile of 16 x 16 floats touches the cache lines of y wholly, and those of x more than once.
   */
  private static final long TILE = 16;

  private Permute() {}

  /**
   * Writes planes of y: all of its last two dimensions, for a range of the others.
   *
   * @param x read; must not overlap {@code y}
   * @param y overwritten
   * @param dims of y, at least two
   * @param strides of x for each dimension of y, in elements
   * @param begin first plane
   * @param end one past the last plane
   */
  public static void planes(
      MemorySegment x, MemorySegment y, long[] dims, long[] strides, long begin, long end) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x.getClass() != NATIVE ? x : y);
    }
    int last = dims.length - 1;
    assert last >= 1 && strides.length == dims.length && 0 <= begin && begin <= end;
    long rows = dims[last - 1];
    long cols = dims[last];
    for (long plane = begin; plane < end; plane++) {
      long from = 0;
      long rest = plane;
      for (int i = last - 2; i >= 0; i--) {
        from += rest % dims[i] * strides[i];
        rest /= dims[i];
      }
      long to = plane * rows * cols;
      if (strides[last] == 1) {
        copyRows(x, from, strides[last - 1], y, to, rows, cols);
      } else if (strides[last - 1] == 1) {
        TransposeBlocks.run(x, from, strides[last], y, to, cols, cols, rows);
      } else {
        gather(x, from, strides[last - 1], strides[last], y, to, rows, cols);
      }
    }
  }

  private static void copyRows(
      MemorySegment x, long from, long stride, MemorySegment y, long to, long rows, long cols) {
    for (long r = 0; r < rows; r++) {
      MemorySegment.copy(
          x,
          (from + r * stride) * Float.BYTES,
          y,
          (to + r * cols) * Float.BYTES,
          cols * Float.BYTES);
    }
  }

  private static void gather(
      MemorySegment x,
      long from,
      long rowStride,
      long colStride,
      MemorySegment y,
      long to,
      long rows,
      long cols) {
    for (long r0 = 0; r0 < rows; r0 += TILE) {
      long r1 = Math.min(rows, r0 + TILE);
      for (long c0 = 0; c0 < cols; c0 += TILE) {
        tile(x, from, rowStride, colStride, y, to, cols, r0, r1, c0, Math.min(cols, c0 + TILE));
      }
    }
  }

  private static void tile(
      MemorySegment x,
      long from,
      long rowStride,
      long colStride,
      MemorySegment y,
      long to,
      long cols,
      long r0,
      long r1,
      long c0,
      long c1) {
    for (long r = r0; r < r1; r++) {
      for (long c = c0; c < c1; c++) {
        int bits = x.get(JAVA_INT_UNALIGNED, (from + r * rowStride + c * colStride) * Float.BYTES);
        y.set(JAVA_INT_UNALIGNED, (to + r * cols + c) * Float.BYTES, bits);
      }
    }
  }
}
