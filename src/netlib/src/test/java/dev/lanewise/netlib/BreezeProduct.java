package dev.lanewise.netlib;

import breeze.linalg.DenseMatrix$mcD$sp;
import breeze.linalg.operators.HasOps$;
import dev.ludovic.netlib.blas.BLAS;
import dev.ludovic.netlib.blas.JavaBLAS;
import java.util.Arrays;

/** A program with Breeze: says which BLAS there is, and multiplies two matrices. */
final class BreezeProduct {
  private static final int N = 200;

  private BreezeProduct() {}

  /** Prints three lines: the BLAS, the Java BLAS, and an element of a product. */
  public static void main(String[] arguments) {
    System.out.println(BLAS.getInstance().getClass().getName());
    System.out.println(JavaBLAS.getInstance().getClass().getName());
    double[] ones = new double[N * N];
    Arrays.fill(ones, 1);
    double[] halves = new double[N * N];
    Arrays.fill(halves, 0.5);
    System.out.println(
        HasOps$.MODULE$
            .impl_OpMulMatrix_DMD_DMD_eq_DMD()
            .apply(new DenseMatrix$mcD$sp(N, N, ones), new DenseMatrix$mcD$sp(N, N, halves))
            .apply(N - 1, 0));
  }
}
