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
 * Adadelta (M. D. Zeiler: ADADELTA: An Adaptive Learning Rate Method, 2012, algorithm 1):
 *
 * <pre>
 * g  = clipped(gradScale grad) + l2 w
 * v  = rho v + (1 - rho) g^2
 * e  = sqrt(d + eps) / sqrt(v + eps) g
 * d  = rho d + (1 - rho) e^2
 * w  = w - decay w - lr e
 * </pre>
 *
 * <p>An empty range does nothing. A NaN or infinite gradient spoils its own parameter and state and
 * no other's. The same bits however the range is split and whatever the width. 28 bytes per
 * parameter in single precision, 4 more where the gradient is zeroed.
 *
 * <p>Error, u = 2^-24, against exact arithmetic on the same state and coefficients: {@code 6 u}
 * relative for v, {@code 11 u |e|} for e, {@code 28 u} relative for d, {@code 2 u |w| + 13 u |lr
 * e|} for w.
 */
@SuppressWarnings("cast") // in double precision the root is one already
public final class Adadelta {
  private Adadelta() {}

  /**
   * Updates the parameters {@code [begin, end)}.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if {@code zeroGrads}
   * @param v mean square of the gradient, 0 before the first step: read and overwritten
   * @param d mean square of the update, 0 before the first step: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param lr learning rate
   * @param rho decay of both means
   * @param eps added under both roots
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
      MemorySegment d,
      long begin,
      long end,
      float lr,
      float rho,
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
        vectors(params, grads, v, d, base, whole, lr, rho, eps, gradScale, clip, l2, decay);
      }
      tail(params, grads, v, d, base, whole, n, lr, rho, eps, gradScale, clip, l2, decay);
      if (zeroGrads) {
        Zero.fill(grads, base, n);
      }
    }
  }

  private static void vectors(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment v,
      MemorySegment d,
      long base,
      int whole,
      float lr,
      float rho,
      float eps,
      float gradScale,
      float clip,
      float l2,
      float decay) {
    if (params.getClass() != NATIVE
        || grads.getClass() != NATIVE
        || v.getClass() != NATIVE
        || d.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, v, d);
    }
    float oneMinusRho = 1 - rho;
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector w = FloatVector.fromMemorySegment(F32, params, at, ByteOrder.nativeOrder());
      FloatVector grad = FloatVector.fromMemorySegment(F32, grads, at, ByteOrder.nativeOrder());
      FloatVector g = Gradient.of(grad, w, gradScale, clip, l2);
      w = w.fma(FloatVector.broadcast(F32, -decay), w);
      FloatVector vv = FloatVector.fromMemorySegment(F32, v, at, ByteOrder.nativeOrder());
      FloatVector vd = FloatVector.fromMemorySegment(F32, d, at, ByteOrder.nativeOrder());
      vv = vv.fma(FloatVector.broadcast(F32, rho), g.mul(oneMinusRho).mul(g));
      FloatVector e = vd.add(eps).sqrt().div(vv.add(eps).sqrt()).mul(g);
      vd = vd.fma(FloatVector.broadcast(F32, rho), e.mul(oneMinusRho).mul(e));
      w = e.fma(FloatVector.broadcast(F32, -lr), w);
      w.intoMemorySegment(params, at, ByteOrder.nativeOrder());
      vv.intoMemorySegment(v, at, ByteOrder.nativeOrder());
      vd.intoMemorySegment(d, at, ByteOrder.nativeOrder());
    }
  }

  private static void tail(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment v,
      MemorySegment d,
      long base,
      int whole,
      int n,
      float lr,
      float rho,
      float eps,
      float gradScale,
      float clip,
      float l2,
      float decay) {
    if (params.getClass() != NATIVE
        || grads.getClass() != NATIVE
        || v.getClass() != NATIVE
        || d.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, v, d);
    }
    float oneMinusRho = 1 - rho;
    for (int i = whole; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float w = params.get(JAVA_FLOAT_UNALIGNED, at);
      float g = Gradient.of(grads.get(JAVA_FLOAT_UNALIGNED, at), w, gradScale, clip, l2);
      w = Math.fma(w, -decay, w);
      float sv = Math.fma(v.get(JAVA_FLOAT_UNALIGNED, at), rho, g * oneMinusRho * g);
      float sd = d.get(JAVA_FLOAT_UNALIGNED, at);
      float e = (float) Math.sqrt(sd + eps) / (float) Math.sqrt(sv + eps) * g;
      params.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(e, -lr, w));
      v.set(JAVA_FLOAT_UNALIGNED, at, sv);
      d.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(sd, rho, e * oneMinusRho * e));
    }
  }
}
