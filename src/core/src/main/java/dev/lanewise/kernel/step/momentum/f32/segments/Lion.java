package dev.lanewise.kernel.step.momentum.f32.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.step.StepBlocks;
import dev.lanewise.kernel.step.gradient.f32.Gradient;
import dev.lanewise.kernel.step.gradient.f32.segments.Zero;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Lion (X. Chen et al.: Symbolic Discovery of Optimization Algorithms, 2023, algorithm 2):
 *
 * <pre>
 * g  = clipped(gradScale grad) + l2 w
 * w  = w - decay w - lr sign(beta1 m + (1 - beta1) g)
 * m  = beta2 m + (1 - beta2) g
 * </pre>
 *
 * <p>The sign of 0 is 0. An empty range does nothing. A NaN gradient spoils its own parameter and
 * moment and no other's. The same bits however the range is split and whatever the width. 20 bytes
 * per parameter in single precision, 4 more where the gradient is zeroed.
 *
 * <p>Error, u = 2^-24, against exact arithmetic on the same state and coefficients: {@code 4 u
 * (beta2 |m| + (1 - beta2) |g|)} for m, {@code 3 u (|w| + lr)} for w where the sign is the exact
 * one.
 */
public final class Lion {
  /**
   * With the largest number before it, this takes the smallest subnormal beyond 1, where it is cut
   * off: a sign without a mask.
   */
  private static final float LARGE = 1 / Float.MIN_NORMAL;

  private Lion() {}

  /**
   * Updates the parameters {@code [begin, end)}.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if {@code zeroGrads}
   * @param m moment, 0 before the first step: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param lr learning rate
   * @param beta1 share of the moment in the direction
   * @param beta2 decay of the moment
   * @param gradScale factor of the gradient: 1, or what clipping and loss scaling ask for; negative
   *     to maximise
   * @param clip the gradient is cut off at plus and minus this after scaling; infinity for never
   * @param l2 decay added to the gradient, {@code l2 w}; 0 for none
   * @param decay decoupled decay, the part of w that is taken away; 0 for none
   * @param zeroGrads whether to leave zeros in {@code grads}
   */
  public static void step(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment m,
      long begin,
      long end,
      float lr,
      float beta1,
      float beta2,
      float gradScale,
      float clip,
      float l2,
      float decay,
      boolean zeroGrads) {
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += StepBlocks.ELEMENTS) {
      int n = (int) Math.min(StepBlocks.ELEMENTS, end - block);
      int whole = n - n % F32_LANES;
      long base = block * Float.BYTES;
      if (whole > 0) {
        vectors(params, grads, m, base, whole, lr, beta1, beta2, gradScale, clip, l2, decay);
      }
      tail(params, grads, m, base, whole, n, lr, beta1, beta2, gradScale, clip, l2, decay);
      if (zeroGrads) {
        Zero.fill(grads, base, n);
      }
    }
  }

  private static void vectors(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment m,
      long base,
      int whole,
      float lr,
      float beta1,
      float beta2,
      float gradScale,
      float clip,
      float l2,
      float decay) {
    if (params.getClass() != NATIVE || grads.getClass() != NATIVE || m.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, m);
    }
    float oneMinusBeta1 = 1 - beta1;
    float oneMinusBeta2 = 1 - beta2;
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector w = FloatVector.fromMemorySegment(F32, params, at, ByteOrder.nativeOrder());
      FloatVector grad = FloatVector.fromMemorySegment(F32, grads, at, ByteOrder.nativeOrder());
      FloatVector g = Gradient.ofBlended(grad, w, gradScale, clip, l2);
      w = w.fma(FloatVector.broadcast(F32, -decay), w);
      FloatVector vm = FloatVector.fromMemorySegment(F32, m, at, ByteOrder.nativeOrder());
      FloatVector direction = vm.fma(FloatVector.broadcast(F32, beta1), g.mul(oneMinusBeta1));
      FloatVector sign = direction.mul(Float.MAX_VALUE).mul(LARGE).min(1).max(-1);
      vm = vm.fma(FloatVector.broadcast(F32, beta2), g.mul(oneMinusBeta2));
      w = sign.fma(FloatVector.broadcast(F32, -lr), w);
      w.intoMemorySegment(params, at, ByteOrder.nativeOrder());
      vm.intoMemorySegment(m, at, ByteOrder.nativeOrder());
    }
  }

  private static void tail(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment m,
      long base,
      int whole,
      int n,
      float lr,
      float beta1,
      float beta2,
      float gradScale,
      float clip,
      float l2,
      float decay) {
    if (params.getClass() != NATIVE || grads.getClass() != NATIVE || m.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, m);
    }
    float oneMinusBeta1 = 1 - beta1;
    float oneMinusBeta2 = 1 - beta2;
    for (int i = whole; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float w = params.get(JAVA_FLOAT_UNALIGNED, at);
      float g = Gradient.of(grads.get(JAVA_FLOAT_UNALIGNED, at), w, gradScale, clip, l2);
      w = Math.fma(w, -decay, w);
      float sm = m.get(JAVA_FLOAT_UNALIGNED, at);
      float direction = Math.fma(sm, beta1, g * oneMinusBeta1);
      float sign = Math.max(Math.min(direction * Float.MAX_VALUE * LARGE, 1), -1);
      params.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(sign, -lr, w));
      m.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(sm, beta2, g * oneMinusBeta2));
    }
  }
}
