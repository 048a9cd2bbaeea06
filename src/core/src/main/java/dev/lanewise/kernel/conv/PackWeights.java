package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.gemm.f32.Matrix;
import dev.lanewise.kernel.gemm.f32.Rows;
import dev.lanewise.kernel.gemm.f32.Transposer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Copies weights into strips of one or two vectors of columns, a row for each term of a {@link
 * Stencil} and one for the bias.
 */
final class PackWeights {
  private PackWeights() {}

  /**
   * Packs the columns {@code [first, first + n)} of the matrix whose rows are (element of the
   * kernel, channel).
   *
   * @param byColumns whether a row of {@code weights} is a column, (element, channel); otherwise it
   *     is a channel, (element, column)
   * @param rowSize columns of an element in such a row
   * @param bias an element for each column, or null
   */
  static void pack(
      Stencil s,
      Matrix weights,
      boolean byColumns,
      int rowSize,
      @Nullable Matrix bias,
      int first,
      int n,
      Panels panels) {
    float[] packed = panels.packed;
    boolean finite = true;
    int width;
    for (int j = 0; j < n; j += width) {
      width = PixelTiles.stripWidth(n - j);
      int valid = Math.min(width, n - j);
      int strip = PixelTiles.strip(s, j);
      int past = strip + Math.multiplyExact(s.terms, width);
      if (valid < width) {
        Arrays.fill(packed, strip, past, 0f);
      }
      int step = Math.multiplyExact(s.termStep(), width);
      for (int tap = 0; tap < s.taps; tap++) {
        int row = strip + Math.multiplyExact(s.firstTerm(tap), width);
        int element = Math.multiplyExact(s.element[tap], rowSize);
        if (byColumns) {
          long corner = weights.at((long) first + j, element);
          Transposer.run(weights, corner, valid, s.channels, packed, row, step, panels.stage);
        } else {
          long corner = weights.at(0, (long) element + first + j);
          Rows.read(weights, corner, s.channels, valid, packed, row, step);
        }
      }
      finite = finite && panels.isFinite(strip, past);
      Arrays.fill(packed, past, past + width, 0f);
      if (bias != null) {
        Rows.read(bias, bias.at(0, (long) first + j), 1, valid, packed, past, width);
        for (int i = past; i < past + valid; i++) {
          packed[i] += 0f;
        }
      }
    }
    panels.finite = finite;
  }
}
