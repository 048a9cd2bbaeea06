package dev.lanewise.kernel.norm.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.loop.RowBlocks;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.VirtualLanes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Root-mean-square normalisation of rows (B. Zhang, R. Sennrich: Root Mean Square Layer
 * Normalization, 2019, section 4): with {@code xh = x rstd}, {@code rstd = 1 / sqrt(mean(x^2) +
 * eps)}, {@code y = xh weight}. The gradients, with {@code d = weight dy}: {@code dx = rstd (d - xh
 * mean(d xh))}, {@code dWeight = sum over rows of dy xh}.
 *
 * <p>A NaN makes its row NaN, and no other; in the gradient of the weight it stays in its column.
 * An infinity, or a square that is more than the largest float, makes {@code rstd} 0: the finite
 * elements of the row become 0, the infinite ones NaN. No rows: nothing is done.
 *
 * <p>The sums along a row run over 32 virtual lanes, element i in lane {@code i % 32} in order of
 * i, folded as {@code j + (j + 16)}, then 8, 4, 2, 1; the last {@code cols % 32} elements are
 * summed on their own, in order, and added at the end. The gradient of the weight is a sum over
 * blocks of {@link RowBlocks#ROWS} rows, each in order of the rows, which the caller adds by {@code
 * ColumnSum}. Nothing depends on the width or on the split.
 *
 * <p>Error, u = 2^-24, {@code N = cols / 32 + 31 + 5}: {@code |y - y'| <= (N / 2 + 4) u |y|},
 * {@code |dx - dx'| <= (N + 8) u rstd (|d| + 2 |xh| mean|d xh|) + (N / 2 + 4) u |dx|}, and in each
 * block {@code |dWeight - dWeight'| <= (N / 2 + ROWS + 4) u sum of |dy xh|}.
 */
public final class RmsNorm {
  private static final int LANES = VirtualLanes.COUNT;
  private static final int VECTORS = VirtualLanes.VECTORS;

  private RmsNorm() {}

  /**
   * {@code y = x rstd weight} for the given rows.
   *
   * @param x read: rows of {@code cols} elements
   * @param weight read: {@code cols} elements
   * @param y overwritten: rows of {@code cols} elements; may be {@code x} itself
   * @param rstd overwritten: one element per row, for the backward pass
   * @param eps added to the mean square, not negative
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, from 1 to 2^31 - 1
   */
  public static void forward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment y,
      MemorySegment rstd,
      float eps,
      long rowBegin,
      long rowEnd,
      long cols) {
    int n = LayerNorm.columns(rowBegin, rowEnd, cols);
    if (rowBegin == rowEnd) {
      return;
    }
    long first = rowBegin * cols * Float.BYTES;
    float squares = sumOfSquares(x, first, n);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      long ahead = (r + 1) * cols * Float.BYTES;
      // A row ahead: see LayerNorm.
      float next = r + 1 < rowEnd ? sumOfSquares(x, ahead, n) : 0;
      normalise(x, weight, y, rstd, eps, squares, r, base, n);
      squares = next;
    }
  }

  /** What follows once the sum of squares of row {@code r} is known. */
  static void normalise(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment y,
      MemorySegment rstd,
      float eps,
      float squares,
      long r,
      long base,
      int n) {
    float scale = (float) (1 / Math.sqrt((double) squares / n + eps));
    rstd.set(JAVA_FLOAT_UNALIGNED, r * Float.BYTES, scale);
    apply(x, weight, y, base, n, scale);
  }

  private static float sumOfSquares(MemorySegment x, long base, int n) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    int whole = n - n % LANES;
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    int i = 0;
    for (; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector v = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector next = v.fma(v, s0);
      if (VECTORS == 2) {
        s0 = s1;
        s1 = next;
      } else if (VECTORS == 4) {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = next;
      } else {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = s4;
        s4 = s5;
        s5 = s6;
        s6 = s7;
        s7 = next;
      }
    }
    float tail = 0;
    for (; i < n; i++) {
      float v = x.get(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES);
      tail = Math.fma(v, v, tail);
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7) + tail;
  }

  private static void apply(
      MemorySegment x, MemorySegment weight, MemorySegment y, long base, int n, float scale) {
    if (x.getClass() != NATIVE || weight.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, weight, y);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector w = FloatVector.fromMemorySegment(F32, weight, at, ByteOrder.nativeOrder());
      FloatVector.fromMemorySegment(F32, x, base + at, ByteOrder.nativeOrder())
          .mul(scale)
          .mul(w)
          .intoMemorySegment(y, base + at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = (long) i * Float.BYTES;
      y.set(
          JAVA_FLOAT_UNALIGNED,
          base + at,
          x.get(JAVA_FLOAT_UNALIGNED, base + at) * scale * weight.get(JAVA_FLOAT_UNALIGNED, at));
    }
  }

  /**
   * {@code dx} of the rows of the given blocks, and what each block adds to the gradient of the
   * weight: {@code dWeights[b, c] = sum over its rows of dy xh}. The caller adds the blocks with
   * {@code ColumnSum.accumulate(dWeights, dWeight, RowBlocks.count(rows), cols, 0, cols)}.
   *
   * @param x read: the input of the forward pass, rows of {@code cols} elements
   * @param weight read: {@code cols} elements
   * @param rstd read: that of the forward pass
   * @param dy read: rows of {@code cols} elements
   * @param dx overwritten: rows of {@code cols} elements; may be {@code dy} or {@code x} itself
   * @param dWeights overwritten: one row of {@code cols} elements per block
   * @param rows rows in all
   * @param cols elements of a row, from 1 to 2^31 - 1
   * @param blockBegin first block
   * @param blockEnd one past the last block
   */
  public static void backward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dWeights,
      long rows,
      long cols,
      long blockBegin,
      long blockEnd) {
    assert blockEnd <= RowBlocks.count(rows);
    for (long b = blockBegin; b < blockEnd; b++) {
      long rowBegin = b * RowBlocks.ROWS;
      long rowEnd = Math.min(rows, rowBegin + RowBlocks.ROWS);
      // First the sums, which read what dx may overwrite.
      backwardWeight(x, rstd, dy, dWeights, b, rowBegin, rowEnd, cols);
      backwardInput(x, weight, rstd, dy, dx, rowBegin, rowEnd, cols);
    }
  }

  /**
   * {@code dx = rstd (d - xh mean(d xh))} for the given rows, where the weight needs no gradient.
   *
   * @param x read: the input of the forward pass, rows of {@code cols} elements
   * @param weight read: {@code cols} elements
   * @param rstd read: that of the forward pass
   * @param dy read: rows of {@code cols} elements
   * @param dx overwritten: rows of {@code cols} elements; may be {@code dy} or {@code x} itself
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, from 1 to 2^31 - 1
   */
  public static void backwardInput(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dx,
      long rowBegin,
      long rowEnd,
      long cols) {
    int n = LayerNorm.columns(rowBegin, rowEnd, cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      float scale = rstd.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES);
      float meanDxh = dot(x, weight, dy, base, n, scale) / n;
      backwardRow(x, weight, dy, dx, base, n, scale, meanDxh);
    }
  }

  /** The sum of d xh. */
  static float dot(
      MemorySegment x, MemorySegment weight, MemorySegment dy, long base, int n, float scale) {
    if (x.getClass() != NATIVE || weight.getClass() != NATIVE || dy.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, weight, dy);
    }
    int whole = n - n % LANES;
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    int i = 0;
    for (; i < whole; i += F32_LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector d =
          FloatVector.fromMemorySegment(F32, dy, base + at, ByteOrder.nativeOrder())
              .mul(FloatVector.fromMemorySegment(F32, weight, at, ByteOrder.nativeOrder()));
      FloatVector next =
          d.fma(
              FloatVector.fromMemorySegment(F32, x, base + at, ByteOrder.nativeOrder()).mul(scale),
              s0);
      if (VECTORS == 2) {
        s0 = s1;
        s1 = next;
      } else if (VECTORS == 4) {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = next;
      } else {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = s4;
        s4 = s5;
        s5 = s6;
        s6 = s7;
        s7 = next;
      }
    }
    float tail = 0;
    for (; i < n; i++) {
      long at = (long) i * Float.BYTES;
      float d = dy.get(JAVA_FLOAT_UNALIGNED, base + at) * weight.get(JAVA_FLOAT_UNALIGNED, at);
      tail = Math.fma(d, x.get(JAVA_FLOAT_UNALIGNED, base + at) * scale, tail);
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7) + tail;
  }

  private static void backwardRow(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment dy,
      MemorySegment dx,
      long base,
      int n,
      float scale,
      float meanDxh) {
    if (x.getClass() != NATIVE
        || weight.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, weight, dy, dx);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector xh =
          FloatVector.fromMemorySegment(F32, x, base + at, ByteOrder.nativeOrder()).mul(scale);
      FloatVector d =
          FloatVector.fromMemorySegment(F32, dy, base + at, ByteOrder.nativeOrder())
              .mul(FloatVector.fromMemorySegment(F32, weight, at, ByteOrder.nativeOrder()));
      xh.fma(FloatVector.broadcast(F32, -meanDxh), d)
          .mul(scale)
          .intoMemorySegment(dx, base + at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = (long) i * Float.BYTES;
      float xh = x.get(JAVA_FLOAT_UNALIGNED, base + at) * scale;
      float d = dy.get(JAVA_FLOAT_UNALIGNED, base + at) * weight.get(JAVA_FLOAT_UNALIGNED, at);
      dx.set(JAVA_FLOAT_UNALIGNED, base + at, Math.fma(xh, -meanDxh, d) * scale);
    }
  }

  /** The rows of one block, four at a time, so that the sum is read and written once for four. */
  static void backwardWeight(
      MemorySegment x,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dWeights,
      long block,
      long rowBegin,
      long rowEnd,
      long cols) {
    int n = LayerNorm.columns(rowBegin, rowEnd, cols);
    long rowStride = cols * Float.BYTES;
    long toBase = block * cols * Float.BYTES;
    clear(dWeights, toBase, n);
    long r = rowBegin;
    for (; r <= rowEnd - 4; r += 4) {
      long rowBase = r * cols * Float.BYTES;
      long at = r * Float.BYTES;
      addFourRows(
          x,
          dy,
          rowBase,
          rowStride,
          dWeights,
          toBase,
          n,
          rstd.get(JAVA_FLOAT_UNALIGNED, at),
          rstd.get(JAVA_FLOAT_UNALIGNED, at + Float.BYTES),
          rstd.get(JAVA_FLOAT_UNALIGNED, at + 2 * Float.BYTES),
          rstd.get(JAVA_FLOAT_UNALIGNED, at + 3 * Float.BYTES));
    }
    for (; r < rowEnd; r++) {
      long rowBase = r * cols * Float.BYTES;
      addRow(x, dy, rowBase, dWeights, toBase, n, rstd.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES));
    }
  }

  private static void clear(MemorySegment dWeights, long base, int n) {
    if (dWeights.getClass() != NATIVE) {
      throw SegmentClass.notNative(dWeights);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector.zero(F32).intoMemorySegment(dWeights, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      dWeights.set(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES, 0);
    }
  }

  private static void addFourRows(
      MemorySegment x,
      MemorySegment dy,
      long base,
      long rowStride,
      MemorySegment dWeights,
      long toBase,
      int n,
      float r0,
      float r1,
      float r2,
      float r3) {
    if (x.getClass() != NATIVE || dy.getClass() != NATIVE || dWeights.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, dy, dWeights);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      long sums = toBase + (long) i * Float.BYTES;
      FloatVector w = FloatVector.fromMemorySegment(F32, dWeights, sums, ByteOrder.nativeOrder());
      w =
          FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder())
              .fma(FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).mul(r0), w);
      w =
          FloatVector.fromMemorySegment(F32, dy, at + rowStride, ByteOrder.nativeOrder())
              .fma(
                  FloatVector.fromMemorySegment(F32, x, at + rowStride, ByteOrder.nativeOrder())
                      .mul(r1),
                  w);
      w =
          FloatVector.fromMemorySegment(F32, dy, at + 2 * rowStride, ByteOrder.nativeOrder())
              .fma(
                  FloatVector.fromMemorySegment(F32, x, at + 2 * rowStride, ByteOrder.nativeOrder())
                      .mul(r2),
                  w);
      w =
          FloatVector.fromMemorySegment(F32, dy, at + 3 * rowStride, ByteOrder.nativeOrder())
              .fma(
                  FloatVector.fromMemorySegment(F32, x, at + 3 * rowStride, ByteOrder.nativeOrder())
                      .mul(r3),
                  w);
      w.intoMemorySegment(dWeights, sums, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      long sums = toBase + (long) i * Float.BYTES;
      float w = dWeights.get(JAVA_FLOAT_UNALIGNED, sums);
      w = Math.fma(dy.get(JAVA_FLOAT_UNALIGNED, at), x.get(JAVA_FLOAT_UNALIGNED, at) * r0, w);
      w =
          Math.fma(
              dy.get(JAVA_FLOAT_UNALIGNED, at + rowStride),
              x.get(JAVA_FLOAT_UNALIGNED, at + rowStride) * r1,
              w);
      w =
          Math.fma(
              dy.get(JAVA_FLOAT_UNALIGNED, at + 2 * rowStride),
              x.get(JAVA_FLOAT_UNALIGNED, at + 2 * rowStride) * r2,
              w);
      w =
          Math.fma(
              dy.get(JAVA_FLOAT_UNALIGNED, at + 3 * rowStride),
              x.get(JAVA_FLOAT_UNALIGNED, at + 3 * rowStride) * r3,
              w);
      dWeights.set(JAVA_FLOAT_UNALIGNED, sums, w);
    }
  }

  private static void addRow(
      MemorySegment x,
      MemorySegment dy,
      long base,
      MemorySegment dWeights,
      long toBase,
      int n,
      float scale) {
    if (x.getClass() != NATIVE || dy.getClass() != NATIVE || dWeights.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, dy, dWeights);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      long sums = toBase + (long) i * Float.BYTES;
      FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder())
          .fma(
              FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).mul(scale),
              FloatVector.fromMemorySegment(F32, dWeights, sums, ByteOrder.nativeOrder()))
          .intoMemorySegment(dWeights, sums, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      long sums = toBase + (long) i * Float.BYTES;
      float w = dWeights.get(JAVA_FLOAT_UNALIGNED, sums);
      dWeights.set(
          JAVA_FLOAT_UNALIGNED,
          sums,
          Math.fma(dy.get(JAVA_FLOAT_UNALIGNED, at), x.get(JAVA_FLOAT_UNALIGNED, at) * scale, w));
    }
  }
}
