package dev.lanewise.netlib.spark;

import java.io.IOException;
import java.util.Arrays;
import org.apache.spark.ml.linalg.DenseMatrix;
import org.apache.spark.sql.SparkSession;

/** What is submitted: says which BLAS MLlib has, and computes a product with it. */
public final class SubmittedJob {
  private static final int N = 200;

  private SubmittedJob() {}

  public static void main(String[] arguments) throws IOException {
    try (SparkSession spark = SparkSession.builder().getOrCreate()) {
      Class<?> blas = org.apache.spark.mllib.linalg.BLAS$.MODULE$.nativeBLAS().getClass();
      DenseMatrix halves = DenseMatrix.zeros(N, N);
      Arrays.fill(halves.values(), 0.5);
      System.out.println(
          blas.getName() + " " + halves.multiply(halves).apply(0, N - 1) + " " + spark.version());
    }
  }
}
