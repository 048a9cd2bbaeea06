package dev.lanewise.kernel.norm.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.loop.RowBlocks;
import dev.lanewise.kernel.norm.FloatPair;
import dev.lanewise.kernel.reduce.segments.RowVariance;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.VirtualLanes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Layer normalisation of rows (J. L. Ba, J. R. Kiros, G. E. Hinton: Layer Normalization, 2016):
 * with {@code xh = (x - mean) rstd}, {@code rstd = 1 / sqrt(variance + eps)}, mean and biased
 * variance of the row as {@link RowVariance} has them, {@code y = xh weight + bias}. The gradients,
 * with {@code d = weight dy}: {@code dx = rstd (d - mean(d) - xh mean(d xh))}, {@code dWeight = sum
 * over rows of dy xh}, {@code dBias = sum over rows of dy}.
 *
 * <p>A NaN or an infinity makes its row NaN, and no other; in the gradients of weight and bias it
 * stays in its column. Where a square of a distance from the mean is more than the largest float,
 * {@code rstd} is 0 and {@code y = bias}. No rows: nothing is done.
 *
 * <p>Sums along a row run over 32 virtual lanes as {@link RowVariance} has it. The gradients of the
 * parameters are sums over blocks of {@link RowBlocks#ROWS} rows, each in order of the rows, which
 * the caller adds by {@code ColumnSum}. Nothing depends on the width or on the split.
 *
 * <p>Error, u = 2^-24, {@code N = cols / 32 + 31 + 5}: with {@code delta = (N + 2) u mean of |x -
 * x[0]|}, the error of the mean, {@code |y - y'| <= |weight| rstd delta (1 + xh^2 rstd delta) + (N
 * / 2 + 8) u |weight xh| + u |y|}; y has no term {@code u |mean| rstd}, since the mean is
 * subtracted as a float and its rest. The backward pass subtracts the saved float alone. With
 * {@code q = (N / 2 + 4) u |xh| + rstd (delta + u |mean|)}, a bound of the error of its {@code xh},
 * {@code |dx - dx'| <= rstd ((N + 8) u (|d| + mean|d| + |xh| mean|d xh|) + q mean|d xh| + |xh|
 * mean(|d| q)) + (N / 2 + 4) u |dx|}; {@code |dWeight - dWeight'| <= sum of |dy| q + (ROWS + 2) u
 * sum of |dy xh|} and {@code |dBias - dBias'| <= ROWS u sum of |dy|} in each block.
 */
public final class LayerNorm {
  private static final int LANES = VirtualLanes.COUNT;
  private static final int VECTORS = VirtualLanes.VECTORS;

  private LayerNorm() {}

  /**
   * {@code y = (x - mean) rstd weight + bias} for the given rows.
   *
   * @param x read: rows of {@code cols} elements
   * @param weight read: {@code cols} elements
   * @param bias read: {@code cols} elements
   * @param y overwritten: rows of {@code cols} elements; may be {@code x} itself
   * @param mean overwritten: one element per row, for the backward pass
   * @param rstd overwritten: one element per row, for the backward pass
   * @param eps added to the variance, not negative
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, from 1 to 2^31 - 1
   */
  public static void forward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment y,
      MemorySegment mean,
      MemorySegment rstd,
      float eps,
      long rowBegin,
      long rowEnd,
      long cols) {
    int n = columns(rowBegin, rowEnd, cols);
    if (rowBegin == rowEnd) {
      return;
    }
    long first = rowBegin * cols * Float.BYTES;
    double exactMean = RowVariance.mean(x, first, n);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      long ahead = (r + 1) * cols * Float.BYTES;
      float high = (float) exactMean;
      float low = (float) (exactMean - high);
      float squares = RowVariance.sumOfSquares(x, base, n, high, low);
      // A row ahead, since what a fold of lanes gives is there some 40 cycles later.
      exactMean = r + 1 < rowEnd ? RowVariance.mean(x, ahead, n) : 0;
      normalise(x, weight, bias, y, mean, rstd, eps, high, low, squares, r, base, n);
    }
  }

  static int columns(long rowBegin, long rowEnd, long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && (cols >= 1 || rowBegin == rowEnd);
    return Math.toIntExact(cols);
  }

  /** What follows once the mean of row {@code r} and the squares of the distances are known. */
  static void normalise(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment y,
      MemorySegment mean,
      MemorySegment rstd,
      float eps,
      float high,
      float low,
      float squares,
      long r,
      long base,
      int n) {
    float scale = (float) (1 / Math.sqrt((double) squares / n + eps));
    mean.set(JAVA_FLOAT_UNALIGNED, r * Float.BYTES, high);
    rstd.set(JAVA_FLOAT_UNALIGNED, r * Float.BYTES, scale);
    apply(x, weight, bias, y, base, n, high, low, scale);
  }

  private static void apply(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment y,
      long base,
      int n,
      float high,
      float low,
      float scale) {
    if (x.getClass() != NATIVE
        || weight.getClass() != NATIVE
        || bias.getClass() != NATIVE
        || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, weight, bias, y);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector xh =
          FloatVector.fromMemorySegment(F32, x, base + at, ByteOrder.nativeOrder())
              .sub(high)
              .sub(low)
              .mul(scale);
      FloatVector w = FloatVector.fromMemorySegment(F32, weight, at, ByteOrder.nativeOrder());
      FloatVector b = FloatVector.fromMemorySegment(F32, bias, at, ByteOrder.nativeOrder());
      xh.fma(w, b).intoMemorySegment(y, base + at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = (long) i * Float.BYTES;
      float xh = (x.get(JAVA_FLOAT_UNALIGNED, base + at) - high - low) * scale;
      y.set(
          JAVA_FLOAT_UNALIGNED,
          base + at,
          Math.fma(xh, weight.get(JAVA_FLOAT_UNALIGNED, at), bias.get(JAVA_FLOAT_UNALIGNED, at)));
    }
  }

  /**
   * {@code dx} of the rows of the given blocks, and what each block adds to the gradients of the
   * parameters: {@code dWeights[b, c] = sum over its rows of dy xh}, {@code dBiases[b, c] = sum
   * over its rows of dy}. The caller adds the blocks with {@code ColumnSum.accumulate(dWeights,
   * dWeight, RowBlocks.count(rows), cols, 0, cols)} and the same for the bias.
   *
   * @param x read: the input of the forward pass, rows of {@code cols} elements
   * @param weight read: {@code cols} elements
   * @param mean read: that of the forward pass
   * @param rstd read: that of the forward pass
   * @param dy read: rows of {@code cols} elements
   * @param dx overwritten: rows of {@code cols} elements; may be {@code dy} or {@code x} itself
   * @param dWeights overwritten: one row of {@code cols} elements per block
   * @param dBiases overwritten: one row of {@code cols} elements per block
   * @param rows rows in all
   * @param cols elements of a row, from 1 to 2^31 - 1
   * @param blockBegin first block
   * @param blockEnd one past the last block
   */
  public static void backward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dWeights,
      MemorySegment dBiases,
      long rows,
      long cols,
      long blockBegin,
      long blockEnd) {
    assert blockEnd <= RowBlocks.count(rows);
    for (long b = blockBegin; b < blockEnd; b++) {
      long rowEnd = Math.min(rows, (b + 1) * RowBlocks.ROWS);
      // First the sums, which read what dx may overwrite.
      backwardParameters(x, mean, rstd, dy, dWeights, dBiases, b, b * RowBlocks.ROWS, rowEnd, cols);
      backwardInput(x, weight, mean, rstd, dy, dx, b * RowBlocks.ROWS, rowEnd, cols);
    }
  }

  /**
   * {@code dx = rstd (d - mean(d) - xh mean(d xh))} for the given rows, where the parameters need
   * no gradient.
   *
   * @param x read: the input of the forward pass, rows of {@code cols} elements
   * @param weight read: {@code cols} elements
   * @param mean read: that of the forward pass
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
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dx,
      long rowBegin,
      long rowEnd,
      long cols) {
    int n = columns(rowBegin, rowEnd, cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      float m = mean.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES);
      float scale = rstd.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES);
      long sums = sums(x, weight, dy, base, n, m, scale);
      backwardRow(
          x,
          weight,
          dy,
          dx,
          base,
          n,
          m,
          scale,
          FloatPair.first(sums) / n,
          FloatPair.second(sums) / n);
    }
  }

  /** The sums of d and of d xh. */
  static long sums(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment dy,
      long base,
      int n,
      float mean,
      float scale) {
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
    FloatVector t0 = FloatVector.zero(F32);
    FloatVector t1 = t0;
    FloatVector t2 = t0;
    FloatVector t3 = t0;
    FloatVector t4 = t0;
    FloatVector t5 = t0;
    FloatVector t6 = t0;
    FloatVector t7 = t0;
    int i = 0;
    for (; i < whole; i += F32_LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector xh =
          FloatVector.fromMemorySegment(F32, x, base + at, ByteOrder.nativeOrder())
              .sub(mean)
              .mul(scale);
      FloatVector w = FloatVector.fromMemorySegment(F32, weight, at, ByteOrder.nativeOrder());
      FloatVector d =
          FloatVector.fromMemorySegment(F32, dy, base + at, ByteOrder.nativeOrder()).mul(w);
      FloatVector nextS = d.add(s0);
      FloatVector nextT = d.fma(xh, t0);
      if (VECTORS == 2) {
        s0 = s1;
        s1 = nextS;
        t0 = t1;
        t1 = nextT;
      } else if (VECTORS == 4) {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = nextS;
        t0 = t1;
        t1 = t2;
        t2 = t3;
        t3 = nextT;
      } else {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = s4;
        s4 = s5;
        s5 = s6;
        s6 = s7;
        s7 = nextS;
        t0 = t1;
        t1 = t2;
        t2 = t3;
        t3 = t4;
        t4 = t5;
        t5 = t6;
        t6 = t7;
        t7 = nextT;
      }
    }
    float tailS = 0;
    float tailT = 0;
    for (; i < n; i++) {
      long at = (long) i * Float.BYTES;
      float xh = (x.get(JAVA_FLOAT_UNALIGNED, base + at) - mean) * scale;
      float d = dy.get(JAVA_FLOAT_UNALIGNED, base + at) * weight.get(JAVA_FLOAT_UNALIGNED, at);
      tailS += d;
      tailT = Math.fma(d, xh, tailT);
    }
    return FloatPair.of(
        VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7) + tailS,
        VirtualLanes.sum(t0, t1, t2, t3, t4, t5, t6, t7) + tailT);
  }

  private static void backwardRow(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment dy,
      MemorySegment dx,
      long base,
      int n,
      float mean,
      float scale,
      float meanD,
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
          FloatVector.fromMemorySegment(F32, x, base + at, ByteOrder.nativeOrder())
              .sub(mean)
              .mul(scale);
      FloatVector w = FloatVector.fromMemorySegment(F32, weight, at, ByteOrder.nativeOrder());
      FloatVector centred =
          w.fma(
              FloatVector.fromMemorySegment(F32, dy, base + at, ByteOrder.nativeOrder()),
              FloatVector.broadcast(F32, -meanD));
      xh.fma(FloatVector.broadcast(F32, -meanDxh), centred)
          .mul(scale)
          .intoMemorySegment(dx, base + at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = (long) i * Float.BYTES;
      float xh = (x.get(JAVA_FLOAT_UNALIGNED, base + at) - mean) * scale;
      float centred =
          Math.fma(
              weight.get(JAVA_FLOAT_UNALIGNED, at),
              dy.get(JAVA_FLOAT_UNALIGNED, base + at),
              -meanD);
      dx.set(JAVA_FLOAT_UNALIGNED, base + at, Math.fma(xh, -meanDxh, centred) * scale);
    }
  }

  /** The rows of one block, four at a time, so that the sums are read and written once for four. */
  static void backwardParameters(
      MemorySegment x,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dWeights,
      MemorySegment dBiases,
      long block,
      long rowBegin,
      long rowEnd,
      long cols) {
    int n = columns(rowBegin, rowEnd, cols);
    long rowStride = cols * Float.BYTES;
    long toBase = block * cols * Float.BYTES;
    clear(dWeights, dBiases, toBase, n);
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
          dBiases,
          toBase,
          n,
          mean.get(JAVA_FLOAT_UNALIGNED, at),
          mean.get(JAVA_FLOAT_UNALIGNED, at + Float.BYTES),
          mean.get(JAVA_FLOAT_UNALIGNED, at + 2 * Float.BYTES),
          mean.get(JAVA_FLOAT_UNALIGNED, at + 3 * Float.BYTES),
          rstd.get(JAVA_FLOAT_UNALIGNED, at),
          rstd.get(JAVA_FLOAT_UNALIGNED, at + Float.BYTES),
          rstd.get(JAVA_FLOAT_UNALIGNED, at + 2 * Float.BYTES),
          rstd.get(JAVA_FLOAT_UNALIGNED, at + 3 * Float.BYTES));
    }
    for (; r < rowEnd; r++) {
      long rowBase = r * cols * Float.BYTES;
      float m = mean.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES);
      addRow(
          x,
          dy,
          rowBase,
          dWeights,
          dBiases,
          toBase,
          n,
          m,
          rstd.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES));
    }
  }

  private static void clear(MemorySegment dWeights, MemorySegment dBiases, long base, int n) {
    if (dWeights.getClass() != NATIVE || dBiases.getClass() != NATIVE) {
      throw SegmentClass.notNative(dWeights, dBiases);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector.zero(F32).intoMemorySegment(dWeights, at, ByteOrder.nativeOrder());
      FloatVector.zero(F32).intoMemorySegment(dBiases, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      dWeights.set(JAVA_FLOAT_UNALIGNED, at, 0);
      dBiases.set(JAVA_FLOAT_UNALIGNED, at, 0);
    }
  }

  private static void addFourRows(
      MemorySegment x,
      MemorySegment dy,
      long base,
      long rowStride,
      MemorySegment dWeights,
      MemorySegment dBiases,
      long toBase,
      int n,
      float m0,
      float m1,
      float m2,
      float m3,
      float r0,
      float r1,
      float r2,
      float r3) {
    if (x.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || dWeights.getClass() != NATIVE
        || dBiases.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, dy, dWeights, dBiases);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      long sums = toBase + (long) i * Float.BYTES;
      FloatVector dy0 = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      FloatVector dy1 =
          FloatVector.fromMemorySegment(F32, dy, at + rowStride, ByteOrder.nativeOrder());
      FloatVector dy2 =
          FloatVector.fromMemorySegment(F32, dy, at + 2 * rowStride, ByteOrder.nativeOrder());
      FloatVector dy3 =
          FloatVector.fromMemorySegment(F32, dy, at + 3 * rowStride, ByteOrder.nativeOrder());
      FloatVector w = FloatVector.fromMemorySegment(F32, dWeights, sums, ByteOrder.nativeOrder());
      w =
          dy0.fma(
              FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).sub(m0).mul(r0),
              w);
      w =
          dy1.fma(
              FloatVector.fromMemorySegment(F32, x, at + rowStride, ByteOrder.nativeOrder())
                  .sub(m1)
                  .mul(r1),
              w);
      w =
          dy2.fma(
              FloatVector.fromMemorySegment(F32, x, at + 2 * rowStride, ByteOrder.nativeOrder())
                  .sub(m2)
                  .mul(r2),
              w);
      w =
          dy3.fma(
              FloatVector.fromMemorySegment(F32, x, at + 3 * rowStride, ByteOrder.nativeOrder())
                  .sub(m3)
                  .mul(r3),
              w);
      w.intoMemorySegment(dWeights, sums, ByteOrder.nativeOrder());
      FloatVector b = FloatVector.fromMemorySegment(F32, dBiases, sums, ByteOrder.nativeOrder());
      b.add(dy0)
          .add(dy1)
          .add(dy2)
          .add(dy3)
          .intoMemorySegment(dBiases, sums, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      long sums = toBase + (long) i * Float.BYTES;
      float dy0 = dy.get(JAVA_FLOAT_UNALIGNED, at);
      float dy1 = dy.get(JAVA_FLOAT_UNALIGNED, at + rowStride);
      float dy2 = dy.get(JAVA_FLOAT_UNALIGNED, at + 2 * rowStride);
      float dy3 = dy.get(JAVA_FLOAT_UNALIGNED, at + 3 * rowStride);
      float w = dWeights.get(JAVA_FLOAT_UNALIGNED, sums);
      w = Math.fma(dy0, (x.get(JAVA_FLOAT_UNALIGNED, at) - m0) * r0, w);
      w = Math.fma(dy1, (x.get(JAVA_FLOAT_UNALIGNED, at + rowStride) - m1) * r1, w);
      w = Math.fma(dy2, (x.get(JAVA_FLOAT_UNALIGNED, at + 2 * rowStride) - m2) * r2, w);
      w = Math.fma(dy3, (x.get(JAVA_FLOAT_UNALIGNED, at + 3 * rowStride) - m3) * r3, w);
      dWeights.set(JAVA_FLOAT_UNALIGNED, sums, w);
      float b = dBiases.get(JAVA_FLOAT_UNALIGNED, sums);
      dBiases.set(JAVA_FLOAT_UNALIGNED, sums, b + dy0 + dy1 + dy2 + dy3);
    }
  }

  private static void addRow(
      MemorySegment x,
      MemorySegment dy,
      long base,
      MemorySegment dWeights,
      MemorySegment dBiases,
      long toBase,
      int n,
      float mean,
      float scale) {
    if (x.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || dWeights.getClass() != NATIVE
        || dBiases.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, dy, dWeights, dBiases);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      long sums = toBase + (long) i * Float.BYTES;
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      FloatVector xh =
          FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).sub(mean).mul(scale);
      vdy.fma(xh, FloatVector.fromMemorySegment(F32, dWeights, sums, ByteOrder.nativeOrder()))
          .intoMemorySegment(dWeights, sums, ByteOrder.nativeOrder());
      FloatVector.fromMemorySegment(F32, dBiases, sums, ByteOrder.nativeOrder())
          .add(vdy)
          .intoMemorySegment(dBiases, sums, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      long sums = toBase + (long) i * Float.BYTES;
      float sdy = dy.get(JAVA_FLOAT_UNALIGNED, at);
      float xh = (x.get(JAVA_FLOAT_UNALIGNED, at) - mean) * scale;
      dWeights.set(
          JAVA_FLOAT_UNALIGNED, sums, Math.fma(sdy, xh, dWeights.get(JAVA_FLOAT_UNALIGNED, sums)));
      dBiases.set(JAVA_FLOAT_UNALIGNED, sums, dBiases.get(JAVA_FLOAT_UNALIGNED, sums) + sdy);
    }
  }
}
