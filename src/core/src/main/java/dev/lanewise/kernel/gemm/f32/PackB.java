package dev.lanewise.kernel.gemm.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.nio.ByteOrder.nativeOrder;

import dev.lanewise.kernel.gemm.micro.f32.Blocking;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Copies a block of B into the strips of the micro-kernel: NR columns side by side, row k of strip
 * s at {@code packed[firstStrip + s * stripStride + k * NR ..]}.
 */
final class PackB {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;
  private static final int NR = Blocking.NR;

  private PackB() {}

  /**
   * Packs {@code op(B)[pc : pc+kc, jc : jc+nc]} of the columns up to {@code n1}. No strip begins
   * after column {@code last}; a column past {@code n1} is zero.
   *
   * @param firstStrip where the first of the strips begins in {@code packed}
   * @param stage where rows wait to be transposed, see {@link Transposer}
   */
  static void pack(
      Matrix b,
      int pc,
      int kc,
      int jc,
      int nc,
      int n1,
      int last,
      float[] packed,
      int firstStrip,
      float[] stage) {
    int stride = Blocking.stripStride(kc);
    int strip = firstStrip;
    for (int jr = jc; jr < jc + nc; ) {
      int j = Math.min(jr, last);
      int valid = Math.min(NR, n1 - j);
      int strips = 1;
      if (b.patches != null) {
        if (valid < NR) {
          Arrays.fill(packed, strip, strip + Math.multiplyExact(kc, NR), 0f);
        }
        b.patches.read(pc, kc, j, valid, packed, strip, NR);
      } else if (b.transposed) {
        Transposer.run(b, b.at(j, pc), valid, kc, packed, strip, NR, stage);
      } else if (valid < NR || (!b.onHeap && b.segment.getClass() != NATIVE)) {
        // The columns that are not there are computed too, so they hold numbers that cost nothing.
        Arrays.fill(packed, strip, strip + Math.multiplyExact(kc, NR), 0f);
        Rows.read(b, b.at(pc, j), kc, valid, packed, strip, NR);
      } else {
        // Rows of a large B lie in pages of their own: several strips a visit.
        strips = jr + 4 * NR <= Math.min(jc + nc, last + NR) ? 4 : 1;
        if (b.onHeap) {
          copy(b.array, (int) b.at(pc, j), b.ld, kc, packed, strip, strips, stride);
        } else {
          copyNative(b.segment, b.at(pc, j), b.ld, kc, packed, strip, strips, stride);
        }
      }
      for (int s = 0; s < strips; s++) {
        int end = strip + Math.multiplyExact(kc, NR);
        if (kc % 2 == 1) {
          Arrays.fill(packed, end, end + NR, 0f);
        }
        strip += stride;
        jr += NR;
      }
    }
  }

  private static void copy(
      float[] b, int corner, int ldb, int kc, float[] packed, int strip, int strips, int stride) {
    int row = corner;
    int t = strip;
    if (strips == 4) {
      for (int k = 0; k < kc; k++) {
        FloatVector.fromArray(S, b, row).intoArray(packed, t);
        FloatVector.fromArray(S, b, row + L).intoArray(packed, t + L);
        FloatVector.fromArray(S, b, row + 2 * L).intoArray(packed, t + stride);
        FloatVector.fromArray(S, b, row + 3 * L).intoArray(packed, t + stride + L);
        FloatVector.fromArray(S, b, row + 4 * L).intoArray(packed, t + 2 * stride);
        FloatVector.fromArray(S, b, row + 5 * L).intoArray(packed, t + 2 * stride + L);
        FloatVector.fromArray(S, b, row + 6 * L).intoArray(packed, t + 3 * stride);
        FloatVector.fromArray(S, b, row + 7 * L).intoArray(packed, t + 3 * stride + L);
        row += ldb;
        t += NR;
      }
      return;
    }
    for (int k = 0; k < kc; k++) {
      FloatVector.fromArray(S, b, row).intoArray(packed, t);
      FloatVector.fromArray(S, b, row + L).intoArray(packed, t + L);
      row += ldb;
      t += NR;
    }
  }

  private static void copyNative(
      MemorySegment b,
      long corner,
      int ldb,
      int kc,
      float[] packed,
      int strip,
      int strips,
      int stride) {
    if (b.getClass() != NATIVE) {
      throw SegmentClass.notNative(b);
    }
    long row = Float.BYTES * corner;
    long step = (long) Float.BYTES * ldb;
    int t = strip;
    if (strips == 4) {
      for (int k = 0; k < kc; k++) {
        FloatVector.fromMemorySegment(S, b, row, nativeOrder()).intoArray(packed, t);
        FloatVector.fromMemorySegment(S, b, row + Lanes.BYTES, nativeOrder())
            .intoArray(packed, t + L);
        FloatVector.fromMemorySegment(S, b, row + 2L * Lanes.BYTES, nativeOrder())
            .intoArray(packed, t + stride);
        FloatVector.fromMemorySegment(S, b, row + 3L * Lanes.BYTES, nativeOrder())
            .intoArray(packed, t + stride + L);
        FloatVector.fromMemorySegment(S, b, row + 4L * Lanes.BYTES, nativeOrder())
            .intoArray(packed, t + 2 * stride);
        FloatVector.fromMemorySegment(S, b, row + 5L * Lanes.BYTES, nativeOrder())
            .intoArray(packed, t + 2 * stride + L);
        FloatVector.fromMemorySegment(S, b, row + 6L * Lanes.BYTES, nativeOrder())
            .intoArray(packed, t + 3 * stride);
        FloatVector.fromMemorySegment(S, b, row + 7L * Lanes.BYTES, nativeOrder())
            .intoArray(packed, t + 3 * stride + L);
        row += step;
        t += NR;
      }
      return;
    }
    for (int k = 0; k < kc; k++) {
      FloatVector.fromMemorySegment(S, b, row, nativeOrder()).intoArray(packed, t);
      FloatVector.fromMemorySegment(S, b, row + Lanes.BYTES, nativeOrder())
          .intoArray(packed, t + L);
      row += step;
      t += NR;
    }
  }
}
