package dev.lanewise.kernel.step.gradient;

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
 * The gradient as {@link Gradient} has it, left where it was: for methods that go over it more than
 * once. NaN stays NaN. An empty range does nothing. The same bits at every width.
 */
public final class InPlace {
  private InPlace() {}

  /**
   * {@code grads = min(max(scale grads, -clip), clip) + l2 params}.
   *
   * @param params read
   * @param grads read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param scale factor of the gradient
   * @param clip the largest size, at least 0
   * @param l2 decay added to the gradient
   */
  public static void condition(
      MemorySegment params,
      MemorySegment grads,
      long begin,
      long end,
      float scale,
      float clip,
      float l2) {
    if (params.getClass() != NATIVE || grads.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += StepBlocks.ELEMENTS) {
      int n = (int) Math.min(StepBlocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        long at = base + (long) i * Float.BYTES;
        FloatVector w = FloatVector.fromMemorySegment(F32, params, at, ByteOrder.nativeOrder());
        FloatVector grad = FloatVector.fromMemorySegment(F32, grads, at, ByteOrder.nativeOrder());
        FloatVector g = Gradient.of(grad, w, scale, clip, l2);
        g.intoMemorySegment(grads, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float w = params.get(JAVA_FLOAT_UNALIGNED, at);
        float g = Gradient.of(grads.get(JAVA_FLOAT_UNALIGNED, at), w, scale, clip, l2);
        grads.set(JAVA_FLOAT_UNALIGNED, at, g);
      }
    }
  }
}
