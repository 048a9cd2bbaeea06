package dev.lanewise.kernel.gemm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Copies a block of B into the strips of the micro-kernel, as {@link PackA} does with A. */
final class PackB {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;
  private static final int NR = Blocking.NR;

  private PackB() {}

  /**
   * Packs {@code B[pc : pc+kc, jc : jc+nc]}. Columns past {@code nc} up to the next multiple of NR
   * are zero.
   *
   * @param b element (k, j) at {@code offset + k * ldb + j}, or {@code offset + j * ldb + k} if
   *     transposed
   */
  static void pack(
      boolean transposed,
      MemorySegment b,
      long offset,
      int ldb,
      int pc,
      int kc,
      int jc,
      int nc,
      Panels panels) {
    if (transposed) {
      transposeColumns(b, offset + (long) jc * ldb + pc, ldb, kc, nc, panels);
    } else {
      spreadRows(b, offset + (long) pc * ldb + jc, ldb, kc, nc, panels);
    }
  }

  /** Strips from rows: NR elements of each row go to each strip. */
  private static void spreadRows(
      MemorySegment b, long corner, int ldb, int kc, int nc, Panels panels) {
    float[] stage = panels.stage;
    int stripStride = Blocking.stripStride(kc);
    int padded = Math.multiplyExact(Math.ceilDiv(nc, NR), NR);
    Arrays.fill(stage, nc, padded, 0f);
    int target = Panels.B0;
    for (int k = 0; k < kc; k++) {
      MemorySegment.copy(b, JAVA_FLOAT, Float.BYTES * (corner + (long) k * ldb), stage, 0, nc);
      spread(stage, padded, panels.packed, target, stripStride);
      target += NR;
    }
  }

  private static void spread(float[] row, int padded, float[] target, int t0, int stripStride) {
    int t = t0;
    for (int j = 0; j < padded; j += NR) {
      FloatVector.fromArray(S, row, j).intoArray(target, t);
      FloatVector.fromArray(S, row, j + L).intoArray(target, t + L);
      t += stripStride;
    }
  }

  /** Strips from columns: gathers of a column of the stage. */
  private static void transposeColumns(
      MemorySegment b, long corner, int ldb, int kc, int nc, Panels panels) {
    float[] stage = panels.stage;
    int strip = Panels.B0;
    for (int j = 0; j < nc; j += NR) {
      int nr = Math.min(NR, nc - j);
      Arrays.fill(stage, Stage.row(nr), Stage.row(NR), 0f);
      for (int k = 0; k < kc; k += Stage.COLUMNS) {
        int ks = Math.min(Stage.COLUMNS, kc - k);
        long column = corner + (long) j * ldb + k;
        for (int r = 0; r < nr; r++) {
          MemorySegment.copy(b, JAVA_FLOAT, Float.BYTES * column, stage, Stage.row(r), ks);
          column += ldb;
        }
        int target = strip + Math.multiplyExact(k, NR);
        Stage.transpose(stage, 0, panels.column, ks, panels.packed, target, NR);
        Stage.transpose(stage, Stage.row(L), panels.column, ks, panels.packed, target + L, NR);
      }
      strip += Blocking.stripStride(kc);
    }
  }
}
