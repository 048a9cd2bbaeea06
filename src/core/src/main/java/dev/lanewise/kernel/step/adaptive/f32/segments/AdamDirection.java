package dev.lanewise.kernel.step.adaptive.f32.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.step.StepBlocks;
import dev.lanewise.kernel.step.gradient.f32.Gradient;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * The direction of Adam instead of its step, for methods that give each layer a length of its own
 * (Y. You et al.: Large Batch Optimization for Deep Learning, 2020, algorithm 2):
 *
 * <pre>
 * g     = clipped(gradScale grad) + l2 w
 * m     = beta1 m + (1 - beta1) g
 * v     = beta2 v + (1 - beta2) g^2
 * grad  = mScale m / (rootScale sqrt(v) + eps) + decay w
 * </pre>
 *
 * <p>{@code mScale = 1 / (1 - beta1^t)} and {@code rootScale = 1 / sqrt(1 - beta2^t)} correct the
 * bias. An empty range does nothing. A NaN or infinite gradient spoils its own parameter and state
 * and no other's. The same bits however the range is split and whatever the width. 28 bytes per
 * parameter in single precision.
 *
 * <p>Error, u = 2^-24, against exact arithmetic on the same state and coefficients: {@code 4 u
 * (beta1 |m| + (1 - beta1) |g|)} for m, {@code 6 u} relative for v, {@code 12 u |direction| + 2 u
 * |decay w|} for the direction besides what the error of m gives.
 */
@SuppressWarnings("cast") // in double precision the root is one already
public final class AdamDirection {
  private AdamDirection() {}

  /**
   * Computes the direction of the parameters {@code [begin, end)}.
   *
   * @param params w: read
   * @param grads read; overwritten by the direction
   * @param m first moment, 0 before the first step: read and overwritten
   * @param v second moment, 0 before the first step: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param mScale factor of the first moment
   * @param rootScale factor of the root of the second moment
   * @param eps added to the root
   * @param gradScale factor of the gradient: 1, or what clipping and loss scaling ask for; negative
   *     to maximise
   * @param clip the gradient is cut off at plus and minus this after scaling; infinity for never
   * @param l2 decay added to the gradient, {@code l2 w}; 0 for none
   * @param decay share of w in the direction; 0 for none
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
      float mScale,
      float rootScale,
      float eps,
      float gradScale,
      float clip,
      float l2,
      float decay) {
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += StepBlocks.ELEMENTS) {
      int n = (int) Math.min(StepBlocks.ELEMENTS, end - block);
      int whole = n - n % F32_LANES;
      long base = block * Float.BYTES;
      if (whole > 0) {
        vectors(
            params, grads, m, v, base, whole, beta1, beta2, mScale, rootScale, eps, gradScale, clip,
            l2, decay);
      }
      tail(
          params, grads, m, v, base, whole, n, beta1, beta2, mScale, rootScale, eps, gradScale,
          clip, l2, decay);
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
      float mScale,
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
      FloatVector g = Gradient.of(grad, w, gradScale, clip, l2);
      FloatVector vm = FloatVector.fromMemorySegment(F32, m, at, ByteOrder.nativeOrder());
      FloatVector vv = FloatVector.fromMemorySegment(F32, v, at, ByteOrder.nativeOrder());
      vm = vm.fma(FloatVector.broadcast(F32, beta1), g.mul(oneMinusBeta1));
      vv = vv.fma(FloatVector.broadcast(F32, beta2), g.mul(oneMinusBeta2).mul(g));
      FloatVector denominator =
          vv.sqrt().fma(FloatVector.broadcast(F32, rootScale), FloatVector.broadcast(F32, eps));
      FloatVector direction =
          w.fma(FloatVector.broadcast(F32, decay), vm.mul(mScale).div(denominator));
      direction.intoMemorySegment(grads, at, ByteOrder.nativeOrder());
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
      float mScale,
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
      float sm = Math.fma(m.get(JAVA_FLOAT_UNALIGNED, at), beta1, g * oneMinusBeta1);
      float sv = Math.fma(v.get(JAVA_FLOAT_UNALIGNED, at), beta2, g * oneMinusBeta2 * g);
      float denominator = Math.fma((float) Math.sqrt(sv), rootScale, eps);
      grads.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(w, decay, sm * mScale / denominator));
      m.set(JAVA_FLOAT_UNALIGNED, at, sm);
      v.set(JAVA_FLOAT_UNALIGNED, at, sv);
    }
  }
}
