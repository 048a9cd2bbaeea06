package dev.lanewise.kernel.activation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.activation.segments.Gelu;
import dev.lanewise.testing.GuardedFloats;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import org.junit.jupiter.api.Test;

class GeluTest {
  private static final double U = 0x1p-24;
  private static final double C = Math.sqrt(2 / Math.PI);
  private static final double K = 0.044715;

  /** What is left out where the curve counts as flat. */
  private static final double FLAT_Y = 0x1p-67;

  private static final double FLAT_DX = 0x1p-63;

  private static double twoU(double x) {
    return 2 * C * (x + K * x * x * x);
  }

  /** The textbook form where 1 + tanh does not cancel, the sigmoid form below. */
  private static double gelu(double x) {
    return x > -3
        ? 0.5 * x * (1 + StrictMath.tanh(twoU(x) / 2))
        : x / (1 + StrictMath.exp(-twoU(x)));
  }

  private static double sigmoid(double x) {
    return 1 / (1 + StrictMath.exp(-twoU(x)));
  }

  /** The second term of the derivative, s' x. */
  private static double slopeTerm(double x) {
    double e = StrictMath.exp(-Math.abs(twoU(x)));
    return x * 2 * C * (1 + 3 * K * x * x) * e / ((1 + e) * (1 + e));
  }

  private static double derivative(double x) {
    return sigmoid(x) + slopeTerm(x);
  }

  private static float forward(float x) {
    return forward(new float[] {x})[0];
  }

  private static float[] forward(float[] x) {
    try (GuardedFloats in = GuardedFloats.copyOf(x);
        GuardedFloats out = GuardedFloats.of(x.length)) {
      Gelu.forward(in.segment(), out.segment(), 0, x.length);
      return out.toArray();
    }
  }

  private static float backward(float x, float dy) {
    return backward(new float[] {x}, new float[] {dy})[0];
  }

  private static float[] backward(float[] x, float[] dy) {
    try (GuardedFloats in = GuardedFloats.copyOf(x);
        GuardedFloats cotangent = GuardedFloats.copyOf(dy);
        GuardedFloats out = GuardedFloats.of(x.length)) {
      Gelu.backward(in.segment(), cotangent.segment(), out.segment(), 0, x.length);
      return out.toArray();
    }
  }

  /** From -13 to 13 in steps of 2^-12, then in powers of two to both ends of the range. */
  private static float[] sample() {
    int steps = 2 * 13 * 4096;
    float[] x = new float[steps + 2 * 276];
    for (int i = 0; i < steps; i++) {
      x[i] = (float) (-13 + i * 0x1p-12 + 0x1p-23 * i);
    }
    for (int i = 0; i < 276; i++) {
      float power = Math.scalb(1.37f, i - 149);
      x[steps + 2 * i] = power;
      x[steps + 2 * i + 1] = -power;
    }
    return x;
  }

  /**
   * First order: 2|u| has the rounding of its two constants, the square, the fma and the product (4
   * u), e adds 2|u| times that and the 1.5 ULP = 3 u of exp; product, sum and quotient add 3 u.
   * Below -8 the result is 0 instead of less than 2^-67.
   */
  @Test
  void forwardKeepsItsErrorBound() {
    float[] x = sample();
    float[] y = forward(x);
    double worst = 0;
    for (int i = 0; i < x.length; i++) {
      double exact = gelu(x[i]);
      double bound = (4 * Math.min(200, Math.abs(twoU(x[i]))) + 6) * U * Math.abs(exact) + FLAT_Y;
      double error = Math.abs(y[i] - exact);
      float at = x[i];
      assertTrue(error <= bound, () -> "x = " + at + ": error " + error + " > " + bound);
      worst = Math.max(worst, error / bound);
    }
    assertTrue(worst > 0.02, "a bound that is never approached says nothing: " + worst);
  }

  /**
   * First order: s as the forward pass, (4 * 2|u| + 6) u; the other term has the same e, the square
   * of a quotient (2 * 2 u), four products and the 4 u of its polynomial; the last sum and product
   * add 2 u of the result.
   */
  @Test
  void backwardKeepsItsErrorBound() {
    float[] x = sample();
    float[] dy = new float[x.length];
    for (int i = 0; i < dy.length; i++) {
      dy[i] = 0.75f + i % 7;
    }
    float[] dx = backward(x, dy);
    double worst = 0;
    for (int i = 0; i < x.length; i++) {
      double argument = Math.min(200, Math.abs(twoU(x[i])));
      double second = Math.abs(x[i]) > 30 ? 0 : slopeTerm(x[i]);
      double exact = dy[i] * (sigmoid(x[i]) + second);
      double bound =
          dy[i] * U * ((4 * argument + 8) * sigmoid(x[i]) + (4 * argument + 18) * Math.abs(second))
              + dy[i] * FLAT_DX;
      double error = Math.abs(dx[i] - exact);
      float at = x[i];
      assertTrue(error <= bound, () -> "x = " + at + ": error " + error + " > " + bound);
      worst = Math.max(worst, error / bound);
    }
    assertTrue(worst > 0.02, "a bound that is never approached says nothing: " + worst);
  }

  /** 0.14 % of subnormal activations slowed the products of a training step by a third. */
  @Test
  void noResultIsSubnormal() {
    float[] x = sample();
    float[] dy = new float[x.length];
    Arrays.fill(dy, 1e-9f);
    float[] y = forward(x);
    float[] dx = backward(x, dy);
    for (int i = 0; i < x.length; i++) {
      float at = x[i];
      if (Math.abs(at) >= Float.MIN_NORMAL * 4) {
        assertTrue(y[i] == 0 || Math.abs(y[i]) >= Float.MIN_NORMAL, () -> "y at " + at);
      }
      assertTrue(dx[i] == 0 || Math.abs(dx[i]) >= Float.MIN_NORMAL, () -> "dx at " + at);
    }
  }

  /** What the Javadoc gives as measured, rounded up. */
  @Test
  void whereNothingCancelsTheErrorIsAFewUnitsInTheLastPlace() {
    float[] x = sample();
    float[] dy = new float[x.length];
    Arrays.fill(dy, 1);
    float[] y = forward(x);
    float[] dx = backward(x, dy);
    for (int i = 0; i < x.length; i++) {
      double exact = gelu(x[i]);
      String at = "x = " + x[i];
      if (x[i] >= 0) {
        assertEquals(exact, y[i], 2 * Math.ulp((float) exact), at);
      } else {
        assertEquals(exact, y[i], U, at);
      }
      if (Math.abs(x[i]) < 30) {
        assertEquals(derivative(x[i]), dx[i], 4 * U, at);
      }
    }
  }

  /**
   * Central differences with step h: h^2 / 6 times the third derivative (below 3) and 2^-52 / h of
   * rounding.
   */
  @Test
  void theDerivativeOfTheOracleIsItsCentralDifference() {
    double h = 1e-5;
    DoubleUnaryOperator f = GeluTest::gelu;
    for (double x = -8; x <= 8; x += 0.01) {
      double difference = (f.applyAsDouble(x + h) - f.applyAsDouble(x - h)) / (2 * h);
      assertEquals(difference, derivative(x), 1e-9, "x = " + x);
    }
  }

  @Test
  void infinitiesGoToTheirLimitsAndNanStaysNan() {
    float inf = Float.POSITIVE_INFINITY;
    assertEquals(inf, forward(inf));
    assertEquals(-0f, forward(-inf));
    assertEquals(Float.NaN, forward(Float.NaN));
    assertEquals(3.5f, backward(inf, 3.5f));
    assertEquals(0f, backward(-inf, 3.5f));
    assertEquals(Float.NaN, backward(Float.NaN, 3.5f));
    assertEquals(Float.NaN, backward(1, Float.NaN));
    assertEquals(Float.MAX_VALUE, forward(Float.MAX_VALUE));
    assertEquals(-0f, forward(-Float.MAX_VALUE));
    assertEquals(3.5f, backward(Float.MAX_VALUE, 3.5f));
    assertEquals(0f, backward(-Float.MAX_VALUE, 3.5f));
  }

  /** gelu(x) - gelu(-x) = x exactly; both sides within the bound of the forward pass. */
  @Property(tries = 200)
  void thePartsOfAValueAndItsNegativeAddUp(@ForAll @FloatRange(min = -6, max = 6) float x) {
    double sum = (double) forward(x) - forward(-x);
    assertEquals(x, sum, (4 * Math.abs(twoU(x)) + 12) * U * Math.abs(x) + 64 * Float.MIN_VALUE);
  }
}
