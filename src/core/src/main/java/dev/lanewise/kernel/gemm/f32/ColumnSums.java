package dev.lanewise.kernel.gemm.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.nativeOrder;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Sums of the columns of C, taken from its rows while these still lie in the caches of the core
 * that computed them: {@code dBias[j] += sum over i of C[i, j]}.
 *
 * <p>Row i goes to the sum of number {@code i mod 8}, in ascending order; in the end {@code
 * ((s0+s1)+(s2+s3)) + ((s4+s5)+(s6+s7))} is added to {@code dBias}. The order depends on the row
 * alone, so the bits are those of any width, tile, block and split of the columns. Error: at most
 * {@code (m / 8 + 4) u (|dBias[j]| + sum of |C[i, j]|)}, u = 2^-24.
 */
final class ColumnSums {
  /** Sums of one column: rows of a power of two, so that a row finds its sum by a mask. */
  private static final int SUMS = 8;

  /** Most columns that are summed together: half a page in single precision per sum. */
  static final int COLUMNS = 512;

  /** Elements of the sums of as many columns. */
  static final int SIZE = SUMS * COLUMNS;

  private ColumnSums() {}

  /** Begins with zeros for so many columns from {@code first} on. */
  static void begin(Panels panels, int first, int columns) {
    for (int s = 0; s < SIZE; s += COLUMNS) {
      Arrays.fill(panels.sums, s, s + columns, 0f);
    }
    panels.firstSum = first;
  }

  /** Adds {@code C[row : row+rows, j : j+columns]}. */
  static void add(Panels panels, int row, int rows, int j, int columns) {
    Matrix c = panels.c;
    for (int i = row; i < row + rows; i++) {
      int to = Math.multiplyExact(i & (SUMS - 1), COLUMNS) + j - panels.firstSum;
      if (c.onHeap) {
        add(c.array, (int) c.at(i, j), panels.sums, to, columns);
      } else if (c.isNative()) {
        add(c.segment, Float.BYTES * c.at(i, j), panels.sums, to, columns);
      } else {
        c.read(c.at(i, j), panels.stage, 0, columns);
        add(panels.stage, 0, panels.sums, to, columns);
      }
    }
  }

  private static void add(float[] row, int r0, float[] sums, int to, int n) {
    int j = 0;
    for (; j <= n - F32_LANES; j += F32_LANES) {
      FloatVector x = FloatVector.fromArray(F32, row, r0 + j);
      FloatVector.fromArray(F32, sums, to + j).add(x).intoArray(sums, to + j);
    }
    for (; j < n; j++) {
      sums[to + j] += row[r0 + j];
    }
  }

  private static void add(MemorySegment row, long r0, float[] sums, int to, int n) {
    if (row.getClass() != NATIVE) {
      throw SegmentClass.notNative(row);
    }
    int j = 0;
    for (; j <= n - F32_LANES; j += F32_LANES) {
      long at = r0 + (long) Float.BYTES * j;
      FloatVector x = FloatVector.fromMemorySegment(F32, row, at, nativeOrder());
      FloatVector.fromArray(F32, sums, to + j).add(x).intoArray(sums, to + j);
    }
    for (; j < n; j++) {
      sums[to + j] += row.get(JAVA_FLOAT_UNALIGNED, r0 + (long) Float.BYTES * j);
    }
  }

  /** Adds the sums of so many columns to dBias, which the panels call bias. */
  static void finish(Panels panels, int columns) {
    float[] s = panels.sums;
    long at = panels.bias.at(0, panels.firstSum);
    panels.bias.read(at, panels.stage, 0, columns);
    for (int j = 0; j < columns; j++) {
      float low = (s[j] + s[COLUMNS + j]) + (s[2 * COLUMNS + j] + s[3 * COLUMNS + j]);
      float high =
          (s[4 * COLUMNS + j] + s[5 * COLUMNS + j]) + (s[6 * COLUMNS + j] + s[7 * COLUMNS + j]);
      panels.stage[j] += low + high;
    }
    panels.bias.write(panels.stage, 0, at, columns);
  }
}
