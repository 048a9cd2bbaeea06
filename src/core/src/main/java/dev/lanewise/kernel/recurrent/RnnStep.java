package dev.lanewise.kernel.recurrent;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.activation.segments.Relu;
import dev.lanewise.kernel.activation.segments.Tanh;
import dev.lanewise.kernel.unary.segments.Fill;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * One step of a plain recurrent layer behind its products (J. L. Elman: Finding Structure in Time,
 * 1990): with the sums {@code a} of both products and both biases {@code h' = tanh(a)} or {@code
 * max(a, 0)}; the gradient of a is {@code dh (1 - h'^2)}, or dh where {@code h' > 0} and 0
 * elsewhere, {@code dh} that of h' from the output and from the next step together.
 *
 * <p>NaN and infinities are those of {@link Tanh} and {@link Relu}, and stay in their row. A row
 * whose sequence has ended hands its state on, its output is 0 and so is the gradient of its sums.
 * No rows: nothing is done. Each element is computed alone: the same bits at every width and
 * however the rows are split.
 *
 * <p>Error, u = 2^-24, for the sums it is given: 1.05 ULP with tanh, none else; backward, for the
 * states it is given, {@code 3 u} of the result.
 */
public final class RnnStep {
  private RnnStep() {}

  /**
   * Step {@code t}, for the given rows.
   *
   * @param sums read and overwritten: f32 [steps, rows, hidden], then anything
   * @param h f32 [steps + 1, rows, hidden]: one block overwritten, see {@link Steps}
   * @param y overwritten: row {@code t rows + row} of {@code ldy} elements, from {@code offsetY} on
   * @param lengths read: int32, the steps of each row; null if all have all
   * @param rectified whether h' is max(a, 0)
   * @param reverse whether the sequence is read from its end
   * @param rows sequences there are
   * @param hidden elements of a state
   * @param begin first row
   * @param end one past the last row
   */
  public static void forward(
      MemorySegment sums,
      MemorySegment h,
      MemorySegment y,
      @Nullable MemorySegment lengths,
      boolean rectified,
      int t,
      boolean reverse,
      long rows,
      int hidden,
      long ldy,
      long offsetY,
      long begin,
      long end) {
    for (long row = begin; row < end; row++) {
      long to = Steps.written(t, reverse, rows, row, hidden);
      long out = (t * rows + row) * ldy + offsetY;
      if (Steps.ended(lengths, row, t)) {
        Steps.copy(h, Steps.read(t, reverse, rows, row, hidden), h, to, hidden);
        Fill.fill(0, y, out, out + hidden);
        continue;
      }
      long at = (t * rows + row) * hidden;
      if (rectified) {
        Relu.forward(sums, sums, at, at + hidden);
      } else {
        Tanh.forward(sums, sums, at, at + hidden);
      }
      Steps.copy(sums, at, h, to, hidden);
      Steps.copy(sums, at, y, out, hidden);
    }
  }

  /**
   * The gradients of step {@code t}, for the given rows.
   *
   * @param sums overwritten with their gradients
   * @param h read: the block that the step has written
   * @param dy read: the gradient of y, placed as y
   * @param dh read and overwritten: f32 [rows, hidden], what the step after this one adds to the
   *     gradient of h', then 0: the product with the gradients of the sums is still to be added
   */
  public static void backward(
      MemorySegment sums,
      MemorySegment h,
      MemorySegment dy,
      MemorySegment dh,
      @Nullable MemorySegment lengths,
      boolean rectified,
      int t,
      boolean reverse,
      long rows,
      int hidden,
      long ldy,
      long offsetY,
      long begin,
      long end) {
    for (long row = begin; row < end; row++) {
      long at = (t * rows + row) * hidden;
      if (Steps.ended(lengths, row, t)) {
        Fill.fill(0, sums, at, at + hidden);
        continue;
      }
      long out = (t * rows + row) * ldy + offsetY;
      long state = row * hidden;
      gather(sums, dy, dh, at * Float.BYTES, out * Float.BYTES, state * Float.BYTES, hidden);
      long to = Steps.written(t, reverse, rows, row, hidden);
      if (rectified) {
        ofRelu(sums, h, at * Float.BYTES, to * Float.BYTES, hidden);
      } else {
        ofTanh(sums, h, at * Float.BYTES, to * Float.BYTES, hidden);
      }
    }
  }

  /** {@code sums = dy + dh} and {@code dh = 0}; places in bytes. */
  private static void gather(
      MemorySegment sums,
      MemorySegment dy,
      MemorySegment dh,
      long at,
      long out,
      long state,
      int hidden) {
    if (sums.getClass() != NATIVE || dy.getClass() != NATIVE || dh.getClass() != NATIVE) {
      throw SegmentClass.notNative(sums, dy, dh);
    }
    int i = 0;
    for (; i <= hidden - F32_LANES; i += F32_LANES) {
      long lane = (long) i * Float.BYTES;
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, out + lane, ByteOrder.nativeOrder());
      FloatVector vdh =
          FloatVector.fromMemorySegment(F32, dh, state + lane, ByteOrder.nativeOrder());
      vdy.add(vdh).intoMemorySegment(sums, at + lane, ByteOrder.nativeOrder());
      FloatVector.zero(F32).intoMemorySegment(dh, state + lane, ByteOrder.nativeOrder());
    }
    for (; i < hidden; i++) {
      long lane = (long) i * Float.BYTES;
      float sdy = dy.get(JAVA_FLOAT_UNALIGNED, out + lane);
      float sdh = dh.get(JAVA_FLOAT_UNALIGNED, state + lane);
      sums.set(JAVA_FLOAT_UNALIGNED, at + lane, sdy + sdh);
      dh.set(JAVA_FLOAT_UNALIGNED, state + lane, 0);
    }
  }

  /** {@code sums = sums (1 - h^2)}; places in bytes. */
  private static void ofTanh(MemorySegment sums, MemorySegment h, long at, long to, int hidden) {
    if (sums.getClass() != NATIVE || h.getClass() != NATIVE) {
      throw SegmentClass.notNative(sums, h);
    }
    int i = 0;
    for (; i <= hidden - F32_LANES; i += F32_LANES) {
      long lane = (long) i * Float.BYTES;
      FloatVector vd = FloatVector.fromMemorySegment(F32, sums, at + lane, ByteOrder.nativeOrder());
      FloatVector vh = FloatVector.fromMemorySegment(F32, h, to + lane, ByteOrder.nativeOrder());
      vd.mul(vh.neg().fma(vh, FloatVector.broadcast(F32, 1)))
          .intoMemorySegment(sums, at + lane, ByteOrder.nativeOrder());
    }
    for (; i < hidden; i++) {
      long lane = (long) i * Float.BYTES;
      float sd = sums.get(JAVA_FLOAT_UNALIGNED, at + lane);
      float sh = h.get(JAVA_FLOAT_UNALIGNED, to + lane);
      sums.set(JAVA_FLOAT_UNALIGNED, at + lane, sd * Math.fma(-sh, sh, 1));
    }
  }

  /** {@code sums = h > 0 ? sums : 0}, and sums where h is NaN; places in bytes. */
  private static void ofRelu(MemorySegment sums, MemorySegment h, long at, long to, int hidden) {
    if (sums.getClass() != NATIVE || h.getClass() != NATIVE) {
      throw SegmentClass.notNative(sums, h);
    }
    int i = 0;
    for (; i <= hidden - F32_LANES; i += F32_LANES) {
      long lane = (long) i * Float.BYTES;
      FloatVector vd = FloatVector.fromMemorySegment(F32, sums, at + lane, ByteOrder.nativeOrder());
      FloatVector vh = FloatVector.fromMemorySegment(F32, h, to + lane, ByteOrder.nativeOrder());
      vd.blend(0, vh.compare(VectorOperators.LE, 0))
          .intoMemorySegment(sums, at + lane, ByteOrder.nativeOrder());
    }
    for (; i < hidden; i++) {
      long lane = (long) i * Float.BYTES;
      float sd = sums.get(JAVA_FLOAT_UNALIGNED, at + lane);
      float sh = h.get(JAVA_FLOAT_UNALIGNED, to + lane);
      sums.set(JAVA_FLOAT_UNALIGNED, at + lane, sh <= 0 ? 0 : sd);
    }
  }
}
