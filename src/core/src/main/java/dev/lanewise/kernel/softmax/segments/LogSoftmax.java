package dev.lanewise.kernel.softmax.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.reduce.segments.RowSum;
import dev.lanewise.kernel.softmax.row.segments.RowExp;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import dev.lanewise.simd.math.Exp;
import dev.lanewise.simd.math.Log;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The logarithm of the softmax of rows: {@code y = (x - m) - log(sum of exp(x - m))}, {@code m} the
 * maximum of the row; the gradient is {@code dx = dy - exp(y) sum of dy}.
 *
 * <p>A NaN or a +infinity makes its row NaN, and no other. -infinity stays -infinity, so a row of
 * nothing else keeps it, and its gradient is {@code dy}. In the gradient a probability below
 * exp(-69) counts as 0, which spares the subnormals. No rows or no columns: nothing is done.
 *
 * <p>Both sums run over 32 virtual lanes as {@link Softmax} has it. Each row is computed alone: the
 * same bits at every width and however the rows are split.
 *
 * <p>Error, u = 2^-24, {@code N = cols / 32 + 31 + 5}, {@code eps = (N + 5 + 2 log cols) u}: {@code
 * |y - y'| <= eps + u ((m - x) + |y|)}; for the gradient, with {@code p = exp(y)} of the y that is
 * read, {@code |dx - dx'| <= p ((N + 4) u sum of |dy| + 2^-99) + u |dx|}.
 */
public final class LogSoftmax {
  private LogSoftmax() {}

  /**
   * {@code y = log(softmax(x))} for the given rows.
   *
   * @param x read: rows of {@code cols} elements
   * @param y overwritten: rows of {@code cols} elements; may be {@code x} itself
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, less than 2^31
   */
  public static void forward(
      MemorySegment x, MemorySegment y, long rowBegin, long rowEnd, long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      float m = RowExp.shift(RowExp.max(x, base, n));
      float sum = RowExp.sum(x, base, n, m, 1);
      // In a row of -infinity the logarithm of the empty sum would be too: NaN.
      subtract(x, y, base, n, m, sum == 0 ? 0 : Log.log(sum));
    }
  }

  private static void subtract(
      MemorySegment x, MemorySegment y, long base, int n, float m, float logSum) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    int pairs = n - n % (2 * F32_LANES);
    int whole = n - n % F32_LANES;
    int i = 0;
    for (; i != pairs; i += 2 * F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector x0 = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector x1 =
          FloatVector.fromMemorySegment(F32, x, at + Lanes.BYTES, ByteOrder.nativeOrder());
      x0.sub(m).sub(logSum).intoMemorySegment(y, at, ByteOrder.nativeOrder());
      x1.sub(m).sub(logSum).intoMemorySegment(y, at + Lanes.BYTES, ByteOrder.nativeOrder());
    }
    for (; i != whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder())
          .sub(m)
          .sub(logSum)
          .intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      y.set(JAVA_FLOAT_UNALIGNED, at, x.get(JAVA_FLOAT_UNALIGNED, at) - m - logSum);
    }
  }

  /**
   * {@code dx = dy - exp(y) sum of dy} for the given rows.
   *
   * @param y read: the output of the forward pass, rows of {@code cols} elements
   * @param dy read: rows of {@code cols} elements
   * @param dx overwritten: rows of {@code cols} elements; may be {@code dy} or {@code y} itself
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, less than 2^31
   */
  public static void backward(
      MemorySegment y, MemorySegment dy, MemorySegment dx, long rowBegin, long rowEnd, long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      float sum = RowSum.sum(dy, base, n);
      int whole = n - n % F32_LANES;
      if (whole > 0) {
        backwardWhole(y, dy, dx, base, whole, sum);
      }
      for (int i = whole; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sy = y.get(JAVA_FLOAT_UNALIGNED, at);
        float p = sy < RowExp.FARTHEST ? 0 : Exp.exp(sy);
        dx.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(-p, sum, dy.get(JAVA_FLOAT_UNALIGNED, at)));
      }
    }
  }

  /** The whole vectors of a row, at least one: see {@code RowExp.sumWhole}. */
  private static void backwardWhole(
      MemorySegment y, MemorySegment dy, MemorySegment dx, long base, int whole, float sum) {
    if (y.getClass() != NATIVE || dy.getClass() != NATIVE || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(y, dy, dx);
    }
    for (int i = 0; i != whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector vy = FloatVector.fromMemorySegment(F32, y, at, ByteOrder.nativeOrder());
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      VectorMask<Float> far = vy.compare(VectorOperators.LT, RowExp.FARTHEST);
      FloatVector p = Exp.exp(vy.blend(RowExp.FARTHEST, far)).blend(0, far);
      p.neg()
          .fma(FloatVector.broadcast(F32, sum), vdy)
          .intoMemorySegment(dx, at, ByteOrder.nativeOrder());
    }
  }
}
