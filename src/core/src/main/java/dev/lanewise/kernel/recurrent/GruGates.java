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
 * One step of a gated recurrent unit behind its products (K. Cho et al.: Learning Phrase
 * Representations using RNN Encoder-Decoder, 2014), in the form of cuDNN and PyTorch: the reset
 * gate multiplies the product with its bias. With the sums {@code a} of the input's product and
 * {@code b} of the state's, biases included:
 *
 * <pre>
 * r = sigmoid(a_r + b_r)   z = sigmoid(a_z + b_z)   n = tanh(a_n + r b_n)
 * h' = n + z (h - n)
 * </pre>
 *
 * <p>and the gradients, {@code dh} that of h' from the output and from the next step together:
 *
 * <pre>
 * dn = dh (1 - z) (1 - n^2)   db_n = dn r
 * dr = dn b_n r (1 - r)       dz = dh (h - n) z (1 - z)       dh(h) = dh z
 * </pre>
 *
 * <p>A row of gates is {@code n r z b_n}: the gradients of a are its first three parts and those of
 * b its last three, each one operand of a product.
 *
 * <p>NaN and infinities follow IEEE 754 and stay in their row. A row whose sequence has ended hands
 * its state on, its output is 0 and so are the gradients of its gates. No rows: nothing is done.
 * Each element is computed alone: the same bits at every width and however the rows are split.
 *
 * <p>Error, u = 2^-24, for the sums it is given: r and z are off by {@code 3 u + u (|a| + |b|) /
 * 4}, the argument of n by {@code e = u |a_n + r b_n| + |b_n|} times the error of r, n by {@code 3
 * u |n| + e}, h' by {@code u |h'| + u |z (h - n)| + |h - n|} times the error of z, and the error of
 * n. Backward, for the gates it is given, {@code 9 u} of each result.
 */
public final class GruGates {
  private GruGates() {}

  /**
   * Step {@code t}, for the given rows.
   *
   * @param gates read and overwritten: f32 [steps, rows, 4 hidden], a_n, a_r, a_z and anything,
   *     then n, r, z and b_n
   * @param product read: f32 [rows, 3 hidden], b_r, b_z, b_n
   * @param h f32 [steps + 1, rows, hidden]: one block read, one overwritten, see {@link Steps}
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
      MemorySegment product,
      MemorySegment h,
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
        Fill.fill(0, y, out, out + hidden);
        continue;
      }
      long at = (t * rows + row) * 4 * hidden;
      long reset = at + hidden;
      long behind = at + 3L * hidden;
      long sums = row * 3 * hidden;
      add(gates, product, reset * Float.BYTES, sums * Float.BYTES, hidden);
      Sigmoid.forward(gates, gates, reset, behind);
      Steps.copy(product, sums + 2L * hidden, gates, behind, hidden);
      candidate(gates, at * Float.BYTES, hidden);
      Tanh.forward(gates, gates, at, reset);
      state(gates, h, y, at, from, to, out, hidden);
    }
  }

  /** Adds b_r and b_z to a_r and a_z; places in bytes. */
  private static void add(
      MemorySegment gates, MemorySegment product, long at, long sums, int hidden) {
    if (gates.getClass() != NATIVE || product.getClass() != NATIVE) {
      throw SegmentClass.notNative(gates, product);
    }
    long bytes = 2L * hidden * Float.BYTES;
    long vectors = bytes - bytes % F32.vectorByteSize();
    for (long lane = 0; lane < vectors; lane += F32.vectorByteSize()) {
      FloatVector a = FloatVector.fromMemorySegment(F32, gates, at + lane, ByteOrder.nativeOrder());
      FloatVector b =
          FloatVector.fromMemorySegment(F32, product, sums + lane, ByteOrder.nativeOrder());
      a.add(b).intoMemorySegment(gates, at + lane, ByteOrder.nativeOrder());
    }
    for (long lane = vectors; lane < bytes; lane += Float.BYTES) {
      float a = gates.get(JAVA_FLOAT_UNALIGNED, at + lane);
      float b = product.get(JAVA_FLOAT_UNALIGNED, sums + lane);
      gates.set(JAVA_FLOAT_UNALIGNED, at + lane, a + b);
    }
  }

  /** {@code a_n + r b_n} in the place of a_n; place in bytes. */
  private static void candidate(MemorySegment gates, long at, int hidden) {
    if (gates.getClass() != NATIVE) {
      throw SegmentClass.notNative(gates);
    }
    long gate = (long) hidden * Float.BYTES;
    int i = 0;
    for (; i <= hidden - F32_LANES; i += F32_LANES) {
      long in = at + (long) i * Float.BYTES;
      FloatVector a = FloatVector.fromMemorySegment(F32, gates, in, ByteOrder.nativeOrder());
      FloatVector r = FloatVector.fromMemorySegment(F32, gates, in + gate, ByteOrder.nativeOrder());
      FloatVector b =
          FloatVector.fromMemorySegment(F32, gates, in + 3 * gate, ByteOrder.nativeOrder());
      r.fma(b, a).intoMemorySegment(gates, in, ByteOrder.nativeOrder());
    }
    for (; i < hidden; i++) {
      long in = at + (long) i * Float.BYTES;
      float a = gates.get(JAVA_FLOAT_UNALIGNED, in);
      float r = gates.get(JAVA_FLOAT_UNALIGNED, in + gate);
      float b = gates.get(JAVA_FLOAT_UNALIGNED, in + 3 * gate);
      gates.set(JAVA_FLOAT_UNALIGNED, in, Math.fma(r, b, a));
    }
  }

  /** {@code h' = n + z (h - n)}, and the same to y. */
  private static void state(
      MemorySegment gates,
      MemorySegment h,
      MemorySegment y,
      long at,
      long from,
      long to,
      long out,
      int hidden) {
    if (gates.getClass() != NATIVE || h.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(gates, h, y);
    }
    long update = 2L * hidden * Float.BYTES;
    int i = 0;
    for (; i <= hidden - F32_LANES; i += F32_LANES) {
      long in = (at + i) * Float.BYTES;
      FloatVector n = FloatVector.fromMemorySegment(F32, gates, in, ByteOrder.nativeOrder());
      FloatVector z =
          FloatVector.fromMemorySegment(F32, gates, in + update, ByteOrder.nativeOrder());
      FloatVector before =
          FloatVector.fromMemorySegment(F32, h, (from + i) * Float.BYTES, ByteOrder.nativeOrder());
      FloatVector next = z.fma(before.sub(n), n);
      next.intoMemorySegment(h, (to + i) * Float.BYTES, ByteOrder.nativeOrder());
      next.intoMemorySegment(y, (out + i) * Float.BYTES, ByteOrder.nativeOrder());
    }
    for (; i < hidden; i++) {
      long in = (at + i) * Float.BYTES;
      float n = gates.get(JAVA_FLOAT_UNALIGNED, in);
      float z = gates.get(JAVA_FLOAT_UNALIGNED, in + update);
      float next = Math.fma(z, h.get(JAVA_FLOAT_UNALIGNED, (from + i) * Float.BYTES) - n, n);
      h.set(JAVA_FLOAT_UNALIGNED, (to + i) * Float.BYTES, next);
      y.set(JAVA_FLOAT_UNALIGNED, (out + i) * Float.BYTES, next);
    }
  }

  /**
   * The gradients of step {@code t}, for the given rows.
   *
   * @param gates read and overwritten: n, r, z and b_n, then the gradients of a_n, of a_r and b_r,
   *     of a_z and b_z, and of b_n
   * @param h read: the block that the step has read
   * @param dy read: the gradient of y, placed as y
   * @param dh read and overwritten: f32 [rows, hidden], what the step after this one adds to the
   *     gradient of h', then {@code dh z}: the product with the gradients of the gates is still to
   *     be added
   */
  public static void backward(
      MemorySegment gates,
      MemorySegment h,
      MemorySegment dy,
      MemorySegment dh,
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
      long gate = at * Float.BYTES;
      long read = Steps.read(t, reverse, rows, row, hidden) * Float.BYTES;
      long out = ((t * rows + row) * ldy + offsetY) * Float.BYTES;
      long state = row * hidden * Float.BYTES;
      if (whole > 0) {
        backwardWhole(gates, h, dy, dh, gate, read, out, state, hidden, whole);
      }
      for (int i = whole; i < hidden; i++) {
        long lane = (long) i * Float.BYTES;
        backwardOne(gates, h, dy, dh, gate + lane, read + lane, out + lane, state + lane, hidden);
      }
    }
  }

  /** Whole vectors of a row; places in bytes. */
  private static void backwardWhole(
      MemorySegment gates,
      MemorySegment h,
      MemorySegment dy,
      MemorySegment dh,
      long at,
      long from,
      long out,
      long state,
      int hidden,
      int whole) {
    if (gates.getClass() != NATIVE
        || h.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || dh.getClass() != NATIVE) {
      throw SegmentClass.notNative(gates, h, dy, dh);
    }
    long gate = (long) hidden * Float.BYTES;
    FloatVector one = FloatVector.broadcast(F32, 1);
    for (int i = 0; i < whole; i += F32_LANES) {
      long lane = (long) i * Float.BYTES;
      long in = at + lane;
      FloatVector vdh =
          FloatVector.fromMemorySegment(F32, dy, out + lane, ByteOrder.nativeOrder())
              .add(FloatVector.fromMemorySegment(F32, dh, state + lane, ByteOrder.nativeOrder()));
      FloatVector n = FloatVector.fromMemorySegment(F32, gates, in, ByteOrder.nativeOrder());
      FloatVector r = FloatVector.fromMemorySegment(F32, gates, in + gate, ByteOrder.nativeOrder());
      FloatVector z =
          FloatVector.fromMemorySegment(F32, gates, in + 2 * gate, ByteOrder.nativeOrder());
      FloatVector b =
          FloatVector.fromMemorySegment(F32, gates, in + 3 * gate, ByteOrder.nativeOrder());
      FloatVector before =
          FloatVector.fromMemorySegment(F32, h, from + lane, ByteOrder.nativeOrder());
      FloatVector dn = vdh.mul(one.sub(z)).mul(n.neg().fma(n, one));
      dn.intoMemorySegment(gates, in, ByteOrder.nativeOrder());
      dn.mul(b).mul(r.neg().fma(r, r)).intoMemorySegment(gates, in + gate, ByteOrder.nativeOrder());
      vdh.mul(before.sub(n))
          .mul(z.neg().fma(z, z))
          .intoMemorySegment(gates, in + 2 * gate, ByteOrder.nativeOrder());
      dn.mul(r).intoMemorySegment(gates, in + 3 * gate, ByteOrder.nativeOrder());
      vdh.mul(z).intoMemorySegment(dh, state + lane, ByteOrder.nativeOrder());
    }
  }

  /** One element; places in bytes. */
  private static void backwardOne(
      MemorySegment gates,
      MemorySegment h,
      MemorySegment dy,
      MemorySegment dh,
      long at,
      long from,
      long out,
      long state,
      int hidden) {
    long gate = (long) hidden * Float.BYTES;
    float sdh = dy.get(JAVA_FLOAT_UNALIGNED, out) + dh.get(JAVA_FLOAT_UNALIGNED, state);
    float n = gates.get(JAVA_FLOAT_UNALIGNED, at);
    float r = gates.get(JAVA_FLOAT_UNALIGNED, at + gate);
    float z = gates.get(JAVA_FLOAT_UNALIGNED, at + 2 * gate);
    float b = gates.get(JAVA_FLOAT_UNALIGNED, at + 3 * gate);
    float before = h.get(JAVA_FLOAT_UNALIGNED, from);
    float dn = sdh * (1 - z) * Math.fma(-n, n, 1);
    gates.set(JAVA_FLOAT_UNALIGNED, at, dn);
    gates.set(JAVA_FLOAT_UNALIGNED, at + gate, dn * b * Math.fma(-r, r, r));
    gates.set(JAVA_FLOAT_UNALIGNED, at + 2 * gate, sdh * (before - n) * Math.fma(-z, z, z));
    gates.set(JAVA_FLOAT_UNALIGNED, at + 3 * gate, dn * r);
    dh.set(JAVA_FLOAT_UNALIGNED, state, sdh * z);
  }
}
