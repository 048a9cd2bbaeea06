package dev.lanewise.blas.triangular.f32;

import dev.lanewise.blas.f32.Elements;
import dev.lanewise.kernel.level1.f32.Scal;
import dev.lanewise.kernel.level2.f32.RowSum;
import dev.lanewise.parallel.Pool;

/**
 * The scratch of one thread for a triangle S on the diagonal and some columns of the lines X before
 * which it stands, and what is done with them there; pooled.
 *
 * <p>Product: {@code x[r] = s[r][r] * x[r]}, then {@code fma(s[r][p], x[p], x[r])} over the others
 * in ascending order, alpha in s. Solution: the same chain with -s from x[r] on, then a division by
 * {@code s[r][r]}.
 */
final class TriangularBlock {
  /** Most lines of a triangle: some 1/32 of the work on 1,000 lines is done here. */
  static final int EDGE = 32;

  /** Columns at a time: with all lines 32 KiB. */
  static final int COLUMNS = 1024 / Float.BYTES;

  private static final Pool<TriangularBlock> POOL = new Pool<>();

  final float[] line = new float[COLUMNS];
  private final float[] s = new float[EDGE * EDGE];
  private final float[] x = new float[EDGE * COLUMNS];

  private TriangularBlock() {}

  static TriangularBlock borrow() {
    TriangularBlock block = POOL.poll();
    return block == null ? new TriangularBlock() : block;
  }

  void giveBack() {
    POOL.give(this);
  }

  /**
   * Reads the triangle of {@code size} rows from {@code begin} on, times a factor beside the
   * diagonal: alpha, or -1 for a solution; on the diagonal alpha, or 1.
   *
   * @param lower whether S is a lower triangle
   * @param transposed whether the rows of A as they lie in memory are the columns of S
   */
  void read(
      Elements a,
      int begin,
      int size,
      boolean lower,
      boolean transposed,
      boolean unit,
      float alpha,
      boolean solve) {
    boolean lowerInMemory = lower != transposed;
    float factor = solve ? -1f : alpha;
    for (int r = 0; r < size; r++) {
      int first = lowerInMemory ? 0 : r;
      int count = lowerInMemory ? r + 1 : size - r;
      a.readRow(begin + r, begin + first, count, line, 0);
      int at = transposed ? first * EDGE + r : r * EDGE + first;
      for (int j = 0; j < count; j++) {
        boolean diagonal = first + j == r;
        s[at] = diagonal ? (unit ? alpha : alpha * line[j]) : factor * line[j];
        at += transposed ? EDGE : 1;
      }
    }
  }

  /** Reads lines of X: rows of B, or its columns. */
  void readLines(Elements b, boolean rows, int begin, int size, int column, int count) {
    if (rows) {
      for (int r = 0; r < size; r++) {
        b.readRow(begin + r, column, count, x, r * COLUMNS);
      }
      return;
    }
    for (int j = 0; j < count; j++) {
      b.readRow(column + j, begin, size, line, 0);
      for (int r = 0, at = j; r < size; r++, at += COLUMNS) {
        x[at] = line[r];
      }
    }
  }

  /** Writes them back. */
  void writeLines(Elements b, boolean rows, int begin, int size, int column, int count) {
    if (rows) {
      for (int r = 0; r < size; r++) {
        b.writeRow(begin + r, column, count, x, r * COLUMNS);
      }
      return;
    }
    for (int j = 0; j < count; j++) {
      for (int r = 0, at = j; r < size; r++, at += COLUMNS) {
        line[r] = x[at];
      }
      b.writeRow(column + j, begin, size, line, 0);
    }
  }

  /** {@code X = S X} or {@code X = S^-1 X}. */
  void apply(int size, int count, boolean lower, boolean solve) {
    boolean ascending = lower == solve;
    for (int step = 0; step < size; step++) {
      int r = ascending ? step : size - 1 - step;
      int first = lower ? 0 : r + 1;
      int others = lower ? r : size - 1 - r;
      float diagonal = s[r * EDGE + r];
      System.arraycopy(x, r * COLUMNS, line, 0, count);
      if (!solve) {
        Scal.run(count, diagonal, line, 0, 1);
      }
      RowSum.run(others, count, 1f, x, first * COLUMNS, COLUMNS, s, r * EDGE + first, line, 0);
      if (solve && diagonal != 1f) {
        divide(line, count, diagonal);
      }
      System.arraycopy(line, 0, x, r * COLUMNS, count);
    }
  }

  private static void divide(float[] line, int count, float divisor) {
    for (int j = 0; j < count; j++) {
      line[j] /= divisor;
    }
  }
}
