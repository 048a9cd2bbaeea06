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
 * Adagrad (J. Duchi, E. Hazan, Y. Singer: Adaptive Subgradient Methods for Online Learning and
 * Stochastic Optimization, 2011):
 *
 * <pre>
 * g  = clipped(gradScale grad) + l2 w
 * s  = s + g^2
 * w  = w - decay w - lr g / (sqrt(s + epsRoot) + eps)
 * </pre>
 *
 * <p>An empty range does nothing. A NaN or infinite gradient spoils its own parameter and state and
 * no other's. The same bits however the range is split and whatever the width. 20 bytes per
 * parameter in single precision, 4 more where the gradient is zeroed.
 *
 * <p>Error, u = 2^-24, against exact arithmetic on the same state and coefficients: {@code u s + 4
 * u g^2} for s, {@code 2 u |w| + 12 u |update|} for w.
 */
@SuppressWarnings("cast") // in double precision the root is one already
public final class Adagrad {
  private Adagrad() {}

  /**
   * Updates the parameters {@code [begin, end)}.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if {@code zeroGrads}
   * @param s sum of squares, read and overwritten; its start value before the first step
   * @param begin first element
   * @param end one past the last element
   * @param lr learning rate, its decay included
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
      MemorySegment s,
      long begin,
      long end,
      float lr,
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
        vectors(params, grads, s, base, whole, lr, epsRoot, eps, gradScale, clip, l2, decay);
      }
      tail(params, grads, s, base, whole, n, lr, epsRoot, eps, gradScale, clip, l2, decay);
      if (zeroGrads) {
        Zero.fill(grads, base, n);
      }
    }
  }

  private static void vectors(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment s,
      long base,
      int whole,
      float lr,
      float epsRoot,
      float eps,
      float gradScale,
      float clip,
      float l2,
      float decay) {
    if (params.getClass() != NATIVE || grads.getClass() != NATIVE || s.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, s);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector w = FloatVector.fromMemorySegment(F32, params, at, ByteOrder.nativeOrder());
      FloatVector grad = FloatVector.fromMemorySegment(F32, grads, at, ByteOrder.nativeOrder());
      FloatVector g = Gradient.of(grad, w, gradScale, clip, l2);
      w = w.fma(FloatVector.broadcast(F32, -decay), w);
      FloatVector vs = FloatVector.fromMemorySegment(F32, s, at, ByteOrder.nativeOrder());
      vs = g.fma(g, vs);
      FloatVector denominator = vs.add(epsRoot).sqrt().add(eps);
      w = g.div(denominator).fma(FloatVector.broadcast(F32, -lr), w);
      w.intoMemorySegment(params, at, ByteOrder.nativeOrder());
      vs.intoMemorySegment(s, at, ByteOrder.nativeOrder());
    }
  }

  private static void tail(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment s,
      long base,
      int whole,
      int n,
      float lr,
      float epsRoot,
      float eps,
      float gradScale,
      float clip,
      float l2,
      float decay) {
    if (params.getClass() != NATIVE || grads.getClass() != NATIVE || s.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, s);
    }
    for (int i = whole; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float w = params.get(JAVA_FLOAT_UNALIGNED, at);
      float g = Gradient.of(grads.get(JAVA_FLOAT_UNALIGNED, at), w, gradScale, clip, l2);
      w = Math.fma(w, -decay, w);
      float ss = Math.fma(g, g, s.get(JAVA_FLOAT_UNALIGNED, at));
      float denominator = (float) Math.sqrt(ss + epsRoot) + eps;
      params.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(g / denominator, -lr, w));
      s.set(JAVA_FLOAT_UNALIGNED, at, ss);
    }
  }
}
