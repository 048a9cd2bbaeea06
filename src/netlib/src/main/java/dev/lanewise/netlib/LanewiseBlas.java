package dev.lanewise.netlib;

import static dev.lanewise.blas.Layout.COLUMN_MAJOR;

import dev.lanewise.blas.Diagonal;
import dev.lanewise.blas.Gemm;
import dev.lanewise.blas.Side;
import dev.lanewise.blas.Syrk;
import dev.lanewise.blas.Transpose;
import dev.lanewise.blas.Triangle;
import dev.lanewise.blas.symmetric.Symm;
import dev.lanewise.blas.triangular.Trmm;
import dev.lanewise.blas.triangular.Trsm;
import dev.lanewise.parallel.Workers;
import dev.ludovic.netlib.blas.BLAS;
import dev.ludovic.netlib.blas.JavaBLAS;

/**
 * The BLAS of netlib (dev.ludovic.netlib) on the kernels of Lanewise: matrices column-major,
 * vectors with offsets and increments, exactly as {@link BLAS} has them.
 *
 * <p>On our kernels, in both precisions: gemm, syrk, symm, trmm, trsm; gemv, ger, symv, spmv, syr,
 * spr, trmv, trsv; asum, axpy, copy, dot, iamax, nrm2, rot, scal. The other routines are netlib's
 * own in Java, and so is what that computes as fast or faster: the smallest calls; symv and spmv of
 * an upper triangle, for which it has vectors, and the transposed gemv in single precision. So are
 * calls with an argument that Lanewise refuses: the exception is the one that users of netlib know,
 * and operands that share elements are computed as before.
 *
 * <p>Where netlib's Java differs from the reference BLAS, this follows the reference: {@code k = 0}
 * is an empty product and no error, sums over an increment below 1 are 0, and a norm is right where
 * the squares of its elements overflow or vanish.
 *
 * <p>Safe for any number of threads. Large products are shared out to the {@link Workers} given; a
 * call that finds them busy stays on its own thread. The bits do not depend on it.
 */
public final class LanewiseBlas extends Level2Routines {
  /**
   * On netlib's own Java implementation and the calling thread alone, as that is: frameworks such
   * as Spark keep all cores busy with calls already.
   */
  public LanewiseBlas() {
    this(JavaBLAS.getInstance(), Workers.of(1));
  }

  /**
   * On an implementation and threads of one's own.
   *
   * @param java computes the routines that are not ours, and what we refuse
   * @param workers the threads of large products; {@code Workers.of(1)} leaves all to the caller
   */
  public LanewiseBlas(BLAS java, Workers workers) {
    super(java, workers);
  }

  /** What is active, in words, for a log. */
  @Override
  public String toString() {
    return "Lanewise BLAS, " + workers.threads() + " threads, beside " + java.getClass().getName();
  }

  @Override
  public void dgemm(
      String transA,
      String transB,
      int m,
      int n,
      int k,
      double alpha,
      double[] a,
      int offsetA,
      int lda,
      double[] b,
      int offsetB,
      int ldb,
      double beta,
      double[] c,
      int offsetC,
      int ldc) {
    Transpose opA = Flags.transpose(transA);
    Transpose opB = Flags.transpose(transB);
    if (opA != null && opB != null && m > 0 && n > 0 && !Small.gemm(m, n, k, alpha, beta)) {
      try {
        Gemm.dgemm(
            COLUMN_MAJOR,
            opA,
            opB,
            m,
            n,
            k,
            alpha,
            a,
            offsetA,
            lda,
            b,
            offsetB,
            ldb,
            beta,
            c,
            offsetC,
            ldc,
            workers);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.dgemm(
        transA, transB, m, n, k, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc);
  }

  @Override
  public void sgemm(
      String transA,
      String transB,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      int offsetA,
      int lda,
      float[] b,
      int offsetB,
      int ldb,
      float beta,
      float[] c,
      int offsetC,
      int ldc) {
    Transpose opA = Flags.transpose(transA);
    Transpose opB = Flags.transpose(transB);
    if (opA != null && opB != null && m > 0 && n > 0 && !Small.gemm(m, n, k, alpha, beta)) {
      try {
        Gemm.sgemm(
            COLUMN_MAJOR,
            opA,
            opB,
            m,
            n,
            k,
            alpha,
            a,
            offsetA,
            lda,
            b,
            offsetB,
            ldb,
            beta,
            c,
            offsetC,
            ldc,
            workers);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.sgemm(
        transA, transB, m, n, k, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc);
  }

  @Override
  public void dsyrk(
      String uplo,
      String trans,
      int n,
      int k,
      double alpha,
      double[] a,
      int offsetA,
      int lda,
      double beta,
      double[] c,
      int offsetC,
      int ldc) {
    Triangle triangle = Flags.triangle(uplo);
    Transpose op = Flags.transpose(trans);
    if (triangle != null && op != null && n > 0 && !Small.syrk(n, k)) {
      try {
        Syrk.dsyrk(
            COLUMN_MAJOR,
            triangle,
            op,
            n,
            k,
            alpha,
            a,
            offsetA,
            lda,
            beta,
            c,
            offsetC,
            ldc,
            workers);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.dsyrk(uplo, trans, n, k, alpha, a, offsetA, lda, beta, c, offsetC, ldc);
  }

  @Override
  public void ssyrk(
      String uplo,
      String trans,
      int n,
      int k,
      float alpha,
      float[] a,
      int offsetA,
      int lda,
      float beta,
      float[] c,
      int offsetC,
      int ldc) {
    Triangle triangle = Flags.triangle(uplo);
    Transpose op = Flags.transpose(trans);
    if (triangle != null && op != null && n > 0 && !Small.syrk(n, k)) {
      try {
        Syrk.ssyrk(
            COLUMN_MAJOR,
            triangle,
            op,
            n,
            k,
            alpha,
            a,
            offsetA,
            lda,
            beta,
            c,
            offsetC,
            ldc,
            workers);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.ssyrk(uplo, trans, n, k, alpha, a, offsetA, lda, beta, c, offsetC, ldc);
  }

  @Override
  public void dsymm(
      String side,
      String uplo,
      int m,
      int n,
      double alpha,
      double[] a,
      int offsetA,
      int lda,
      double[] b,
      int offsetB,
      int ldb,
      double beta,
      double[] c,
      int offsetC,
      int ldc) {
    Side ofSide = Flags.side(side);
    Triangle triangle = Flags.triangle(uplo);
    if (ofSide != null && triangle != null && m > 0 && n > 0 && !Small.symm(ofSide, m, n)) {
      try {
        Symm.dsymm(
            COLUMN_MAJOR,
            ofSide,
            triangle,
            m,
            n,
            alpha,
            a,
            offsetA,
            lda,
            b,
            offsetB,
            ldb,
            beta,
            c,
            offsetC,
            ldc,
            workers);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.dsymm(side, uplo, m, n, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc);
  }

  @Override
  public void ssymm(
      String side,
      String uplo,
      int m,
      int n,
      float alpha,
      float[] a,
      int offsetA,
      int lda,
      float[] b,
      int offsetB,
      int ldb,
      float beta,
      float[] c,
      int offsetC,
      int ldc) {
    Side ofSide = Flags.side(side);
    Triangle triangle = Flags.triangle(uplo);
    if (ofSide != null && triangle != null && m > 0 && n > 0 && !Small.symm(ofSide, m, n)) {
      try {
        Symm.ssymm(
            COLUMN_MAJOR,
            ofSide,
            triangle,
            m,
            n,
            alpha,
            a,
            offsetA,
            lda,
            b,
            offsetB,
            ldb,
            beta,
            c,
            offsetC,
            ldc,
            workers);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.ssymm(side, uplo, m, n, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc);
  }

  @Override
  public void dtrmm(
      String side,
      String uplo,
      String transA,
      String diag,
      int m,
      int n,
      double alpha,
      double[] a,
      int offsetA,
      int lda,
      double[] b,
      int offsetB,
      int ldb) {
    Side ofSide = Flags.side(side);
    Triangle triangle = Flags.triangle(uplo);
    Transpose opA = Flags.transpose(transA);
    Diagonal diagonal = Flags.diagonal(diag);
    if (ofSide != null
        && triangle != null
        && opA != null
        && diagonal != null
        && !Small.trmm(ofSide, m, n)) {
      try {
        Trmm.dtrmm(
            COLUMN_MAJOR,
            ofSide,
            triangle,
            opA,
            diagonal,
            m,
            n,
            alpha,
            a,
            offsetA,
            lda,
            b,
            offsetB,
            ldb,
            workers);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.dtrmm(side, uplo, transA, diag, m, n, alpha, a, offsetA, lda, b, offsetB, ldb);
  }

  @Override
  public void strmm(
      String side,
      String uplo,
      String transA,
      String diag,
      int m,
      int n,
      float alpha,
      float[] a,
      int offsetA,
      int lda,
      float[] b,
      int offsetB,
      int ldb) {
    Side ofSide = Flags.side(side);
    Triangle triangle = Flags.triangle(uplo);
    Transpose opA = Flags.transpose(transA);
    Diagonal diagonal = Flags.diagonal(diag);
    if (ofSide != null
        && triangle != null
        && opA != null
        && diagonal != null
        && !Small.trmm(ofSide, m, n)) {
      try {
        Trmm.strmm(
            COLUMN_MAJOR,
            ofSide,
            triangle,
            opA,
            diagonal,
            m,
            n,
            alpha,
            a,
            offsetA,
            lda,
            b,
            offsetB,
            ldb,
            workers);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.strmm(side, uplo, transA, diag, m, n, alpha, a, offsetA, lda, b, offsetB, ldb);
  }

  @Override
  public void dtrsm(
      String side,
      String uplo,
      String transA,
      String diag,
      int m,
      int n,
      double alpha,
      double[] a,
      int offsetA,
      int lda,
      double[] b,
      int offsetB,
      int ldb) {
    Side ofSide = Flags.side(side);
    Triangle triangle = Flags.triangle(uplo);
    Transpose opA = Flags.transpose(transA);
    Diagonal diagonal = Flags.diagonal(diag);
    if (ofSide != null
        && triangle != null
        && opA != null
        && diagonal != null
        && !Small.trsm(ofSide, m, n)) {
      try {
        Trsm.dtrsm(
            COLUMN_MAJOR,
            ofSide,
            triangle,
            opA,
            diagonal,
            m,
            n,
            alpha,
            a,
            offsetA,
            lda,
            b,
            offsetB,
            ldb,
            workers);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.dtrsm(side, uplo, transA, diag, m, n, alpha, a, offsetA, lda, b, offsetB, ldb);
  }

  @Override
  public void strsm(
      String side,
      String uplo,
      String transA,
      String diag,
      int m,
      int n,
      float alpha,
      float[] a,
      int offsetA,
      int lda,
      float[] b,
      int offsetB,
      int ldb) {
    Side ofSide = Flags.side(side);
    Triangle triangle = Flags.triangle(uplo);
    Transpose opA = Flags.transpose(transA);
    Diagonal diagonal = Flags.diagonal(diag);
    if (ofSide != null
        && triangle != null
        && opA != null
        && diagonal != null
        && !Small.trsm(ofSide, m, n)) {
      try {
        Trsm.strsm(
            COLUMN_MAJOR,
            ofSide,
            triangle,
            opA,
            diagonal,
            m,
            n,
            alpha,
            a,
            offsetA,
            lda,
            b,
            offsetB,
            ldb,
            workers);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.strsm(side, uplo, transA, diag, m, n, alpha, a, offsetA, lda, b, offsetB, ldb);
  }
}
