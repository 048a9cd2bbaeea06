package dev.lanewise.kernel.shape.block.segments;

import static dev.lanewise.kernel.shape.TransposeStage.EDGE;
import static dev.lanewise.kernel.shape.TransposeStage.STRIDE;
import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.shape.TransposeStage;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Transposes a matrix that lies anywhere in a segment, in blocks that fit the first-level cache.
 */
public final class TransposeBlocks {
  private TransposeBlocks() {}

  /**
   * {@code y[yStart + c yStep + r] = x[xStart + r xStep + c]}; bits are copied, NaN too.
   *
   * @param x read
   * @param xStart element at which the matrix begins
   * @param xStep elements from one of its rows to the next
   * @param y overwritten; must not overlap {@code x}
   * @param yStart element at which the result begins
   * @param yStep elements from one of its rows to the next
   * @param rows rows of {@code x}, columns of {@code y}
   * @param cols columns of {@code x}, rows of {@code y}
   */
  public static void run(
      MemorySegment x,
      long xStart,
      long xStep,
      MemorySegment y,
      long yStart,
      long yStep,
      long rows,
      long cols) {
    TransposeStage stage = TransposeStage.borrow();
    long xStride = xStep * Float.BYTES;
    long yStride = yStep * Float.BYTES;
    for (long c = 0; c < cols; c += EDGE) {
      int width = (int) Math.min(EDGE, cols - c);
      for (long r = 0; r < rows; r += EDGE) {
        int height = (int) Math.min(EDGE, rows - r);
        long from = (xStart + r * xStep + c) * Float.BYTES;
        long to = (yStart + c * yStep + r) * Float.BYTES;
        if (height == EDGE && width == EDGE) {
          loadWhole(x, from, xStride, stage.rows);
          stage.run(EDGE, EDGE);
          storeWhole(stage.columns, y, to, yStride);
        } else {
          load(x, from, xStride, stage.rows, height, width);
          stage.run(height, width);
          store(stage.columns, y, to, yStride, width, height);
        }
      }
    }
    stage.giveBack();
  }

  /** All rows of a whole block: the inner loops have a constant length, and C2 unrolls them. */
  private static void loadWhole(MemorySegment x, long base, long rowStride, float[] to) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    for (int i = 0; i < EDGE; i++) {
      for (int j = 0; j < EDGE; j += F32_LANES) {
        FloatVector.fromMemorySegment(
                F32, x, base + i * rowStride + (long) j * Float.BYTES, ByteOrder.nativeOrder())
            .intoArray(to, i * STRIDE + j);
      }
    }
  }

  private static void storeWhole(float[] from, MemorySegment y, long base, long rowStride) {
    if (y.getClass() != NATIVE) {
      throw SegmentClass.notNative(y);
    }
    for (int i = 0; i < EDGE; i++) {
      for (int j = 0; j < EDGE; j += F32_LANES) {
        FloatVector.fromArray(F32, from, i * STRIDE + j)
            .intoMemorySegment(
                y, base + i * rowStride + (long) j * Float.BYTES, ByteOrder.nativeOrder());
      }
    }
  }

  private static void load(
      MemorySegment x, long base, long rowStride, float[] to, int rows, int n) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    for (int r = 0; r < rows; r++) {
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        FloatVector.fromMemorySegment(
                F32, x, base + r * rowStride + (long) i * Float.BYTES, ByteOrder.nativeOrder())
            .intoArray(to, r * STRIDE + i);
      }
      for (; i < n; i++) {
        to[r * STRIDE + i] =
            x.get(JAVA_FLOAT_UNALIGNED, base + r * rowStride + (long) i * Float.BYTES);
      }
    }
  }

  private static void store(
      float[] from, MemorySegment y, long base, long rowStride, int rows, int n) {
    if (y.getClass() != NATIVE) {
      throw SegmentClass.notNative(y);
    }
    for (int r = 0; r < rows; r++) {
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        FloatVector.fromArray(F32, from, r * STRIDE + i)
            .intoMemorySegment(
                y, base + r * rowStride + (long) i * Float.BYTES, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        y.set(
            JAVA_FLOAT_UNALIGNED,
            base + r * rowStride + (long) i * Float.BYTES,
            from[r * STRIDE + i]);
      }
    }
  }
}
