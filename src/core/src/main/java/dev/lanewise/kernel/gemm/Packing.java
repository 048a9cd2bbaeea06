package dev.lanewise.kernel.gemm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Copies blocks of the operands into the panels of the micro-kernel. Off-heap (or heap) memory is
 * touched in whole rows by {@link MemorySegment#copy} alone; what has to be rearranged passes
 * through a stage that stays in the first-level cache, so there is one piece of code for every kind
 * of segment.
 */
final class Packing {
  /**
   * Rows of a transposed A that are staged at a time: one cache line of each row of the panel is
   * filled.
   */
  static final int TRANSPOSED_ROWS = 16;

  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;
  private static final int MR = Blocking.MR;
  private static final int NR = Blocking.NR;

  private Packing() {}

  /**
   * Packs {@code alpha * A[ic : ic+mc, pc : pc+kc]}. Rows past {@code mc} up to the next multiple
   * of MR are zero.
   *
   * @param a element (i, k) at {@code offset + i * lda + k}, or {@code offset + k * lda + i} if
   *     transposed
   */
  static void packA(
      boolean transposed,
      MemorySegment a,
      long offset,
      int lda,
      int ic,
      int mc,
      int pc,
      int kc,
      float alpha,
      Panels panels) {
    float[] packed = panels.packed;
    int panelStride = Blocking.panelStride(kc);
    int fullRows = mc - mc % MR;
    if (fullRows < mc) {
      int last = Panels.A0 + Math.multiplyExact(fullRows / MR, panelStride);
      Arrays.fill(packed, last, last + panelStride, 0f);
    }
    if (transposed) {
      packTransposedA(a, offset, lda, ic, mc, pc, kc, panels, panelStride);
    } else {
      packPlainA(a, offset, lda, ic, mc, pc, kc, panels, panelStride);
    }
    if (alpha != 1f) {
      int end = Panels.A0 + Math.multiplyExact(Math.ceilDiv(mc, MR), panelStride);
      for (int i = Panels.A0; i < end; i++) {
        packed[i] *= alpha;
      }
    }
  }

  private static void packPlainA(
      MemorySegment a,
      long offset,
      int lda,
      int ic,
      int mc,
      int pc,
      int kc,
      Panels panels,
      int panelStride) {
    if (!Blocking.WIDE) {
      int rowStride = Blocking.rowStride(kc);
      for (int i = 0; i < mc; i++) {
        int target = Panels.A0 + i / MR * panelStride + i % MR * rowStride;
        MemorySegment.copy(
            a, JAVA_FLOAT, 4 * (offset + (long) (ic + i) * lda + pc), panels.packed, target, kc);
      }
      return;
    }
    for (int i = 0; i < mc; i += MR) {
      int mr = Math.min(MR, mc - i);
      int panel = Panels.A0 + i / MR * panelStride;
      for (int k = 0; k < kc; k += Blocking.STAGE) {
        int ks = Math.min(Blocking.STAGE, kc - k);
        for (int r = 0; r < mr; r++) {
          long row = offset + (long) (ic + i + r) * lda + pc + k;
          MemorySegment.copy(a, JAVA_FLOAT, 4 * row, panels.stage, r * Blocking.STAGE, ks);
        }
        interleave(panels.stage, mr, ks, panels.packed, panel + k * MR, MR);
      }
    }
  }

  private static void packTransposedA(
      MemorySegment a,
      long offset,
      int lda,
      int ic,
      int mc,
      int pc,
      int kc,
      Panels panels,
      int panelStride) {
    float[] stage = panels.stage;
    float[] packed = panels.packed;
    for (int k = 0; k < kc; k += TRANSPOSED_ROWS) {
      int ks = Math.min(TRANSPOSED_ROWS, kc - k);
      for (int kk = 0; kk < ks; kk++) {
        MemorySegment.copy(
            a,
            JAVA_FLOAT,
            4 * (offset + (long) (pc + k + kk) * lda + ic),
            stage,
            kk * Blocking.MC,
            mc);
      }
      for (int i = 0; i < mc; i += MR) {
        int mr = Math.min(MR, mc - i);
        int panel = Panels.A0 + i / MR * panelStride;
        if (Blocking.WIDE) {
          for (int kk = 0; kk < ks; kk++) {
            System.arraycopy(stage, kk * Blocking.MC + i, packed, panel + (k + kk) * MR, mr);
          }
        } else {
          int rowStride = Blocking.rowStride(kc);
          for (int r = 0; r < mr; r++) {
            for (int kk = 0; kk < ks; kk++) {
              packed[panel + r * rowStride + k + kk] = stage[kk * Blocking.MC + i + r];
            }
          }
        }
      }
    }
  }

  /**
   * Packs {@code B[pc : pc+kc, jc : jc+nc]}. Columns past {@code nc} up to the next multiple of NR
   * are zero.
   *
   * @param b element (k, j) at {@code offset + k * ldb + j}, or {@code offset + j * ldb + k} if
   *     transposed
   */
  static void packB(
      boolean transposed,
      MemorySegment b,
      long offset,
      int ldb,
      int pc,
      int kc,
      int jc,
      int nc,
      Panels panels) {
    int stripStride = Blocking.stripStride(kc);
    if (transposed) {
      packTransposedB(b, offset, ldb, pc, kc, jc, nc, panels, stripStride);
    } else {
      packPlainB(b, offset, ldb, pc, kc, jc, nc, panels, stripStride);
    }
  }

  private static void packPlainB(
      MemorySegment b,
      long offset,
      int ldb,
      int pc,
      int kc,
      int jc,
      int nc,
      Panels panels,
      int stripStride) {
    float[] stage = panels.stage;
    int padded = Math.ceilDiv(nc, NR) * NR;
    Arrays.fill(stage, nc, padded, 0f);
    for (int k = 0; k < kc; k++) {
      MemorySegment.copy(b, JAVA_FLOAT, 4 * (offset + (long) (pc + k) * ldb + jc), stage, 0, nc);
      spread(stage, padded, panels.packed, Panels.B0 + k * NR, stripStride);
    }
  }

  private static void packTransposedB(
      MemorySegment b,
      long offset,
      int ldb,
      int pc,
      int kc,
      int jc,
      int nc,
      Panels panels,
      int stripStride) {
    for (int j = 0; j < nc; j += NR) {
      int nr = Math.min(NR, nc - j);
      int strip = Panels.B0 + j / NR * stripStride;
      if (nr < NR) {
        Arrays.fill(panels.packed, strip, strip + kc * NR, 0f);
      }
      for (int k = 0; k < kc; k += Blocking.STAGE) {
        int ks = Math.min(Blocking.STAGE, kc - k);
        for (int r = 0; r < nr; r++) {
          long row = offset + (long) (jc + j + r) * ldb + pc + k;
          MemorySegment.copy(b, JAVA_FLOAT, 4 * row, panels.stage, r * Blocking.STAGE, ks);
        }
        interleave(panels.stage, nr, ks, panels.packed, strip + k * NR, NR);
      }
    }
  }

  /**
   * {@code target[t0 + k * width + r] = stage[r][k]} for r below {@code rows}, k below {@code ks}.
   */
  private static void interleave(
      float[] stage, int rows, int ks, float[] target, int t0, int width) {
    for (int k = 0; k < ks; k++) {
      int t = t0 + k * width;
      for (int r = 0; r < rows; r++) {
        target[t + r] = stage[r * Blocking.STAGE + k];
      }
    }
  }

  /** Puts NR floats each of a row into successive strips. */
  private static void spread(float[] row, int padded, float[] target, int t0, int stripStride) {
    int t = t0;
    for (int j = 0; j < padded; j += NR) {
      FloatVector.fromArray(S, row, j).intoArray(target, t);
      FloatVector.fromArray(S, row, j + L).intoArray(target, t + L);
      t += stripStride;
    }
  }
}
