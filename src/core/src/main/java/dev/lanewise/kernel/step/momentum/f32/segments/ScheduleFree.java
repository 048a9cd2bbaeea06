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
 * Schedule-free gradient descent (A. Defazio et al.: The Road Less Scheduled, 2024, algorithm 1,
 * whose average x is not kept but follows from y and z). The parameter is y, where gradients are
 * taken:
 *
 * <pre>
 * g  = clipped(gradScale grad) + l2 y
 * y  = y - decay y;  y = y + c (z - y) - yStep g
 * z  = z - lr g
 * </pre>
 *
 * <p>{@code yStep = lr (1 - beta (1 - c))}; c is the weight of this step in the average, 1 at the
 * first.
 *
 * <p>An empty range does nothing. A NaN or infinite gradient spoils its own parameter and state and
 * no other's. The same bits however the range is split and whatever the width. 20 bytes per
 * parameter in single precision, 4 more where the gradient is zeroed.
 *
 * <p>Error, u = 2^-24, against exact arithmetic on the same state and coefficients: {@code u |z| +
 * 4 u |lr g|} for z, {@code 4 u (|y| + |z| + |yStep g|)} for y.
 */
public final class ScheduleFree {
  private ScheduleFree() {}

  /**
   * Updates the parameters {@code [begin, end)}.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if {@code zeroGrads}
   * @param z the iterate, read and overwritten; the parameter itself before the first step
   * @param begin first element
   * @param end one past the last element
   * @param lr learning rate
   * @param c weight of the step in the average
   * @param yStep step of the parameter along the gradient
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
      MemorySegment z,
      long begin,
      long end,
      float lr,
      float c,
      float yStep,
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
        vectors(params, grads, z, base, whole, lr, c, yStep, gradScale, clip, l2, decay);
      }
      tail(params, grads, z, base, whole, n, lr, c, yStep, gradScale, clip, l2, decay);
      if (zeroGrads) {
        Zero.fill(grads, base, n);
      }
    }
  }

  private static void vectors(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment z,
      long base,
      int whole,
      float lr,
      float c,
      float yStep,
      float gradScale,
      float clip,
      float l2,
      float decay) {
    if (params.getClass() != NATIVE || grads.getClass() != NATIVE || z.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, z);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector w = FloatVector.fromMemorySegment(F32, params, at, ByteOrder.nativeOrder());
      FloatVector grad = FloatVector.fromMemorySegment(F32, grads, at, ByteOrder.nativeOrder());
      FloatVector g = Gradient.of(grad, w, gradScale, clip, l2);
      w = w.fma(FloatVector.broadcast(F32, -decay), w);
      FloatVector vz = FloatVector.fromMemorySegment(F32, z, at, ByteOrder.nativeOrder());
      w = vz.sub(w).fma(FloatVector.broadcast(F32, c), w);
      w = g.fma(FloatVector.broadcast(F32, -yStep), w);
      vz = g.fma(FloatVector.broadcast(F32, -lr), vz);
      w.intoMemorySegment(params, at, ByteOrder.nativeOrder());
      vz.intoMemorySegment(z, at, ByteOrder.nativeOrder());
    }
  }

  private static void tail(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment z,
      long base,
      int whole,
      int n,
      float lr,
      float c,
      float yStep,
      float gradScale,
      float clip,
      float l2,
      float decay) {
    if (params.getClass() != NATIVE || grads.getClass() != NATIVE || z.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads, z);
    }
    for (int i = whole; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float w = params.get(JAVA_FLOAT_UNALIGNED, at);
      float g = Gradient.of(grads.get(JAVA_FLOAT_UNALIGNED, at), w, gradScale, clip, l2);
      w = Math.fma(w, -decay, w);
      float sz = z.get(JAVA_FLOAT_UNALIGNED, at);
      w = Math.fma(sz - w, c, w);
      params.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(g, -yStep, w));
      z.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(g, -lr, sz));
    }
  }
}
