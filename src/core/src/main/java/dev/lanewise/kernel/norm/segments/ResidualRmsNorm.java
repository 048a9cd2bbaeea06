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
 * A residual connection and the root-mean-square normalisation behind it: {@code sum = x +
 * residual}, {@code y = RmsNorm(sum)}, in one pass over memory; backward {@code d(x) = d(residual)
 * = dSum + dx of RmsNorm}.
 *
 * <p>Specials, order of the sums and error are those of {@link RmsNorm} on {@code sum}, which is
 * the rounded sum of two floats; the gradient has one rounding more.
 */
public final class ResidualRmsNorm {
  private static final int LANES = VirtualLanes.COUNT;
  private static final int VECTORS = VirtualLanes.VECTORS;

  private ResidualRmsNorm() {}

  /**
   * {@code sum = x + residual}, {@code y = sum rstd weight} for the given rows.
   *
   * @param x read: rows of {@code cols} elements
   * @param residual read: rows of {@code cols} elements
   * @param sum overwritten: rows of {@code cols} elements; may be {@code x} or {@code residual}
   *     itself
   * @param weight read: {@code cols} elements
   * @param y overwritten: rows of {@code cols} elements; must not overlap {@code sum}
   * @param rstd overwritten: one element per row, for the backward pass
   * @param eps added to the mean square, not negative
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, from 1 to 2^31 - 1
   */
  public static void forward(
      MemorySegment x,
      MemorySegment residual,
      MemorySegment sum,
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
    float squares = add(x, residual, sum, first, n);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      long ahead = (r + 1) * cols * Float.BYTES;
      // A row ahead: see LayerNorm.
      float next = r + 1 < rowEnd ? add(x, residual, sum, ahead, n) : 0;
      RmsNorm.normalise(sum, weight, y, rstd, eps, squares, r, base, n);
      squares = next;
    }
  }

  /** {@code sum = x + residual}; returns the sum of its squares. */
  private static float add(
      MemorySegment x, MemorySegment residual, MemorySegment sum, long base, int n) {
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
      long at = base + (long) i * Float.BYTES;
      float v = x.get(JAVA_FLOAT_UNALIGNED, at) + residual.get(JAVA_FLOAT_UNALIGNED, at);
      sum.set(JAVA_FLOAT_UNALIGNED, at, v);
      tail = Math.fma(v, v, tail);
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7) + tail;
  }

  /**
   * {@code dx = dSum + } the {@code dx} of {@link RmsNorm#backward}, for the rows of the given
   * blocks, and what each block adds to the gradient of the weight.
   *
   * @param sum read: that of the forward pass, rows of {@code cols} elements
   * @param weight read: {@code cols} elements
   * @param rstd read: that of the forward pass
   * @param dy read: rows of {@code cols} elements
   * @param dSum read: the cotangent of {@code sum}, rows of {@code cols} elements
   * @param dx overwritten by the gradient of both addends: rows of {@code cols} elements; may be
   *     {@code dSum}, {@code dy} or {@code sum} itself
   * @param dWeights overwritten: one row of {@code cols} elements per block
   * @param rows rows in all
   * @param cols elements of a row, from 1 to 2^31 - 1
   * @param blockBegin first block
   * @param blockEnd one past the last block
   */
  public static void backward(
      MemorySegment sum,
      MemorySegment weight,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dSum,
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
      RmsNorm.backwardWeight(sum, rstd, dy, dWeights, b, rowBegin, rowEnd, cols);
      backwardInput(sum, weight, rstd, dy, dSum, dx, rowBegin, rowEnd, cols);
    }
  }

  /**
   * {@code dx} alone for the given rows, where the weight needs no gradient.
   *
   * @param sum read: that of the forward pass, rows of {@code cols} elements
   * @param weight read: {@code cols} elements
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
      float scale = rstd.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES);
      float meanDxh = RmsNorm.dot(sum, weight, dy, base, n, scale) / n;
      backwardRow(sum, weight, dy, dSum, dx, base, n, scale, meanDxh);
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
      float scale,
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
          FloatVector.fromMemorySegment(F32, x, base + at, ByteOrder.nativeOrder()).mul(scale);
      FloatVector d =
          FloatVector.fromMemorySegment(F32, dy, base + at, ByteOrder.nativeOrder())
              .mul(FloatVector.fromMemorySegment(F32, weight, at, ByteOrder.nativeOrder()));
      xh.fma(FloatVector.broadcast(F32, -meanDxh), d)
          .fma(
              FloatVector.broadcast(F32, scale),
              FloatVector.fromMemorySegment(F32, dSum, base + at, ByteOrder.nativeOrder()))
          .intoMemorySegment(dx, base + at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = (long) i * Float.BYTES;
      float xh = x.get(JAVA_FLOAT_UNALIGNED, base + at) * scale;
      float d = dy.get(JAVA_FLOAT_UNALIGNED, base + at) * weight.get(JAVA_FLOAT_UNALIGNED, at);
      float inner = Math.fma(xh, -meanDxh, d);
      dx.set(
          JAVA_FLOAT_UNALIGNED,
          base + at,
          Math.fma(inner, scale, dSum.get(JAVA_FLOAT_UNALIGNED, base + at)));
    }
  }
}
