package dev.lanewise.kernel.gemm.f32;

import dev.lanewise.kernel.gemm.micro.f32.Blocking;
import java.util.Arrays;

/**
 * Copies a block of A into the form of the micro-kernel: row i at {@code packed[A0 + i * ROW_STRIDE
 * ..]}, contiguous in k.
 */
final class PackA {
  private static final int RS = Blocking.ROW_STRIDE;

  private PackA() {}

  /** Packs {@code alpha * op(A)[ic : ic+mc, pc : pc+kc]}. */
  static void pack(Matrix a, int ic, int mc, int pc, int kc, float alpha, Panels panels) {
    float[] packed = panels.packed;
    if (a.patches != null) {
      a.patches.read(ic, mc, pc, kc, packed, Panels.A0, RS);
    } else if (a.transposed) {
      Transposer.run(a, a.at(pc, ic), kc, mc, packed, Panels.A0, RS, panels.stage);
    } else {
      Rows.read(a, a.at(ic, pc), mc, kc, packed, Panels.A0, RS);
    }
    if (alpha != 1f) {
      scale(packed, mc, kc, alpha);
    }
    if (kc % 2 == 1) {
      // The product with packed B's zero is -0, which changes no sum, not even one of -0.
      int end = Panels.A0 + kc;
      for (int i = 0; i < mc; i++) {
        packed[end] = -0f;
        end += RS;
      }
    }
    // A block lower than its tile: the rows that are not there are computed too.
    for (int i = mc; i < Blocking.tileRows(mc); i++) {
      int row = Panels.A0 + Math.multiplyExact(i, RS);
      Arrays.fill(packed, row, row + kc + 1, 0f);
    }
  }

  private static void scale(float[] packed, int mc, int kc, float alpha) {
    int row = Panels.A0;
    for (int i = 0; i < mc; i++) {
      for (int k = 0; k < kc; k++) {
        packed[row + k] *= alpha;
      }
      row += RS;
    }
  }
}
