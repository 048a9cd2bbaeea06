package dev.lanewise.netlib;

import static dev.lanewise.blas.Layout.COLUMN_MAJOR;

import dev.lanewise.blas.Diagonal;
import dev.lanewise.blas.Gemv;
import dev.lanewise.blas.Ger;
import dev.lanewise.blas.Transpose;
import dev.lanewise.blas.Triangle;
import dev.lanewise.blas.symmetric.Spmv;
import dev.lanewise.blas.symmetric.Spr;
import dev.lanewise.blas.symmetric.Symv;
import dev.lanewise.blas.symmetric.Syr;
import dev.lanewise.blas.triangular.Trmv;
import dev.lanewise.blas.triangular.Trsv;
import dev.lanewise.parallel.Workers;
import dev.ludovic.netlib.blas.BLAS;

/** A matrix and vectors: level 2. */
abstract class Level2Routines extends Level1Routines {
  /** The threads of the products that are large enough. */
  final Workers workers;

  Level2Routines(BLAS java, Workers workers) {
    super(java);
    this.workers = workers;
  }

  @Override
  public void dgemv(
      String trans,
      int m,
      int n,
      double alpha,
      double[] a,
      int offsetA,
      int lda,
      double[] x,
      int offsetX,
      int incX,
      double beta,
      double[] y,
      int offsetY,
      int incY) {
    Transpose op = Flags.transpose(trans);
    if (op != null && m > 0 && n > 0 && !Small.gemv(op, m, n, false, workers.threads())) {
      try {
        Gemv.dgemv(
            COLUMN_MAJOR,
            op,
            m,
            n,
            alpha,
            a,
            offsetA,
            lda,
            x,
            offsetX,
            incX,
            beta,
            y,
            offsetY,
            incY,
            workers);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.dgemv(trans, m, n, alpha, a, offsetA, lda, x, offsetX, incX, beta, y, offsetY, incY);
  }

  @Override
  public void sgemv(
      String trans,
      int m,
      int n,
      float alpha,
      float[] a,
      int offsetA,
      int lda,
      float[] x,
      int offsetX,
      int incX,
      float beta,
      float[] y,
      int offsetY,
      int incY) {
    Transpose op = Flags.transpose(trans);
    if (op != null && m > 0 && n > 0 && !Small.gemv(op, m, n, true, workers.threads())) {
      try {
        Gemv.sgemv(
            COLUMN_MAJOR,
            op,
            m,
            n,
            alpha,
            a,
            offsetA,
            lda,
            x,
            offsetX,
            incX,
            beta,
            y,
            offsetY,
            incY,
            workers);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.sgemv(trans, m, n, alpha, a, offsetA, lda, x, offsetX, incX, beta, y, offsetY, incY);
  }

  @Override
  public void dger(
      int m,
      int n,
      double alpha,
      double[] x,
      int offsetX,
      int incX,
      double[] y,
      int offsetY,
      int incY,
      double[] a,
      int offsetA,
      int lda) {
    if (m > 0 && n > 0 && !Small.dger(m, n, incX, workers.threads())) {
      try {
        Ger.dger(
            COLUMN_MAJOR,
            m,
            n,
            alpha,
            x,
            offsetX,
            incX,
            y,
            offsetY,
            incY,
            a,
            offsetA,
            lda,
            workers);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.dger(m, n, alpha, x, offsetX, incX, y, offsetY, incY, a, offsetA, lda);
  }

  @Override
  public void sger(
      int m,
      int n,
      float alpha,
      float[] x,
      int offsetX,
      int incX,
      float[] y,
      int offsetY,
      int incY,
      float[] a,
      int offsetA,
      int lda) {
    if (m > 0 && n > 0) {
      try {
        Ger.sger(
            COLUMN_MAJOR,
            m,
            n,
            alpha,
            x,
            offsetX,
            incX,
            y,
            offsetY,
            incY,
            a,
            offsetA,
            lda,
            workers);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.sger(m, n, alpha, x, offsetX, incX, y, offsetY, incY, a, offsetA, lda);
  }

  @Override
  public void dsyr(
      String uplo,
      int n,
      double alpha,
      double[] x,
      int offsetX,
      int incX,
      double[] a,
      int offsetA,
      int lda) {
    Triangle triangle = Flags.triangle(uplo);
    if (triangle != null && n > 0 && !Small.syr(n)) {
      try {
        Syr.dsyr(COLUMN_MAJOR, triangle, n, alpha, x, offsetX, incX, a, offsetA, lda, workers);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.dsyr(uplo, n, alpha, x, offsetX, incX, a, offsetA, lda);
  }

  @Override
  public void ssyr(
      String uplo,
      int n,
      float alpha,
      float[] x,
      int offsetX,
      int incX,
      float[] a,
      int offsetA,
      int lda) {
    Triangle triangle = Flags.triangle(uplo);
    if (triangle != null && n > 0 && !Small.syr(n)) {
      try {
        Syr.ssyr(COLUMN_MAJOR, triangle, n, alpha, x, offsetX, incX, a, offsetA, lda, workers);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.ssyr(uplo, n, alpha, x, offsetX, incX, a, offsetA, lda);
  }

  @Override
  public void dspr(
      String uplo,
      int n,
      double alpha,
      double[] x,
      int offsetX,
      int incX,
      double[] ap,
      int offsetAp) {
    Triangle triangle = Flags.triangle(uplo);
    if (triangle != null && n > 0 && !Small.spr(n)) {
      try {
        Spr.dspr(COLUMN_MAJOR, triangle, n, alpha, x, offsetX, incX, ap, offsetAp, workers);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.dspr(uplo, n, alpha, x, offsetX, incX, ap, offsetAp);
  }

  @Override
  public void sspr(
      String uplo, int n, float alpha, float[] x, int offsetX, int incX, float[] ap, int offsetAp) {
    Triangle triangle = Flags.triangle(uplo);
    if (triangle != null && n > 0 && !Small.spr(n)) {
      try {
        Spr.sspr(COLUMN_MAJOR, triangle, n, alpha, x, offsetX, incX, ap, offsetAp, workers);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.sspr(uplo, n, alpha, x, offsetX, incX, ap, offsetAp);
  }

  @Override
  public void dsymv(
      String uplo,
      int n,
      double alpha,
      double[] a,
      int offsetA,
      int lda,
      double[] x,
      int offsetX,
      int incX,
      double beta,
      double[] y,
      int offsetY,
      int incY) {
    Triangle triangle = Flags.triangle(uplo);
    if (triangle != null && n > 0 && !Small.symv(triangle, n, incX, incY)) {
      try {
        Symv.dsymv(
            COLUMN_MAJOR,
            triangle,
            n,
            alpha,
            a,
            offsetA,
            lda,
            x,
            offsetX,
            incX,
            beta,
            y,
            offsetY,
            incY);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.dsymv(uplo, n, alpha, a, offsetA, lda, x, offsetX, incX, beta, y, offsetY, incY);
  }

  @Override
  public void ssymv(
      String uplo,
      int n,
      float alpha,
      float[] a,
      int offsetA,
      int lda,
      float[] x,
      int offsetX,
      int incX,
      float beta,
      float[] y,
      int offsetY,
      int incY) {
    Triangle triangle = Flags.triangle(uplo);
    if (triangle != null && n > 0 && !Small.symv(triangle, n, incX, incY)) {
      try {
        Symv.ssymv(
            COLUMN_MAJOR,
            triangle,
            n,
            alpha,
            a,
            offsetA,
            lda,
            x,
            offsetX,
            incX,
            beta,
            y,
            offsetY,
            incY);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.ssymv(uplo, n, alpha, a, offsetA, lda, x, offsetX, incX, beta, y, offsetY, incY);
  }

  @Override
  public void dspmv(
      String uplo,
      int n,
      double alpha,
      double[] ap,
      int offsetAp,
      double[] x,
      int offsetX,
      int incX,
      double beta,
      double[] y,
      int offsetY,
      int incY) {
    Triangle triangle = Flags.triangle(uplo);
    if (triangle != null && n > 0 && !Small.symv(triangle, n, incX, incY)) {
      try {
        Spmv.dspmv(
            COLUMN_MAJOR,
            triangle,
            n,
            alpha,
            ap,
            offsetAp,
            x,
            offsetX,
            incX,
            beta,
            y,
            offsetY,
            incY);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.dspmv(uplo, n, alpha, ap, offsetAp, x, offsetX, incX, beta, y, offsetY, incY);
  }

  @Override
  public void sspmv(
      String uplo,
      int n,
      float alpha,
      float[] ap,
      int offsetAp,
      float[] x,
      int offsetX,
      int incX,
      float beta,
      float[] y,
      int offsetY,
      int incY) {
    Triangle triangle = Flags.triangle(uplo);
    if (triangle != null && n > 0 && !Small.symv(triangle, n, incX, incY)) {
      try {
        Spmv.sspmv(
            COLUMN_MAJOR,
            triangle,
            n,
            alpha,
            ap,
            offsetAp,
            x,
            offsetX,
            incX,
            beta,
            y,
            offsetY,
            incY);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.sspmv(uplo, n, alpha, ap, offsetAp, x, offsetX, incX, beta, y, offsetY, incY);
  }

  @Override
  public void dtrmv(
      String uplo,
      String trans,
      String diag,
      int n,
      double[] a,
      int offsetA,
      int lda,
      double[] x,
      int offsetX,
      int incX) {
    Triangle triangle = Flags.triangle(uplo);
    Transpose op = Flags.transpose(trans);
    Diagonal diagonal = Flags.diagonal(diag);
    if (triangle != null && op != null && diagonal != null && n > 0 && !Small.trmv(n)) {
      try {
        Trmv.dtrmv(COLUMN_MAJOR, triangle, op, diagonal, n, a, offsetA, lda, x, offsetX, incX);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.dtrmv(uplo, trans, diag, n, a, offsetA, lda, x, offsetX, incX);
  }

  @Override
  public void strmv(
      String uplo,
      String trans,
      String diag,
      int n,
      float[] a,
      int offsetA,
      int lda,
      float[] x,
      int offsetX,
      int incX) {
    Triangle triangle = Flags.triangle(uplo);
    Transpose op = Flags.transpose(trans);
    Diagonal diagonal = Flags.diagonal(diag);
    if (triangle != null && op != null && diagonal != null && n > 0 && !Small.trmv(n)) {
      try {
        Trmv.strmv(COLUMN_MAJOR, triangle, op, diagonal, n, a, offsetA, lda, x, offsetX, incX);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.strmv(uplo, trans, diag, n, a, offsetA, lda, x, offsetX, incX);
  }

  @Override
  public void dtrsv(
      String uplo,
      String trans,
      String diag,
      int n,
      double[] a,
      int offsetA,
      int lda,
      double[] x,
      int offsetX,
      int incX) {
    Triangle triangle = Flags.triangle(uplo);
    Transpose op = Flags.transpose(trans);
    Diagonal diagonal = Flags.diagonal(diag);
    if (triangle != null && op != null && diagonal != null && n > 0 && !Small.trsv(op, n)) {
      try {
        Trsv.dtrsv(COLUMN_MAJOR, triangle, op, diagonal, n, a, offsetA, lda, x, offsetX, incX);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.dtrsv(uplo, trans, diag, n, a, offsetA, lda, x, offsetX, incX);
  }

  @Override
  public void strsv(
      String uplo,
      String trans,
      String diag,
      int n,
      float[] a,
      int offsetA,
      int lda,
      float[] x,
      int offsetX,
      int incX) {
    Triangle triangle = Flags.triangle(uplo);
    Transpose op = Flags.transpose(trans);
    Diagonal diagonal = Flags.diagonal(diag);
    if (triangle != null && op != null && diagonal != null && n > 0 && !Small.trsv(op, n)) {
      try {
        Trsv.strsv(COLUMN_MAJOR, triangle, op, diagonal, n, a, offsetA, lda, x, offsetX, incX);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.strsv(uplo, trans, diag, n, a, offsetA, lda, x, offsetX, incX);
  }
}
