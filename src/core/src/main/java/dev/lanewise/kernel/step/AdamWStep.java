package dev.lanewise.kernel.step;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.unary.segments.Fill;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * One step of AdamW in one pass, in PyTorch's order of operations:
 *
 * <pre>
 * g  = gradScale * grad
 * w  = w - lr weightDecay w
 * m  = beta1 m + (1 - beta1) g
 * v  = beta2 v + (1 - beta2) g^2
 * w -= lr / biasCorrection1 * m / (sqrt(v) / sqrt(biasCorrection2) + eps)
 * </pre>
 *
 * <p>(I. Loshchilov, F. Hutter: Decoupled Weight Decay Regularization, 2019, algorithm 2.) The
 * bytes to move are 28 per parameter, 4 more where the gradient is zeroed.
 */
public final class AdamWStep {
  /**
   * Elements of a block: four streams of it stay in the second-level cache until the gradient is
   * zeroed.
   */
  private static final int BLOCK = 4096;

  private AdamWStep() {}

  /**
   * Updates the parameters {@code [begin, end)}; an empty range does nothing.
   *
   * <p>A NaN or infinite gradient spoils its own parameter and moments and no other's. A zero
   * gradient on zero moments moves the parameter by its decay alone. Subnormal moments are kept, as
   * in every kernel, and are slow on most processors: a parameter that had a gradient once and
   * never again ends there after some 800 steps.
   *
   * <p>Error, with u = 2^-24, against exact arithmetic on the same state and coefficients: {@code 4
   * u (beta1 |m| + (1 - beta1) |g|)} for m, {@code 6 u} relative for v, {@code u |w|} for the
   * decay, {@code u |w| + 10 u |update|} for w besides what the error of m gives. The same bits
   * however the range is split and whatever the width.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if {@code zeroGrads}
   * @param m first moment: read and overwritten, 0 before the first step
   * @param v second moment: read and overwritten, 0 before the first step
   * @param begin first element
   * @param end one past the last element
   * @param lr learning rate
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param eps added to the root, outside of it
   * @param weightDecay decoupled decay, multiplied by {@code lr}
   * @param biasCorrection1 {@code 1 - beta1^t} for step t = 1, 2, ..., of the same {@code float}
   *     beta1
   * @param biasCorrection2 {@code 1 - beta2^t}, of the same {@code float} beta2
   * @param gradScale factor of the gradient: 1, or what clipping asks for
   * @param zeroGrads whether to leave zeros in {@code grads}
   */
  public static void step(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment m,
      MemorySegment v,
      long begin,
      long end,
      float lr,
      float beta1,
      float beta2,
      float eps,
      float weightDecay,
      float biasCorrection1,
      float biasCorrection2,
      float gradScale,
      boolean zeroGrads) {
    assert 0 <= begin && begin <= end;
    // 1 - lr * weightDecay would lose most of a small decay to rounding; fma(w, -decay, w) keeps
    // it.
    float minusDecay = (float) (-(double) lr * weightDecay);
    float minusStep = (float) (-(double) lr / biasCorrection1);
    float rootScale = (float) (1 / Math.sqrt(biasCorrection2));
    for (long block = begin; block < end; block += BLOCK) {
      int n = (int) Math.min(BLOCK, end - block);
      long base = block * Float.BYTES;
      update(
          params,
          grads,
          m,
          v,
          base,
          n,
          beta1,
          beta2,
          eps,
          minusDecay,
          minusStep,
          rootScale,
          gradScale);
      if (zeroGrads) {
        Fill.fill(0, grads, block, block + n);
      }
    }
  }

  private static void update(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment m,
      MemorySegment v,
      long base,
      int n,
      float beta1,
      float beta2,
      float eps,
      float minusDecay,
      float minusStep,
      float rootScale,
      float gradScale) {
    if (params.getClass() != NATIVE
        || grads.getClass() != NATIVE
        || m.getClass() != NATIVE
        || v.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, m, v);
    }
    float oneMinusBeta1 = 1 - beta1;
    float oneMinusBeta2 = 1 - beta2;
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector g =
          FloatVector.fromMemorySegment(F32, grads, at, ByteOrder.nativeOrder()).mul(gradScale);
      FloatVector w = FloatVector.fromMemorySegment(F32, params, at, ByteOrder.nativeOrder());
      FloatVector vm = FloatVector.fromMemorySegment(F32, m, at, ByteOrder.nativeOrder());
      FloatVector vv = FloatVector.fromMemorySegment(F32, v, at, ByteOrder.nativeOrder());
      w = w.fma(FloatVector.broadcast(F32, minusDecay), w);
      vm = vm.fma(FloatVector.broadcast(F32, beta1), g.mul(oneMinusBeta1));
      vv = vv.fma(FloatVector.broadcast(F32, beta2), g.mul(oneMinusBeta2).mul(g));
      FloatVector denominator =
          vv.sqrt().fma(FloatVector.broadcast(F32, rootScale), FloatVector.broadcast(F32, eps));
      w = vm.div(denominator).fma(FloatVector.broadcast(F32, minusStep), w);
      w.intoMemorySegment(params, at, ByteOrder.nativeOrder());
      vm.intoMemorySegment(m, at, ByteOrder.nativeOrder());
      vv.intoMemorySegment(v, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float g = grads.get(JAVA_FLOAT_UNALIGNED, at) * gradScale;
      float w = params.get(JAVA_FLOAT_UNALIGNED, at);
      w = Math.fma(w, minusDecay, w);
      float sm = Math.fma(m.get(JAVA_FLOAT_UNALIGNED, at), beta1, g * oneMinusBeta1);
      float sv = Math.fma(v.get(JAVA_FLOAT_UNALIGNED, at), beta2, g * oneMinusBeta2 * g);
      float denominator = Math.fma((float) Math.sqrt(sv), rootScale, eps);
      params.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(sm / denominator, minusStep, w));
      m.set(JAVA_FLOAT_UNALIGNED, at, sm);
      v.set(JAVA_FLOAT_UNALIGNED, at, sv);
    }
  }
}
