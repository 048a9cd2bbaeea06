package dev.lanewise.kernel.recurrent;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.activation.segments.Sigmoid;
import dev.lanewise.kernel.activation.segments.Tanh;
import dev.lanewise.kernel.unary.segments.Fill;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * One step of a long short-term memory behind its products (S. Hochreiter, J. Schmidhuber: Long
 * Short-Term Memory, 1997; with the forget gate of F. Gers, J. Schmidhuber, F. Cummins: Learning to
 * Forget, 2000). With the sums {@code a} of both products and both biases, a row {@code i f g o}:
 *
 * <pre>
 * i = sigmoid(a_i)   f = sigmoid(a_f)   g = tanh(a_g)   o = sigmoid(a_o)
 * c' = f c + i g     h' = o tanh(c')
 * </pre>
 *
 * <p>and the gradients, {@code dh} that of h' from the output and from the next step together:
 *
 * <pre>
 * do = dh tanh(c') o (1 - o)       dc' += dh o (1 - tanh(c')^2)
 * di = dc' g i (1 - i)             df = dc' c f (1 - f)
 * dg = dc' i (1 - g^2)             dc = dc' f
 * </pre>
 *
 * <p>A row goes through the first-level cache once: each function runs over its gates where they
 * lie. The gates stay for backward, which puts their gradients in their place.
 *
 * <p>NaN and infinities follow IEEE 754 and stay in their row. A row whose sequence has ended hands
 * its states on, its output is 0 and so are the gradients of its gates. No rows: nothing is done.
 * Each element is computed alone: the same bits at every width and however the rows are split.
 *
 * <p>Error, u = 2^-24, for the sums it is given: {@code |c' - exact| <= 3 u |f c| + 6 u |i g| + u
 * |c'|}, {@code |h' - exact| <= 6 u |h'| + |c' - exact|}. Backward, for the gates it is given, e =
 * {@code 8 u |dh o| + u |dc'|} in dc', {@code 7 u |do|} in do, and {@code 4 u} of themselves and e
 * times the factor of dc' in the others.
 */
public final class LstmGates {
  private LstmGates() {}

  /**
   * Step {@code t}, for the given rows.
   *
   * @param gates read and overwritten: f32 [steps, rows, 4 hidden], the sums, then the gates
   * @param h f32 [steps + 1, rows, hidden]: one block read, one overwritten, see {@link Steps}
   * @param c alike
   * @param y overwritten: row {@code t rows + row} of {@code ldy} elements, from {@code offsetY} on
   * @param lengths read: int32, the steps of each row; null if all have all
   * @param reverse whether the sequence is read from its end
   * @param rows sequences there are
   * @param hidden elements of a state
   * @param begin first row
   * @param end one past the last row
   */
  public static void forward(
      MemorySegment gates,
      MemorySegment h,
      MemorySegment c,
      MemorySegment y,
      @Nullable MemorySegment lengths,
      int t,
      boolean reverse,
      long rows,
      int hidden,
      long ldy,
      long offsetY,
      long begin,
      long end) {
    for (long row = begin; row < end; row++) {
      long from = Steps.read(t, reverse, rows, row, hidden);
      long to = Steps.written(t, reverse, rows, row, hidden);
      long out = (t * rows + row) * ldy + offsetY;
      if (Steps.ended(lengths, row, t)) {
        Steps.copy(h, from, h, to, hidden);
        Steps.copy(c, from, c, to, hidden);
        Fill.fill(0, y, out, out + hidden);
        continue;
      }
      long at = (t * rows + row) * 4 * hidden;
      long afterForget = at + 2L * hidden;
      long afterCell = at + 3L * hidden;
      Sigmoid.forward(gates, gates, at, afterForget);
      Tanh.forward(gates, gates, afterForget, afterCell);
      Sigmoid.forward(gates, gates, afterCell, afterCell + hidden);
      cell(gates, c, at * Float.BYTES, from * Float.BYTES, to * Float.BYTES, hidden);
      Tanh.forward(c, h, to, to + hidden);
      output(gates, h, y, afterCell * Float.BYTES, to * Float.BYTES, out * Float.BYTES, hidden);
    }
  }

  /** {@code c' = f c + i g}; places in bytes. */
  private static void cell(
      MemorySegment gates, MemorySegment c, long at, long from, long to, int hidden) {
    if (gates.getClass() != NATIVE || c.getClass() != NATIVE) {
      throw SegmentClass.notNative(gates, c);
    }
    long gate = (long) hidden * Float.BYTES;
    int i = 0;
    for (; i <= hidden - F32_LANES; i += F32_LANES) {
      long lane = (long) i * Float.BYTES;
      long in = at + lane;
      FloatVector vi = FloatVector.fromMemorySegment(F32, gates, in, ByteOrder.nativeOrder());
      FloatVector vf =
          FloatVector.fromMemorySegment(F32, gates, in + gate, ByteOrder.nativeOrder());
      FloatVector vg =
          FloatVector.fromMemorySegment(F32, gates, in + 2 * gate, ByteOrder.nativeOrder());
      FloatVector vc = FloatVector.fromMemorySegment(F32, c, from + lane, ByteOrder.nativeOrder());
      vf.fma(vc, vi.mul(vg)).intoMemorySegment(c, to + lane, ByteOrder.nativeOrder());
    }
    for (; i < hidden; i++) {
      long lane = (long) i * Float.BYTES;
      long in = at + lane;
      float si = gates.get(JAVA_FLOAT_UNALIGNED, in);
      float sf = gates.get(JAVA_FLOAT_UNALIGNED, in + gate);
      float sg = gates.get(JAVA_FLOAT_UNALIGNED, in + 2 * gate);
      float sc = c.get(JAVA_FLOAT_UNALIGNED, from + lane);
      c.set(JAVA_FLOAT_UNALIGNED, to + lane, Math.fma(sf, sc, si * sg));
    }
  }

  /** {@code h' = o h'}, where tanh(c') stands, and the same to y; places in bytes. */
  private static void output(
      MemorySegment gates,
      MemorySegment h,
      MemorySegment y,
      long gate,
      long to,
      long out,
      int hidden) {
    if (gates.getClass() != NATIVE || h.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(gates, h, y);
    }
    int i = 0;
    for (; i <= hidden - F32_LANES; i += F32_LANES) {
      long lane = (long) i * Float.BYTES;
      FloatVector vo =
          FloatVector.fromMemorySegment(F32, gates, gate + lane, ByteOrder.nativeOrder());
      FloatVector vh = FloatVector.fromMemorySegment(F32, h, to + lane, ByteOrder.nativeOrder());
      FloatVector next = vo.mul(vh);
      next.intoMemorySegment(h, to + lane, ByteOrder.nativeOrder());
      next.intoMemorySegment(y, out + lane, ByteOrder.nativeOrder());
    }
    for (; i < hidden; i++) {
      long lane = (long) i * Float.BYTES;
      float next =
          gates.get(JAVA_FLOAT_UNALIGNED, gate + lane) * h.get(JAVA_FLOAT_UNALIGNED, to + lane);
      h.set(JAVA_FLOAT_UNALIGNED, to + lane, next);
      y.set(JAVA_FLOAT_UNALIGNED, out + lane, next);
    }
  }

  /**
   * The gradients of step {@code t}, for the given rows.
   *
   * @param gates read and overwritten: the gates, then the gradients of the sums
   * @param c read: both blocks of the step; the one it wrote is overwritten with its tanh
   * @param dy read: the gradient of y, placed as y
   * @param dh read and overwritten: f32 [rows, hidden], what the step after this one adds to the
   *     gradient of h', then 0: the product with the gradients of the gates is still to be added
   * @param dc read and overwritten: f32 [rows, hidden], the gradient of c', then that of c
   */
  public static void backward(
      MemorySegment gates,
      MemorySegment c,
      MemorySegment dy,
      MemorySegment dh,
      MemorySegment dc,
      @Nullable MemorySegment lengths,
      int t,
      boolean reverse,
      long rows,
      int hidden,
      long ldy,
      long offsetY,
      long begin,
      long end) {
    int whole = hidden - hidden % F32_LANES;
    for (long row = begin; row < end; row++) {
      long at = (t * rows + row) * 4 * hidden;
      if (Steps.ended(lengths, row, t)) {
        Fill.fill(0, gates, at, at + 4L * hidden);
        continue;
      }
      long from = Steps.read(t, reverse, rows, row, hidden);
      long to = Steps.written(t, reverse, rows, row, hidden);
      Tanh.forward(c, c, to, to + hidden);
      long gate = at * Float.BYTES;
      long out = ((t * rows + row) * ldy + offsetY) * Float.BYTES;
      long state = row * hidden * Float.BYTES;
      long read = from * Float.BYTES;
      long written = to * Float.BYTES;
      if (whole > 0) {
        backwardWhole(gates, c, dy, dh, dc, gate, read, written, out, state, hidden, whole);
      }
      for (int i = whole; i < hidden; i++) {
        long lane = (long) i * Float.BYTES;
        backwardOne(
            gates,
            c,
            dy,
            dh,
            dc,
            gate + lane,
            read + lane,
            written + lane,
            out + lane,
            state + lane,
            hidden);
      }
    }
  }

  /** Whole vectors of a row; places in bytes. */
  private static void backwardWhole(
      MemorySegment gates,
      MemorySegment c,
      MemorySegment dy,
      MemorySegment dh,
      MemorySegment dc,
      long at,
      long from,
      long to,
      long out,
      long state,
      int hidden,
      int whole) {
    if (gates.getClass() != NATIVE
        || c.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || dh.getClass() != NATIVE
        || dc.getClass() != NATIVE) {
      throw SegmentClass.notNative(gates, c, dy, dh, dc);
    }
    long gate = (long) hidden * Float.BYTES;
    FloatVector one = FloatVector.broadcast(F32, 1);
    for (int i = 0; i < whole; i += F32_LANES) {
      long lane = (long) i * Float.BYTES;
      long in = at + lane;
      FloatVector vdh =
          FloatVector.fromMemorySegment(F32, dy, out + lane, ByteOrder.nativeOrder())
              .add(FloatVector.fromMemorySegment(F32, dh, state + lane, ByteOrder.nativeOrder()));
      FloatVector tanh = FloatVector.fromMemorySegment(F32, c, to + lane, ByteOrder.nativeOrder());
      FloatVector vo =
          FloatVector.fromMemorySegment(F32, gates, in + 3 * gate, ByteOrder.nativeOrder());
      FloatVector vdc =
          vdh.mul(vo)
              .fma(
                  tanh.neg().fma(tanh, one),
                  FloatVector.fromMemorySegment(F32, dc, state + lane, ByteOrder.nativeOrder()));
      vdh.mul(tanh)
          .mul(vo.neg().fma(vo, vo))
          .intoMemorySegment(gates, in + 3 * gate, ByteOrder.nativeOrder());
      FloatVector vi = FloatVector.fromMemorySegment(F32, gates, in, ByteOrder.nativeOrder());
      FloatVector vf =
          FloatVector.fromMemorySegment(F32, gates, in + gate, ByteOrder.nativeOrder());
      FloatVector vg =
          FloatVector.fromMemorySegment(F32, gates, in + 2 * gate, ByteOrder.nativeOrder());
      FloatVector vc = FloatVector.fromMemorySegment(F32, c, from + lane, ByteOrder.nativeOrder());
      vdc.mul(vg).mul(vi.neg().fma(vi, vi)).intoMemorySegment(gates, in, ByteOrder.nativeOrder());
      vdc.mul(vc)
          .mul(vf.neg().fma(vf, vf))
          .intoMemorySegment(gates, in + gate, ByteOrder.nativeOrder());
      vdc.mul(vi)
          .mul(vg.neg().fma(vg, one))
          .intoMemorySegment(gates, in + 2 * gate, ByteOrder.nativeOrder());
      vdc.mul(vf).intoMemorySegment(dc, state + lane, ByteOrder.nativeOrder());
      FloatVector.zero(F32).intoMemorySegment(dh, state + lane, ByteOrder.nativeOrder());
    }
  }

  /** One element; places in bytes. */
  private static void backwardOne(
      MemorySegment gates,
      MemorySegment c,
      MemorySegment dy,
      MemorySegment dh,
      MemorySegment dc,
      long at,
      long from,
      long to,
      long out,
      long state,
      int hidden) {
    long gate = (long) hidden * Float.BYTES;
    float sdh = dy.get(JAVA_FLOAT_UNALIGNED, out) + dh.get(JAVA_FLOAT_UNALIGNED, state);
    float tanh = c.get(JAVA_FLOAT_UNALIGNED, to);
    float si = gates.get(JAVA_FLOAT_UNALIGNED, at);
    float sf = gates.get(JAVA_FLOAT_UNALIGNED, at + gate);
    float sg = gates.get(JAVA_FLOAT_UNALIGNED, at + 2 * gate);
    float so = gates.get(JAVA_FLOAT_UNALIGNED, at + 3 * gate);
    float sdc = Math.fma(sdh * so, Math.fma(-tanh, tanh, 1), dc.get(JAVA_FLOAT_UNALIGNED, state));
    float sc = c.get(JAVA_FLOAT_UNALIGNED, from);
    gates.set(JAVA_FLOAT_UNALIGNED, at, sdc * sg * Math.fma(-si, si, si));
    gates.set(JAVA_FLOAT_UNALIGNED, at + gate, sdc * sc * Math.fma(-sf, sf, sf));
    gates.set(JAVA_FLOAT_UNALIGNED, at + 2 * gate, sdc * si * Math.fma(-sg, sg, 1));
    gates.set(JAVA_FLOAT_UNALIGNED, at + 3 * gate, sdh * tanh * Math.fma(-so, so, so));
    dc.set(JAVA_FLOAT_UNALIGNED, state, sdc * sf);
    dh.set(JAVA_FLOAT_UNALIGNED, state, 0);
  }
}
