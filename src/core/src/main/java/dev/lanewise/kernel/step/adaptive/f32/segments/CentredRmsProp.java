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
 * RMSProp with the variance of the gradient in the place of its mean square (A. Graves: Generating
 * Sequences With Recurrent Neural Networks, 2013, equations 38 to 45), without and with momentum:
 *
 * <pre>
 * g  = clipped(gradScale grad) + l2 w
 * v  = rho v + (1 - rho) g^2
 * a  = rho a + (1 - rho) g
 * d  = g / (sqrt(max(0, v - a^2) + epsRoot) + eps)
 * w  = w - decay w - lr d                                  plain
 * b  = mu b + intake d;  w = w - decay w - bStep b         with momentum
 * </pre>
 *
 * <p>The variance is never below 0: where the gradient hardly changes, rounding could make it so,
 * and the root NaN.
 *
 * <p>An empty range does nothing. A NaN or infinite gradient spoils its own parameter and state and
 * no other's. The same bits however the range is split and whatever the width. 28 bytes per
 * parameter in single precision, 36 with momentum, 4 more where the gradient is zeroed.
 *
 * <p>Error, u = 2^-24, against exact arithmetic on the same state and coefficients: {@code 6 u}
 * relative for v, {@code 4 u (rho |a| + (1 - rho) |g|)} for a; the variance {@code v - a^2} carries
 * the errors of both, {@code 6 u v + 10 u a^2}.
 */
@SuppressWarnings("cast") // in double precision the root is one already
public final class CentredRmsProp {
  private CentredRmsProp() {}

  /**
   * Updates the parameters {@code [begin, end)}, plain.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if {@code zeroGrads}
   * @param v mean square, 0 before the first step: read and overwritten
   * @param a mean gradient, 0 before the first step: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param lr learning rate
   * @param rho decay of both means
   * @param epsRoot added under the root
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
      MemorySegment v,
      MemorySegment a,
      long begin,
      long end,
      float lr,
      float rho,
      float epsRoot,
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
            params, grads, v, a, base, whole, lr, rho, epsRoot, eps, gradScale, clip, l2, decay);
      }
      tail(params, grads, v, a, base, whole, n, lr, rho, epsRoot, eps, gradScale, clip, l2, decay);
      if (zeroGrads) {
        Zero.fill(grads, base, n);
      }
    }
  }

  private static void vectors(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment v,
      MemorySegment a,
      long base,
      int whole,
      float lr,
      float rho,
      float epsRoot,
      float eps,
      float gradScale,
      float clip,
      float l2,
      float decay) {
    if (params.getClass() != NATIVE
        || grads.getClass() != NATIVE
        || v.getClass() != NATIVE
        || a.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, v, a);
    }
    float oneMinusRho = 1 - rho;
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector w = FloatVector.fromMemorySegment(F32, params, at, ByteOrder.nativeOrder());
      FloatVector grad = FloatVector.fromMemorySegment(F32, grads, at, ByteOrder.nativeOrder());
      FloatVector g = Gradient.of(grad, w, gradScale, clip, l2);
      w = w.fma(FloatVector.broadcast(F32, -decay), w);
      FloatVector vv = FloatVector.fromMemorySegment(F32, v, at, ByteOrder.nativeOrder());
      FloatVector va = FloatVector.fromMemorySegment(F32, a, at, ByteOrder.nativeOrder());
      vv = vv.fma(FloatVector.broadcast(F32, rho), g.mul(oneMinusRho).mul(g));
      va = va.fma(FloatVector.broadcast(F32, rho), g.mul(oneMinusRho));
      FloatVector variance = va.neg().fma(va, vv);
      variance = variance.max(0);
      FloatVector denominator = variance.add(epsRoot).sqrt().add(eps);
      w = g.div(denominator).fma(FloatVector.broadcast(F32, -lr), w);
      w.intoMemorySegment(params, at, ByteOrder.nativeOrder());
      vv.intoMemorySegment(v, at, ByteOrder.nativeOrder());
      va.intoMemorySegment(a, at, ByteOrder.nativeOrder());
    }
  }

  private static void tail(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment v,
      MemorySegment a,
      long base,
      int whole,
      int n,
      float lr,
      float rho,
      float epsRoot,
      float eps,
      float gradScale,
      float clip,
      float l2,
      float decay) {
    if (params.getClass() != NATIVE
        || grads.getClass() != NATIVE
        || v.getClass() != NATIVE
        || a.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, v, a);
    }
    float oneMinusRho = 1 - rho;
    for (int i = whole; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float w = params.get(JAVA_FLOAT_UNALIGNED, at);
      float g = Gradient.of(grads.get(JAVA_FLOAT_UNALIGNED, at), w, gradScale, clip, l2);
      w = Math.fma(w, -decay, w);
      float sv = Math.fma(v.get(JAVA_FLOAT_UNALIGNED, at), rho, g * oneMinusRho * g);
      float sa = Math.fma(a.get(JAVA_FLOAT_UNALIGNED, at), rho, g * oneMinusRho);
      float variance = Math.fma(-sa, sa, sv);
      variance = Math.max(variance, 0);
      float denominator = (float) Math.sqrt(variance + epsRoot) + eps;
      params.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(g / denominator, -lr, w));
      v.set(JAVA_FLOAT_UNALIGNED, at, sv);
      a.set(JAVA_FLOAT_UNALIGNED, at, sa);
    }
  }

  /**
   * Updates the parameters {@code [begin, end)}, with momentum.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if {@code zeroGrads}
   * @param v mean square, 0 before the first step: read and overwritten
   * @param a mean gradient, 0 before the first step: read and overwritten
   * @param b velocity, 0 before the first step: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param rho decay of both means
   * @param epsRoot added under the root
   * @param eps added to the root
   * @param mu decay of the velocity
   * @param intake factor of what enters the velocity
   * @param bStep step along the velocity
   * @param gradScale factor of the gradient: 1, or what clipping and loss scaling ask for; negative
   *     to maximise
   * @param clip the gradient is cut off at plus and minus this after scaling; infinity for never
   * @param l2 decay added to the gradient, {@code l2 w}; 0 for none
   * @param decay decoupled decay, the part of w that is taken away; 0 for none
   * @param zeroGrads whether to leave zeros in {@code grads}
   */
  public static void stepWithMomentum(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment v,
      MemorySegment a,
      MemorySegment b,
      long begin,
      long end,
      float rho,
      float epsRoot,
      float eps,
      float mu,
      float intake,
      float bStep,
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
        vectorsWithMomentum(
            params, grads, v, a, b, base, whole, rho, epsRoot, eps, mu, intake, bStep, gradScale,
            clip, l2, decay);
      }
      tailWithMomentum(
          params, grads, v, a, b, base, whole, n, rho, epsRoot, eps, mu, intake, bStep, gradScale,
          clip, l2, decay);
      if (zeroGrads) {
        Zero.fill(grads, base, n);
      }
    }
  }

  private static void vectorsWithMomentum(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment v,
      MemorySegment a,
      MemorySegment b,
      long base,
      int whole,
      float rho,
      float epsRoot,
      float eps,
      float mu,
      float intake,
      float bStep,
      float gradScale,
      float clip,
      float l2,
      float decay) {
    if (params.getClass() != NATIVE
        || grads.getClass() != NATIVE
        || v.getClass() != NATIVE
        || a.getClass() != NATIVE
        || b.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, v, a, b);
    }
    float oneMinusRho = 1 - rho;
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector w = FloatVector.fromMemorySegment(F32, params, at, ByteOrder.nativeOrder());
      FloatVector grad = FloatVector.fromMemorySegment(F32, grads, at, ByteOrder.nativeOrder());
      FloatVector g = Gradient.of(grad, w, gradScale, clip, l2);
      w = w.fma(FloatVector.broadcast(F32, -decay), w);
      FloatVector vv = FloatVector.fromMemorySegment(F32, v, at, ByteOrder.nativeOrder());
      FloatVector va = FloatVector.fromMemorySegment(F32, a, at, ByteOrder.nativeOrder());
      FloatVector vb = FloatVector.fromMemorySegment(F32, b, at, ByteOrder.nativeOrder());
      vv = vv.fma(FloatVector.broadcast(F32, rho), g.mul(oneMinusRho).mul(g));
      va = va.fma(FloatVector.broadcast(F32, rho), g.mul(oneMinusRho));
      FloatVector variance = va.neg().fma(va, vv);
      variance = variance.max(0);
      FloatVector denominator = variance.add(epsRoot).sqrt().add(eps);
      vb = vb.fma(FloatVector.broadcast(F32, mu), g.div(denominator).mul(intake));
      w = vb.fma(FloatVector.broadcast(F32, -bStep), w);
      w.intoMemorySegment(params, at, ByteOrder.nativeOrder());
      vv.intoMemorySegment(v, at, ByteOrder.nativeOrder());
      va.intoMemorySegment(a, at, ByteOrder.nativeOrder());
      vb.intoMemorySegment(b, at, ByteOrder.nativeOrder());
    }
  }

  private static void tailWithMomentum(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment v,
      MemorySegment a,
      MemorySegment b,
      long base,
      int whole,
      int n,
      float rho,
      float epsRoot,
      float eps,
      float mu,
      float intake,
      float bStep,
      float gradScale,
      float clip,
      float l2,
      float decay) {
    if (params.getClass() != NATIVE
        || grads.getClass() != NATIVE
        || v.getClass() != NATIVE
        || a.getClass() != NATIVE
        || b.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, v, a, b);
    }
    float oneMinusRho = 1 - rho;
    for (int i = whole; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float w = params.get(JAVA_FLOAT_UNALIGNED, at);
      float g = Gradient.of(grads.get(JAVA_FLOAT_UNALIGNED, at), w, gradScale, clip, l2);
      w = Math.fma(w, -decay, w);
      float sv = Math.fma(v.get(JAVA_FLOAT_UNALIGNED, at), rho, g * oneMinusRho * g);
      float sa = Math.fma(a.get(JAVA_FLOAT_UNALIGNED, at), rho, g * oneMinusRho);
      float variance = Math.fma(-sa, sa, sv);
      variance = Math.max(variance, 0);
      float denominator = (float) Math.sqrt(variance + epsRoot) + eps;
      float sb = Math.fma(b.get(JAVA_FLOAT_UNALIGNED, at), mu, g / denominator * intake);
      params.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(sb, -bStep, w));
      v.set(JAVA_FLOAT_UNALIGNED, at, sv);
      a.set(JAVA_FLOAT_UNALIGNED, at, sa);
      b.set(JAVA_FLOAT_UNALIGNED, at, sb);
    }
  }
}
