package dev.lanewise.simd.math;

import org.apache.commons.numbers.gamma.Erfc;

/**
 * The functions in double precision, to a few units of its last place: {@code StrictMath} and the
 * error functions of Apache Commons Numbers, and the leading term where a float is so small or so
 * large that nothing else is left, which is most floats.
 */
final class Oracle {
  /** The square of a smaller number is below 2^-72 of 1. */
  private static final double TINY = 0x1p-36;

  private Oracle() {}

  static double exp(double x) {
    return Math.abs(x) < TINY ? 1 + x : StrictMath.exp(x);
  }

  static double expm1(double x) {
    return Math.abs(x) < TINY ? x : StrictMath.expm1(x);
  }

  static double log1p(double x) {
    return Math.abs(x) < TINY ? x : StrictMath.log1p(x);
  }

  static double tanh(double x) {
    return Math.abs(x) < TINY ? x : StrictMath.tanh(x);
  }

  static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
  }

  static double softplus(double x) {
    return Math.max(x, 0) + log1p(exp(-Math.abs(x)));
  }

  static double erf(double x) {
    return Math.abs(x) < TINY
        ? x * 1.1283791670955126
        : org.apache.commons.numbers.gamma.Erf.value(x);
  }

  static double erfc(double x) {
    return Math.abs(x) < TINY ? 1 - x * 1.1283791670955126 : Erfc.value(x);
  }

  static double sin(double x) {
    return Math.abs(x) < TINY ? x : StrictMath.sin(x);
  }

  static double cos(double x) {
    return Math.abs(x) < TINY ? 1 : StrictMath.cos(x);
  }

  static double rsqrt(double x) {
    return 1 / Math.sqrt(x);
  }

  /** As in C99: Java has NaN for a base of 1 or -1 where the exponent is not finite. */
  static double pow(double x, double y) {
    return x == 1 || (x == -1 && Double.isInfinite(y)) ? 1 : StrictMath.pow(x, y);
  }

  /**
   * The error of {@code got} in ULP of the float nearest to {@code exact}; infinite where only one
   * of them is NaN, and where the sign is wrong, also that of a zero.
   */
  static double ulps(float got, double exact) {
    if (Double.isNaN(exact) || Float.isNaN(got)) {
      return Double.isNaN(exact) && Float.isNaN(got) ? 0 : Double.POSITIVE_INFINITY;
    }
    if ((Float.floatToRawIntBits(got) < 0) != (Double.doubleToRawLongBits(exact) < 0)) {
      return Double.POSITIVE_INFINITY;
    }
    float nearest = (float) Math.abs(exact);
    if (Float.isInfinite(nearest) || Float.isInfinite(got)) {
      // Infinity stands for 2^128, one ULP above the largest float.
      double difference = Math.min(Math.abs(got), 0x1p128) - Math.min(Math.abs(exact), 0x1p128);
      return Math.abs(difference) / Math.ulp(Float.MAX_VALUE);
    }
    return Math.abs(got - exact) / Math.ulp(nearest);
  }
}
