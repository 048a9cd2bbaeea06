package dev.lanewise.blas;

import dev.lanewise.kernel.level1.f32.Asum;
import dev.lanewise.kernel.level1.f32.Axpy;
import dev.lanewise.kernel.level1.f32.Copy;
import dev.lanewise.kernel.level1.f32.Dot;
import dev.lanewise.kernel.level1.f32.Iamax;
import dev.lanewise.kernel.level1.f32.Nrm2;
import dev.lanewise.kernel.level1.f32.Rot;
import dev.lanewise.kernel.level1.f32.Scal;
import dev.lanewise.kernel.level1.f32.Swap;
import dev.lanewise.operand.Vectors;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * Vector operations, level 1 of the BLAS, in single ({@code s}) and double ({@code d}) precision,
 * on arrays and on memory segments.
 *
 * <ul>
 *   <li>A vector has {@code n} elements; element i lies at {@code offset + i * inc}. With a
 *       negative increment the vectors of {@code dot}, {@code axpy}, {@code swap}, {@code copy} and
 *       {@code rot} begin at the far end, {@code offset + (1 - n) * inc}, as in the reference.
 *       Offsets and increments count elements. The forms without them mean offset 0 and increment
 *       1.
 *   <li>Empty: with {@code n <= 0} nothing happens, sums are 0 and an index is -1. The same holds
 *       for {@code nrm2}, {@code asum}, {@code scal} and {@code iamax} with {@code inc <= 0}. An
 *       increment of 0 repeats an element that is read; what is written cannot have it.
 *   <li>The bits depend on {@code n} and the values alone: not on the vector width, the increments
 *       or the kind of memory. The sums have a fixed order, told below; u is 2^-24 in single and
 *       2^-53 in double precision, gamma(k) = k u / (1 - k u).
 *   <li>Segments hold elements in native byte order. Those of an arena are as fast as arrays; heap
 *       segments, mapped files and a mixture of kinds give the same result more slowly.
 *   <li>x and y must not share elements; interleaved vectors do not. Where it makes sense, they may
 *       be one and the same vector.
 *   <li>All arguments are checked before the first element is written: an {@link
 *       IllegalArgumentException} names an offset below 0, memory that is too short, not aligned or
 *       read-only, an increment of 0 for an output, and shared elements; {@link
 *       IllegalStateException} memory that was closed.
 *   <li>Nothing is allocated on arrays and off-heap segments; everything is computed on the calling
 *       thread.
 * </ul>
 *
 * <p>After Lawson, Hanson, Kincaid and Krogh, "Basic Linear Algebra Subprograms for Fortran Usage"
 * (ACM TOMS 1979).
 */
public final class Level1 {
  static {
    VectorModule.require();
  }

  private Level1() {}

  /**
   * The inner product {@code sum of x * y}. Blocks of 16 KiB are summed over 128 bytes of virtual
   * lanes and added in order; error at most {@code gamma(n) |x|'|y|}. NaN and infinities follow
   * IEEE 754. x and y may share elements.
   *
   * @see #sdot(int, float[], long, int, float[], long, int)
   */
  public static float sdot(int n, float[] x, float[] y) {
    return sdot(n, x, 0, 1, y, 0, 1);
  }

  /**
   * The inner product {@code sum of x * y}. Blocks of 16 KiB are summed over 128 bytes of virtual
   * lanes and added in order; error at most {@code gamma(n) |x|'|y|}. NaN and infinities follow
   * IEEE 754. x and y may share elements.
   *
   * @param n elements
   * @param x read
   * @param offsetX element of {@code x} at which the vector lies
   * @param incX elements from one to the next
   * @param y read
   * @param offsetY as offsetX
   * @param incY as incX
   * @return the sum; 0 for {@code n <= 0}
   */
  public static float sdot(
      int n, float[] x, long offsetX, int incX, float[] y, long offsetY, int incY) {
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    int y0 = Vectors.first("y", y.length, n, offsetY, incY);
    if (n <= 0) {
      return 0;
    }
    return Dot.run(n, x, x0, incX, y, y0, incY);
  }

  /** {@link #sdot(int, float[], float[]) The same} on segments. */
  public static float sdot(long n, MemorySegment x, MemorySegment y) {
    return sdot(n, x, 0, 1, y, 0, 1);
  }

  /** {@link #sdot(int, float[], long, int, float[], long, int) The same} on segments. */
  public static float sdot(
      long n, MemorySegment x, long offsetX, long incX, MemorySegment y, long offsetY, long incY) {
    long x0 = Vectors.first("x", x, Float.BYTES, n, offsetX, incX);
    long y0 = Vectors.first("y", y, Float.BYTES, n, offsetY, incY);
    if (n <= 0) {
      return 0;
    }
    return Dot.run(n, x, x0, incX, y, y0, incY);
  }

  /** {@link #sdot(int, float[], float[]) The same} in double precision. */
  public static double ddot(int n, double[] x, double[] y) {
    return ddot(n, x, 0, 1, y, 0, 1);
  }

  /** {@link #sdot(int, float[], long, int, float[], long, int) The same} in double precision. */
  public static double ddot(
      int n, double[] x, long offsetX, int incX, double[] y, long offsetY, int incY) {
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    int y0 = Vectors.first("y", y.length, n, offsetY, incY);
    if (n <= 0) {
      return 0;
    }
    return dev.lanewise.kernel.level1.f64.Dot.run(n, x, x0, incX, y, y0, incY);
  }

  /** {@link #sdot(int, float[], float[]) The same} in double precision on segments. */
  public static double ddot(long n, MemorySegment x, MemorySegment y) {
    return ddot(n, x, 0, 1, y, 0, 1);
  }

  /**
   * {@link #sdot(int, float[], long, int, float[], long, int) The same} in double precision on
   * segments.
   */
  public static double ddot(
      long n, MemorySegment x, long offsetX, long incX, MemorySegment y, long offsetY, long incY) {
    long x0 = Vectors.first("x", x, Double.BYTES, n, offsetX, incX);
    long y0 = Vectors.first("y", y, Double.BYTES, n, offsetY, incY);
    if (n <= 0) {
      return 0;
    }
    return dev.lanewise.kernel.level1.f64.Dot.run(n, x, x0, incX, y, y0, incY);
  }

  /**
   * {@code y = alpha * x + y}, each element one fused multiply-add. {@code alpha} = 0 changes
   * nothing and reads nothing. NaN and infinities follow IEEE 754. y may be x.
   *
   * @see #saxpy(int, float, float[], long, int, float[], long, int)
   */
  public static void saxpy(int n, float alpha, float[] x, float[] y) {
    saxpy(n, alpha, x, 0, 1, y, 0, 1);
  }

  /**
   * {@code y = alpha * x + y}, each element one fused multiply-add. {@code alpha} = 0 changes
   * nothing and reads nothing. NaN and infinities follow IEEE 754. y may be x.
   *
   * @param n elements
   * @param alpha the factor
   * @param x read
   * @param offsetX element of {@code x} at which the vector lies
   * @param incX elements from one to the next
   * @param y accumulated into
   * @param offsetY as offsetX
   * @param incY as incX
   */
  public static void saxpy(
      int n, float alpha, float[] x, long offsetX, int incX, float[] y, long offsetY, int incY) {
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    int y0 = Vectors.first("y", y.length, n, offsetY, incY);
    Vectors.checkOutput("y", n, incY);
    Vectors.checkApart(x, x0, incX, y, y0, incY, n, true);
    if (n <= 0 || alpha == 0) {
      return;
    }
    Axpy.run(n, alpha, x, x0, incX, y, y0, incY);
  }

  /** {@link #saxpy(int, float, float[], float[]) The same} on segments. */
  public static void saxpy(long n, float alpha, MemorySegment x, MemorySegment y) {
    saxpy(n, alpha, x, 0, 1, y, 0, 1);
  }

  /** {@link #saxpy(int, float, float[], long, int, float[], long, int) The same} on segments. */
  public static void saxpy(
      long n,
      float alpha,
      MemorySegment x,
      long offsetX,
      long incX,
      MemorySegment y,
      long offsetY,
      long incY) {
    long x0 = Vectors.first("x", x, Float.BYTES, n, offsetX, incX);
    long y0 = Vectors.first("y", y, Float.BYTES, n, offsetY, incY);
    Vectors.checkOutput("y", y, n, incY);
    Vectors.checkApart(x, x0, incX, y, y0, incY, n, Float.BYTES, true);
    if (n <= 0 || alpha == 0) {
      return;
    }
    Axpy.run(n, alpha, x, x0, incX, y, y0, incY);
  }

  /** {@link #saxpy(int, float, float[], float[]) The same} in double precision. */
  public static void daxpy(int n, double alpha, double[] x, double[] y) {
    daxpy(n, alpha, x, 0, 1, y, 0, 1);
  }

  /**
   * {@link #saxpy(int, float, float[], long, int, float[], long, int) The same} in double
   * precision.
   */
  public static void daxpy(
      int n, double alpha, double[] x, long offsetX, int incX, double[] y, long offsetY, int incY) {
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    int y0 = Vectors.first("y", y.length, n, offsetY, incY);
    Vectors.checkOutput("y", n, incY);
    Vectors.checkApart(x, x0, incX, y, y0, incY, n, true);
    if (n <= 0 || alpha == 0) {
      return;
    }
    dev.lanewise.kernel.level1.f64.Axpy.run(n, alpha, x, x0, incX, y, y0, incY);
  }

  /** {@link #saxpy(int, float, float[], float[]) The same} in double precision on segments. */
  public static void daxpy(long n, double alpha, MemorySegment x, MemorySegment y) {
    daxpy(n, alpha, x, 0, 1, y, 0, 1);
  }

  /**
   * {@link #saxpy(int, float, float[], long, int, float[], long, int) The same} in double precision
   * on segments.
   */
  public static void daxpy(
      long n,
      double alpha,
      MemorySegment x,
      long offsetX,
      long incX,
      MemorySegment y,
      long offsetY,
      long incY) {
    long x0 = Vectors.first("x", x, Double.BYTES, n, offsetX, incX);
    long y0 = Vectors.first("y", y, Double.BYTES, n, offsetY, incY);
    Vectors.checkOutput("y", y, n, incY);
    Vectors.checkApart(x, x0, incX, y, y0, incY, n, Double.BYTES, true);
    if (n <= 0 || alpha == 0) {
      return;
    }
    dev.lanewise.kernel.level1.f64.Axpy.run(n, alpha, x, x0, incX, y, y0, incY);
  }

  /**
   * {@code x = alpha * x}, each element rounded once. {@code alpha} = 0 keeps NaN and makes NaN of
   * infinities, as IEEE 754 has it: it does not clear.
   *
   * @see #sscal(int, float, float[], long, int)
   */
  public static void sscal(int n, float alpha, float[] x) {
    sscal(n, alpha, x, 0, 1);
  }

  /**
   * {@code x = alpha * x}, each element rounded once. {@code alpha} = 0 keeps NaN and makes NaN of
   * infinities, as IEEE 754 has it: it does not clear.
   *
   * @param n elements
   * @param alpha the factor
   * @param x read and overwritten
   * @param offsetX element of {@code x} at which the vector lies
   * @param incX elements from one to the next
   */
  public static void sscal(int n, float alpha, float[] x, long offsetX, int incX) {
    if (incX <= 0) {
      return;
    }
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    Vectors.checkOutput("x", n, incX);
    if (n <= 0) {
      return;
    }
    Scal.run(n, alpha, x, x0, incX);
  }

  /** {@link #sscal(int, float, float[]) The same} on segments. */
  public static void sscal(long n, float alpha, MemorySegment x) {
    sscal(n, alpha, x, 0, 1);
  }

  /** {@link #sscal(int, float, float[], long, int) The same} on segments. */
  public static void sscal(long n, float alpha, MemorySegment x, long offsetX, long incX) {
    if (incX <= 0) {
      return;
    }
    long x0 = Vectors.first("x", x, Float.BYTES, n, offsetX, incX);
    Vectors.checkOutput("x", x, n, incX);
    if (n <= 0) {
      return;
    }
    Scal.run(n, alpha, x, x0, incX);
  }

  /** {@link #sscal(int, float, float[]) The same} in double precision. */
  public static void dscal(int n, double alpha, double[] x) {
    dscal(n, alpha, x, 0, 1);
  }

  /** {@link #sscal(int, float, float[], long, int) The same} in double precision. */
  public static void dscal(int n, double alpha, double[] x, long offsetX, int incX) {
    if (incX <= 0) {
      return;
    }
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    Vectors.checkOutput("x", n, incX);
    if (n <= 0) {
      return;
    }
    dev.lanewise.kernel.level1.f64.Scal.run(n, alpha, x, x0, incX);
  }

  /** {@link #sscal(int, float, float[]) The same} in double precision on segments. */
  public static void dscal(long n, double alpha, MemorySegment x) {
    dscal(n, alpha, x, 0, 1);
  }

  /** {@link #sscal(int, float, float[], long, int) The same} in double precision on segments. */
  public static void dscal(long n, double alpha, MemorySegment x, long offsetX, long incX) {
    if (incX <= 0) {
      return;
    }
    long x0 = Vectors.first("x", x, Double.BYTES, n, offsetX, incX);
    Vectors.checkOutput("x", x, n, incX);
    if (n <= 0) {
      return;
    }
    dev.lanewise.kernel.level1.f64.Scal.run(n, alpha, x, x0, incX);
  }

  /**
   * The Euclidean norm {@code sqrt(sum of x^2)}, with neither overflow nor underflow on the way.
   * Single precision is summed in double precision, double precision is scaled where it has to be;
   * error at most {@code 2 u} and {@code gamma(n / 2 + 2)} times the norm. NaN gives NaN, otherwise
   * an infinity +infinity.
   *
   * @see #snrm2(int, float[], long, int)
   */
  public static float snrm2(int n, float[] x) {
    return snrm2(n, x, 0, 1);
  }

  /**
   * The Euclidean norm {@code sqrt(sum of x^2)}, with neither overflow nor underflow on the way.
   * Single precision is summed in double precision, double precision is scaled where it has to be;
   * error at most {@code 2 u} and {@code gamma(n / 2 + 2)} times the norm. NaN gives NaN, otherwise
   * an infinity +infinity.
   *
   * @param n elements
   * @param x read
   * @param offsetX element of {@code x} at which the vector lies
   * @param incX elements from one to the next
   * @return the norm; 0 for {@code n <= 0} or {@code incX <= 0}
   */
  public static float snrm2(int n, float[] x, long offsetX, int incX) {
    if (incX <= 0) {
      return 0;
    }
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    if (n <= 0) {
      return 0;
    }
    return Nrm2.run(n, x, x0, incX);
  }

  /** {@link #snrm2(int, float[]) The same} on segments. */
  public static float snrm2(long n, MemorySegment x) {
    return snrm2(n, x, 0, 1);
  }

  /** {@link #snrm2(int, float[], long, int) The same} on segments. */
  public static float snrm2(long n, MemorySegment x, long offsetX, long incX) {
    if (incX <= 0) {
      return 0;
    }
    long x0 = Vectors.first("x", x, Float.BYTES, n, offsetX, incX);
    if (n <= 0) {
      return 0;
    }
    return Nrm2.run(n, x, x0, incX);
  }

  /** {@link #snrm2(int, float[]) The same} in double precision. */
  public static double dnrm2(int n, double[] x) {
    return dnrm2(n, x, 0, 1);
  }

  /** {@link #snrm2(int, float[], long, int) The same} in double precision. */
  public static double dnrm2(int n, double[] x, long offsetX, int incX) {
    if (incX <= 0) {
      return 0;
    }
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    if (n <= 0) {
      return 0;
    }
    return dev.lanewise.kernel.level1.f64.Nrm2.run(n, x, x0, incX);
  }

  /** {@link #snrm2(int, float[]) The same} in double precision on segments. */
  public static double dnrm2(long n, MemorySegment x) {
    return dnrm2(n, x, 0, 1);
  }

  /** {@link #snrm2(int, float[], long, int) The same} in double precision on segments. */
  public static double dnrm2(long n, MemorySegment x, long offsetX, long incX) {
    if (incX <= 0) {
      return 0;
    }
    long x0 = Vectors.first("x", x, Double.BYTES, n, offsetX, incX);
    if (n <= 0) {
      return 0;
    }
    return dev.lanewise.kernel.level1.f64.Nrm2.run(n, x, x0, incX);
  }

  /**
   * The sum of magnitudes {@code sum of |x|}, in the order of {@code dot}; error at most {@code
   * gamma(n)} times the sum. NaN gives NaN, otherwise an infinity +infinity.
   *
   * @see #sasum(int, float[], long, int)
   */
  public static float sasum(int n, float[] x) {
    return sasum(n, x, 0, 1);
  }

  /**
   * The sum of magnitudes {@code sum of |x|}, in the order of {@code dot}; error at most {@code
   * gamma(n)} times the sum. NaN gives NaN, otherwise an infinity +infinity.
   *
   * @param n elements
   * @param x read
   * @param offsetX element of {@code x} at which the vector lies
   * @param incX elements from one to the next
   * @return the sum; 0 for {@code n <= 0} or {@code incX <= 0}
   */
  public static float sasum(int n, float[] x, long offsetX, int incX) {
    if (incX <= 0) {
      return 0;
    }
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    if (n <= 0) {
      return 0;
    }
    return Asum.run(n, x, x0, incX);
  }

  /** {@link #sasum(int, float[]) The same} on segments. */
  public static float sasum(long n, MemorySegment x) {
    return sasum(n, x, 0, 1);
  }

  /** {@link #sasum(int, float[], long, int) The same} on segments. */
  public static float sasum(long n, MemorySegment x, long offsetX, long incX) {
    if (incX <= 0) {
      return 0;
    }
    long x0 = Vectors.first("x", x, Float.BYTES, n, offsetX, incX);
    if (n <= 0) {
      return 0;
    }
    return Asum.run(n, x, x0, incX);
  }

  /** {@link #sasum(int, float[]) The same} in double precision. */
  public static double dasum(int n, double[] x) {
    return dasum(n, x, 0, 1);
  }

  /** {@link #sasum(int, float[], long, int) The same} in double precision. */
  public static double dasum(int n, double[] x, long offsetX, int incX) {
    if (incX <= 0) {
      return 0;
    }
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    if (n <= 0) {
      return 0;
    }
    return dev.lanewise.kernel.level1.f64.Asum.run(n, x, x0, incX);
  }

  /** {@link #sasum(int, float[]) The same} in double precision on segments. */
  public static double dasum(long n, MemorySegment x) {
    return dasum(n, x, 0, 1);
  }

  /** {@link #sasum(int, float[], long, int) The same} in double precision on segments. */
  public static double dasum(long n, MemorySegment x, long offsetX, long incX) {
    if (incX <= 0) {
      return 0;
    }
    long x0 = Vectors.first("x", x, Double.BYTES, n, offsetX, incX);
    if (n <= 0) {
      return 0;
    }
    return dev.lanewise.kernel.level1.f64.Asum.run(n, x, x0, incX);
  }

  /**
   * The index, counted from 0, of the first element of largest magnitude. A NaN counts as larger
   * than everything, so the first NaN wins.
   *
   * @see #isamax(int, float[], long, int)
   */
  public static int isamax(int n, float[] x) {
    return isamax(n, x, 0, 1);
  }

  /**
   * The index, counted from 0, of the first element of largest magnitude. A NaN counts as larger
   * than everything, so the first NaN wins.
   *
   * @param n elements
   * @param x read
   * @param offsetX element of {@code x} at which the vector lies
   * @param incX elements from one to the next
   * @return the index i of the element at {@code offsetX + i * incX}; -1 for {@code n <= 0} or
   *     {@code incX <= 0}
   */
  public static int isamax(int n, float[] x, long offsetX, int incX) {
    if (incX <= 0) {
      return -1;
    }
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    if (n <= 0) {
      return -1;
    }
    return Iamax.run(n, x, x0, incX);
  }

  /** {@link #isamax(int, float[]) The same} on segments. */
  public static long isamax(long n, MemorySegment x) {
    return isamax(n, x, 0, 1);
  }

  /** {@link #isamax(int, float[], long, int) The same} on segments. */
  public static long isamax(long n, MemorySegment x, long offsetX, long incX) {
    if (incX <= 0) {
      return -1;
    }
    long x0 = Vectors.first("x", x, Float.BYTES, n, offsetX, incX);
    if (n <= 0) {
      return -1;
    }
    return Iamax.run(n, x, x0, incX);
  }

  /** {@link #isamax(int, float[]) The same} in double precision. */
  public static int idamax(int n, double[] x) {
    return idamax(n, x, 0, 1);
  }

  /** {@link #isamax(int, float[], long, int) The same} in double precision. */
  public static int idamax(int n, double[] x, long offsetX, int incX) {
    if (incX <= 0) {
      return -1;
    }
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    if (n <= 0) {
      return -1;
    }
    return dev.lanewise.kernel.level1.f64.Iamax.run(n, x, x0, incX);
  }

  /** {@link #isamax(int, float[]) The same} in double precision on segments. */
  public static long idamax(long n, MemorySegment x) {
    return idamax(n, x, 0, 1);
  }

  /** {@link #isamax(int, float[], long, int) The same} in double precision on segments. */
  public static long idamax(long n, MemorySegment x, long offsetX, long incX) {
    if (incX <= 0) {
      return -1;
    }
    long x0 = Vectors.first("x", x, Double.BYTES, n, offsetX, incX);
    if (n <= 0) {
      return -1;
    }
    return dev.lanewise.kernel.level1.f64.Iamax.run(n, x, x0, incX);
  }

  /**
   * Exchanges x and y, bit by bit. y may be x.
   *
   * @see #sswap(int, float[], long, int, float[], long, int)
   */
  public static void sswap(int n, float[] x, float[] y) {
    sswap(n, x, 0, 1, y, 0, 1);
  }

  /**
   * Exchanges x and y, bit by bit. y may be x.
   *
   * @param n elements
   * @param x read and overwritten
   * @param offsetX element of {@code x} at which the vector lies
   * @param incX elements from one to the next
   * @param y read and overwritten
   * @param offsetY as offsetX
   * @param incY as incX
   */
  public static void sswap(
      int n, float[] x, long offsetX, int incX, float[] y, long offsetY, int incY) {
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    int y0 = Vectors.first("y", y.length, n, offsetY, incY);
    Vectors.checkOutput("x", n, incX);
    Vectors.checkOutput("y", n, incY);
    Vectors.checkApart(x, x0, incX, y, y0, incY, n, true);
    if (n <= 0) {
      return;
    }
    Swap.run(n, x, x0, incX, y, y0, incY);
  }

  /** {@link #sswap(int, float[], float[]) The same} on segments. */
  public static void sswap(long n, MemorySegment x, MemorySegment y) {
    sswap(n, x, 0, 1, y, 0, 1);
  }

  /** {@link #sswap(int, float[], long, int, float[], long, int) The same} on segments. */
  public static void sswap(
      long n, MemorySegment x, long offsetX, long incX, MemorySegment y, long offsetY, long incY) {
    long x0 = Vectors.first("x", x, Float.BYTES, n, offsetX, incX);
    long y0 = Vectors.first("y", y, Float.BYTES, n, offsetY, incY);
    Vectors.checkOutput("x", x, n, incX);
    Vectors.checkOutput("y", y, n, incY);
    Vectors.checkApart(x, x0, incX, y, y0, incY, n, Float.BYTES, true);
    if (n <= 0) {
      return;
    }
    Swap.run(n, x, x0, incX, y, y0, incY);
  }

  /** {@link #sswap(int, float[], float[]) The same} in double precision. */
  public static void dswap(int n, double[] x, double[] y) {
    dswap(n, x, 0, 1, y, 0, 1);
  }

  /** {@link #sswap(int, float[], long, int, float[], long, int) The same} in double precision. */
  public static void dswap(
      int n, double[] x, long offsetX, int incX, double[] y, long offsetY, int incY) {
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    int y0 = Vectors.first("y", y.length, n, offsetY, incY);
    Vectors.checkOutput("x", n, incX);
    Vectors.checkOutput("y", n, incY);
    Vectors.checkApart(x, x0, incX, y, y0, incY, n, true);
    if (n <= 0) {
      return;
    }
    dev.lanewise.kernel.level1.f64.Swap.run(n, x, x0, incX, y, y0, incY);
  }

  /** {@link #sswap(int, float[], float[]) The same} in double precision on segments. */
  public static void dswap(long n, MemorySegment x, MemorySegment y) {
    dswap(n, x, 0, 1, y, 0, 1);
  }

  /**
   * {@link #sswap(int, float[], long, int, float[], long, int) The same} in double precision on
   * segments.
   */
  public static void dswap(
      long n, MemorySegment x, long offsetX, long incX, MemorySegment y, long offsetY, long incY) {
    long x0 = Vectors.first("x", x, Double.BYTES, n, offsetX, incX);
    long y0 = Vectors.first("y", y, Double.BYTES, n, offsetY, incY);
    Vectors.checkOutput("x", x, n, incX);
    Vectors.checkOutput("y", y, n, incY);
    Vectors.checkApart(x, x0, incX, y, y0, incY, n, Double.BYTES, true);
    if (n <= 0) {
      return;
    }
    dev.lanewise.kernel.level1.f64.Swap.run(n, x, x0, incX, y, y0, incY);
  }

  /**
   * {@code y = x}, bit by bit. y may be x.
   *
   * @see #scopy(int, float[], long, int, float[], long, int)
   */
  public static void scopy(int n, float[] x, float[] y) {
    scopy(n, x, 0, 1, y, 0, 1);
  }

  /**
   * {@code y = x}, bit by bit. y may be x.
   *
   * @param n elements
   * @param x read
   * @param offsetX element of {@code x} at which the vector lies
   * @param incX elements from one to the next
   * @param y overwritten
   * @param offsetY as offsetX
   * @param incY as incX
   */
  public static void scopy(
      int n, float[] x, long offsetX, int incX, float[] y, long offsetY, int incY) {
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    int y0 = Vectors.first("y", y.length, n, offsetY, incY);
    Vectors.checkOutput("y", n, incY);
    Vectors.checkApart(x, x0, incX, y, y0, incY, n, true);
    if (n <= 0) {
      return;
    }
    Copy.run(n, x, x0, incX, y, y0, incY);
  }

  /** {@link #scopy(int, float[], float[]) The same} on segments. */
  public static void scopy(long n, MemorySegment x, MemorySegment y) {
    scopy(n, x, 0, 1, y, 0, 1);
  }

  /** {@link #scopy(int, float[], long, int, float[], long, int) The same} on segments. */
  public static void scopy(
      long n, MemorySegment x, long offsetX, long incX, MemorySegment y, long offsetY, long incY) {
    long x0 = Vectors.first("x", x, Float.BYTES, n, offsetX, incX);
    long y0 = Vectors.first("y", y, Float.BYTES, n, offsetY, incY);
    Vectors.checkOutput("y", y, n, incY);
    Vectors.checkApart(x, x0, incX, y, y0, incY, n, Float.BYTES, true);
    if (n <= 0) {
      return;
    }
    Copy.run(n, x, x0, incX, y, y0, incY);
  }

  /** {@link #scopy(int, float[], float[]) The same} in double precision. */
  public static void dcopy(int n, double[] x, double[] y) {
    dcopy(n, x, 0, 1, y, 0, 1);
  }

  /** {@link #scopy(int, float[], long, int, float[], long, int) The same} in double precision. */
  public static void dcopy(
      int n, double[] x, long offsetX, int incX, double[] y, long offsetY, int incY) {
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    int y0 = Vectors.first("y", y.length, n, offsetY, incY);
    Vectors.checkOutput("y", n, incY);
    Vectors.checkApart(x, x0, incX, y, y0, incY, n, true);
    if (n <= 0) {
      return;
    }
    dev.lanewise.kernel.level1.f64.Copy.run(n, x, x0, incX, y, y0, incY);
  }

  /** {@link #scopy(int, float[], float[]) The same} in double precision on segments. */
  public static void dcopy(long n, MemorySegment x, MemorySegment y) {
    dcopy(n, x, 0, 1, y, 0, 1);
  }

  /**
   * {@link #scopy(int, float[], long, int, float[], long, int) The same} in double precision on
   * segments.
   */
  public static void dcopy(
      long n, MemorySegment x, long offsetX, long incX, MemorySegment y, long offsetY, long incY) {
    long x0 = Vectors.first("x", x, Double.BYTES, n, offsetX, incX);
    long y0 = Vectors.first("y", y, Double.BYTES, n, offsetY, incY);
    Vectors.checkOutput("y", y, n, incY);
    Vectors.checkApart(x, x0, incX, y, y0, incY, n, Double.BYTES, true);
    if (n <= 0) {
      return;
    }
    dev.lanewise.kernel.level1.f64.Copy.run(n, x, x0, incX, y, y0, incY);
  }

  /**
   * The plane rotation {@code x, y = c * x + s * y, c * y - s * x}: {@code fma(c, x, s * y)} and
   * {@code fma(c, y, -(s * x))}. NaN and infinities follow IEEE 754.
   *
   * @see #srot(int, float[], long, int, float[], long, int, float, float)
   */
  public static void srot(int n, float[] x, float[] y, float c, float s) {
    srot(n, x, 0, 1, y, 0, 1, c, s);
  }

  /**
   * The plane rotation {@code x, y = c * x + s * y, c * y - s * x}: {@code fma(c, x, s * y)} and
   * {@code fma(c, y, -(s * x))}. NaN and infinities follow IEEE 754.
   *
   * @param n elements
   * @param x read and overwritten
   * @param offsetX element of {@code x} at which the vector lies
   * @param incX elements from one to the next
   * @param y read and overwritten
   * @param offsetY as offsetX
   * @param incY as incX
   * @param c the cosine
   * @param s the sine
   */
  public static void srot(
      int n,
      float[] x,
      long offsetX,
      int incX,
      float[] y,
      long offsetY,
      int incY,
      float c,
      float s) {
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    int y0 = Vectors.first("y", y.length, n, offsetY, incY);
    Vectors.checkOutput("x", n, incX);
    Vectors.checkOutput("y", n, incY);
    Vectors.checkApart(x, x0, incX, y, y0, incY, n, false);
    if (n <= 0) {
      return;
    }
    Rot.run(n, x, x0, incX, y, y0, incY, c, s);
  }

  /** {@link #srot(int, float[], float[], float, float) The same} on segments. */
  public static void srot(long n, MemorySegment x, MemorySegment y, float c, float s) {
    srot(n, x, 0, 1, y, 0, 1, c, s);
  }

  /**
   * {@link #srot(int, float[], long, int, float[], long, int, float, float) The same} on segments.
   */
  public static void srot(
      long n,
      MemorySegment x,
      long offsetX,
      long incX,
      MemorySegment y,
      long offsetY,
      long incY,
      float c,
      float s) {
    long x0 = Vectors.first("x", x, Float.BYTES, n, offsetX, incX);
    long y0 = Vectors.first("y", y, Float.BYTES, n, offsetY, incY);
    Vectors.checkOutput("x", x, n, incX);
    Vectors.checkOutput("y", y, n, incY);
    Vectors.checkApart(x, x0, incX, y, y0, incY, n, Float.BYTES, false);
    if (n <= 0) {
      return;
    }
    Rot.run(n, x, x0, incX, y, y0, incY, c, s);
  }

  /** {@link #srot(int, float[], float[], float, float) The same} in double precision. */
  public static void drot(int n, double[] x, double[] y, double c, double s) {
    drot(n, x, 0, 1, y, 0, 1, c, s);
  }

  /**
   * {@link #srot(int, float[], long, int, float[], long, int, float, float) The same} in double
   * precision.
   */
  public static void drot(
      int n,
      double[] x,
      long offsetX,
      int incX,
      double[] y,
      long offsetY,
      int incY,
      double c,
      double s) {
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    int y0 = Vectors.first("y", y.length, n, offsetY, incY);
    Vectors.checkOutput("x", n, incX);
    Vectors.checkOutput("y", n, incY);
    Vectors.checkApart(x, x0, incX, y, y0, incY, n, false);
    if (n <= 0) {
      return;
    }
    dev.lanewise.kernel.level1.f64.Rot.run(n, x, x0, incX, y, y0, incY, c, s);
  }

  /**
   * {@link #srot(int, float[], float[], float, float) The same} in double precision on segments.
   */
  public static void drot(long n, MemorySegment x, MemorySegment y, double c, double s) {
    drot(n, x, 0, 1, y, 0, 1, c, s);
  }

  /**
   * {@link #srot(int, float[], long, int, float[], long, int, float, float) The same} in double
   * precision on segments.
   */
  public static void drot(
      long n,
      MemorySegment x,
      long offsetX,
      long incX,
      MemorySegment y,
      long offsetY,
      long incY,
      double c,
      double s) {
    long x0 = Vectors.first("x", x, Double.BYTES, n, offsetX, incX);
    long y0 = Vectors.first("y", y, Double.BYTES, n, offsetY, incY);
    Vectors.checkOutput("x", x, n, incX);
    Vectors.checkOutput("y", y, n, incY);
    Vectors.checkApart(x, x0, incX, y, y0, incY, n, Double.BYTES, false);
    if (n <= 0) {
      return;
    }
    dev.lanewise.kernel.level1.f64.Rot.run(n, x, x0, incX, y, y0, incY, c, s);
  }
}
