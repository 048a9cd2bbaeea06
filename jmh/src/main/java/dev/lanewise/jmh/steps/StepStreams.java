package dev.lanewise.jmh.steps;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.BYTES;
import static dev.lanewise.simd.Lanes.F32;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * The memory traffic of optimizer steps and next to no arithmetic: what a step could reach. Sizes
 * are multiples of four vectors.
 */
final class StepStreams {
  private static final float S = 1e-9f;

  private StepStreams() {}

  /** Reads g. */
  static float read(MemorySegment g, long begin, long end) {
    if (g.getClass() != NATIVE) {
      throw SegmentClass.notNative(g);
    }
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (long at = begin; at < end; at += 4L * BYTES) {
      s0 = FloatVector.fromMemorySegment(F32, g, at, ByteOrder.nativeOrder()).add(s0);
      s1 = FloatVector.fromMemorySegment(F32, g, at + BYTES, ByteOrder.nativeOrder()).add(s1);
      s2 = FloatVector.fromMemorySegment(F32, g, at + 2L * BYTES, ByteOrder.nativeOrder()).add(s2);
      s3 = FloatVector.fromMemorySegment(F32, g, at + 3L * BYTES, ByteOrder.nativeOrder()).add(s3);
    }
    return s0.add(s1).add(s2.add(s3)).lane(0);
  }

  /** Reads g and w and m, writes w and m. */
  static void two(MemorySegment w, MemorySegment g, MemorySegment m, long begin, long end) {
    if (w.getClass() != NATIVE || g.getClass() != NATIVE || m.getClass() != NATIVE) {
      throw SegmentClass.notNative(w, g, m);
    }
    FloatVector s = FloatVector.broadcast(F32, S);
    for (long at = begin; at < end; at += BYTES) {
      FloatVector vg = FloatVector.fromMemorySegment(F32, g, at, ByteOrder.nativeOrder());
      FloatVector vw = FloatVector.fromMemorySegment(F32, w, at, ByteOrder.nativeOrder());
      FloatVector vm = FloatVector.fromMemorySegment(F32, m, at, ByteOrder.nativeOrder());
      vg.fma(s, vw).intoMemorySegment(w, at, ByteOrder.nativeOrder());
      vg.fma(s, vm).intoMemorySegment(m, at, ByteOrder.nativeOrder());
    }
  }

  /** Reads g and w, m and v, writes w, m and v. */
  static void three(
      MemorySegment w, MemorySegment g, MemorySegment m, MemorySegment v, long begin, long end) {
    if (w.getClass() != NATIVE
        || g.getClass() != NATIVE
        || m.getClass() != NATIVE
        || v.getClass() != NATIVE) {
      throw SegmentClass.notNative(w, g, m, v);
    }
    FloatVector s = FloatVector.broadcast(F32, S);
    for (long at = begin; at < end; at += BYTES) {
      FloatVector vg = FloatVector.fromMemorySegment(F32, g, at, ByteOrder.nativeOrder());
      FloatVector vw = FloatVector.fromMemorySegment(F32, w, at, ByteOrder.nativeOrder());
      FloatVector vm = FloatVector.fromMemorySegment(F32, m, at, ByteOrder.nativeOrder());
      FloatVector vv = FloatVector.fromMemorySegment(F32, v, at, ByteOrder.nativeOrder());
      vg.fma(s, vw).intoMemorySegment(w, at, ByteOrder.nativeOrder());
      vg.fma(s, vm).intoMemorySegment(m, at, ByteOrder.nativeOrder());
      vg.fma(s, vv).intoMemorySegment(v, at, ByteOrder.nativeOrder());
    }
  }

  /** The same where m and v have half as many bytes as w. */
  static void threeOfHalf(
      MemorySegment w, MemorySegment g, MemorySegment m, MemorySegment v, long begin, long end) {
    if (w.getClass() != NATIVE
        || g.getClass() != NATIVE
        || m.getClass() != NATIVE
        || v.getClass() != NATIVE) {
      throw SegmentClass.notNative(w, g, m, v);
    }
    FloatVector s = FloatVector.broadcast(F32, S);
    for (long at = begin; at < end; at += 2L * BYTES) {
      long half = at / 2;
      FloatVector g0 = FloatVector.fromMemorySegment(F32, g, at, ByteOrder.nativeOrder());
      FloatVector g1 = FloatVector.fromMemorySegment(F32, g, at + BYTES, ByteOrder.nativeOrder());
      FloatVector w0 = FloatVector.fromMemorySegment(F32, w, at, ByteOrder.nativeOrder());
      FloatVector w1 = FloatVector.fromMemorySegment(F32, w, at + BYTES, ByteOrder.nativeOrder());
      FloatVector vm = FloatVector.fromMemorySegment(F32, m, half, ByteOrder.nativeOrder());
      FloatVector vv = FloatVector.fromMemorySegment(F32, v, half, ByteOrder.nativeOrder());
      g0.fma(s, w0).intoMemorySegment(w, at, ByteOrder.nativeOrder());
      g1.fma(s, w1).intoMemorySegment(w, at + BYTES, ByteOrder.nativeOrder());
      g0.fma(s, vm).intoMemorySegment(m, half, ByteOrder.nativeOrder());
      g1.fma(s, vv).intoMemorySegment(v, half, ByteOrder.nativeOrder());
    }
  }

  /** The same where they have a quarter. */
  static void threeOfQuarter(
      MemorySegment w, MemorySegment g, MemorySegment m, MemorySegment v, long begin, long end) {
    if (w.getClass() != NATIVE
        || g.getClass() != NATIVE
        || m.getClass() != NATIVE
        || v.getClass() != NATIVE) {
      throw SegmentClass.notNative(w, g, m, v);
    }
    FloatVector s = FloatVector.broadcast(F32, S);
    for (long block = begin; block < end; block += 4L * BYTES) {
      long quarter = block / 4;
      FloatVector sum = FloatVector.zero(F32);
      for (long at = block; at < block + 4L * BYTES; at += BYTES) {
        FloatVector vg = FloatVector.fromMemorySegment(F32, g, at, ByteOrder.nativeOrder());
        FloatVector vw = FloatVector.fromMemorySegment(F32, w, at, ByteOrder.nativeOrder());
        vg.fma(s, vw).intoMemorySegment(w, at, ByteOrder.nativeOrder());
        sum = sum.add(vg);
      }
      FloatVector vm = FloatVector.fromMemorySegment(F32, m, quarter, ByteOrder.nativeOrder());
      FloatVector vv = FloatVector.fromMemorySegment(F32, v, quarter, ByteOrder.nativeOrder());
      sum.fma(s, vm).intoMemorySegment(m, quarter, ByteOrder.nativeOrder());
      sum.fma(s, vv).intoMemorySegment(v, quarter, ByteOrder.nativeOrder());
    }
  }
}
