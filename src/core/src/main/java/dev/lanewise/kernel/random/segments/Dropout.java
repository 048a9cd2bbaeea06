package dev.lanewise.kernel.random.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static dev.lanewise.simd.Lanes.I64;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.loop.Blocks;
import dev.lanewise.kernel.random.Philox;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Dropout: {@code y = x / (1 - p)} with probability {@code 1 - p}, else 0 (N. Srivastava et al.:
 * Dropout: A Simple Way to Prevent Neural Networks from Overfitting, 2014; scaled in training, so
 * that nothing is left to do afterwards).
 *
 * <p>Whether an element is dropped is a function of {@code (seed, stream, step, element)}, see
 * {@link Philox}: the upper 24 bits of its random word are less than {@code p 2^24}. The mask is
 * computed again in the backward pass and never stored, and is the same at every width and however
 * the range is split.
 *
 * <p>{@code x} is multiplied by {@code 1 / (1 - p)}, rounded to float: {@code |y - y'| <= 2 u |y|},
 * u = 2^-24. A dropped element is +0, whatever {@code x} was. {@code p} = 0 copies, {@code p} = 1
 * drops everything. An empty range does nothing.
 */
public final class Dropout {
  /** Counters per vector: one in each lane of longs. */
  private static final int COUNTERS = F32_LANES / 2;

  /** Elements of each half of a group per turn, those of two vectors of counters. */
  private static final int STEP = 2 * F32_LANES;

  private static final int HALF_GROUP = Philox.GROUP / 2;

  /** Turns per group: 1, 2 or 4. */
  private static final int TURNS = HALF_GROUP / STEP;

  /** The numbers of the lanes. */
  private static final LongVector LANES = LongVector.zero(I64).addIndex(1);

  private Dropout() {}

  /**
   * {@code y = dropout(x)}.
   *
   * @param p the probability that an element is dropped, 0 to 1
   * @param seed of the generator
   * @param stream the place in the model
   * @param step the step of the training
   * @param x read
   * @param y overwritten; may be {@code x} itself
   * @param begin first element
   * @param end one past the last element, at most {@link Philox#MAX_ELEMENTS}
   */
  public static void forward(
      float p,
      long seed,
      int stream,
      long step,
      MemorySegment x,
      MemorySegment y,
      long begin,
      long end) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    assert 0 <= begin && begin <= end && end <= Philox.MAX_ELEMENTS;
    assert 0 <= p && p <= 1;
    float scale = (float) (1 / (1 - (double) p));
    int dropped = (int) Math.ceil(p * 0x1p24);
    // Whole groups as vectors, what is left at both ends element by element.
    long first = Math.min(end, Math.ceilDiv(begin, (long) Philox.GROUP) * Philox.GROUP);
    long last = Math.max(first, end / (long) Philox.GROUP * Philox.GROUP);
    single(scale, dropped, seed, stream, step, x, y, begin, first);
    for (long block = first; block < last; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, last - block);
      long base = block * Float.BYTES;
      long counter = block / Philox.GROUP * Philox.COUNTERS;
      groups(scale, dropped, seed, stream, step, counter, x, y, base, n);
    }
    single(scale, dropped, seed, stream, step, x, y, last, end);
  }

  /**
   * {@code dx = dy / (1 - p)} where the forward pass kept, 0 where it dropped.
   *
   * @param p as in the forward pass
   * @param seed as in the forward pass
   * @param stream as in the forward pass
   * @param step as in the forward pass
   * @param dy read
   * @param dx overwritten; may be {@code dy} itself
   * @param begin first element
   * @param end one past the last element, at most {@link Philox#MAX_ELEMENTS}
   */
  public static void backward(
      float p,
      long seed,
      int stream,
      long step,
      MemorySegment dy,
      MemorySegment dx,
      long begin,
      long end) {
    forward(p, seed, stream, step, dy, dx, begin, end);
  }

  private static void single(
      float scale,
      int dropped,
      long seed,
      int stream,
      long step,
      MemorySegment x,
      MemorySegment y,
      long from,
      long to) {
    for (long e = from; e < to; e++) {
      long at = e * Float.BYTES;
      float sx = x.get(JAVA_FLOAT_UNALIGNED, at);
      boolean kept = Philox.word(seed, stream, step, e) >>> 8 >= dropped;
      y.set(JAVA_FLOAT_UNALIGNED, at, kept ? sx * scale : 0);
    }
  }

  /**
   * Whole groups. A lane of longs holds one word of one counter in its lower half, so that the
   * product of two words is whole and no lane changes its width; what is in the upper half does not
   * count. Both factors are masked, the constant one too: so C2 sees that the product of the lower
   * halves is wanted, one instruction instead of three. Two vectors of counters, since one waits
   * for its products most of the time.
   */
  private static void groups(
      float scale,
      int dropped,
      long seed,
      int stream,
      long step,
      long counter,
      MemorySegment x,
      MemorySegment y,
      long base,
      int n) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    long next = (long) F32_LANES * Float.BYTES;
    long half = (long) HALF_GROUP * Float.BYTES;
    LongVector low = LongVector.broadcast(I64, Philox.LOW);
    int turns = n / (2 * STEP);
    for (int turn = 0; turn < turns; turn++) {
      int group = turn / TURNS;
      int part = turn % TURNS;
      int i = group * Philox.GROUP + part * STEP;
      LongVector a0 = LANES.add(counter + group * (long) Philox.COUNTERS + part * STEP / 2);
      LongVector b0 = a0.add(COUNTERS);
      LongVector a1 = LongVector.broadcast(I64, stream & Philox.LOW);
      LongVector b1 = a1;
      LongVector a2 = LongVector.broadcast(I64, step & Philox.LOW);
      LongVector b2 = a2;
      LongVector a3 = LongVector.broadcast(I64, step >>> 32);
      LongVector b3 = a3;
      int k0 = (int) seed;
      int k1 = (int) (seed >>> 32);
      for (int round = 0; round < Philox.ROUNDS; round++) {
        LongVector m0 = LongVector.broadcast(I64, Philox.M0).and(Philox.LOW);
        LongVector m1 = LongVector.broadcast(I64, Philox.M1).and(Philox.LOW);
        LongVector pa = low.and(a0).mul(m0);
        LongVector qa = low.and(a2).mul(m1);
        LongVector pb = low.and(b0).mul(m0);
        LongVector qb = low.and(b2).mul(m1);
        LongVector key0 = LongVector.broadcast(I64, k0);
        LongVector key1 = LongVector.broadcast(I64, k1);
        LongVector qaUpper = qa.lanewise(VectorOperators.LSHR, 32);
        LongVector paUpper = pa.lanewise(VectorOperators.LSHR, 32);
        LongVector qbUpper = qb.lanewise(VectorOperators.LSHR, 32);
        LongVector pbUpper = pb.lanewise(VectorOperators.LSHR, 32);
        a0 = qaUpper.lanewise(VectorOperators.XOR, a1).lanewise(VectorOperators.XOR, key0);
        b0 = qbUpper.lanewise(VectorOperators.XOR, b1).lanewise(VectorOperators.XOR, key0);
        a2 = paUpper.lanewise(VectorOperators.XOR, a3).lanewise(VectorOperators.XOR, key1);
        b2 = pbUpper.lanewise(VectorOperators.XOR, b3).lanewise(VectorOperators.XOR, key1);
        a1 = qa;
        b1 = qb;
        a3 = pa;
        b3 = pb;
        k0 += Philox.W0;
        k1 += Philox.W1;
      }
      // Words 0 and 1 of a counter side by side, then words 2 and 3.
      IntVector w0 =
          a0.and(Philox.LOW).or(a1.lanewise(VectorOperators.LSHL, 32)).reinterpretAsInts();
      IntVector w1 =
          b0.and(Philox.LOW).or(b1.lanewise(VectorOperators.LSHL, 32)).reinterpretAsInts();
      IntVector w2 =
          a2.and(Philox.LOW).or(a3.lanewise(VectorOperators.LSHL, 32)).reinterpretAsInts();
      IntVector w3 =
          b2.and(Philox.LOW).or(b3.lanewise(VectorOperators.LSHL, 32)).reinterpretAsInts();
      long at = base + (long) i * Float.BYTES;
      FloatVector x0 = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector x1 = FloatVector.fromMemorySegment(F32, x, at + next, ByteOrder.nativeOrder());
      FloatVector x2 = FloatVector.fromMemorySegment(F32, x, at + half, ByteOrder.nativeOrder());
      FloatVector x3 =
          FloatVector.fromMemorySegment(F32, x, at + half + next, ByteOrder.nativeOrder());
      x0.mul(scale)
          .reinterpretAsInts()
          .blend(0, w0.lanewise(VectorOperators.LSHR, 8).compare(VectorOperators.LT, dropped))
          .reinterpretAsFloats()
          .intoMemorySegment(y, at, ByteOrder.nativeOrder());
      x1.mul(scale)
          .reinterpretAsInts()
          .blend(0, w1.lanewise(VectorOperators.LSHR, 8).compare(VectorOperators.LT, dropped))
          .reinterpretAsFloats()
          .intoMemorySegment(y, at + next, ByteOrder.nativeOrder());
      x2.mul(scale)
          .reinterpretAsInts()
          .blend(0, w2.lanewise(VectorOperators.LSHR, 8).compare(VectorOperators.LT, dropped))
          .reinterpretAsFloats()
          .intoMemorySegment(y, at + half, ByteOrder.nativeOrder());
      x3.mul(scale)
          .reinterpretAsInts()
          .blend(0, w3.lanewise(VectorOperators.LSHR, 8).compare(VectorOperators.LT, dropped))
          .reinterpretAsFloats()
          .intoMemorySegment(y, at + half + next, ByteOrder.nativeOrder());
    }
  }
}
