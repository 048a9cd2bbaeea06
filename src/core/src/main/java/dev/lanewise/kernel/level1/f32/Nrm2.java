package dev.lanewise.kernel.level1.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.reduce.SumOfSquares;
import java.lang.foreign.MemorySegment;

/**
 * The Euclidean norm, {@code sqrt(sum of x^2)}, summed in double precision as {@link SumOfSquares}
 * has it, in blocks that are added in order: the order depends on {@code n} alone. Squares of
 * floats neither overflow nor underflow in double precision (Blue, ACM TOMS 1978, has to scale for
 * want of it).
 *
 * <p>Error: at most {@code (1 + (128 + n / 4096 + 20) 2^-29) u} times the norm, u = 2^-24.
 * +infinity if the norm is more than the largest float. NaN gives NaN, otherwise an infinity
 * +infinity. No elements: 0.
 */
public final class Nrm2 {
  private Nrm2() {}

  /**
   * On arrays.
   *
   * @param n elements
   * @param x read: element i at {@code x0 + i * incX}
   */
  public static float run(int n, float[] x, int x0, int incX) {
    double sum = 0;
    for (long b = 0; b < n; b += SumOfSquares.BLOCK) {
      int size = (int) Math.min(SumOfSquares.BLOCK, n - b);
      int first = (int) (x0 + b * incX);
      if (incX == 1) {
        sum += SumOfSquares.block(x, first, size);
      } else {
        int whole = size - size % SumOfSquares.VIRTUAL_LANES;
        sum += lanes(0, 1, whole, x, first, incX) + chain(whole, 1, size, x, first, incX);
      }
    }
    return (float) Math.sqrt(sum);
  }

  /** On segments of any kind; see the arrays. */
  public static float run(long n, MemorySegment x, long x0, long incX) {
    double sum = 0;
    for (long b = 0; b < n; b += SumOfSquares.BLOCK) {
      int size = (int) Math.min(SumOfSquares.BLOCK, n - b);
      long first = x0 + b * incX;
      if (incX == 1 && x.getClass() == NATIVE) {
        sum += SumOfSquares.block(x, first * Float.BYTES, size);
      } else {
        int whole = size - size % SumOfSquares.VIRTUAL_LANES;
        sum += lanes(0, 1, whole, x, first, incX) + chain(whole, 1, size, x, first, incX);
      }
    }
    return (float) Math.sqrt(sum);
  }

  /** The sum of the virtual lanes {@code first + k * step}, folded as the vectors are. */
  private static double lanes(int first, int step, int n, float[] x, int x0, int incX) {
    return step == SumOfSquares.VIRTUAL_LANES
        ? chain(first, step, n, x, x0, incX)
        : lanes(first, 2 * step, n, x, x0, incX) + lanes(first + step, 2 * step, n, x, x0, incX);
  }

  private static double chain(int first, int step, int n, float[] x, int x0, int incX) {
    double sum = 0;
    for (long i = first; i < n; i += step) {
      double xi = x[(int) (x0 + i * incX)];
      sum = Math.fma(xi, xi, sum);
    }
    return sum;
  }

  private static double lanes(int first, int step, int n, MemorySegment x, long x0, long incX) {
    return step == SumOfSquares.VIRTUAL_LANES
        ? chain(first, step, n, x, x0, incX)
        : lanes(first, 2 * step, n, x, x0, incX) + lanes(first + step, 2 * step, n, x, x0, incX);
  }

  private static double chain(int first, int step, int n, MemorySegment x, long x0, long incX) {
    double sum = 0;
    for (long i = first; i < n; i += step) {
      double xi = x.get(JAVA_FLOAT_UNALIGNED, Float.BYTES * (x0 + i * incX));
      sum = Math.fma(xi, xi, sum);
    }
    return sum;
  }
}
