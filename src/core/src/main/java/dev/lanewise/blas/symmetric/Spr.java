package dev.lanewise.blas.symmetric;

import dev.lanewise.blas.Layout;
import dev.lanewise.blas.Triangle;
import dev.lanewise.blas.symmetric.f32.SyrCall;
import dev.lanewise.operand.Operand;
import dev.lanewise.operand.Vectors;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * The symmetric update of rank 1, {@code A += alpha * x * x'}, with A of n x n of which one
 * triangle is in memory, packed; in single and double precision, on arrays and on memory segments.
 *
 * <ul>
 *   <li>Each element is {@code fma(alpha * x[i], x[j], a[i][j])}, i the line in memory. A line
 *       whose x[i] is 0 is left alone, as in the reference; {@code alpha = 0} or {@code n = 0}:
 *       nothing happens. Otherwise NaN and infinities follow IEEE 754.
 *   <li>Error: {@code |A - exact| <= gamma(2) (|alpha| |x| |x'| + |A|)} element by element,
 *       gamma(n) = n u / (1 - n u), u = 2^-24 in single and 2^-53 in double precision.
 *   <li>The bits are the same for every number of threads, vector width and kind of memory: threads
 *       share out the lines.
 *   <li>Segments hold elements in native byte order; any kind will do, those of an arena are the
 *       fast ones.
 *   <li>With a negative increment x begins at the far end, as in {@link dev.lanewise.blas.Level1}.
 *       A must not share elements with x.
 *   <li>All arguments are checked before the first element is written: an {@link
 *       IllegalArgumentException} names a negative size, an increment of 0, an offset below 0,
 *       memory that is too short, not aligned or read-only for the result, and shared elements;
 *       {@link IllegalStateException} memory that was closed.
 *   <li>Nothing is allocated.
 * </ul>
 *
 * <p>After Dongarra, Du Croz, Hammarling and Hanson, "An Extended Set of FORTRAN Basic Linear
 * Algebra Subprograms" (ACM TOMS 1988).
 */
public final class Spr {
  static {
    VectorModule.require();
  }

  private Spr() {}

  /**
   * The update on arrays.
   *
   * @param layout whether the rows of A lie together or its columns
   * @param triangle the half of A that is in memory
   * @param n rows and columns of A, at least 0
   * @param alpha factor of the update
   * @param x read
   * @param offsetX element of {@code x} at which the vector lies
   * @param incX elements from one element of the vector to the next, not 0
   * @param ap the elements of that half row by row, or column by column, with none between them: n
   *     (n + 1) / 2, accumulated into
   * @param offsetAp element of {@code ap} at which the first one lies
   * @param workers the threads that compute; what is too small to be shared out stays on the
   *     calling thread
   */
  public static void sspr(
      Layout layout,
      Triangle triangle,
      int n,
      float alpha,
      float[] x,
      long offsetX,
      int incX,
      float[] ap,
      long offsetAp,
      Workers workers) {
    checkSizes(n, incX);
    boolean lower = (triangle == Triangle.LOWER) == (layout == Layout.ROW_MAJOR);
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    Vectors.checkPacked("AP", ap.length, n, offsetAp);
    if (Operand.same(ap, x)) {
      Operand.checkPackedApart("AP", offsetAp, n, "x", x0, incX, n);
    }
    if (n == 0 || alpha == 0) {
      return;
    }
    SyrCall.run(true, lower, n, alpha, x, x0, incX, ap, offsetAp, 0, workers);
  }

  /**
   * The update on memory segments of 32-bit floats.
   *
   * @see #sspr(Layout, Triangle, int, float, float[], long, int, float[], long, Workers)
   */
  public static void sspr(
      Layout layout,
      Triangle triangle,
      int n,
      float alpha,
      MemorySegment x,
      long offsetX,
      int incX,
      MemorySegment ap,
      long offsetAp,
      Workers workers) {
    checkSizes(n, incX);
    boolean lower = (triangle == Triangle.LOWER) == (layout == Layout.ROW_MAJOR);
    long x0 = Vectors.first("x", x, Float.BYTES, n, offsetX, incX);
    Vectors.checkPacked("AP", ap, Float.BYTES, n, offsetAp);
    if (ap.isReadOnly()) {
      throw new IllegalArgumentException(
          "AP lies in a read-only segment, the update is written to it");
    }
    if (Operand.shareMemory(ap, x)) {
      Operand.checkPackedApart(
          "AP",
          ap.address() / Float.BYTES + offsetAp,
          n,
          "x",
          x.address() / Float.BYTES + x0,
          incX,
          n);
    }
    if (n == 0 || alpha == 0) {
      return;
    }
    SyrCall.run(true, lower, n, alpha, x, x0, incX, ap, offsetAp, 0, workers);
  }

  /**
   * The update on arrays in double precision.
   *
   * @see #sspr(Layout, Triangle, int, float, float[], long, int, float[], long, Workers)
   */
  public static void dspr(
      Layout layout,
      Triangle triangle,
      int n,
      double alpha,
      double[] x,
      long offsetX,
      int incX,
      double[] ap,
      long offsetAp,
      Workers workers) {
    checkSizes(n, incX);
    boolean lower = (triangle == Triangle.LOWER) == (layout == Layout.ROW_MAJOR);
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    Vectors.checkPacked("AP", ap.length, n, offsetAp);
    if (Operand.same(ap, x)) {
      Operand.checkPackedApart("AP", offsetAp, n, "x", x0, incX, n);
    }
    if (n == 0 || alpha == 0) {
      return;
    }
    dev.lanewise.blas.symmetric.f64.SyrCall.run(
        true, lower, n, alpha, x, x0, incX, ap, offsetAp, 0, workers);
  }

  /**
   * The update on memory segments of 64-bit doubles.
   *
   * @see #sspr(Layout, Triangle, int, float, float[], long, int, float[], long, Workers)
   */
  public static void dspr(
      Layout layout,
      Triangle triangle,
      int n,
      double alpha,
      MemorySegment x,
      long offsetX,
      int incX,
      MemorySegment ap,
      long offsetAp,
      Workers workers) {
    checkSizes(n, incX);
    boolean lower = (triangle == Triangle.LOWER) == (layout == Layout.ROW_MAJOR);
    long x0 = Vectors.first("x", x, Double.BYTES, n, offsetX, incX);
    Vectors.checkPacked("AP", ap, Double.BYTES, n, offsetAp);
    if (ap.isReadOnly()) {
      throw new IllegalArgumentException(
          "AP lies in a read-only segment, the update is written to it");
    }
    if (Operand.shareMemory(ap, x)) {
      Operand.checkPackedApart(
          "AP",
          ap.address() / Double.BYTES + offsetAp,
          n,
          "x",
          x.address() / Double.BYTES + x0,
          incX,
          n);
    }
    if (n == 0 || alpha == 0) {
      return;
    }
    dev.lanewise.blas.symmetric.f64.SyrCall.run(
        true, lower, n, alpha, x, x0, incX, ap, offsetAp, 0, workers);
  }

  private static void checkSizes(int n, int incX) {
    if (n < 0) {
      throw new IllegalArgumentException("n = " + n + ": it must be 0 or more");
    }
    if (incX == 0) {
      throw new IllegalArgumentException("x has increment 0: it must not be 0");
    }
  }
}
