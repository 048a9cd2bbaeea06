package dev.lanewise.kernel.step.compressed;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.step.gradient.f32.segments.Zero;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Adam and AdamW as {@link dev.lanewise.kernel.step.adaptive.f32.segments.Adam} has them, with both
 * moments in 8 bits (T. Dettmers, M. Lewis, S. Shleifer, L. Zettlemoyer: 8-bit Optimizers via
 * Block-wise Quantization, 2022): each block of {@link DynamicCode} is decoded, updated in single
 * precision together with its parameters, and encoded in units of its new largest moment. The
 * gradient is neither cut off nor is decay added to it: that has been done, or is not wanted.
 *
 * <p>An empty range does nothing. NaN and infinities spoil the moments of their block, and with the
 * next step its parameters. The same bits however the range is split at blocks and whatever the
 * width. 16 bytes per parameter and 4 more for each 128; 4 more where the gradient is zeroed.
 * Error: that of Adam, and that of the code.
 */
public final class Block8Adam {
  private static final int BLOCK = DynamicCode.BLOCK;

  /** Elements of the room that a step works in. */
  public static final int ROOM = 2 * BLOCK;

  private Block8Adam() {}

  /**
   * Updates the parameters {@code [begin, end)}.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if {@code zeroGrads}
   * @param m first moment, codes with a sign, whole blocks: read and overwritten
   * @param v second moment, codes without one, whole blocks: read and overwritten
   * @param mScales the largest first moment of each block: read and overwritten
   * @param vScales the largest second moment of each block: read and overwritten
   * @param begin first element, a multiple of a block
   * @param end one past the last element, a multiple of a block or that of the parameters
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param step the learning rate, corrected
   * @param rootScale factor of the root of the second moment
   * @param eps added to the root
   * @param gradScale factor of the gradient
   * @param decay decoupled decay
   * @param zeroGrads whether to leave zeros in {@code grads}
   * @param room overwritten: {@link #ROOM} elements
   */
  public static void step(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment m,
      MemorySegment v,
      MemorySegment mScales,
      MemorySegment vScales,
      long begin,
      long end,
      float beta1,
      float beta2,
      float step,
      float rootScale,
      float eps,
      float gradScale,
      float decay,
      boolean zeroGrads,
      float[] room) {
    assert 0 <= begin && begin <= end && begin % BLOCK == 0;
    for (long at = begin; at < end; at += BLOCK) {
      int n = (int) Math.min(BLOCK, end - at);
      long scaleAt = at / BLOCK * Float.BYTES;
      float mScale = mScales.get(JAVA_FLOAT_UNALIGNED, scaleAt);
      float vScale = vScales.get(JAVA_FLOAT_UNALIGNED, scaleAt);
      DynamicCode.decode(m, at, mScale, true, room, 0);
      DynamicCode.decode(v, at, vScale, false, room, BLOCK);
      long base = at * Float.BYTES;
      update(params, grads, base, n, room, beta1, beta2, step, rootScale, eps, gradScale, decay);
      mScale = DynamicCode.largest(room, 0);
      vScale = DynamicCode.largest(room, BLOCK);
      DynamicCode.encode(room, 0, mScale, true, m, at);
      DynamicCode.encode(room, BLOCK, vScale, false, v, at);
      mScales.set(JAVA_FLOAT_UNALIGNED, scaleAt, mScale);
      vScales.set(JAVA_FLOAT_UNALIGNED, scaleAt, vScale);
      if (zeroGrads) {
        Zero.fill(grads, base, n);
      }
    }
  }

  private static void update(
      MemorySegment params,
      MemorySegment grads,
      long base,
      int n,
      float[] room,
      float beta1,
      float beta2,
      float step,
      float rootScale,
      float eps,
      float gradScale,
      float decay) {
    if (params.getClass() != NATIVE || grads.getClass() != NATIVE) {
      throw SegmentClass.notNative(params, grads);
    }
    float oneMinusBeta1 = 1 - beta1;
    float oneMinusBeta2 = 1 - beta2;
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector w = FloatVector.fromMemorySegment(F32, params, at, ByteOrder.nativeOrder());
      FloatVector grad = FloatVector.fromMemorySegment(F32, grads, at, ByteOrder.nativeOrder());
      FloatVector g = grad.mul(gradScale);
      w = w.fma(FloatVector.broadcast(F32, -decay), w);
      FloatVector vm = FloatVector.fromArray(F32, room, i);
      FloatVector vv = FloatVector.fromArray(F32, room, BLOCK + i);
      vm = vm.fma(FloatVector.broadcast(F32, beta1), g.mul(oneMinusBeta1));
      vv = vv.fma(FloatVector.broadcast(F32, beta2), g.mul(oneMinusBeta2).mul(g));
      FloatVector denominator =
          vv.sqrt().fma(FloatVector.broadcast(F32, rootScale), FloatVector.broadcast(F32, eps));
      w = vm.div(denominator).fma(FloatVector.broadcast(F32, -step), w);
      w.intoMemorySegment(params, at, ByteOrder.nativeOrder());
      vm.intoArray(room, i);
      vv.intoArray(room, BLOCK + i);
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float w = params.get(JAVA_FLOAT_UNALIGNED, at);
      float g = grads.get(JAVA_FLOAT_UNALIGNED, at) * gradScale;
      w = Math.fma(w, -decay, w);
      room[i] = Math.fma(room[i], beta1, g * oneMinusBeta1);
      room[BLOCK + i] = Math.fma(room[BLOCK + i], beta2, g * oneMinusBeta2 * g);
      float denominator = Math.fma((float) Math.sqrt(room[BLOCK + i]), rootScale, eps);
      params.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(room[i] / denominator, -step, w));
    }
  }
}
