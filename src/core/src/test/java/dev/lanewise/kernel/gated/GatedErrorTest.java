package dev.lanewise.kernel.gated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.gated.arrays.Geglu;
import dev.lanewise.kernel.gated.arrays.GegluErf;
import dev.lanewise.kernel.gated.arrays.Swiglu;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.apache.commons.numbers.gamma.Erfc;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every gated activation against its formula in double precision, within its documented bound. */
class GatedErrorTest {
  private static final double U = 0x1p-24;
  private static final double C = 2 * Math.sqrt(2 / Math.PI);
  private static final double K = 0.044715;

  /** The gate, its derivative, and the errors that the documentation allows for y, da and db. */
  record Gate(
      String name,
      Forward forward,
      Backward backward,
      DoubleUnaryOperator gate,
      DoubleUnaryOperator slope,
      DoubleUnaryOperator yBound,
      DoubleUnaryOperator daBound,
      DoubleUnaryOperator dbBound) {
    @Override
    public String toString() {
      return name;
    }
  }

  @FunctionalInterface
  interface Forward {
    void run(
        float[] a, int aOffset, float[] b, int bOffset, float[] y, int yOffset, int begin, int end);
  }

  @FunctionalInterface
  interface Backward {
    void run(
        float[] a,
        int aOffset,
        float[] b,
        int bOffset,
        float[] dy,
        int dyOffset,
        float[] da,
        int daOffset,
        float[] db,
        int dbOffset,
        int begin,
        int end);
  }

  static Stream<Gate> gates() {
    return Stream.of(
        new Gate(
            "swiglu",
            Swiglu::forward,
            Swiglu::backward,
            a -> a * sigmoid(a),
            a -> sigmoid(a) + a * sigmoid(a) * sigmoid(-a),
            a -> 6 * U * Math.abs(a * sigmoid(a)) + 0x1p-118,
            a -> (8 * sigmoid(a) + 12 * Math.abs(a * sigmoid(a) * sigmoid(-a))) * U + 0x1p-118,
            a -> 7 * U * Math.abs(a * sigmoid(a)) + 0x1p-118),
        new Gate(
            "geglu-erf",
            GegluErf::forward,
            GegluErf::backward,
            a -> a * normal(a),
            a -> normal(a) + a * density(a),
            GatedErrorTest::gegluErfBound,
            a ->
                ((a * a / 2 + 14) * (normal(-Math.abs(a)) + Math.abs(a) * density(a))
                            + 5 * normal(a))
                        * U
                    + 0x1p-110,
            GatedErrorTest::gegluErfBound),
        new Gate(
            "geglu",
            Geglu::forward,
            Geglu::backward,
            a -> a * sigmoid(twoU(a)),
            a -> sigmoid(twoU(a)) + secondTerm(a),
            a -> (4 * Math.abs(twoU(a)) + 7) * U * Math.abs(a * sigmoid(twoU(a))) + 0x1p-67,
            a ->
                ((4 * Math.abs(twoU(a)) + 9) * sigmoid(twoU(a))
                            + (4 * Math.abs(twoU(a)) + 19) * Math.abs(secondTerm(a)))
                        * U
                    + 0x1p-63,
            a -> (4 * Math.abs(twoU(a)) + 8) * U * Math.abs(a * sigmoid(twoU(a))) + 0x1p-67));
  }

  private static double sigmoid(double x) {
    double e = StrictMath.exp(-Math.abs(x));
    return x >= 0 ? 1 / (1 + e) : e / (1 + e);
  }

  private static double gegluErfBound(double a) {
    double tail = Math.abs(a) * normal(-Math.abs(a));
    return ((a * a / 2 + 13) * tail + 2 * Math.abs(a * normal(a))) * U + 0x1p-114;
  }

  private static double normal(double x) {
    return 0.5 * Erfc.value(-x / Math.sqrt(2));
  }

  private static double density(double x) {
    return StrictMath.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }

  private static double twoU(double a) {
    return C * (a + K * a * a * a);
  }

  private static double secondTerm(double a) {
    return a * C * (1 + 3 * K * a * a) * sigmoid(twoU(a)) * sigmoid(-twoU(a));
  }

  private static float[] sample(double limit, int n) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) (limit * (2.0 * i / n - 1));
    }
    return x;
  }

  private static double ratio(float got, double exact, double bound, float at) {
    double error = Math.abs(got - exact);
    assertTrue(error <= bound, () -> "a = " + at + ": error " + error + " > " + bound);
    return Math.abs(at) < 90 ? error / bound : 0;
  }

  @ParameterizedTest
  @MethodSource("gates")
  void forwardAndBothGradientsKeepTheirErrorBounds(Gate gate) {
    for (double limit : new double[] {0.01, 12, 120}) {
      int n = 40_001;
      float[] a = sample(limit, n);
      float[] b = new float[n];
      float[] dy = new float[n];
      for (int i = 0; i < n; i++) {
        b[i] = i % 11 - 5.3f;
        dy[i] = 0.75f + i % 7;
      }
      float[] y = new float[n];
      float[] da = new float[n];
      float[] db = new float[n];
      gate.forward().run(a, 0, b, 0, y, 0, 0, n);
      gate.backward().run(a, 0, b, 0, dy, 0, da, 0, db, 0, 0, n);
      double worst = 1;
      double worstY = 0;
      double worstA = 0;
      double worstB = 0;
      for (int i = 0; i < n; i++) {
        double g = gate.gate().applyAsDouble(a[i]);
        double yBound = Math.abs(b[i]) * gate.yBound().applyAsDouble(a[i]);
        worstY = Math.max(worstY, ratio(y[i], g * b[i], yBound, a[i]));
        double dyb = (double) dy[i] * b[i];
        double daBound = Math.abs(dyb) * gate.daBound().applyAsDouble(a[i]);
        double slope = gate.slope().applyAsDouble(a[i]);
        worstA = Math.max(worstA, ratio(da[i], dyb * slope, daBound, a[i]));
        double dbBound = Math.abs(dy[i]) * gate.dbBound().applyAsDouble(a[i]);
        worstB = Math.max(worstB, ratio(db[i], dy[i] * g, dbBound, a[i]));
      }
      worst = Math.min(worst, Math.min(worstY, Math.min(worstA, worstB)));
      assertTrue(worst > 0.1, "a bound that is never approached says nothing: " + worst);
    }
  }

  /** Central differences with step h: h^2 / 6 times the third derivative (below 3). */
  @ParameterizedTest
  @MethodSource("gates")
  void theSlopeOfTheOracleIsItsCentralDifference(Gate gate) {
    double h = 1e-5;
    for (double a = -12; a <= 12; a += 0.01) {
      double difference =
          (gate.gate().applyAsDouble(a + h) - gate.gate().applyAsDouble(a - h)) / (2 * h);
      assertEquals(difference, gate.slope().applyAsDouble(a), 2e-9, "a = " + a);
    }
  }

  @ParameterizedTest
  @MethodSource("gates")
  void aClosedGateLetsNothingThrough(Gate gate) {
    float inf = Float.POSITIVE_INFINITY;
    float[] a = {-inf, inf, Float.NaN, 1, -Float.MAX_VALUE};
    float[] b = {2, 2, 2, Float.NaN, 2};
    float[] dy = {3, 3, 3, 3, 3};
    float[] y = new float[5];
    float[] da = new float[5];
    float[] db = new float[5];
    gate.forward().run(a, 0, b, 0, y, 0, 0, 5);
    gate.backward().run(a, 0, b, 0, dy, 0, da, 0, db, 0, 0, 5);
    assertEquals(0, Math.abs(y[0]));
    assertEquals(0, Math.abs(da[0]));
    assertEquals(0, Math.abs(db[0]));
    assertEquals(inf, y[1]);
    assertEquals(6, da[1]);
    assertEquals(inf, db[1]);
    assertEquals(Float.NaN, y[2]);
    assertEquals(Float.NaN, da[2]);
    assertEquals(Float.NaN, db[2]);
    assertEquals(Float.NaN, y[3]);
    assertEquals(Float.NaN, da[3]);
    assertEquals(0, Math.abs(y[4]));
    assertEquals(0, Math.abs(db[4]));
  }
}
