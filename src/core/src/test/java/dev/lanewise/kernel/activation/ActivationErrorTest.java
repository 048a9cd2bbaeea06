package dev.lanewise.kernel.activation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.activation.arrays.Elu;
import dev.lanewise.kernel.activation.arrays.GeluErf;
import dev.lanewise.kernel.activation.arrays.Hardswish;
import dev.lanewise.kernel.activation.arrays.Mish;
import dev.lanewise.kernel.activation.arrays.Sigmoid;
import dev.lanewise.kernel.activation.arrays.Silu;
import dev.lanewise.kernel.activation.arrays.Softplus;
import dev.lanewise.kernel.activation.arrays.Tanh;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.apache.commons.numbers.gamma.Erfc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every activation against its formula in double precision, within its documented bound. */
class ActivationErrorTest {
  private static final double U = 0x1p-24;

  /** What is left out where a curve counts as flat. */
  private static final double FLAT = 0x1p-118;

  private static final double ALPHA = 0.7f;

  static Stream<Curve> curves() {
    return Stream.concat(
        unbounded(),
        Stream.of(
            new Curve(
                "tanh",
                Tanh::forward,
                (x, x0, dy, dy0, dx, dx0, begin, end) -> {
                  float[] y = new float[x.length];
                  Tanh.forward(x, x0, y, x0, begin, end);
                  Tanh.backward(y, x0, dy, dy0, dx, dx0, begin, end);
                },
                StrictMath::tanh,
                x -> 1 / (StrictMath.cosh(x) * StrictMath.cosh(x)),
                x -> 3 * U * Math.abs(StrictMath.tanh(x)),
                // The roundings of the backward pass, and the error of y, twice in y^2.
                x -> 2 * U / (StrictMath.cosh(x) * StrictMath.cosh(x)) + 6 * U),
            new Curve(
                "softplus",
                Softplus::forward,
                Softplus::backward,
                x -> Math.max(x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x))),
                ActivationErrorTest::sigmoid,
                x -> 3 * U * (Math.max(x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x)))),
                x -> 5 * U * sigmoid(x) + 0x1p-125),
            new Curve(
                "elu",
                (x, x0, y, y0, begin, end) -> Elu.forward((float) ALPHA, x, x0, y, y0, begin, end),
                (x, x0, dy, dy0, dx, dx0, begin, end) ->
                    Elu.backward((float) ALPHA, x, x0, dy, dy0, dx, dx0, begin, end),
                x -> x > 0 ? x : ALPHA * StrictMath.expm1(x),
                x -> x > 0 ? 1 : ALPHA * StrictMath.exp(x),
                x -> x > 0 ? 0 : -4 * U * ALPHA * StrictMath.expm1(x),
                x -> x > 0 ? 0 : (4 * U * StrictMath.exp(x) + 0x1p-125) * ALPHA),
            SIGMOID));
  }

  private static final Curve SIGMOID =
      new Curve(
          "sigmoid",
          Sigmoid::forward,
          (x, x0, dy, dy0, dx, dx0, begin, end) -> {
            float[] y = new float[x.length];
            Sigmoid.forward(x, x0, y, x0, begin, end);
            Sigmoid.backward(y, x0, dy, dy0, dx, dx0, begin, end);
          },
          ActivationErrorTest::sigmoid,
          x -> sigmoid(x) * sigmoid(-x),
          x -> 4 * U * sigmoid(x) + 0x1p-125,
          // The roundings of the backward pass, and the error of y, which 1 - y has as well.
          x -> 3 * U * sigmoid(x) * sigmoid(-x) + 4 * U * sigmoid(x) + 0x1p-125);

  /** Those that are the identity at one end and 0 at the other. */
  static Stream<Curve> unbounded() {
    return Stream.of(
        new Curve(
            "gelu-erf",
            GeluErf::forward,
            GeluErf::backward,
            x -> x * normal(x),
            x -> normal(x) + x * density(x),
            x ->
                ((x * x / 2 + 13) * Math.abs(x) * normal(-Math.abs(x)) + Math.abs(x * normal(x)))
                        * U
                    + 0x1p-114,
            x ->
                ((x * x / 2 + 14) * (normal(-Math.abs(x)) + Math.abs(x) * density(x))
                            + 4 * normal(x))
                        * U
                    + 0x1p-110),
        new Curve(
            "silu",
            Silu::forward,
            Silu::backward,
            x -> x * sigmoid(x),
            x -> sigmoid(x) + x * sigmoid(x) * sigmoid(-x),
            x -> 5 * U * Math.abs(x * sigmoid(x)) + FLAT,
            x -> (7 * sigmoid(x) + 11 * Math.abs(x * sigmoid(x) * sigmoid(-x))) * U + FLAT),
        new Curve(
            "mish",
            Mish::forward,
            Mish::backward,
            x -> x * mishGate(x),
            x -> mishGate(x) + x * mishGateSlope(x),
            x -> 8 * U * Math.abs(x * mishGate(x)) + FLAT,
            x -> (10 * mishGate(x) + 20 * Math.abs(x * mishGateSlope(x))) * U + FLAT),
        new Curve(
            "hardswish",
            Hardswish::forward,
            Hardswish::backward,
            x -> x * Math.clamp(x + 3, 0, 6) / 6,
            ActivationErrorTest::hardswishSlope,
            x -> 4 * U * Math.abs(x * Math.clamp(x + 3, 0, 6) / 6),
            x ->
                Math.abs(x) >= 3
                    ? 0
                    : (2 * Math.abs(x / 3) + 2 * Math.abs(hardswishSlope(x))) * U));
  }

  private static double sigmoid(double x) {
    double e = StrictMath.exp(-Math.abs(x));
    return x >= 0 ? 1 / (1 + e) : e / (1 + e);
  }

  private static double normal(double x) {
    return Math.abs(x) > 1e9 ? (x < 0 ? 0 : 1) : 0.5 * Erfc.value(-x / Math.sqrt(2));
  }

  private static double density(double x) {
    return Math.abs(x) > 1e9 ? 0 : StrictMath.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }

  private static double mishGate(double x) {
    return StrictMath.tanh(x > 700 ? x : StrictMath.log1p(StrictMath.exp(x)));
  }

  private static double mishGateSlope(double x) {
    double cosh = StrictMath.cosh(x > 300 ? 300 : StrictMath.log1p(StrictMath.exp(x)));
    return sigmoid(x) / (cosh * cosh);
  }

  private static double hardswishSlope(double x) {
    return x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5;
  }

  /** From -13 to 13 in steps of 2^-12, to 100 in steps of 2^-5, then in powers of two. */
  private static float[] sample() {
    int fine = 2 * 13 * 4096;
    int coarse = 2 * 100 * 32;
    float[] x = new float[fine + coarse + 2 * 276];
    for (int i = 0; i < fine; i++) {
      x[i] = (float) (-13 + i * 0x1p-12 + 0x1p-23 * i);
    }
    for (int i = 0; i < coarse; i++) {
      x[fine + i] = (float) (-100 + i * 0x1p-5 + 0x1p-17 * i);
    }
    for (int i = 0; i < 276; i++) {
      float power = Math.scalb(1.37f, i - 149);
      x[fine + coarse + 2 * i] = power;
      x[fine + coarse + 2 * i + 1] = -power;
    }
    return x;
  }

  private static double worst(
      float[] x, float[] y, float[] dy, DoubleUnaryOperator exact, DoubleUnaryOperator bound) {
    double worst = 0;
    for (int i = 0; i < x.length; i++) {
      double allowed = Math.abs(dy[i]) * bound.applyAsDouble(x[i]) + Float.MIN_VALUE;
      double error = Math.abs(y[i] - dy[i] * exact.applyAsDouble(x[i]));
      float at = x[i];
      assertTrue(error <= allowed, () -> "x = " + at + ": error " + error + " > " + allowed);
      if (Math.abs(at) < 100) {
        worst = Math.max(worst, error / allowed);
      }
    }
    return worst;
  }

  @ParameterizedTest
  @MethodSource("curves")
  void forwardKeepsItsErrorBound(Curve curve) {
    float[] x = sample();
    float[] y = new float[x.length];
    float[] ones = new float[x.length];
    Arrays.fill(ones, 1);
    curve.forward().run(x, 0, y, 0, 0, x.length);
    double worst = worst(x, y, ones, curve.value(), curve.valueBound());
    assertTrue(worst > 0.1, "a bound that is never approached says nothing: " + worst);
  }

  @ParameterizedTest
  @MethodSource("curves")
  void backwardKeepsItsErrorBound(Curve curve) {
    float[] x = sample();
    float[] dx = new float[x.length];
    float[] dy = new float[x.length];
    for (int i = 0; i < dy.length; i++) {
      dy[i] = 0.75f + i % 7;
    }
    curve.backward().run(x, 0, dy, 0, dx, 0, 0, x.length);
    double worst = worst(x, dx, dy, curve.derivative(), curve.derivativeBound());
    assertTrue(worst > 0.1, "a bound that is never approached says nothing: " + worst);
  }

  /**
   * Central differences with step h: h^2 / 6 times the third derivative (below 3) and 2^-52 |y| / h
   * of rounding; at a kink the difference is the mean of both sides, so those are left out.
   */
  @ParameterizedTest
  @MethodSource("curves")
  void theDerivativeOfTheOracleIsItsCentralDifference(Curve curve) {
    double h = 1e-5;
    for (double x = -12.005; x <= 12; x += 0.01) {
      double difference =
          (curve.value().applyAsDouble(x + h) - curve.value().applyAsDouble(x - h)) / (2 * h);
      assertEquals(difference, curve.derivative().applyAsDouble(x), 2e-9, "x = " + x);
    }
  }

  /** A share of subnormal activations of a thousandth slows down the products they go into. */
  @ParameterizedTest
  @MethodSource("unbounded")
  void noResultIsSubnormalUnlessItsInputIsClose(Curve curve) {
    float[] x = sample();
    float[] y = new float[x.length];
    curve.forward().run(x, 0, y, 0, 0, x.length);
    for (int i = 0; i < x.length; i++) {
      float at = x[i];
      if (Math.abs(at) >= Float.MIN_NORMAL * 4) {
        assertTrue(y[i] == 0 || Math.abs(y[i]) >= Float.MIN_NORMAL, () -> "y at " + at);
      }
    }
  }

  /** From 2^-30 to where the curve is flat. */
  @Test
  void theNormalTailKeepsItsErrorBound() {
    double worst = 0;
    int end = Float.floatToRawIntBits(NormalTail.FLAT);
    for (int bits = Float.floatToRawIntBits(0x1p-30f); bits <= end; bits += 64 * 16) {
      float a = Float.intBitsToFloat(bits);
      double exact = normal(-a) * StrictMath.exp((double) a * a / 2);
      worst = Math.max(worst, Math.abs(NormalTail.scaled(a) / exact - 1) / U);
    }
    assertTrue(worst <= 6 && worst > 2, "error " + worst + " u");
  }

  @Test
  void infinitiesGoToTheirLimitsAndNanStaysNan() {
    float inf = Float.POSITIVE_INFINITY;
    float[] x = {inf, -inf, Float.NaN, Float.MAX_VALUE, -Float.MAX_VALUE};
    float[] dy = {3, 3, 3, 3, 3};
    float[] y = new float[5];
    float[] dx = new float[5];
    unbounded()
        .forEach(
            curve -> {
              curve.forward().run(x, 0, y, 0, 0, 5);
              assertEquals(inf, y[0], curve.name());
              assertEquals(0, Math.abs(y[1]), curve.name());
              assertEquals(Float.NaN, y[2], curve.name());
              assertEquals(Float.MAX_VALUE, y[3], curve.name());
              assertEquals(0, Math.abs(y[4]), curve.name());
              curve.backward().run(x, 0, dy, 0, dx, 0, 0, 5);
              assertEquals(3, dx[0], curve.name());
              assertEquals(0, Math.abs(dx[1]), curve.name());
              assertEquals(Float.NaN, dx[2], curve.name());
              assertEquals(3, dx[3], curve.name());
              assertEquals(0, Math.abs(dx[4]), curve.name());
            });
    Sigmoid.forward(x, 0, y, 0, 0, 5);
    assertEquals("[1.0, 0.0, NaN, 1.0, 0.0]", Arrays.toString(y));
  }
}
