package dev.lanewise.kernel.step.factored;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.step.gradient.f32.segments.Zero;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.VirtualLanes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * The step of Adafactor on a block of a vector, which has a second moment for each element (N.
 * Shazeer, M. Stern: Adafactor: Adaptive Learning Rates with Sublinear Memory Cost, 2018, algorithm
 * 5):
 *
 * <pre>
 * v = beta2 v + (1 - beta2) ((scale g)^2 + eps)
 * U = scale g / sqrt(v)
 * w = w - decay w - rate U
 * </pre>
 *
 * <p>Moments and update are two passes: the length of all of U decides the rate. NaN and infinities
 * follow IEEE 754. The same bits at every width. Error, u = 2^-24, relative: {@code 6 u} for v,
 * {@code (n / 32 + 31 + 14) u} for the sum of squares of a block, {@code 2 u |w| + 8 u |update|}
 * for w besides what the error of v gives.
 */
public final class PlainStep {
  private static final int VECTORS = VirtualLanes.VECTORS;

  private PlainStep() {}

  /**
   * Updates the second moments of {@code n} elements from byte {@code base} on and returns the sum
   * of {@code U^2}, summed as {@link SquareSums} sums a row.
   *
   * @param g read
   * @param v read and overwritten
   * @param base where the block begins
   * @param n its elements
   * @param scale factor of g
   * @param beta2 decay of the second moment
   * @param eps added to each square
   */
  public static float moments(
      MemorySegment g, MemorySegment v, long base, int n, float scale, float beta2, float eps) {
    int whole = n - n % VirtualLanes.COUNT;
    float sum = whole == 0 ? 0 : wholeLanes(g, v, base, whole, scale, beta2, eps);
    return sum + tail(g, v, base, whole, n, scale, beta2, eps);
  }

  private static float wholeLanes(
      MemorySegment g, MemorySegment v, long base, int whole, float scale, float beta2, float eps) {
    if (g.getClass() != NATIVE || v.getClass() != NATIVE) {
      throw SegmentClass.notNative(g, v);
    }
    float oneMinusBeta2 = 1 - beta2;
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector vg =
          FloatVector.fromMemorySegment(F32, g, at, ByteOrder.nativeOrder()).mul(scale);
      FloatVector vv = FloatVector.fromMemorySegment(F32, v, at, ByteOrder.nativeOrder());
      FloatVector q = vg.fma(vg, FloatVector.broadcast(F32, eps));
      vv = vv.fma(FloatVector.broadcast(F32, beta2), q.mul(oneMinusBeta2));
      vv.intoMemorySegment(v, at, ByteOrder.nativeOrder());
      q = vg.div(vv.sqrt());
      q = q.fma(q, s0);
      if (VECTORS == 2) {
        s0 = s1;
        s1 = q;
      } else if (VECTORS == 4) {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = q;
      } else {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = s4;
        s4 = s5;
        s5 = s6;
        s6 = s7;
        s7 = q;
      }
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7);
  }

  private static float tail(
      MemorySegment g,
      MemorySegment v,
      long base,
      int whole,
      int n,
      float scale,
      float beta2,
      float eps) {
    if (g.getClass() != NATIVE || v.getClass() != NATIVE) {
      throw SegmentClass.notNative(g, v);
    }
    float oneMinusBeta2 = 1 - beta2;
    float sum = 0;
    for (int i = whole; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float sg = g.get(JAVA_FLOAT_UNALIGNED, at) * scale;
      float q = Math.fma(sg, sg, eps) * oneMinusBeta2;
      float sv = Math.fma(v.get(JAVA_FLOAT_UNALIGNED, at), beta2, q);
      v.set(JAVA_FLOAT_UNALIGNED, at, sv);
      float u = sg / (float) Math.sqrt(sv);
      sum = Math.fma(u, u, sum);
    }
    return sum;
  }

  /**
   * Updates {@code n} parameters from byte {@code base} on.
   *
   * @param w read and overwritten
   * @param g read; overwritten by 0 if {@code zeroGrads}
   * @param v read: the second moments of this step
   * @param base where the block begins
   * @param n its elements
   * @param scale factor of g
   * @param rate of the update
   * @param decay the part of w that is taken away
   * @param zeroGrads whether to leave zeros in {@code g}
   */
  public static void update(
      MemorySegment w,
      MemorySegment g,
      MemorySegment v,
      long base,
      int n,
      float scale,
      float rate,
      float decay,
      boolean zeroGrads) {
    if (w.getClass() != NATIVE || g.getClass() != NATIVE || v.getClass() != NATIVE) {
      throw SegmentClass.notNative(w, g, v);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector vw = FloatVector.fromMemorySegment(F32, w, at, ByteOrder.nativeOrder());
      FloatVector vg =
          FloatVector.fromMemorySegment(F32, g, at, ByteOrder.nativeOrder()).mul(scale);
      FloatVector vv = FloatVector.fromMemorySegment(F32, v, at, ByteOrder.nativeOrder());
      vw = vw.fma(FloatVector.broadcast(F32, -decay), vw);
      vw = vg.div(vv.sqrt()).fma(FloatVector.broadcast(F32, -rate), vw);
      vw.intoMemorySegment(w, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float vw = w.get(JAVA_FLOAT_UNALIGNED, at);
      float vg = g.get(JAVA_FLOAT_UNALIGNED, at) * scale;
      vw = Math.fma(vw, -decay, vw);
      vw = Math.fma(vg / (float) Math.sqrt(v.get(JAVA_FLOAT_UNALIGNED, at)), -rate, vw);
      w.set(JAVA_FLOAT_UNALIGNED, at, vw);
    }
    if (zeroGrads) {
      Zero.fill(g, base, n);
    }
  }
}
