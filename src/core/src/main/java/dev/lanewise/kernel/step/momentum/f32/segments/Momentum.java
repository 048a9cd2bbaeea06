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
 * Gradient descent with a velocity, heavy ball or Nesterov's (B. T. Polyak: Some Methods of
 * Speeding up the Convergence of Iteration Methods, 1964; I. Sutskever, J. Martens, G. Dahl, G.
 * Hinton: On the Importance of Initialization and Momentum in Deep Learning, 2013):
 *
 * <pre>
 * g  = clipped(gradScale grad) + l2 w
 * b  = mu b + intake g
 * w  = w - decay w - bStep b - gStep g
 * </pre>
 *
 * <p>PyTorch's form: {@code intake = 1 - dampening} (1 at the first step), {@code bStep = lr};
 * Nesterov {@code bStep = lr mu, gStep = lr}. The learning rate inside the velocity: {@code intake
 * = lr, bStep = 1}; Nesterov {@code bStep = mu, gStep = lr}.
 *
 * <p>An empty range does nothing. A NaN or infinite gradient spoils its own parameter and state and
 * no other's. The same bits however the range is split and whatever the width. 20 bytes per
 * parameter in single precision, 4 more where the gradient is zeroed.
 *
 * <p>Error, u = 2^-24, against exact arithmetic on the same state and coefficients: {@code u |b| +
 * 4 u |intake g|} for b, {@code 3 u |w| + 4 u (|bStep b| + |gStep g|)} for w besides what the error
 * of b gives.
 */
public final class Momentum {
  private Momentum() {}

  /**
   * Updates the parameters {@code [begin, end)}.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if {@code zeroGrads}
   * @param b velocity, 0 before the first step: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param mu decay of the velocity
   * @param intake factor of the gradient that enters it
   * @param bStep step along the velocity
   * @param gStep step along the gradient
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
      MemorySegment b,
      long begin,
      long end,
      float mu,
      float intake,
      float bStep,
      float gStep,
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
            params, grads, b, base, whole, mu, intake, bStep, gStep, gradScale, clip, l2, decay);
      }
      tail(params, grads, b, base, whole, n, mu, intake, bStep, gStep, gradScale, clip, l2, decay);
      if (zeroGrads) {
        Zero.fill(grads, base, n);
      }
    }
  }

  private static void vectors(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment b,
      long base,
      int whole,
      float mu,
      float intake,
      float bStep,
      float gStep,
      float gradScale,
      float clip,
      float l2,
      float decay) {
    if (params.getClass() != NATIVE || grads.getClass() != NATIVE || b.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, b);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector w = FloatVector.fromMemorySegment(F32, params, at, ByteOrder.nativeOrder());
      FloatVector grad = FloatVector.fromMemorySegment(F32, grads, at, ByteOrder.nativeOrder());
      FloatVector g = Gradient.of(grad, w, gradScale, clip, l2);
      w = w.fma(FloatVector.broadcast(F32, -decay), w);
      FloatVector vb = FloatVector.fromMemorySegment(F32, b, at, ByteOrder.nativeOrder());
      vb = vb.fma(FloatVector.broadcast(F32, mu), g.mul(intake));
      w = g.fma(FloatVector.broadcast(F32, -gStep), w);
      w = vb.fma(FloatVector.broadcast(F32, -bStep), w);
      w.intoMemorySegment(params, at, ByteOrder.nativeOrder());
      vb.intoMemorySegment(b, at, ByteOrder.nativeOrder());
    }
  }

  private static void tail(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment b,
      long base,
      int whole,
      int n,
      float mu,
      float intake,
      float bStep,
      float gStep,
      float gradScale,
      float clip,
      float l2,
      float decay) {
    if (params.getClass() != NATIVE || grads.getClass() != NATIVE || b.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, b);
    }
    for (int i = whole; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float w = params.get(JAVA_FLOAT_UNALIGNED, at);
      float g = Gradient.of(grads.get(JAVA_FLOAT_UNALIGNED, at), w, gradScale, clip, l2);
      w = Math.fma(w, -decay, w);
      float sb = Math.fma(b.get(JAVA_FLOAT_UNALIGNED, at), mu, g * intake);
      w = Math.fma(g, -gStep, w);
      params.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(sb, -bStep, w));
      b.set(JAVA_FLOAT_UNALIGNED, at, sb);
    }
  }
}
