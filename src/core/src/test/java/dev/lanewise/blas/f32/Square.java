package dev.lanewise.blas.f32;

import dev.lanewise.blas.Diagonal;
import dev.lanewise.blas.Triangle;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A triangle in memory, row-major with a gap behind each row: NaN in the gaps, and in the other
 * triangle both NaN and numbers, since some wrong results are NaN and some are not.
 */
@SuppressWarnings("cast")
final class Square {
  final Triangle triangle;
  final int n;
  final int ld;
  final float[] elements;

  private Square(Triangle triangle, int n, int gap) {
    this.triangle = triangle;
    this.n = n;
    ld = Math.max(1, n + gap);
    elements = new float[n == 0 ? 0 : Math.addExact(Math.multiplyExact(n - 1, ld), n)];
  }

  /** Elements between -1 and 1. */
  static Square symmetric(Triangle triangle, int n, int gap, long seed) {
    Square square = new Square(triangle, n, gap);
    square.fill(1, new SplittableRandom(seed));
    return square;
  }

  /**
   * A diagonal between 1 and 2 and a sum of at most 1/2 beside it, so that solutions stay small.
   */
  static Square triangular(Triangle triangle, int n, int gap, Diagonal diagonal, long seed) {
    Square square = new Square(triangle, n, gap);
    SplittableRandom random = new SplittableRandom(seed);
    square.fill(0.5 / Math.max(1, n), random);
    for (int i = 0; i < n; i++) {
      square.elements[i * square.ld + i] =
          diagonal == Diagonal.UNIT ? Float.NaN : (float) random.nextDouble(1, 2);
    }
    return square;
  }

  private void fill(double bound, SplittableRandom random) {
    Arrays.fill(elements, Float.NaN);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        elements[i * ld + j] =
            contains(i, j) || random.nextBoolean()
                ? (float) random.nextDouble(-bound, bound)
                : Float.NaN;
      }
    }
  }

  boolean contains(int i, int j) {
    return triangle == Triangle.LOWER ? j <= i : j >= i;
  }

  /** Element (i, j) of the symmetric matrix. */
  float symmetric(int i, int j) {
    return contains(i, j) ? elements[i * ld + j] : elements[j * ld + i];
  }

  /** Element (i, j) of the triangular matrix or its transpose. */
  float triangular(int i, int j, boolean transposed, Diagonal diagonal) {
    int row = transposed ? j : i;
    int column = transposed ? i : j;
    if (row == column && diagonal == Diagonal.UNIT) {
      return 1f;
    }
    return contains(row, column) ? elements[row * ld + column] : 0f;
  }

  /** Both triangles, without gaps. */
  float[] completed() {
    float[] full = new float[n * n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        full[i * n + j] = symmetric(i, j);
      }
    }
    return full;
  }

  /** The triangle alone, row by row. */
  float[] packed() {
    float[] packed = new float[n * (n + 1) / 2];
    int at = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        if (contains(i, j)) {
          packed[at++] = elements[i * ld + j];
        }
      }
    }
    return packed;
  }

  static Triangle other(Triangle triangle) {
    return triangle == Triangle.LOWER ? Triangle.UPPER : Triangle.LOWER;
  }
}
