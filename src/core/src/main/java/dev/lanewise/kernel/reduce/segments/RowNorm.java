package dev.lanewise.kernel.reduce.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.reduce.SumOfSquares;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * The Euclidean norm of each row, {@code y[r] = sqrt(sum over c of x[r, c]^2)}; the gradient is
 * {@code dx = dy x / y}, 0 in a row of norm 0.
 *
 * <p>The squares are summed in double precision, where those of floats neither overflow nor
 * underflow: block by block as {@link SumOfSquares} has it, the blocks in order. NaN gives NaN,
 * otherwise an infinity or a norm that is more than the largest float +infinity; the gradient of
 * such a row is 0, NaN at the infinity. No columns: 0. No rows: nothing is done. Each row is
 * computed alone: the same bits at every width and however the rows are split.
 *
 * <p>Error, u = 2^-24: {@code |y - y'| <= (1 + 2^-18) u y}, {@code |dx - dx'| <= 4 u |dx|} while
 * the gradient is not subnormal.
 */
public final class RowNorm {
  private RowNorm() {}

  /**
   * {@code y[r] = sqrt(sum over c of x[r, c]^2)} for the given rows.
   *
   * @param x read: rows of {@code cols} elements
   * @param y overwritten: one element per row; must not overlap {@code x}
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row
   */
  public static void forward(
      MemorySegment x, MemorySegment y, long rowBegin, long rowEnd, long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    for (long r = rowBegin; r < rowEnd; r++) {
      double sum = 0;
      for (long c = 0; c < cols; c += SumOfSquares.BLOCK) {
        int size = (int) Math.min(SumOfSquares.BLOCK, cols - c);
        long base = (r * cols + c) * Float.BYTES;
        sum += SumOfSquares.block(x, base, size);
      }
      y.set(JAVA_FLOAT_UNALIGNED, r * Float.BYTES, (float) Math.sqrt(sum));
    }
  }

  /**
   * {@code dx[r, c] = dy[r] x[r, c] / y[r]} for the given rows, 0 where {@code y[r]} is 0.
   *
   * @param x read: the input of the forward pass, rows of {@code cols} elements
   * @param y read: the output of the forward pass, one element per row
   * @param dy read: one element per row
   * @param dx overwritten: rows of {@code cols} elements; may be {@code x} itself
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, less than 2^31
   */
  public static void backward(
      MemorySegment x,
      MemorySegment y,
      MemorySegment dy,
      MemorySegment dx,
      long rowBegin,
      long rowEnd,
      long cols) {
    if (x.getClass() != NATIVE || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, dx);
    }
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      float norm = y.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES);
      // x is 0 where the norm is: 0 / 1 in place of 0 / 0.
      float divisor = norm == 0 ? 1 : norm;
      float factor = dy.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES);
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        long at = base + (long) i * Float.BYTES;
        FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder())
            .div(divisor)
            .mul(factor)
            .intoMemorySegment(dx, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        dx.set(JAVA_FLOAT_UNALIGNED, at, x.get(JAVA_FLOAT_UNALIGNED, at) / divisor * factor);
      }
    }
  }
}
