package dev.lanewise.kernel.gemm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Copies a block of A into the panels of the micro-kernel. The operand is touched in whole rows by
 * {@link MemorySegment#copy} alone; what has to be rearranged passes through a stage in the
 * first-level cache, so one piece of code serves every kind of segment.
 *
 * <p>The panels of {@link MicroKernel12} have the 12 elements of a column side by side. They are
 * written as vectors of 16: the 4 lanes too many fall on the next column, which is written after,
 * and behind the last one on a gap.
 */
final class PackA {
  /** Rows of a transposed A that are staged at a time: a cache line of each row of a row panel. */
  static final int STAGED_ROWS = 16;

  /** Floats from one staged row to the next: the widest block, and the lanes past its end. */
  static final int STAGED_STRIDE = Blocking.MC + 16;

  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;
  private static final int MR = Blocking.MR;

  private PackA() {}

  /**
   * Packs {@code alpha * A[ic : ic+mc, pc : pc+kc]}. Rows past {@code mc} up to the next multiple
   * of MR are zero.
   *
   * @param a element (i, k) at {@code offset + i * lda + k}, or {@code offset + k * lda + i} if
   *     transposed
   */
  static void pack(
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
    if (transposed) {
      long corner = offset + (long) pc * lda + ic;
      if (Blocking.WIDE) {
        spreadColumns(a, corner, lda, mc, kc, panels);
      } else {
        transposeRows(a, corner, lda, mc, kc, panels);
      }
    } else {
      long corner = offset + (long) ic * lda + pc;
      if (Blocking.WIDE) {
        interleaveRows(a, corner, lda, mc, kc, panels);
      } else {
        copyRows(a, corner, lda, mc, kc, panels);
      }
    }
    if (alpha != 1f) {
      int end = panel(Math.ceilDiv(mc, MR), kc);
      for (int i = Panels.A0; i < end; i++) {
        panels.packed[i] *= alpha;
      }
    }
  }

  /** Row panels from rows: each row as it is. */
  private static void copyRows(
      MemorySegment a, long corner, int lda, int mc, int kc, Panels panels) {
    int rowStride = Blocking.rowStride(kc);
    for (int i = 0; i < mc; i++) {
      long row = corner + (long) i * lda;
      int target = panel(i / MR, kc) + Math.multiplyExact(i % MR, rowStride);
      MemorySegment.copy(a, JAVA_FLOAT, Float.BYTES * row, panels.packed, target, kc);
    }
    clearRowsPast(mc, kc, panels);
  }

  /** Row panels from columns: 16 columns at a time, so that whole cache lines are written. */
  private static void transposeRows(
      MemorySegment a, long corner, int lda, int mc, int kc, Panels panels) {
    float[] stage = panels.stage;
    float[] packed = panels.packed;
    int rowStride = Blocking.rowStride(kc);
    for (int k = 0; k < kc; k += STAGED_ROWS) {
      int ks = Math.min(STAGED_ROWS, kc - k);
      stageColumns(a, corner + (long) k * lda, lda, mc, ks, stage);
      for (int i = 0; i < mc; i++) {
        int target = panel(i / MR, kc) + Math.multiplyExact(i % MR, rowStride) + k;
        int s = i;
        for (int kk = 0; kk < ks; kk++) {
          packed[target + kk] = stage[s];
          s += STAGED_STRIDE;
        }
      }
    }
    clearRowsPast(mc, kc, panels);
  }

  private static void clearRowsPast(int mc, int kc, Panels panels) {
    int rows = mc % MR;
    if (rows > 0) {
      int last = panel(mc / MR, kc);
      int used = Math.multiplyExact(rows, Blocking.rowStride(kc));
      Arrays.fill(panels.packed, last + used, last + Blocking.panelStride(kc), 0f);
    }
  }

  /** Interleaved panels from columns: MR elements of each column go to each panel. */
  private static void spreadColumns(
      MemorySegment a, long corner, int lda, int mc, int kc, Panels panels) {
    float[] stage = panels.stage;
    int panelStride = Blocking.panelStride(kc);
    for (int k = 0; k < kc; k += STAGED_ROWS) {
      int ks = Math.min(STAGED_ROWS, kc - k);
      stageColumns(a, corner + (long) k * lda, lda, mc, ks, stage);
      int target = Panels.A0 + Math.multiplyExact(k, MR);
      for (int i = 0; i < mc; i += MR) {
        spread(stage, i, ks, panels.packed, target);
        target += panelStride;
      }
    }
  }

  /** Stages {@code ks} columns of {@code mc} elements with zeros behind them. */
  private static void stageColumns(
      MemorySegment a, long corner, int lda, int mc, int ks, float[] stage) {
    for (int kk = 0; kk < ks; kk++) {
      int s = Math.multiplyExact(kk, STAGED_STRIDE);
      MemorySegment.copy(a, JAVA_FLOAT, Float.BYTES * (corner + (long) kk * lda), stage, s, mc);
      Arrays.fill(stage, s + mc, s + mc + 16, 0f);
    }
  }

  private static void spread(float[] stage, int s0, int ks, float[] target, int t0) {
    int s = s0;
    int t = t0;
    for (int kk = 0; kk < ks; kk++) {
      FloatVector.fromArray(S, stage, s).intoArray(target, t);
      s += STAGED_STRIDE;
      t += MR;
    }
  }

  /** Interleaved panels from rows: gathers of a column of the stage. */
  private static void interleaveRows(
      MemorySegment a, long corner, int lda, int mc, int kc, Panels panels) {
    float[] stage = panels.stage;
    for (int i = 0; i < mc; i += MR) {
      int mr = Math.min(MR, mc - i);
      Arrays.fill(stage, Stage.row(mr), Stage.row(L), 0f);
      for (int k = 0; k < kc; k += Stage.COLUMNS) {
        int ks = Math.min(Stage.COLUMNS, kc - k);
        long row = corner + (long) i * lda + k;
        for (int r = 0; r < mr; r++) {
          MemorySegment.copy(a, JAVA_FLOAT, Float.BYTES * row, stage, Stage.row(r), ks);
          row += lda;
        }
        Stage.transpose(
            stage,
            0,
            panels.column,
            ks,
            panels.packed,
            panel(i / MR, kc) + Math.multiplyExact(k, MR),
            MR);
      }
    }
  }

  private static int panel(int index, int kc) {
    return Panels.A0 + Math.multiplyExact(index, Blocking.panelStride(kc));
  }
}
