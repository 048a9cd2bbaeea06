package dev.lanewise.kernel.norm.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.norm.FloatPair;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.VirtualLanes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * The passes over one plane, the {@code n} contiguous elements of one channel of one sample, that
 * the normalisations over several planes share.
 */
final class Planes {
  private static final int LANES = VirtualLanes.COUNT;
  private static final int VECTORS = VirtualLanes.VECTORS;

  private Planes() {}

  /** {@code y = ((x - high) - low) scale weight + bias}. */
  static void apply(
      MemorySegment x,
      MemorySegment y,
      long base,
      int n,
      float high,
      float low,
      float scale,
      float weight,
      float bias) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder())
          .sub(high)
          .sub(low)
          .mul(scale)
          .fma(FloatVector.broadcast(F32, weight), FloatVector.broadcast(F32, bias))
          .intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float xh = (x.get(JAVA_FLOAT_UNALIGNED, at) - high - low) * scale;
      y.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(xh, weight, bias));
    }
  }

  /** The sums of dy and of {@code dy xh}, as {@link FloatPair} holds them. */
  static long sums(MemorySegment x, MemorySegment dy, long base, int n, float mean, float scale) {
    if (x.getClass() != NATIVE || dy.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, dy);
    }
    int whole = n - n % LANES;
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    FloatVector t0 = FloatVector.zero(F32);
    FloatVector t1 = t0;
    FloatVector t2 = t0;
    FloatVector t3 = t0;
    FloatVector t4 = t0;
    FloatVector t5 = t0;
    FloatVector t6 = t0;
    FloatVector t7 = t0;
    int i = 0;
    for (; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector xh =
          FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).sub(mean).mul(scale);
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      FloatVector nextS = vdy.add(s0);
      FloatVector nextT = vdy.fma(xh, t0);
      if (VECTORS == 2) {
        s0 = s1;
        s1 = nextS;
        t0 = t1;
        t1 = nextT;
      } else if (VECTORS == 4) {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = nextS;
        t0 = t1;
        t1 = t2;
        t2 = t3;
        t3 = nextT;
      } else {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = s4;
        s4 = s5;
        s5 = s6;
        s6 = s7;
        s7 = nextS;
        t0 = t1;
        t1 = t2;
        t2 = t3;
        t3 = t4;
        t4 = t5;
        t5 = t6;
        t6 = t7;
        t7 = nextT;
      }
    }
    float tailS = 0;
    float tailT = 0;
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float xh = (x.get(JAVA_FLOAT_UNALIGNED, at) - mean) * scale;
      float sdy = dy.get(JAVA_FLOAT_UNALIGNED, at);
      tailS += sdy;
      tailT = Math.fma(sdy, xh, tailT);
    }
    return FloatPair.of(
        VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7) + tailS,
        VirtualLanes.sum(t0, t1, t2, t3, t4, t5, t6, t7) + tailT);
  }

  /** {@code dx = scale (weight dy - meanD - xh meanDxh)}. */
  static void gradient(
      MemorySegment x,
      MemorySegment dy,
      MemorySegment dx,
      long base,
      int n,
      float mean,
      float scale,
      float weight,
      float meanD,
      float meanDxh) {
    if (x.getClass() != NATIVE || dy.getClass() != NATIVE || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, dy, dx);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector xh =
          FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).sub(mean).mul(scale);
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      FloatVector centred =
          vdy.fma(FloatVector.broadcast(F32, weight), FloatVector.broadcast(F32, -meanD));
      xh.fma(FloatVector.broadcast(F32, -meanDxh), centred)
          .mul(scale)
          .intoMemorySegment(dx, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float xh = (x.get(JAVA_FLOAT_UNALIGNED, at) - mean) * scale;
      float centred = Math.fma(dy.get(JAVA_FLOAT_UNALIGNED, at), weight, -meanD);
      dx.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(xh, -meanDxh, centred) * scale);
    }
  }
}
