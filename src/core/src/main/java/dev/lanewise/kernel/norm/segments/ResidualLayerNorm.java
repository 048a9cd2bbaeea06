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
 * A residual connection and the layer normalisation behind it: {@code sum = x + residual}, {@code y
 * = LayerNorm(sum)}, in one pass over memory; backward {@code d(x) = d(residual) = dSum + dx of
 * LayerNorm}.
 *
 * <p>Specials, order of the sums and error are those of {@link LayerNorm} on {@code sum}, which is
 * the rounded sum of two floats; the gradient has one rounding more.
 */
public final class ResidualLayerNorm {
  private static final int LANES = VirtualLanes.COUNT;
  private static final int VECTORS = VirtualLanes.VECTORS;

  private ResidualLayerNorm() {}

  /**
   * {@code sum = x + residual}, {@code y = (sum - mean) rstd weight + bias} for the given rows.
   *
   * @param x read: rows of {@code cols} elements
   * @param residual read: rows of {@code cols} elements
   * @param sum overwritten: rows of {@code cols} elements; may be {@code x} or {@code residual}
   *     itself
   * @param weight read: {@code cols} elements
   * @param bias read: {@code cols} elements
   * @param y overwritten: rows of {@code cols} elements; must not overlap {@code sum}
   * @param mean overwritten: one element per row, for the backward pass
   * @param rstd overwritten: one element per row, for the backward pass
   * @param eps added to the variance, not negative
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, from 1 to 2^31 - 1
   */
  public static void forward(
      MemorySegment x,
      MemorySegment residual,
      MemorySegment sum,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment y,
      MemorySegment mean,
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
    double exactMean = add(x, residual, sum, first, n);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      long ahead = (r + 1) * cols * Float.BYTES;
      float high = (float) exactMean;
      float low = (float) (exactMean - high);
      float squares = RowVariance.sumOfSquares(sum, base, n, high, low);
      // A row ahead: see LayerNorm.
      exactMean = r + 1 < rowEnd ? add(x, residual, sum, ahead, n) : 0;
      LayerNorm.normalise(sum, weight, bias, y, mean, rstd, eps, high, low, squares, r, base, n);
    }
  }

  /** {@code sum = x + residual}; returns its mean. */
  private static double add(
      MemorySegment x, MemorySegment residual, MemorySegment sum, long base, int n) {
    float first = x.get(JAVA_FLOAT_UNALIGNED, base) + residual.get(JAVA_FLOAT_UNALIGNED, base);
    double differences = add(x, residual, sum, base, n, first);
    return first + differences / n;
  }

  /** {@code sum = x + residual}; returns the sum of {@code sum - first}. */
  private static float add(
      MemorySegment x, MemorySegment residual, MemorySegment sum, long base, int n, float first) {
    if (x.getClass() != NATIVE || residual.getClass() != NATIVE || sum.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, residual, sum);
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
      FloatVector v =
          FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder())
              .add(FloatVector.fromMemorySegment(F32, residual, at, ByteOrder.nativeOrder()));
      v.intoMemorySegment(sum, at, ByteOrder.nativeOrder());
      FloatVector next = v.sub(first).add(s0);
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
      long at = base + (long) i * Float.BYTES;
      float v = x.get(JAVA_FLOAT_UNALIGNED, at) + residual.get(JAVA_FLOAT_UNALIGNED, at);
      sum.set(JAVA_FLOAT_UNALIGNED, at, v);
      tail += v - first;
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7) + tail;
  }

  /**
   * {@code dx = dSum + } the {@code dx} of {@link LayerNorm#backward}, for the rows of the given
   * blocks, and what each block adds to the gradients of the parameters.
   *
   * @param sum read: that of the forward pass, rows of {@code cols} elements
   * @param weight read: {@code cols} elements
   * @param mean read: that of the forward pass
   * @param rstd read: that of the forward pass
   * @param dy read: rows of {@code cols} elements
   * @param dSum read: the cotangent of {@code sum}, rows of {@code cols} elements
   * @param dx overwritten by the gradient of both addends: rows of {@code cols} elements; may be
   *     {@code dSum}, {@code dy} or {@code sum} itself
   * @param dWeights overwritten: one row of {@code cols} elements per block
   * @param dBiases overwritten: one row of {@code cols} elements per block
   * @param rows rows in all
   * @param cols elements of a row, from 1 to 2^31 - 1
   * @param blockBegin first block
   * @param blockEnd one past the last block
   */
  public static void backward(
      MemorySegment sum,
      MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dSum,
      MemorySegment dx,
      MemorySegment dWeights,
      MemorySegment dBiases,
      long rows,
      long cols,
      long blockBegin,
      long blockEnd) {
    assert blockEnd <= RowBlocks.count(rows);
    for (long b = blockBegin; b < blockEnd; b++) {
      long rowBegin = b * RowBlocks.ROWS;
      long rowEnd = Math.min(rows, rowBegin + RowBlocks.ROWS);
      LayerNorm.backwardParameters(
          sum, mean, rstd, dy, dWeights, dBiases, b, rowBegin, rowEnd, cols);
      backwardInput(sum, weight, mean, rstd, dy, dSum, dx, rowBegin, rowEnd, cols);
    }
  }

  /**
   * {@code dx} alone for the given rows, where the parameters need no gradient.
   *
   * @param sum read: that of the forward pass, rows of {@code cols} elements
   * @param weight read: {@code cols} elements
   * @param mean read: that of the forward pass
   * @param rstd read: that of the forward pass
   * @param dy read: rows of {@code cols} elements
   * @param dSum read: the cotangent of {@code sum}, rows of {@code cols} elements
   * @param dx overwritten: rows of {@code cols} elements; may be {@code dSum}, {@code dy} or {@code
   *     sum} itself
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, from 1 to 2^31 - 1
   */
  public static void backwardInput(
      MemorySegment sum,
      MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dSum,
      MemorySegment dx,
      long rowBegin,
      long rowEnd,
      long cols) {
    int n = LayerNorm.columns(rowBegin, rowEnd, cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      float m = mean.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES);
      float scale = rstd.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES);
      long sums = LayerNorm.sums(sum, weight, dy, base, n, m, scale);
      float meanD = FloatPair.first(sums) / n;
      float meanDxh = FloatPair.second(sums) / n;
      backwardRow(sum, weight, dy, dSum, dx, base, n, m, scale, meanD, meanDxh);
    }
  }

  private static void backwardRow(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment dy,
      MemorySegment dSum,
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
        || dSum.getClass() != NATIVE
        || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, weight, dy, dSum, dx);
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
          .fma(
              FloatVector.broadcast(F32, scale),
              FloatVector.fromMemorySegment(F32, dSum, base + at, ByteOrder.nativeOrder()))
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
      dx.set(
          JAVA_FLOAT_UNALIGNED,
          base + at,
          Math.fma(
              Math.fma(xh, -meanDxh, centred), scale, dSum.get(JAVA_FLOAT_UNALIGNED, base + at)));
    }
  }
}
