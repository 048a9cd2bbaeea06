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
 * RMSProp (T. Tieleman, G. Hinton: Lecture 6.5, 2012), plain and with momentum:
 *
 * <pre>
 * g  = clipped(gradScale grad) + l2 w
 * v  = rho v + (1 - rho) g^2
 * d  = g / (sqrt(v + epsRoot) + eps)
 * w  = w - decay w - lr d                                  plain
 * b  = mu b + intake d;  w = w - decay w - bStep b         with momentum
 * </pre>
 *
 * <p>An empty range does nothing. A NaN or infinite gradient spoils its own parameter and state and
 * no other's. The same bits however the range is split and whatever the width. 20 bytes per
 * parameter in single precision, 28 with momentum, 4 more where the gradient is zeroed.
 *
 * <p>Error, u = 2^-24, against exact arithmetic on the same state and coefficients: {@code 6 u}
 * relative for v, {@code 14 u |d|} for d, {@code 2 u |w| + 16 u |lr d|} for w.
 */
@SuppressWarnings("cast") // in double precision the root is one already
public final class RmsProp {
  private RmsProp() {}

  /**
   * Updates the parameters {@code [begin, end)}, plain.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if {@code zeroGrads}
   * @param v mean square, 0 before the first step: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param lr learning rate
   * @param rho decay of the mean square
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
        vectors(params, grads, v, base, whole, lr, rho, epsRoot, eps, gradScale, clip, l2, decay);
      }
      tail(params, grads, v, base, whole, n, lr, rho, epsRoot, eps, gradScale, clip, l2, decay);
      if (zeroGrads) {
        Zero.fill(grads, base, n);
      }
    }
  }

  private static void vectors(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment v,
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
    if (params.getClass() != NATIVE || grads.getClass() != NATIVE || v.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, v);
    }
    float oneMinusRho = 1 - rho;
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector w = FloatVector.fromMemorySegment(F32, params, at, ByteOrder.nativeOrder());
      FloatVector grad = FloatVector.fromMemorySegment(F32, grads, at, ByteOrder.nativeOrder());
      FloatVector g = Gradient.of(grad, w, gradScale, clip, l2);
      w = w.fma(FloatVector.broadcast(F32, -decay), w);
      FloatVector vv = FloatVector.fromMemorySegment(F32, v, at, ByteOrder.nativeOrder());
      vv = vv.fma(FloatVector.broadcast(F32, rho), g.mul(oneMinusRho).mul(g));
      FloatVector denominator = vv.add(epsRoot).sqrt().add(eps);
      w = g.div(denominator).fma(FloatVector.broadcast(F32, -lr), w);
      w.intoMemorySegment(params, at, ByteOrder.nativeOrder());
      vv.intoMemorySegment(v, at, ByteOrder.nativeOrder());
    }
  }

  private static void tail(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment v,
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
    if (params.getClass() != NATIVE || grads.getClass() != NATIVE || v.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, v);
    }
    float oneMinusRho = 1 - rho;
    for (int i = whole; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float w = params.get(JAVA_FLOAT_UNALIGNED, at);
      float g = Gradient.of(grads.get(JAVA_FLOAT_UNALIGNED, at), w, gradScale, clip, l2);
      w = Math.fma(w, -decay, w);
      float sv = Math.fma(v.get(JAVA_FLOAT_UNALIGNED, at), rho, g * oneMinusRho * g);
      float denominator = (float) Math.sqrt(sv + epsRoot) + eps;
      params.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(g / denominator, -lr, w));
      v.set(JAVA_FLOAT_UNALIGNED, at, sv);
    }
  }

  /**
   * Updates the parameters {@code [begin, end)}, with momentum.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if {@code zeroGrads}
   * @param v mean square, 0 before the first step: read and overwritten
   * @param b velocity, 0 before the first step: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param rho decay of the mean square
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
            params, grads, v, b, base, whole, rho, epsRoot, eps, mu, intake, bStep, gradScale, clip,
            l2, decay);
      }
      tailWithMomentum(
          params, grads, v, b, base, whole, n, rho, epsRoot, eps, mu, intake, bStep, gradScale,
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
        || b.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, v, b);
    }
    float oneMinusRho = 1 - rho;
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector w = FloatVector.fromMemorySegment(F32, params, at, ByteOrder.nativeOrder());
      FloatVector grad = FloatVector.fromMemorySegment(F32, grads, at, ByteOrder.nativeOrder());
      FloatVector g = Gradient.of(grad, w, gradScale, clip, l2);
      w = w.fma(FloatVector.broadcast(F32, -decay), w);
      FloatVector vv = FloatVector.fromMemorySegment(F32, v, at, ByteOrder.nativeOrder());
      FloatVector vb = FloatVector.fromMemorySegment(F32, b, at, ByteOrder.nativeOrder());
      vv = vv.fma(FloatVector.broadcast(F32, rho), g.mul(oneMinusRho).mul(g));
      FloatVector denominator = vv.add(epsRoot).sqrt().add(eps);
      vb = vb.fma(FloatVector.broadcast(F32, mu), g.div(denominator).mul(intake));
      w = vb.fma(FloatVector.broadcast(F32, -bStep), w);
      w.intoMemorySegment(params, at, ByteOrder.nativeOrder());
      vv.intoMemorySegment(v, at, ByteOrder.nativeOrder());
      vb.intoMemorySegment(b, at, ByteOrder.nativeOrder());
    }
  }

  private static void tailWithMomentum(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment v,
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
        || b.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, v, b);
    }
    float oneMinusRho = 1 - rho;
    for (int i = whole; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float w = params.get(JAVA_FLOAT_UNALIGNED, at);
      float g = Gradient.of(grads.get(JAVA_FLOAT_UNALIGNED, at), w, gradScale, clip, l2);
      w = Math.fma(w, -decay, w);
      float sv = Math.fma(v.get(JAVA_FLOAT_UNALIGNED, at), rho, g * oneMinusRho * g);
      float denominator = (float) Math.sqrt(sv + epsRoot) + eps;
      float sb = Math.fma(b.get(JAVA_FLOAT_UNALIGNED, at), mu, g / denominator * intake);
      params.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(sb, -bStep, w));
      v.set(JAVA_FLOAT_UNALIGNED, at, sv);
      b.set(JAVA_FLOAT_UNALIGNED, at, sb);
    }
  }
}
