package dev.lanewise.kernel.gemm.small.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;

/**
 * Products of so few terms that packing would cost more than computing: one element of C after the
 * other, from the operands where they lie. The bits are those of {@link
 * dev.lanewise.kernel.gemm.f32.MacroKernel}.
 */
final class ScalarKernel {
  /** Most terms: up to a cube of 5 the scalar loop is faster than packed panels. */
  private static final long MOST_TERMS = 125;

  private ScalarKernel() {}

  /** Whether a product is to be computed here. */
  static boolean serves(int m, int n, int k) {
    return (long) m * n <= MOST_TERMS && (long) m * n * k <= MOST_TERMS;
  }

  /** {@code C = alpha * op(A) * op(B) + beta * C}, row-major; the arguments have been checked. */
  static void run(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      long offsetA,
      int lda,
      float[] b,
      long offsetB,
      int ldb,
      float beta,
      float[] c,
      long offsetC,
      int ldc) {
    int terms = alpha == 0f ? 0 : k;
    int stepA = transA ? lda : 1;
    int stepB = transB ? 1 : ldb;
    int rowA = (int) offsetA;
    int rowC = (int) offsetC;
    for (int i = 0; i < m; i++) {
      int columnB = (int) offsetB;
      for (int j = 0; j < n; j++) {
        float sum = beta == 0f ? 0f : beta * c[rowC + j];
        int atA = rowA;
        int atB = columnB;
        for (int p = 0; p < terms; p++) {
          sum = Math.fma(alpha * a[atA], b[atB], sum);
          atA += stepA;
          atB += stepB;
        }
        c[rowC + j] = sum;
        columnB += transB ? ldb : 1;
      }
      rowA += transA ? 1 : lda;
      rowC += ldc;
    }
  }

  /** The same on memory of an arena. */
  static void run(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      float alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment b,
      long offsetB,
      int ldb,
      float beta,
      MemorySegment c,
      long offsetC,
      int ldc) {
    if (a.getClass() != NATIVE || b.getClass() != NATIVE || c.getClass() != NATIVE) {
      throw SegmentClass.notNative(a, b, c);
    }
    int terms = alpha == 0f ? 0 : k;
    long bytes = Float.BYTES;
    long stepA = transA ? bytes * lda : bytes;
    long stepB = transB ? bytes : bytes * ldb;
    long rowA = bytes * offsetA;
    long rowC = bytes * offsetC;
    for (int i = 0; i < m; i++) {
      long columnB = bytes * offsetB;
      for (int j = 0; j < n; j++) {
        long atC = rowC + bytes * j;
        float sum = beta == 0f ? 0f : beta * c.get(JAVA_FLOAT_UNALIGNED, atC);
        long atA = rowA;
        long atB = columnB;
        for (int p = 0; p < terms; p++) {
          sum =
              Math.fma(
                  alpha * a.get(JAVA_FLOAT_UNALIGNED, atA), b.get(JAVA_FLOAT_UNALIGNED, atB), sum);
          atA += stepA;
          atB += stepB;
        }
        c.set(JAVA_FLOAT_UNALIGNED, atC, sum);
        columnB += transB ? bytes * ldb : bytes;
      }
      rowA += transA ? bytes : bytes * lda;
      rowC += bytes * ldc;
    }
  }
}
