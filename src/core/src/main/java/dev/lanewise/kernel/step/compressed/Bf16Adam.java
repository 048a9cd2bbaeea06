package dev.lanewise.kernel.step.compressed;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static dev.lanewise.simd.Lanes.I16_HALF;
import static dev.lanewise.simd.Lanes.I32;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.lanewise.kernel.cast.segments.Bf16;
import dev.lanewise.kernel.step.gradient.f32.Gradient;
import dev.lanewise.kernel.step.gradient.f32.segments.Zero;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Adam and AdamW as {@link dev.lanewise.kernel.step.adaptive.f32.segments.Adam} has them, with both
 * moments in bfloat16:
 *
 * <pre>
 * g  = clipped(gradScale grad) + l2 w
 * m' = beta1 m + (1 - beta1) g
 * v' = beta2 v + (1 - beta2) g^2
 * w  = w - decay w - step m' / (rootScale sqrt(v') + eps)
 * m  = rounded(m'), v = rounded(v')
 * </pre>
 *
 * <p>The moments are rounded up or down at random, so that their means are exact (S. Gupta, A.
 * Agrawal, K. Gopalakrishnan, P. Narayanan: Deep Learning with Limited Numerical Precision, 2015,
 * section 3.1): to nearest, {@code v} would stand still as soon as its step, {@code (1 - beta2) v},
 * is less than half its last bit, 2^-9, which with {@code beta2 = 0.999} it always is. The random
 * bits are those of {@link RoundingWords}: the lower half of a word for m, the upper half for v.
 *
 * <p>An empty range does nothing. NaN stays in its parameter and its state. The same bits however
 * the range is split and whatever the width. 20 bytes per parameter, 4 more where the gradient is
 * zeroed. Error: that of Adam, and {@code 2^-7} relative for m and for v, 0 in the mean.
 */
public final class Bf16Adam {
  private static final int LOWER = 0xffff;

  /** The part of a word that the place in its vector gives. */
  private static final IntVector PLACES = IntVector.zero(I32).addIndex(1).mul(RoundingWords.M0);

  private Bf16Adam() {}

  /**
   * Updates the parameters {@code [begin, end)}.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if {@code zeroGrads}
   * @param m first moment, elements of 2 bytes: read and overwritten
   * @param v second moment, elements of 2 bytes: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param step the learning rate, corrected
   * @param rootScale factor of the root of the second moment
   * @param eps added to the root
   * @param gradScale factor of the gradient
   * @param clip where the gradient is cut off after scaling
   * @param l2 decay added to the gradient
   * @param decay decoupled decay
   * @param zeroGrads whether to leave zeros in {@code grads}
   * @param seed of the random bits
   * @param t the step, for the random bits
   */
  public static void step(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment m,
      MemorySegment v,
      long begin,
      long end,
      float beta1,
      float beta2,
      float step,
      float rootScale,
      float eps,
      float gradScale,
      float clip,
      float l2,
      float decay,
      boolean zeroGrads,
      long seed,
      long t) {
    assert 0 <= begin && begin <= end;
    for (long at = begin; at < end; ) {
      long block = at / RoundingWords.BLOCK;
      int place = (int) (at % RoundingWords.BLOCK);
      int n = (int) Math.min(RoundingWords.BLOCK - place, end - at);
      int whole = n - n % F32_LANES;
      int key0 = RoundingWords.key(seed, t, block, 0);
      int key1 = RoundingWords.key(seed, t, block, 1);
      if (whole > 0) {
        vectors(
            params,
            grads,
            m,
            v,
            at,
            whole,
            beta1,
            beta2,
            step,
            rootScale,
            eps,
            gradScale,
            clip,
            l2,
            decay,
            key0 + place,
            key1);
      }
      tail(
          params,
          grads,
          m,
          v,
          at,
          whole,
          n,
          beta1,
          beta2,
          step,
          rootScale,
          eps,
          gradScale,
          clip,
          l2,
          decay,
          key0 + place,
          key1);
      if (zeroGrads) {
        Zero.fill(grads, at * Float.BYTES, n);
      }
      at += n;
    }
  }

  private static void vectors(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment m,
      MemorySegment v,
      long first,
      int whole,
      float beta1,
      float beta2,
      float step,
      float rootScale,
      float eps,
      float gradScale,
      float clip,
      float l2,
      float decay,
      int key0,
      int key1) {
    if (params.getClass() != NATIVE
        || grads.getClass() != NATIVE
        || m.getClass() != NATIVE
        || v.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, m, v);
    }
    float oneMinusBeta1 = 1 - beta1;
    float oneMinusBeta2 = 1 - beta2;
    long base = first * Float.BYTES;
    long halfBase = first * Short.BYTES;
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      long half = halfBase + (long) i * Short.BYTES;
      FloatVector w = FloatVector.fromMemorySegment(F32, params, at, ByteOrder.nativeOrder());
      FloatVector grad = FloatVector.fromMemorySegment(F32, grads, at, ByteOrder.nativeOrder());
      FloatVector g = Gradient.ofBlended(grad, w, gradScale, clip, l2);
      FloatVector vm =
          ((IntVector)
                  ShortVector.fromMemorySegment(I16_HALF, m, half, ByteOrder.nativeOrder())
                      .convertShape(VectorOperators.ZERO_EXTEND_S2I, I32, 0))
              .lanewise(VectorOperators.LSHL, 16)
              .reinterpretAsFloats();
      FloatVector vv =
          ((IntVector)
                  ShortVector.fromMemorySegment(I16_HALF, v, half, ByteOrder.nativeOrder())
                      .convertShape(VectorOperators.ZERO_EXTEND_S2I, I32, 0))
              .lanewise(VectorOperators.LSHL, 16)
              .reinterpretAsFloats();
      w = w.fma(FloatVector.broadcast(F32, -decay), w);
      vm = vm.fma(FloatVector.broadcast(F32, beta1), g.mul(oneMinusBeta1));
      vv = vv.fma(FloatVector.broadcast(F32, beta2), g.mul(oneMinusBeta2).mul(g));
      FloatVector denominator =
          vv.sqrt().fma(FloatVector.broadcast(F32, rootScale), FloatVector.broadcast(F32, eps));
      w = vm.div(denominator).fma(FloatVector.broadcast(F32, -step), w);
      w.intoMemorySegment(params, at, ByteOrder.nativeOrder());
      IntVector word = PLACES.add((key0 + i) * RoundingWords.M0);
      word = word.lanewise(VectorOperators.XOR, word.lanewise(VectorOperators.LSHR, 14));
      word = word.add(key1).mul(RoundingWords.M1);
      IntVector upper = word.lanewise(VectorOperators.LSHR, 16);
      IntVector lower = word.lanewise(VectorOperators.XOR, upper).and(LOWER);
      VectorMask<Integer> mNumber = vm.compare(VectorOperators.EQ, vm).cast(I32);
      ((ShortVector)
              vm.reinterpretAsInts()
                  .add(lower, mNumber)
                  .lanewise(VectorOperators.LSHR, 16)
                  .convertShape(VectorOperators.I2S, I16_HALF, 0))
          .intoMemorySegment(m, half, ByteOrder.nativeOrder());
      VectorMask<Integer> vNumber = vv.compare(VectorOperators.EQ, vv).cast(I32);
      ((ShortVector)
              vv.reinterpretAsInts()
                  .add(upper, vNumber)
                  .lanewise(VectorOperators.LSHR, 16)
                  .convertShape(VectorOperators.I2S, I16_HALF, 0))
          .intoMemorySegment(v, half, ByteOrder.nativeOrder());
    }
  }

  private static void tail(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment m,
      MemorySegment v,
      long first,
      int whole,
      int n,
      float beta1,
      float beta2,
      float step,
      float rootScale,
      float eps,
      float gradScale,
      float clip,
      float l2,
      float decay,
      int key0,
      int key1) {
    if (params.getClass() != NATIVE
        || grads.getClass() != NATIVE
        || m.getClass() != NATIVE
        || v.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, m, v);
    }
    float oneMinusBeta1 = 1 - beta1;
    float oneMinusBeta2 = 1 - beta2;
    for (int i = whole; i < n; i++) {
      long at = (first + i) * Float.BYTES;
      long half = (first + i) * Short.BYTES;
      float w = params.get(JAVA_FLOAT_UNALIGNED, at);
      float g = Gradient.of(grads.get(JAVA_FLOAT_UNALIGNED, at), w, gradScale, clip, l2);
      w = Math.fma(w, -decay, w);
      float sm = Bf16.widen(m.get(JAVA_SHORT_UNALIGNED, half));
      float sv = Bf16.widen(v.get(JAVA_SHORT_UNALIGNED, half));
      sm = Math.fma(sm, beta1, g * oneMinusBeta1);
      sv = Math.fma(sv, beta2, g * oneMinusBeta2 * g);
      float denominator = Math.fma((float) Math.sqrt(sv), rootScale, eps);
      params.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(sm / denominator, -step, w));
      int word = RoundingWords.word(key0, key1, i);
      m.set(JAVA_SHORT_UNALIGNED, half, RoundingWords.round(sm, word & LOWER));
      v.set(JAVA_SHORT_UNALIGNED, half, RoundingWords.round(sv, word >>> 16));
    }
  }
}
