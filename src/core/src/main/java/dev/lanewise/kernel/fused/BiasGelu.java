package dev.lanewise.kernel.fused;

import static dev.lanewise.kernel.activation.GeluCurve.FLAT;
import static dev.lanewise.kernel.activation.GeluCurve.SIX_CK;
import static dev.lanewise.kernel.activation.GeluCurve.TWO_C;
import static dev.lanewise.kernel.activation.GeluCurve.TWO_CK;
import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.loop.RowBlocks;
import dev.lanewise.kernel.unary.segments.Fill;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.math.Exp;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * A bias and GELU in its tanh form: {@code y = gelu(x + bias)}, each row of x plus the bias; the
 * gradients are {@code dx = dy gelu'(x + bias)} and {@code dBias = sum over rows of dx}. The sum x
 * + bias is not stored.
 *
 * <p>Bits: {@code x + bias} is rounded once, what follows has those of {@link
 * dev.lanewise.kernel.activation.segments.Gelu}, values beyond |x + bias| = 8 and NaN included.
 * dBias is summed over blocks of {@link RowBlocks#ROWS} rows, each in order of the rows, which the
 * caller adds by {@code ColumnSum}. Nothing depends on the width or on the split. Error: that of
 * Gelu at the rounded sum; {@code |dBias - dBias'| <= ROWS u sum of |dx|} in each block, u = 2^-24,
 * apart from the errors of dx.
 *
 * <p>No rows or no columns: nothing is done.
 */
public final class BiasGelu {
  private BiasGelu() {}

  /**
   * {@code y = gelu(x + bias)} for the given rows.
   *
   * @param x read: rows of {@code cols} elements
   * @param bias read: {@code cols} elements
   * @param y overwritten: rows of {@code cols} elements; may be {@code x} itself
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, less than 2^31
   */
  public static void forward(
      MemorySegment x, MemorySegment bias, MemorySegment y, long rowBegin, long rowEnd, long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    int whole = n - n % F32_LANES;
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      if (whole > 0) {
        forwardWhole(x, bias, y, base, whole);
      }
      forwardTail(x, bias, y, base, whole, n);
    }
  }

  /**
   * Whole vectors, in a method of their own that runs at least one: see {@link
   * dev.lanewise.kernel.loop.Blocks}.
   */
  private static void forwardWhole(
      MemorySegment x, MemorySegment bias, MemorySegment y, long base, int whole) {
    if (x.getClass() != NATIVE || bias.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, bias, y);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector vx =
          FloatVector.fromMemorySegment(F32, x, base + at, ByteOrder.nativeOrder())
              .add(FloatVector.fromMemorySegment(F32, bias, at, ByteOrder.nativeOrder()));
      FloatVector slope =
          vx.mul(vx).fma(FloatVector.broadcast(F32, -TWO_CK), FloatVector.broadcast(F32, -TWO_C));
      FloatVector vy = vx.div(Exp.normal(vx.mul(slope)).add(1));
      if (vx.abs().compare(VectorOperators.GT, FLAT).anyTrue()) {
        vy =
            vy.blend(vx, vx.compare(VectorOperators.GT, FLAT))
                .blend(-0f, vx.compare(VectorOperators.LT, -FLAT));
      }
      vy.intoMemorySegment(y, base + at, ByteOrder.nativeOrder());
    }
  }

  private static void forwardTail(
      MemorySegment x, MemorySegment bias, MemorySegment y, long base, int whole, int n) {
    for (int i = whole; i < n; i++) {
      long at = (long) i * Float.BYTES;
      float sx = x.get(JAVA_FLOAT_UNALIGNED, base + at) + bias.get(JAVA_FLOAT_UNALIGNED, at);
      float e = Exp.exp(sx * Math.fma(sx * sx, -TWO_CK, -TWO_C));
      y.set(JAVA_FLOAT_UNALIGNED, base + at, sx > FLAT ? sx : sx < -FLAT ? -0f : sx / (e + 1));
    }
  }

  /**
   * {@code dx = dy gelu'(x + bias)} of the rows of the given blocks, and what each block adds to
   * the gradient of the bias: {@code dBiases[b, c] = sum over its rows of dx}. The caller adds the
   * blocks with {@code ColumnSum.accumulate(dBiases, dBias, RowBlocks.count(rows), cols, 0, cols)}.
   *
   * @param x read: the input of the forward pass, {@code rows} rows of {@code cols} elements
   * @param bias read: {@code cols} elements
   * @param dy read: as {@code x}
   * @param dx overwritten: as {@code x}; may be {@code dy} or {@code x} itself
   * @param dBiases overwritten: one row of {@code cols} elements per block
   * @param rows rows in all
   * @param cols elements of a row, less than 2^31
   * @param blockBegin first block
   * @param blockEnd one past the last block
   */
  public static void backward(
      MemorySegment x,
      MemorySegment bias,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dBiases,
      long rows,
      long cols,
      long blockBegin,
      long blockEnd) {
    assert 0 <= blockBegin
        && blockBegin <= blockEnd
        && blockEnd <= RowBlocks.count(rows)
        && cols >= 0;
    int n = Math.toIntExact(cols);
    int whole = n - n % F32_LANES;
    for (long b = blockBegin; b < blockEnd; b++) {
      long sums = b * cols * Float.BYTES;
      Fill.fill(0f, dBiases, b * cols, (b + 1) * cols);
      long rowEnd = Math.min(rows, (b + 1) * RowBlocks.ROWS);
      for (long r = b * RowBlocks.ROWS; r < rowEnd; r++) {
        long base = r * cols * Float.BYTES;
        if (whole > 0) {
          backwardWhole(x, bias, dy, dx, dBiases, base, sums, whole);
        }
        backwardTail(x, bias, dy, dx, dBiases, base, sums, whole, n);
      }
    }
  }

  /** As {@link #forwardWhole}. */
  private static void backwardWhole(
      MemorySegment x,
      MemorySegment bias,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dBiases,
      long base,
      long sums,
      int whole) {
    if (x.getClass() != NATIVE
        || bias.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || dx.getClass() != NATIVE
        || dBiases.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, bias, dy, dx, dBiases);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector vx =
          FloatVector.fromMemorySegment(F32, x, base + at, ByteOrder.nativeOrder())
              .add(FloatVector.fromMemorySegment(F32, bias, at, ByteOrder.nativeOrder()));
      FloatVector square = vx.mul(vx);
      FloatVector slope =
          square.fma(FloatVector.broadcast(F32, -TWO_CK), FloatVector.broadcast(F32, -TWO_C));
      FloatVector e = Exp.normal(vx.mul(slope));
      FloatVector s = FloatVector.broadcast(F32, 1).div(e.add(1));
      FloatVector inner =
          square.fma(FloatVector.broadcast(F32, SIX_CK), FloatVector.broadcast(F32, TWO_C));
      FloatVector derivative = vx.mul(inner).fma(e.mul(s), FloatVector.broadcast(F32, 1)).mul(s);
      if (vx.abs().compare(VectorOperators.GT, FLAT).anyTrue()) {
        derivative =
            derivative
                .blend(1, vx.compare(VectorOperators.GT, FLAT))
                .blend(0, vx.compare(VectorOperators.LT, -FLAT));
      }
      FloatVector result =
          FloatVector.fromMemorySegment(F32, dy, base + at, ByteOrder.nativeOrder())
              .mul(derivative);
      result.intoMemorySegment(dx, base + at, ByteOrder.nativeOrder());
      FloatVector.fromMemorySegment(F32, dBiases, sums + at, ByteOrder.nativeOrder())
          .add(result)
          .intoMemorySegment(dBiases, sums + at, ByteOrder.nativeOrder());
    }
  }

  private static void backwardTail(
      MemorySegment x,
      MemorySegment bias,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dBiases,
      long base,
      long sums,
      int whole,
      int n) {
    for (int i = whole; i < n; i++) {
      long at = (long) i * Float.BYTES;
      float sx = x.get(JAVA_FLOAT_UNALIGNED, base + at) + bias.get(JAVA_FLOAT_UNALIGNED, at);
      float square = sx * sx;
      float e = Exp.exp(sx * Math.fma(square, -TWO_CK, -TWO_C));
      float s = 1 / (e + 1);
      float inner = Math.fma(square, SIX_CK, TWO_C);
      float curved = Math.fma(sx * inner, e * s, 1) * s;
      float derivative = sx > FLAT ? 1 : sx < -FLAT ? 0 : curved;
      float result = dy.get(JAVA_FLOAT_UNALIGNED, base + at) * derivative;
      dx.set(JAVA_FLOAT_UNALIGNED, base + at, result);
      float sum = dBiases.get(JAVA_FLOAT_UNALIGNED, sums + at);
      dBiases.set(JAVA_FLOAT_UNALIGNED, sums + at, sum + result);
    }
  }
}
