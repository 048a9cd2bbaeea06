package dev.lanewise.kernel.step.adaptive.f32.segments;

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
 * Adam and its kin (D. P. Kingma, J. Ba: Adam: A Method for Stochastic Optimization, 2015,
 * algorithm 1; I. Loshchilov, F. Hutter: Decoupled Weight Decay Regularization, 2019, algorithm 2),
 * in PyTorch's order of operations:
 *
 * <pre>
 * g  = clipped(gradScale grad) + l2 w
 * m  = beta1 m + (1 - beta1) g
 * v  = beta2 v + (1 - beta2) g^2
 * w  = w - decay w - step m / (rootScale sqrt(v) + eps)
 * </pre>
 *
 * <p>With {@code bc_i = 1 - beta_i^t} for step t = 1, 2, ...: bias-corrected {@code step = lr /
 * bc_1, rootScale = 1 / sqrt(bc_2)}; eps-hat {@code step = lr sqrt(bc_2) / bc_1, rootScale = 1};
 * without correction {@code step = lr, rootScale = 1}; the steps of RAdam that are not rectified
 * {@code step = lr / bc_1, rootScale = 0, eps = 1}.
 *
 * <p>An empty range does nothing. A NaN or infinite gradient spoils its own parameter and state and
 * no other's. The same bits however the range is split and whatever the width. Subnormal moments
 * are kept, as in every kernel, and are slow on most processors: a parameter that had a gradient
 * once and never again ends there after some 800 steps. 28 bytes per parameter in single precision,
 * 4 more where the gradient is zeroed.
 *
 * <p>Error, u = 2^-24, against exact arithmetic on the same state and coefficients: {@code 4 u
 * (beta1 |m| + (1 - beta1) |g|)} for m, {@code 6 u} relative for v, {@code 2 u |w| + 10 u |update|}
 * for w besides what the error of m gives.
 */
@SuppressWarnings("cast") // in double precision the root is one already
public final class Adam {
  private Adam() {}

  /**
   * Updates the parameters {@code [begin, end)}.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if {@code zeroGrads}
   * @param m first moment, 0 before the first step: read and overwritten
   * @param v second moment, 0 before the first step: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param step the learning rate, corrected
   * @param rootScale factor of the root of the second moment
   * @param eps added to the root
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
      boolean zeroGrads) {
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += StepBlocks.ELEMENTS) {
      int n = (int) Math.min(StepBlocks.ELEMENTS, end - block);
      int whole = n - n % F32_LANES;
      long base = block * Float.BYTES;
      if (whole > 0) {
        vectors(
            params, grads, m, v, base, whole, beta1, beta2, step, rootScale, eps, gradScale, clip,
            l2, decay);
      }
      tail(
          params, grads, m, v, base, whole, n, beta1, beta2, step, rootScale, eps, gradScale, clip,
          l2, decay);
      if (zeroGrads) {
        Zero.fill(grads, base, n);
      }
    }
  }

  private static void vectors(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment m,
      MemorySegment v,
      long base,
      int whole,
      float beta1,
      float beta2,
      float step,
      float rootScale,
      float eps,
      float gradScale,
      float clip,
      float l2,
      float decay) {
    if (params.getClass() != NATIVE
        || grads.getClass() != NATIVE
        || m.getClass() != NATIVE
        || v.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, m, v);
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
      FloatVector vv = FloatVector.fromMemorySegment(F32, v, at, ByteOrder.nativeOrder());
      vm = vm.fma(FloatVector.broadcast(F32, beta1), g.mul(oneMinusBeta1));
      vv = vv.fma(FloatVector.broadcast(F32, beta2), g.mul(oneMinusBeta2).mul(g));
      FloatVector denominator =
          vv.sqrt().fma(FloatVector.broadcast(F32, rootScale), FloatVector.broadcast(F32, eps));
      w = vm.div(denominator).fma(FloatVector.broadcast(F32, -step), w);
      w.intoMemorySegment(params, at, ByteOrder.nativeOrder());
      vm.intoMemorySegment(m, at, ByteOrder.nativeOrder());
      vv.intoMemorySegment(v, at, ByteOrder.nativeOrder());
    }
  }

  private static void tail(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment m,
      MemorySegment v,
      long base,
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
      float decay) {
    if (params.getClass() != NATIVE
        || grads.getClass() != NATIVE
        || m.getClass() != NATIVE
        || v.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, m, v);
    }
    float oneMinusBeta1 = 1 - beta1;
    float oneMinusBeta2 = 1 - beta2;
    for (int i = whole; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float w = params.get(JAVA_FLOAT_UNALIGNED, at);
      float g = Gradient.of(grads.get(JAVA_FLOAT_UNALIGNED, at), w, gradScale, clip, l2);
      w = Math.fma(w, -decay, w);
      float sm = Math.fma(m.get(JAVA_FLOAT_UNALIGNED, at), beta1, g * oneMinusBeta1);
      float sv = Math.fma(v.get(JAVA_FLOAT_UNALIGNED, at), beta2, g * oneMinusBeta2 * g);
      float denominator = Math.fma((float) Math.sqrt(sv), rootScale, eps);
      params.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(sm / denominator, -step, w));
      m.set(JAVA_FLOAT_UNALIGNED, at, sm);
      v.set(JAVA_FLOAT_UNALIGNED, at, sv);
    }
  }
}
