package dev.lanewise.nn;

import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;

import dev.lanewise.blas.Gemv;
import dev.lanewise.blas.Layout;
import dev.lanewise.blas.Level1;
import dev.lanewise.parallel.Workers;

/**
 * Orthonormal rows by the classical method of Gram and Schmidt in double precision, each row
 * projected twice, which is enough for orthogonality to some units of rounding (L. Giraud, J.
 * Langou, M. Rozloznik, J. van den Eshof: Rounding error analysis of the classical Gram-Schmidt
 * orthogonalization process, 2005).
 *
 * <p>Of rows with independent normal elements it makes a matrix that is uniformly distributed: the
 * diagonal of the triangular factor is positive (F. Mezzadri: How to generate random matrices from
 * the classical compact groups, 2007, section 5).
 */
final class Orthogonal {
  private Orthogonal() {}

  /** {@code rows} independent rows of {@code cols} elements, at least as many as rows. */
  static void orthonormalize(double[] a, int rows, int cols) {
    double[] along = new double[rows];
    for (int r = 0; r < rows; r++) {
      long at = (long) r * cols;
      for (int pass = 0; pass < 2; pass++) {
        project(a, r, cols, at, along);
      }
      double norm = Level1.dnrm2(cols, a, at, 1);
      Level1.dscal(cols, 1 / norm, a, at, 1);
    }
  }

  /** {@code row -= Q' (Q row)} with the rows before it as Q. */
  private static void project(double[] a, int rows, int cols, long at, double[] along) {
    double[] row = new double[cols];
    System.arraycopy(a, Math.toIntExact(at), row, 0, cols);
    Gemv.dgemv(
        Layout.ROW_MAJOR,
        NO_TRANS,
        rows,
        cols,
        1,
        a,
        0,
        cols,
        row,
        0,
        1,
        0,
        along,
        0,
        1,
        Workers.shared());
    Gemv.dgemv(
        Layout.ROW_MAJOR,
        TRANS,
        rows,
        cols,
        -1,
        a,
        0,
        cols,
        along,
        0,
        1,
        1,
        row,
        0,
        1,
        Workers.shared());
    System.arraycopy(row, 0, a, Math.toIntExact(at), cols);
  }
}
