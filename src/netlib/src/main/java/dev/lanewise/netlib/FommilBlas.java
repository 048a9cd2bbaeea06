package dev.lanewise.netlib;

import com.github.fommil.netlib.F2jBLAS;

/**
 * The matrix routines of {@link LanewiseBlas} for users of the classic netlib-java
 * (com.github.fommil.netlib): {@code
 * -Dcom.github.fommil.netlib.BLAS=dev.lanewise.netlib.FommilBlas}. Vectors alone, and the routines
 * that are not ours, stay with the translated reference. An argument that is refused is an
 * exception of netlib (dev.ludovic.netlib), whose jar is needed beside.
 */
public final class FommilBlas extends F2jBLAS {
  private final LanewiseBlas blas = new LanewiseBlas();

  /** For netlib-java, which makes it by name. */
  public FommilBlas() {}

  @Override
  public void dgemm(
      String transA,
      String transB,
      int m,
      int n,
      int k,
      double alpha,
      double[] a,
      int lda,
      double[] b,
      int ldb,
      double beta,
      double[] c,
      int ldc) {
    blas.dgemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
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
    blas.dgemm(
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
      int lda,
      float[] b,
      int ldb,
      float beta,
      float[] c,
      int ldc) {
    blas.sgemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
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
    blas.sgemm(
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
      int lda,
      double beta,
      double[] c,
      int ldc) {
    blas.dsyrk(uplo, trans, n, k, alpha, a, lda, beta, c, ldc);
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
    blas.dsyrk(uplo, trans, n, k, alpha, a, offsetA, lda, beta, c, offsetC, ldc);
  }

  @Override
  public void ssyrk(
      String uplo,
      String trans,
      int n,
      int k,
      float alpha,
      float[] a,
      int lda,
      float beta,
      float[] c,
      int ldc) {
    blas.ssyrk(uplo, trans, n, k, alpha, a, lda, beta, c, ldc);
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
    blas.ssyrk(uplo, trans, n, k, alpha, a, offsetA, lda, beta, c, offsetC, ldc);
  }

  @Override
  public void dsymm(
      String side,
      String uplo,
      int m,
      int n,
      double alpha,
      double[] a,
      int lda,
      double[] b,
      int ldb,
      double beta,
      double[] c,
      int ldc) {
    blas.dsymm(side, uplo, m, n, alpha, a, lda, b, ldb, beta, c, ldc);
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
    blas.dsymm(side, uplo, m, n, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc);
  }

  @Override
  public void ssymm(
      String side,
      String uplo,
      int m,
      int n,
      float alpha,
      float[] a,
      int lda,
      float[] b,
      int ldb,
      float beta,
      float[] c,
      int ldc) {
    blas.ssymm(side, uplo, m, n, alpha, a, lda, b, ldb, beta, c, ldc);
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
    blas.ssymm(side, uplo, m, n, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc);
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
      int lda,
      double[] b,
      int ldb) {
    blas.dtrmm(side, uplo, transA, diag, m, n, alpha, a, lda, b, ldb);
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
    blas.dtrmm(side, uplo, transA, diag, m, n, alpha, a, offsetA, lda, b, offsetB, ldb);
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
      int lda,
      float[] b,
      int ldb) {
    blas.strmm(side, uplo, transA, diag, m, n, alpha, a, lda, b, ldb);
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
    blas.strmm(side, uplo, transA, diag, m, n, alpha, a, offsetA, lda, b, offsetB, ldb);
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
      int lda,
      double[] b,
      int ldb) {
    blas.dtrsm(side, uplo, transA, diag, m, n, alpha, a, lda, b, ldb);
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
    blas.dtrsm(side, uplo, transA, diag, m, n, alpha, a, offsetA, lda, b, offsetB, ldb);
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
      int lda,
      float[] b,
      int ldb) {
    blas.strsm(side, uplo, transA, diag, m, n, alpha, a, lda, b, ldb);
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
    blas.strsm(side, uplo, transA, diag, m, n, alpha, a, offsetA, lda, b, offsetB, ldb);
  }

  @Override
  public void dgemv(
      String trans,
      int m,
      int n,
      double alpha,
      double[] a,
      int lda,
      double[] x,
      int incX,
      double beta,
      double[] y,
      int incY) {
    blas.dgemv(trans, m, n, alpha, a, lda, x, incX, beta, y, incY);
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
    blas.dgemv(trans, m, n, alpha, a, offsetA, lda, x, offsetX, incX, beta, y, offsetY, incY);
  }

  @Override
  public void sgemv(
      String trans,
      int m,
      int n,
      float alpha,
      float[] a,
      int lda,
      float[] x,
      int incX,
      float beta,
      float[] y,
      int incY) {
    blas.sgemv(trans, m, n, alpha, a, lda, x, incX, beta, y, incY);
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
    blas.sgemv(trans, m, n, alpha, a, offsetA, lda, x, offsetX, incX, beta, y, offsetY, incY);
  }

  @Override
  public void dger(
      int m, int n, double alpha, double[] x, int incX, double[] y, int incY, double[] a, int lda) {
    blas.dger(m, n, alpha, x, incX, y, incY, a, lda);
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
    blas.dger(m, n, alpha, x, offsetX, incX, y, offsetY, incY, a, offsetA, lda);
  }

  @Override
  public void sger(
      int m, int n, float alpha, float[] x, int incX, float[] y, int incY, float[] a, int lda) {
    blas.sger(m, n, alpha, x, incX, y, incY, a, lda);
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
    blas.sger(m, n, alpha, x, offsetX, incX, y, offsetY, incY, a, offsetA, lda);
  }

  @Override
  public void dsymv(
      String uplo,
      int n,
      double alpha,
      double[] a,
      int lda,
      double[] x,
      int incX,
      double beta,
      double[] y,
      int incY) {
    blas.dsymv(uplo, n, alpha, a, lda, x, incX, beta, y, incY);
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
    blas.dsymv(uplo, n, alpha, a, offsetA, lda, x, offsetX, incX, beta, y, offsetY, incY);
  }

  @Override
  public void ssymv(
      String uplo,
      int n,
      float alpha,
      float[] a,
      int lda,
      float[] x,
      int incX,
      float beta,
      float[] y,
      int incY) {
    blas.ssymv(uplo, n, alpha, a, lda, x, incX, beta, y, incY);
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
    blas.ssymv(uplo, n, alpha, a, offsetA, lda, x, offsetX, incX, beta, y, offsetY, incY);
  }

  @Override
  public void dspmv(
      String uplo,
      int n,
      double alpha,
      double[] ap,
      double[] x,
      int incX,
      double beta,
      double[] y,
      int incY) {
    blas.dspmv(uplo, n, alpha, ap, x, incX, beta, y, incY);
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
    blas.dspmv(uplo, n, alpha, ap, offsetAp, x, offsetX, incX, beta, y, offsetY, incY);
  }

  @Override
  public void sspmv(
      String uplo,
      int n,
      float alpha,
      float[] ap,
      float[] x,
      int incX,
      float beta,
      float[] y,
      int incY) {
    blas.sspmv(uplo, n, alpha, ap, x, incX, beta, y, incY);
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
    blas.sspmv(uplo, n, alpha, ap, offsetAp, x, offsetX, incX, beta, y, offsetY, incY);
  }

  @Override
  public void dsyr(String uplo, int n, double alpha, double[] x, int incX, double[] a, int lda) {
    blas.dsyr(uplo, n, alpha, x, incX, a, lda);
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
    blas.dsyr(uplo, n, alpha, x, offsetX, incX, a, offsetA, lda);
  }

  @Override
  public void ssyr(String uplo, int n, float alpha, float[] x, int incX, float[] a, int lda) {
    blas.ssyr(uplo, n, alpha, x, incX, a, lda);
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
    blas.ssyr(uplo, n, alpha, x, offsetX, incX, a, offsetA, lda);
  }

  @Override
  public void dspr(String uplo, int n, double alpha, double[] x, int incX, double[] ap) {
    blas.dspr(uplo, n, alpha, x, incX, ap);
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
    blas.dspr(uplo, n, alpha, x, offsetX, incX, ap, offsetAp);
  }

  @Override
  public void sspr(String uplo, int n, float alpha, float[] x, int incX, float[] ap) {
    blas.sspr(uplo, n, alpha, x, incX, ap);
  }

  @Override
  public void sspr(
      String uplo, int n, float alpha, float[] x, int offsetX, int incX, float[] ap, int offsetAp) {
    blas.sspr(uplo, n, alpha, x, offsetX, incX, ap, offsetAp);
  }

  @Override
  public void dtrmv(
      String uplo, String trans, String diag, int n, double[] a, int lda, double[] x, int incX) {
    blas.dtrmv(uplo, trans, diag, n, a, lda, x, incX);
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
    blas.dtrmv(uplo, trans, diag, n, a, offsetA, lda, x, offsetX, incX);
  }

  @Override
  public void strmv(
      String uplo, String trans, String diag, int n, float[] a, int lda, float[] x, int incX) {
    blas.strmv(uplo, trans, diag, n, a, lda, x, incX);
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
    blas.strmv(uplo, trans, diag, n, a, offsetA, lda, x, offsetX, incX);
  }

  @Override
  public void dtrsv(
      String uplo, String trans, String diag, int n, double[] a, int lda, double[] x, int incX) {
    blas.dtrsv(uplo, trans, diag, n, a, lda, x, incX);
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
    blas.dtrsv(uplo, trans, diag, n, a, offsetA, lda, x, offsetX, incX);
  }

  @Override
  public void strsv(
      String uplo, String trans, String diag, int n, float[] a, int lda, float[] x, int incX) {
    blas.strsv(uplo, trans, diag, n, a, lda, x, incX);
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
    blas.strsv(uplo, trans, diag, n, a, offsetA, lda, x, offsetX, incX);
  }
}
