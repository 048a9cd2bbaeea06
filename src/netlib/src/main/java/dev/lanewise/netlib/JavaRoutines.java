package dev.lanewise.netlib;

import dev.ludovic.netlib.blas.BLAS;
import dev.ludovic.netlib.blas.JavaBLAS;
import org.netlib.util.doubleW;
import org.netlib.util.floatW;

/**
 * The whole interface of netlib, handed on to an implementation of netlib's own. A form without
 * offsets is the one with offsets of 0.
 */
abstract class JavaRoutines implements JavaBLAS {
  /** What computes the routines that are not overridden, and judges arguments that are refused. */
  final BLAS java;

  JavaRoutines(BLAS java) {
    this.java = java;
  }

  @Override
  public double dasum(int n, double[] x, int incx) {
    return dasum(n, x, 0, incx);
  }

  @Override
  public double dasum(int n, double[] x, int offsetX, int incx) {
    return java.dasum(n, x, offsetX, incx);
  }

  @Override
  public float sasum(int n, float[] x, int incx) {
    return sasum(n, x, 0, incx);
  }

  @Override
  public float sasum(int n, float[] x, int offsetX, int incx) {
    return java.sasum(n, x, offsetX, incx);
  }

  @Override
  public void daxpy(int n, double alpha, double[] x, int incx, double[] y, int incy) {
    daxpy(n, alpha, x, 0, incx, y, 0, incy);
  }

  @Override
  public void daxpy(
      int n, double alpha, double[] x, int offsetX, int incx, double[] y, int offsetY, int incy) {
    java.daxpy(n, alpha, x, offsetX, incx, y, offsetY, incy);
  }

  @Override
  public void saxpy(int n, float alpha, float[] x, int incx, float[] y, int incy) {
    saxpy(n, alpha, x, 0, incx, y, 0, incy);
  }

  @Override
  public void saxpy(
      int n, float alpha, float[] x, int offsetX, int incx, float[] y, int offsetY, int incy) {
    java.saxpy(n, alpha, x, offsetX, incx, y, offsetY, incy);
  }

  @Override
  public void dcopy(int n, double[] x, int incx, double[] y, int incy) {
    dcopy(n, x, 0, incx, y, 0, incy);
  }

  @Override
  public void dcopy(int n, double[] x, int offsetX, int incx, double[] y, int offsetY, int incy) {
    java.dcopy(n, x, offsetX, incx, y, offsetY, incy);
  }

  @Override
  public void scopy(int n, float[] x, int incx, float[] y, int incy) {
    scopy(n, x, 0, incx, y, 0, incy);
  }

  @Override
  public void scopy(int n, float[] x, int offsetX, int incx, float[] y, int offsetY, int incy) {
    java.scopy(n, x, offsetX, incx, y, offsetY, incy);
  }

  @Override
  public double ddot(int n, double[] x, int incx, double[] y, int incy) {
    return ddot(n, x, 0, incx, y, 0, incy);
  }

  @Override
  public double ddot(int n, double[] x, int offsetX, int incx, double[] y, int offsetY, int incy) {
    return java.ddot(n, x, offsetX, incx, y, offsetY, incy);
  }

  @Override
  public float sdot(int n, float[] x, int incx, float[] y, int incy) {
    return sdot(n, x, 0, incx, y, 0, incy);
  }

  @Override
  public float sdot(int n, float[] x, int offsetX, int incx, float[] y, int offsetY, int incy) {
    return java.sdot(n, x, offsetX, incx, y, offsetY, incy);
  }

  @Override
  public float sdsdot(int n, float sb, float[] sx, int incx, float[] sy, int incy) {
    return sdsdot(n, sb, sx, 0, incx, sy, 0, incy);
  }

  @Override
  public float sdsdot(
      int n, float sb, float[] sx, int offsetSx, int incx, float[] sy, int offsetSy, int incy) {
    return java.sdsdot(n, sb, sx, offsetSx, incx, sy, offsetSy, incy);
  }

  @Override
  public void dgbmv(
      String trans,
      int m,
      int n,
      int kl,
      int ku,
      double alpha,
      double[] a,
      int lda,
      double[] x,
      int incx,
      double beta,
      double[] y,
      int incy) {
    dgbmv(trans, m, n, kl, ku, alpha, a, 0, lda, x, 0, incx, beta, y, 0, incy);
  }

  @Override
  public void dgbmv(
      String trans,
      int m,
      int n,
      int kl,
      int ku,
      double alpha,
      double[] a,
      int offsetA,
      int lda,
      double[] x,
      int offsetX,
      int incx,
      double beta,
      double[] y,
      int offsetY,
      int incy) {
    java.dgbmv(
        trans, m, n, kl, ku, alpha, a, offsetA, lda, x, offsetX, incx, beta, y, offsetY, incy);
  }

  @Override
  public void sgbmv(
      String trans,
      int m,
      int n,
      int kl,
      int ku,
      float alpha,
      float[] a,
      int lda,
      float[] x,
      int incx,
      float beta,
      float[] y,
      int incy) {
    sgbmv(trans, m, n, kl, ku, alpha, a, 0, lda, x, 0, incx, beta, y, 0, incy);
  }

  @Override
  public void sgbmv(
      String trans,
      int m,
      int n,
      int kl,
      int ku,
      float alpha,
      float[] a,
      int offsetA,
      int lda,
      float[] x,
      int offsetX,
      int incx,
      float beta,
      float[] y,
      int offsetY,
      int incy) {
    java.sgbmv(
        trans, m, n, kl, ku, alpha, a, offsetA, lda, x, offsetX, incx, beta, y, offsetY, incy);
  }

  @Override
  public void dgemm(
      String transa,
      String transb,
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
    dgemm(transa, transb, m, n, k, alpha, a, 0, lda, b, 0, ldb, beta, c, 0, ldc);
  }

  @Override
  public void dgemm(
      String transa,
      String transb,
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
    java.dgemm(
        transa, transb, m, n, k, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc);
  }

  @Override
  public void sgemm(
      String transa,
      String transb,
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
    sgemm(transa, transb, m, n, k, alpha, a, 0, lda, b, 0, ldb, beta, c, 0, ldc);
  }

  @Override
  public void sgemm(
      String transa,
      String transb,
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
    java.sgemm(
        transa, transb, m, n, k, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc);
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
      int incx,
      double beta,
      double[] y,
      int incy) {
    dgemv(trans, m, n, alpha, a, 0, lda, x, 0, incx, beta, y, 0, incy);
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
      int incx,
      double beta,
      double[] y,
      int offsetY,
      int incy) {
    java.dgemv(trans, m, n, alpha, a, offsetA, lda, x, offsetX, incx, beta, y, offsetY, incy);
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
      int incx,
      float beta,
      float[] y,
      int incy) {
    sgemv(trans, m, n, alpha, a, 0, lda, x, 0, incx, beta, y, 0, incy);
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
      int incx,
      float beta,
      float[] y,
      int offsetY,
      int incy) {
    java.sgemv(trans, m, n, alpha, a, offsetA, lda, x, offsetX, incx, beta, y, offsetY, incy);
  }

  @Override
  public void dger(
      int m, int n, double alpha, double[] x, int incx, double[] y, int incy, double[] a, int lda) {
    dger(m, n, alpha, x, 0, incx, y, 0, incy, a, 0, lda);
  }

  @Override
  public void dger(
      int m,
      int n,
      double alpha,
      double[] x,
      int offsetX,
      int incx,
      double[] y,
      int offsetY,
      int incy,
      double[] a,
      int offsetA,
      int lda) {
    java.dger(m, n, alpha, x, offsetX, incx, y, offsetY, incy, a, offsetA, lda);
  }

  @Override
  public void sger(
      int m, int n, float alpha, float[] x, int incx, float[] y, int incy, float[] a, int lda) {
    sger(m, n, alpha, x, 0, incx, y, 0, incy, a, 0, lda);
  }

  @Override
  public void sger(
      int m,
      int n,
      float alpha,
      float[] x,
      int offsetX,
      int incx,
      float[] y,
      int offsetY,
      int incy,
      float[] a,
      int offsetA,
      int lda) {
    java.sger(m, n, alpha, x, offsetX, incx, y, offsetY, incy, a, offsetA, lda);
  }

  @Override
  public double dnrm2(int n, double[] x, int incx) {
    return dnrm2(n, x, 0, incx);
  }

  @Override
  public double dnrm2(int n, double[] x, int offsetX, int incx) {
    return java.dnrm2(n, x, offsetX, incx);
  }

  @Override
  public float snrm2(int n, float[] x, int incx) {
    return snrm2(n, x, 0, incx);
  }

  @Override
  public float snrm2(int n, float[] x, int offsetX, int incx) {
    return java.snrm2(n, x, offsetX, incx);
  }

  @Override
  public void drot(int n, double[] dx, int incx, double[] dy, int incy, double c, double s) {
    drot(n, dx, 0, incx, dy, 0, incy, c, s);
  }

  @Override
  public void drot(
      int n,
      double[] dx,
      int offsetDx,
      int incx,
      double[] dy,
      int offsetDy,
      int incy,
      double c,
      double s) {
    java.drot(n, dx, offsetDx, incx, dy, offsetDy, incy, c, s);
  }

  @Override
  public void srot(int n, float[] sx, int incx, float[] sy, int incy, float c, float s) {
    srot(n, sx, 0, incx, sy, 0, incy, c, s);
  }

  @Override
  public void srot(
      int n,
      float[] sx,
      int offsetSx,
      int incx,
      float[] sy,
      int offsetSy,
      int incy,
      float c,
      float s) {
    java.srot(n, sx, offsetSx, incx, sy, offsetSy, incy, c, s);
  }

  @Override
  public void drotg(doubleW da, doubleW db, doubleW c, doubleW s) {
    java.drotg(da, db, c, s);
  }

  @Override
  public void srotg(floatW sa, floatW sb, floatW c, floatW s) {
    java.srotg(sa, sb, c, s);
  }

  @Override
  public void drotm(int n, double[] dx, int incx, double[] dy, int incy, double[] dparam) {
    drotm(n, dx, 0, incx, dy, 0, incy, dparam, 0);
  }

  @Override
  public void drotm(
      int n,
      double[] dx,
      int offsetDx,
      int incx,
      double[] dy,
      int offsetDy,
      int incy,
      double[] dparam,
      int offsetDparam) {
    java.drotm(n, dx, offsetDx, incx, dy, offsetDy, incy, dparam, offsetDparam);
  }

  @Override
  public void srotm(int n, float[] sx, int incx, float[] sy, int incy, float[] sparam) {
    srotm(n, sx, 0, incx, sy, 0, incy, sparam, 0);
  }

  @Override
  public void srotm(
      int n,
      float[] sx,
      int offsetSx,
      int incx,
      float[] sy,
      int offsetSy,
      int incy,
      float[] sparam,
      int offsetSparam) {
    java.srotm(n, sx, offsetSx, incx, sy, offsetSy, incy, sparam, offsetSparam);
  }

  @Override
  public void drotmg(doubleW dd1, doubleW dd2, doubleW dx1, double dy1, double[] dparam) {
    drotmg(dd1, dd2, dx1, dy1, dparam, 0);
  }

  @Override
  public void drotmg(
      doubleW dd1, doubleW dd2, doubleW dx1, double dy1, double[] dparam, int offsetDparam) {
    java.drotmg(dd1, dd2, dx1, dy1, dparam, offsetDparam);
  }

  @Override
  public void srotmg(floatW sd1, floatW sd2, floatW sx1, float sy1, float[] sparam) {
    srotmg(sd1, sd2, sx1, sy1, sparam, 0);
  }

  @Override
  public void srotmg(
      floatW sd1, floatW sd2, floatW sx1, float sy1, float[] sparam, int offsetSparam) {
    java.srotmg(sd1, sd2, sx1, sy1, sparam, offsetSparam);
  }

  @Override
  public void dsbmv(
      String uplo,
      int n,
      int k,
      double alpha,
      double[] a,
      int lda,
      double[] x,
      int incx,
      double beta,
      double[] y,
      int incy) {
    dsbmv(uplo, n, k, alpha, a, 0, lda, x, 0, incx, beta, y, 0, incy);
  }

  @Override
  public void dsbmv(
      String uplo,
      int n,
      int k,
      double alpha,
      double[] a,
      int offsetA,
      int lda,
      double[] x,
      int offsetX,
      int incx,
      double beta,
      double[] y,
      int offsetY,
      int incy) {
    java.dsbmv(uplo, n, k, alpha, a, offsetA, lda, x, offsetX, incx, beta, y, offsetY, incy);
  }

  @Override
  public void ssbmv(
      String uplo,
      int n,
      int k,
      float alpha,
      float[] a,
      int lda,
      float[] x,
      int incx,
      float beta,
      float[] y,
      int incy) {
    ssbmv(uplo, n, k, alpha, a, 0, lda, x, 0, incx, beta, y, 0, incy);
  }

  @Override
  public void ssbmv(
      String uplo,
      int n,
      int k,
      float alpha,
      float[] a,
      int offsetA,
      int lda,
      float[] x,
      int offsetX,
      int incx,
      float beta,
      float[] y,
      int offsetY,
      int incy) {
    java.ssbmv(uplo, n, k, alpha, a, offsetA, lda, x, offsetX, incx, beta, y, offsetY, incy);
  }

  @Override
  public void dscal(int n, double alpha, double[] x, int incx) {
    dscal(n, alpha, x, 0, incx);
  }

  @Override
  public void dscal(int n, double alpha, double[] x, int offsetX, int incx) {
    java.dscal(n, alpha, x, offsetX, incx);
  }

  @Override
  public void sscal(int n, float alpha, float[] x, int incx) {
    sscal(n, alpha, x, 0, incx);
  }

  @Override
  public void sscal(int n, float alpha, float[] x, int offsetX, int incx) {
    java.sscal(n, alpha, x, offsetX, incx);
  }

  @Override
  public void dspmv(
      String uplo,
      int n,
      double alpha,
      double[] a,
      double[] x,
      int incx,
      double beta,
      double[] y,
      int incy) {
    dspmv(uplo, n, alpha, a, 0, x, 0, incx, beta, y, 0, incy);
  }

  @Override
  public void dspmv(
      String uplo,
      int n,
      double alpha,
      double[] a,
      int offsetA,
      double[] x,
      int offsetX,
      int incx,
      double beta,
      double[] y,
      int offsetY,
      int incy) {
    java.dspmv(uplo, n, alpha, a, offsetA, x, offsetX, incx, beta, y, offsetY, incy);
  }

  @Override
  public void sspmv(
      String uplo,
      int n,
      float alpha,
      float[] ap,
      float[] x,
      int incx,
      float beta,
      float[] y,
      int incy) {
    sspmv(uplo, n, alpha, ap, 0, x, 0, incx, beta, y, 0, incy);
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
      int incx,
      float beta,
      float[] y,
      int offsetY,
      int incy) {
    java.sspmv(uplo, n, alpha, ap, offsetAp, x, offsetX, incx, beta, y, offsetY, incy);
  }

  @Override
  public void dspr(String uplo, int n, double alpha, double[] x, int incx, double[] a) {
    dspr(uplo, n, alpha, x, 0, incx, a, 0);
  }

  @Override
  public void dspr(
      String uplo,
      int n,
      double alpha,
      double[] x,
      int offsetX,
      int incx,
      double[] a,
      int offsetA) {
    java.dspr(uplo, n, alpha, x, offsetX, incx, a, offsetA);
  }

  @Override
  public void sspr(String uplo, int n, float alpha, float[] x, int incx, float[] ap) {
    sspr(uplo, n, alpha, x, 0, incx, ap, 0);
  }

  @Override
  public void sspr(
      String uplo, int n, float alpha, float[] x, int offsetX, int incx, float[] ap, int offsetAp) {
    java.sspr(uplo, n, alpha, x, offsetX, incx, ap, offsetAp);
  }

  @Override
  public void dspr2(
      String uplo, int n, double alpha, double[] x, int incx, double[] y, int incy, double[] ap) {
    dspr2(uplo, n, alpha, x, 0, incx, y, 0, incy, ap, 0);
  }

  @Override
  public void dspr2(
      String uplo,
      int n,
      double alpha,
      double[] x,
      int offsetX,
      int incx,
      double[] y,
      int offsetY,
      int incy,
      double[] ap,
      int offsetAp) {
    java.dspr2(uplo, n, alpha, x, offsetX, incx, y, offsetY, incy, ap, offsetAp);
  }

  @Override
  public void sspr2(
      String uplo, int n, float alpha, float[] x, int incx, float[] y, int incy, float[] ap) {
    sspr2(uplo, n, alpha, x, 0, incx, y, 0, incy, ap, 0);
  }

  @Override
  public void sspr2(
      String uplo,
      int n,
      float alpha,
      float[] x,
      int offsetX,
      int incx,
      float[] y,
      int offsetY,
      int incy,
      float[] ap,
      int offsetAp) {
    java.sspr2(uplo, n, alpha, x, offsetX, incx, y, offsetY, incy, ap, offsetAp);
  }

  @Override
  public void dswap(int n, double[] x, int incx, double[] y, int incy) {
    dswap(n, x, 0, incx, y, 0, incy);
  }

  @Override
  public void dswap(int n, double[] x, int offsetX, int incx, double[] y, int offsetY, int incy) {
    java.dswap(n, x, offsetX, incx, y, offsetY, incy);
  }

  @Override
  public void sswap(int n, float[] x, int incx, float[] y, int incy) {
    sswap(n, x, 0, incx, y, 0, incy);
  }

  @Override
  public void sswap(int n, float[] x, int offsetX, int incx, float[] y, int offsetY, int incy) {
    java.sswap(n, x, offsetX, incx, y, offsetY, incy);
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
    dsymm(side, uplo, m, n, alpha, a, 0, lda, b, 0, ldb, beta, c, 0, ldc);
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
      int lda,
      float[] b,
      int ldb,
      float beta,
      float[] c,
      int ldc) {
    ssymm(side, uplo, m, n, alpha, a, 0, lda, b, 0, ldb, beta, c, 0, ldc);
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
    java.ssymm(side, uplo, m, n, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc);
  }

  @Override
  public void dsymv(
      String uplo,
      int n,
      double alpha,
      double[] a,
      int lda,
      double[] x,
      int incx,
      double beta,
      double[] y,
      int incy) {
    dsymv(uplo, n, alpha, a, 0, lda, x, 0, incx, beta, y, 0, incy);
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
      int incx,
      double beta,
      double[] y,
      int offsetY,
      int incy) {
    java.dsymv(uplo, n, alpha, a, offsetA, lda, x, offsetX, incx, beta, y, offsetY, incy);
  }

  @Override
  public void ssymv(
      String uplo,
      int n,
      float alpha,
      float[] a,
      int lda,
      float[] x,
      int incx,
      float beta,
      float[] y,
      int incy) {
    ssymv(uplo, n, alpha, a, 0, lda, x, 0, incx, beta, y, 0, incy);
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
      int incx,
      float beta,
      float[] y,
      int offsetY,
      int incy) {
    java.ssymv(uplo, n, alpha, a, offsetA, lda, x, offsetX, incx, beta, y, offsetY, incy);
  }

  @Override
  public void dsyr(String uplo, int n, double alpha, double[] x, int incx, double[] a, int lda) {
    dsyr(uplo, n, alpha, x, 0, incx, a, 0, lda);
  }

  @Override
  public void dsyr(
      String uplo,
      int n,
      double alpha,
      double[] x,
      int offsetX,
      int incx,
      double[] a,
      int offsetA,
      int lda) {
    java.dsyr(uplo, n, alpha, x, offsetX, incx, a, offsetA, lda);
  }

  @Override
  public void ssyr(String uplo, int n, float alpha, float[] x, int incx, float[] a, int lda) {
    ssyr(uplo, n, alpha, x, 0, incx, a, 0, lda);
  }

  @Override
  public void ssyr(
      String uplo,
      int n,
      float alpha,
      float[] x,
      int offsetX,
      int incx,
      float[] a,
      int offsetA,
      int lda) {
    java.ssyr(uplo, n, alpha, x, offsetX, incx, a, offsetA, lda);
  }

  @Override
  public void dsyr2(
      String uplo,
      int n,
      double alpha,
      double[] x,
      int incx,
      double[] y,
      int incy,
      double[] a,
      int lda) {
    dsyr2(uplo, n, alpha, x, 0, incx, y, 0, incy, a, 0, lda);
  }

  @Override
  public void dsyr2(
      String uplo,
      int n,
      double alpha,
      double[] x,
      int offsetX,
      int incx,
      double[] y,
      int offsetY,
      int incy,
      double[] a,
      int offsetA,
      int lda) {
    java.dsyr2(uplo, n, alpha, x, offsetX, incx, y, offsetY, incy, a, offsetA, lda);
  }

  @Override
  public void ssyr2(
      String uplo,
      int n,
      float alpha,
      float[] x,
      int incx,
      float[] y,
      int incy,
      float[] a,
      int lda) {
    ssyr2(uplo, n, alpha, x, 0, incx, y, 0, incy, a, 0, lda);
  }

  @Override
  public void ssyr2(
      String uplo,
      int n,
      float alpha,
      float[] x,
      int offsetX,
      int incx,
      float[] y,
      int offsetY,
      int incy,
      float[] a,
      int offsetA,
      int lda) {
    java.ssyr2(uplo, n, alpha, x, offsetX, incx, y, offsetY, incy, a, offsetA, lda);
  }

  @Override
  public void dsyr2k(
      String uplo,
      String trans,
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
    dsyr2k(uplo, trans, n, k, alpha, a, 0, lda, b, 0, ldb, beta, c, 0, ldc);
  }

  @Override
  public void dsyr2k(
      String uplo,
      String trans,
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
    java.dsyr2k(uplo, trans, n, k, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc);
  }

  @Override
  public void ssyr2k(
      String uplo,
      String trans,
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
    ssyr2k(uplo, trans, n, k, alpha, a, 0, lda, b, 0, ldb, beta, c, 0, ldc);
  }

  @Override
  public void ssyr2k(
      String uplo,
      String trans,
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
    java.ssyr2k(uplo, trans, n, k, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc);
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
    dsyrk(uplo, trans, n, k, alpha, a, 0, lda, beta, c, 0, ldc);
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
      int lda,
      float beta,
      float[] c,
      int ldc) {
    ssyrk(uplo, trans, n, k, alpha, a, 0, lda, beta, c, 0, ldc);
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
    java.ssyrk(uplo, trans, n, k, alpha, a, offsetA, lda, beta, c, offsetC, ldc);
  }

  @Override
  public void dtbmv(
      String uplo,
      String trans,
      String diag,
      int n,
      int k,
      double[] a,
      int lda,
      double[] x,
      int incx) {
    dtbmv(uplo, trans, diag, n, k, a, 0, lda, x, 0, incx);
  }

  @Override
  public void dtbmv(
      String uplo,
      String trans,
      String diag,
      int n,
      int k,
      double[] a,
      int offsetA,
      int lda,
      double[] x,
      int offsetX,
      int incx) {
    java.dtbmv(uplo, trans, diag, n, k, a, offsetA, lda, x, offsetX, incx);
  }

  @Override
  public void stbmv(
      String uplo,
      String trans,
      String diag,
      int n,
      int k,
      float[] a,
      int lda,
      float[] x,
      int incx) {
    stbmv(uplo, trans, diag, n, k, a, 0, lda, x, 0, incx);
  }

  @Override
  public void stbmv(
      String uplo,
      String trans,
      String diag,
      int n,
      int k,
      float[] a,
      int offsetA,
      int lda,
      float[] x,
      int offsetX,
      int incx) {
    java.stbmv(uplo, trans, diag, n, k, a, offsetA, lda, x, offsetX, incx);
  }

  @Override
  public void dtbsv(
      String uplo,
      String trans,
      String diag,
      int n,
      int k,
      double[] a,
      int lda,
      double[] x,
      int incx) {
    dtbsv(uplo, trans, diag, n, k, a, 0, lda, x, 0, incx);
  }

  @Override
  public void dtbsv(
      String uplo,
      String trans,
      String diag,
      int n,
      int k,
      double[] a,
      int offsetA,
      int lda,
      double[] x,
      int offsetX,
      int incx) {
    java.dtbsv(uplo, trans, diag, n, k, a, offsetA, lda, x, offsetX, incx);
  }

  @Override
  public void stbsv(
      String uplo,
      String trans,
      String diag,
      int n,
      int k,
      float[] a,
      int lda,
      float[] x,
      int incx) {
    stbsv(uplo, trans, diag, n, k, a, 0, lda, x, 0, incx);
  }

  @Override
  public void stbsv(
      String uplo,
      String trans,
      String diag,
      int n,
      int k,
      float[] a,
      int offsetA,
      int lda,
      float[] x,
      int offsetX,
      int incx) {
    java.stbsv(uplo, trans, diag, n, k, a, offsetA, lda, x, offsetX, incx);
  }

  @Override
  public void dtpmv(
      String uplo, String trans, String diag, int n, double[] ap, double[] x, int incx) {
    dtpmv(uplo, trans, diag, n, ap, 0, x, 0, incx);
  }

  @Override
  public void dtpmv(
      String uplo,
      String trans,
      String diag,
      int n,
      double[] ap,
      int offsetAp,
      double[] x,
      int offsetX,
      int incx) {
    java.dtpmv(uplo, trans, diag, n, ap, offsetAp, x, offsetX, incx);
  }

  @Override
  public void stpmv(
      String uplo, String trans, String diag, int n, float[] ap, float[] x, int incx) {
    stpmv(uplo, trans, diag, n, ap, 0, x, 0, incx);
  }

  @Override
  public void stpmv(
      String uplo,
      String trans,
      String diag,
      int n,
      float[] ap,
      int offsetAp,
      float[] x,
      int offsetX,
      int incx) {
    java.stpmv(uplo, trans, diag, n, ap, offsetAp, x, offsetX, incx);
  }

  @Override
  public void dtpsv(
      String uplo, String trans, String diag, int n, double[] ap, double[] x, int incx) {
    dtpsv(uplo, trans, diag, n, ap, 0, x, 0, incx);
  }

  @Override
  public void dtpsv(
      String uplo,
      String trans,
      String diag,
      int n,
      double[] ap,
      int offsetAp,
      double[] x,
      int offsetX,
      int incx) {
    java.dtpsv(uplo, trans, diag, n, ap, offsetAp, x, offsetX, incx);
  }

  @Override
  public void stpsv(
      String uplo, String trans, String diag, int n, float[] ap, float[] x, int incx) {
    stpsv(uplo, trans, diag, n, ap, 0, x, 0, incx);
  }

  @Override
  public void stpsv(
      String uplo,
      String trans,
      String diag,
      int n,
      float[] ap,
      int offsetAp,
      float[] x,
      int offsetX,
      int incx) {
    java.stpsv(uplo, trans, diag, n, ap, offsetAp, x, offsetX, incx);
  }

  @Override
  public void dtrmm(
      String side,
      String uplo,
      String transa,
      String diag,
      int m,
      int n,
      double alpha,
      double[] a,
      int lda,
      double[] b,
      int ldb) {
    dtrmm(side, uplo, transa, diag, m, n, alpha, a, 0, lda, b, 0, ldb);
  }

  @Override
  public void dtrmm(
      String side,
      String uplo,
      String transa,
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
    java.dtrmm(side, uplo, transa, diag, m, n, alpha, a, offsetA, lda, b, offsetB, ldb);
  }

  @Override
  public void strmm(
      String side,
      String uplo,
      String transa,
      String diag,
      int m,
      int n,
      float alpha,
      float[] a,
      int lda,
      float[] b,
      int ldb) {
    strmm(side, uplo, transa, diag, m, n, alpha, a, 0, lda, b, 0, ldb);
  }

  @Override
  public void strmm(
      String side,
      String uplo,
      String transa,
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
    java.strmm(side, uplo, transa, diag, m, n, alpha, a, offsetA, lda, b, offsetB, ldb);
  }

  @Override
  public void dtrmv(
      String uplo, String trans, String diag, int n, double[] a, int lda, double[] x, int incx) {
    dtrmv(uplo, trans, diag, n, a, 0, lda, x, 0, incx);
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
      int incx) {
    java.dtrmv(uplo, trans, diag, n, a, offsetA, lda, x, offsetX, incx);
  }

  @Override
  public void strmv(
      String uplo, String trans, String diag, int n, float[] a, int lda, float[] x, int incx) {
    strmv(uplo, trans, diag, n, a, 0, lda, x, 0, incx);
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
      int incx) {
    java.strmv(uplo, trans, diag, n, a, offsetA, lda, x, offsetX, incx);
  }

  @Override
  public void dtrsm(
      String side,
      String uplo,
      String transa,
      String diag,
      int m,
      int n,
      double alpha,
      double[] a,
      int lda,
      double[] b,
      int ldb) {
    dtrsm(side, uplo, transa, diag, m, n, alpha, a, 0, lda, b, 0, ldb);
  }

  @Override
  public void dtrsm(
      String side,
      String uplo,
      String transa,
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
    java.dtrsm(side, uplo, transa, diag, m, n, alpha, a, offsetA, lda, b, offsetB, ldb);
  }

  @Override
  public void strsm(
      String side,
      String uplo,
      String transa,
      String diag,
      int m,
      int n,
      float alpha,
      float[] a,
      int lda,
      float[] b,
      int ldb) {
    strsm(side, uplo, transa, diag, m, n, alpha, a, 0, lda, b, 0, ldb);
  }

  @Override
  public void strsm(
      String side,
      String uplo,
      String transa,
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
    java.strsm(side, uplo, transa, diag, m, n, alpha, a, offsetA, lda, b, offsetB, ldb);
  }

  @Override
  public void dtrsv(
      String uplo, String trans, String diag, int n, double[] a, int lda, double[] x, int incx) {
    dtrsv(uplo, trans, diag, n, a, 0, lda, x, 0, incx);
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
      int incx) {
    java.dtrsv(uplo, trans, diag, n, a, offsetA, lda, x, offsetX, incx);
  }

  @Override
  public void strsv(
      String uplo, String trans, String diag, int n, float[] a, int lda, float[] x, int incx) {
    strsv(uplo, trans, diag, n, a, 0, lda, x, 0, incx);
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
      int incx) {
    java.strsv(uplo, trans, diag, n, a, offsetA, lda, x, offsetX, incx);
  }

  @Override
  public int idamax(int n, double[] x, int incx) {
    return idamax(n, x, 0, incx);
  }

  @Override
  public int idamax(int n, double[] x, int offsetX, int incx) {
    return java.idamax(n, x, offsetX, incx);
  }

  @Override
  public int isamax(int n, float[] sx, int incx) {
    return isamax(n, sx, 0, incx);
  }

  @Override
  public int isamax(int n, float[] sx, int offsetSx, int incx) {
    return java.isamax(n, sx, offsetSx, incx);
  }

  @Override
  public boolean lsame(String ca, String cb) {
    return java.lsame(ca, cb);
  }
}
