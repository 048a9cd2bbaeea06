package dev.lanewise.simd.math;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.simd.Lanes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VectorMathTest {
  private static final float INF = Float.POSITIVE_INFINITY;
  private static final float NAN = Float.NaN;
  private static final float MIN = Float.MIN_VALUE;
  private static final float MAX = Float.MAX_VALUE;

  private static final double BOUND_ULP = 1.5;
  private static final double WIDE_BOUND_ULP = 2.5;

  /** Every exponent, every low bit of the significand, both signs, NaN patterns too. */
  private static final int PRIME_STRIDE = 4_093;

  /** Floats on either side of a branch point. */
  private static final int NEIGHBOURS = 3_000;

  private static final int BLOCK_BITS = 20;

  interface Scalar {
    float of(float x);
  }

  interface Vector {
    FloatVector of(FloatVector x);
  }

  static final class Row {
    final String name;
    final Scalar scalar;
    final Vector vector;
    final DoubleUnaryOperator oracle;
    final double bound;
    final float[] edges;
    final float[][] specials;

    /**
     * One function.
     *
     * @param edges where its formula changes, and where its results overflow, underflow or end
     * @param specials pairs of an argument and the exact result
     */
    Row(
        String name,
        Scalar scalar,
        Vector vector,
        DoubleUnaryOperator oracle,
        double bound,
        float[] edges,
        float[][] specials) {
      this.name = name;
      this.scalar = scalar;
      this.vector = vector;
      this.oracle = oracle;
      this.bound = bound;
      this.edges = edges;
      this.specials = specials;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static final List<Row> ROWS =
      List.of(
          new Row(
              "exp",
              Exp::exp,
              Exp::exp,
              Oracle::exp,
              BOUND_ULP,
              new float[] {-87.33655f, -103.97208f, 88.72284f, 89, -105, 0.3465736f},
              new float[][] {
                {NAN, NAN},
                {INF, INF},
                {-INF, 0},
                {0, 1},
                {-0f, 1},
                {MIN, 1},
                {-MIN, 1},
                {MAX, INF},
                {-MAX, 0},
                {88.72284f, INF},
                {-103.97f, MIN},
                {-103.98f, 0},
              }),
          new Row(
              "expm1",
              Exp::expm1,
              Exp::expm1,
              Oracle::expm1,
              WIDE_BOUND_ULP,
              new float[] {0x1p-24f, -0x1p-24f, -18, 88.72284f, 89, 0.3465736f, -0.3465736f},
              new float[][] {
                {NAN, NAN},
                {INF, INF},
                {-INF, -1},
                {0, 0},
                {-0f, -0f},
                {MIN, MIN},
                {-MIN, -MIN},
                {MAX, INF},
                {-MAX, -1},
                {88.72284f, INF},
                {-18, -1},
              }),
          new Row(
              "log",
              Log::log,
              Log::log,
              StrictMath::log,
              BOUND_ULP,
              new float[] {Float.MIN_NORMAL, 0x1.6a09e6p-1f, 0x1.6a09e6p0f, 1, 0},
              new float[][] {
                {NAN, NAN},
                {INF, INF},
                {-INF, NAN},
                {0, -INF},
                {-0f, -INF},
                {1, 0},
                {-MIN, NAN},
                {-MAX, NAN},
                {-1, NAN},
              }),
          new Row(
              "log1p",
              Log::log1p,
              Log::log1p,
              Oracle::log1p,
              BOUND_ULP,
              new float[] {-1, 0, -0.29289323f, 0.41421357f, 0x1p24f, 0x1.6a09e6p127f, MAX},
              new float[][] {
                {NAN, NAN},
                {INF, INF},
                {-INF, NAN},
                {0, 0},
                {-0f, -0f},
                {-1, -INF},
                {MIN, MIN},
                {-MIN, -MIN},
                {-MAX, NAN},
                {-1.0000001f, NAN},
              }),
          new Row(
              "tanh",
              Tanh::tanh,
              Tanh::tanh,
              Oracle::tanh,
              BOUND_ULP,
              new float[] {0.8f, -0.8f, 9.010913f, -9.010913f, 10},
              new float[][] {
                {NAN, NAN},
                {INF, 1},
                {-INF, -1},
                {0, 0},
                {-0f, -0f},
                {MIN, MIN},
                {-MIN, -MIN},
                {MAX, 1},
                {-MAX, -1},
                {10, 1},
                {-10, -1},
              }),
          new Row(
              "sigmoid",
              Sigmoid::sigmoid,
              Sigmoid::sigmoid,
              Oracle::sigmoid,
              BOUND_ULP,
              new float[] {0, -16.635532f, 17.32868f, 25, -87.33655f, -103.97208f, -104},
              new float[][] {
                {NAN, NAN},
                {INF, 1},
                {-INF, 0},
                {0, 0.5f},
                {-0f, 0.5f},
                {MIN, 0.5f},
                {-MIN, 0.5f},
                {MAX, 1},
                {-MAX, 0},
                {-104, 0},
                {25, 1},
              }),
          new Row(
              "softplus",
              Softplus::softplus,
              Softplus::softplus,
              Oracle::softplus,
              BOUND_ULP,
              new float[] {0, 1, -1, 16.635532f, -87.33655f, -103.97208f, -105, 105},
              new float[][] {
                {NAN, NAN}, {INF, INF}, {-INF, 0}, {0, 0x1.62e43p-1f}, {-0f, 0x1.62e43p-1f},
                {MAX, MAX}, {-MAX, 0}, {-103.97f, MIN}, {-104, 0}, {100, 100},
              }),
          new Row(
              "erf",
              Erf::erf,
              Erf::erf,
              Oracle::erf,
              BOUND_ULP,
              new float[] {1, -1, 3.919206f, -3.919206f, 4},
              new float[][] {
                {NAN, NAN},
                {INF, 1},
                {-INF, -1},
                {0, 0},
                {-0f, -0f},
                {MIN, MIN},
                {-MIN, -MIN},
                {MAX, 1},
                {-MAX, -1},
                {4, 1},
                {-4, -1},
              }),
          new Row(
              "erfc",
              Erf::erfc,
              Erf::erfc,
              Oracle::erfc,
              BOUND_ULP,
              new float[] {0, 9.194549f, 10.05f, 10.5f, -3.832507f, 0.5f},
              new float[][] {
                {NAN, NAN},
                {INF, 0},
                {-INF, 2},
                {0, 1},
                {-0f, 1},
                {MIN, 1},
                {-MIN, 1},
                {MAX, 0},
                {-MAX, 2},
                {10.06f, 0},
                {-4, 2},
              }),
          new Row(
              "sin",
              Sine::sin,
              Sine::sin,
              Oracle::sin,
              BOUND_ULP,
              new float[] {6433, -6433, 0.7853982f, 1.5707964f, 3.1415927f, 252.89821f, 0x1p100f},
              new float[][] {
                {NAN, NAN},
                {INF, NAN},
                {-INF, NAN},
                {0, 0},
                {-0f, -0f},
                {MIN, MIN},
                {-MIN, -MIN},
              }),
          new Row(
              "cos",
              Sine::cos,
              Sine::cos,
              Oracle::cos,
              BOUND_ULP,
              new float[] {6433, -6433, 0.7853982f, 1.5707964f, 3.1415927f, 252.89821f, 0x1p100f},
              new float[][] {
                {NAN, NAN},
                {INF, NAN},
                {-INF, NAN},
                {0, 1},
                {-0f, 1},
                {MIN, 1},
                {-MIN, 1},
              }),
          new Row(
              "rsqrt",
              Rsqrt::rsqrt,
              Rsqrt::rsqrt,
              Oracle::rsqrt,
              BOUND_ULP,
              new float[] {0, Float.MIN_NORMAL, 1, MAX},
              new float[][] {
                {NAN, NAN},
                {INF, 0},
                {-INF, NAN},
                {0, INF},
                {-0f, -INF},
                {1, 1},
                {4, 0.5f},
                {-1, NAN},
                {MIN, 0x1.6a09e6p74f},
              }));

  static Stream<Row> rows() {
    return ROWS.stream();
  }

  private final float[] x = new float[Lanes.F32_LANES];
  private final float[] y = new float[Lanes.F32_LANES];

  @ParameterizedTest
  @MethodSource("rows")
  void aDenseSampleIsWithinTheBoundAndHasTheSameBitsInEveryLane(Row row) {
    assertWithinBound(row, 0, 1L << 32, PRIME_STRIDE);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void whereTheFormulaChangesAndResultsEndEveryFloatIsWithinTheBound(Row row) {
    for (float edge : row.edges) {
      long bits = Integer.toUnsignedLong(Float.floatToRawIntBits(edge));
      assertWithinBound(row, Math.max(0, bits - NEIGHBOURS), bits + NEIGHBOURS, 1);
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void specialValuesAreExactInTheScalarTwinAndInEveryLane(Row row) {
    for (float[] special : row.specials) {
      assertEquals(special[1], row.scalar.of(special[0]), () -> row + "(" + special[0] + ")");
      for (int lane = 0; lane < x.length; lane++) {
        for (int i = 0; i < x.length; i++) {
          x[i] = i == lane ? special[0] : 0.5f * i;
        }
        row.vector.of(FloatVector.fromArray(Lanes.F32, x, 0)).intoArray(y, 0);
        for (int i = 0; i < x.length; i++) {
          assertEquals(row.scalar.of(x[i]), y[i], row + "(" + x[i] + ") in lane " + i);
        }
      }
    }
  }

  /** The published values are those of Abramowitz and Stegun, 1964, tables 7.1 and 7.3. */
  @Test
  void theOracleOfTheErrorFunctionsGivesPublishedValues() {
    assertEquals(0.5204998778, Oracle.erf(0.5), 1e-10);
    assertEquals(0.8427007929, Oracle.erf(1), 1e-10);
    assertEquals(0.9953222650, Oracle.erf(2), 1e-10);
    assertEquals(4.677734981e-3, Oracle.erfc(2), 1e-12);
    assertEquals(1.541725790e-8, Oracle.erfc(4), 1e-17);
    assertEquals(2.088487584e-45, Oracle.erfc(10), 1e-54);
  }

  @Test
  @Tag("exhaustive")
  void everyFloatIsWithinTheBound() {
    List<String> table = new ArrayList<>();
    boolean within = true;
    System.out.println("| function | max ULP | at input |\n|---|---|---|");
    for (Row row : ROWS) {
      Worst worst =
          IntStream.range(0, 1 << (32 - BLOCK_BITS))
              .parallel()
              .mapToObj(block -> worstOfBlock(row, block << BLOCK_BITS))
              .reduce(new Worst(0, 0), Worst::max);
      String line =
          String.format("| %s | %.3f | %a |", row, worst.ulps, Float.intBitsToFloat(worst.bits));
      System.out.println(line);
      table.add(line);
      within &= worst.ulps <= row.bound;
    }
    assertTrue(within, table::toString);
  }

  private record Worst(double ulps, int bits) {
    static Worst max(Worst a, Worst b) {
      return a.ulps >= b.ulps ? a : b;
    }
  }

  private static Worst worstOfBlock(Row row, int first) {
    float[] in = new float[Lanes.F32_LANES];
    float[] out = new float[Lanes.F32_LANES];
    double worst = 0;
    int at = first;
    for (int offset = 0; offset < 1 << BLOCK_BITS; offset += in.length) {
      for (int i = 0; i < in.length; i++) {
        in[i] = Float.intBitsToFloat(first + offset + i);
      }
      row.vector.of(FloatVector.fromArray(Lanes.F32, in, 0)).intoArray(out, 0);
      for (int i = 0; i < in.length; i++) {
        double ulps = Oracle.ulps(out[i], row.oracle.applyAsDouble(in[i]));
        if (ulps > worst) {
          worst = ulps;
          at = first + offset + i;
        }
      }
    }
    return new Worst(worst, at);
  }

  /** Bit patterns from {@code first}; fails too where lanes and the scalar twin differ. */
  private void assertWithinBound(Row row, long first, long end, int stride) {
    double worst = 0;
    float at = 0;
    for (long block = first; block < end; block += (long) stride * x.length) {
      for (int i = 0; i < x.length; i++) {
        x[i] = Float.intBitsToFloat((int) Math.min(end - 1, block + (long) i * stride));
      }
      row.vector.of(FloatVector.fromArray(Lanes.F32, x, 0)).intoArray(y, 0);
      for (int i = 0; i < x.length; i++) {
        if (Float.floatToIntBits(y[i]) != Float.floatToIntBits(row.scalar.of(x[i]))) {
          assertEquals(row.scalar.of(x[i]), y[i], row + "(" + x[i] + ") in lane " + i);
        }
        double ulps = Oracle.ulps(y[i], row.oracle.applyAsDouble(x[i]));
        if (ulps > worst) {
          worst = ulps;
          at = x[i];
        }
      }
    }
    assertTrue(worst <= row.bound, worst + " ULP: " + row + "(" + at + ")");
  }

  @Test
  void powersOfADenseSampleAreWithinTheBoundAndHaveTheSameBitsInEveryLane() {
    // Bit patterns with odd strides through the square of all floats: NaN, infinities, signs,
    // subnormal numbers, mostly results that overflow or underflow.
    assertPowers(1 << 20, i -> bits(i * 0x9e37_79b1), i -> bits(i * 0x85eb_ca6b + 7));
    // Small integers and halves as exponents, of bases of either sign.
    assertPowers(1 << 20, i -> bits(i * 0x9e37_79b1), i -> 0.5f * (i % 41 - 20));
  }

  @Test
  void powersThatAreFloatsAreWithinTheBound() {
    Random random = new Random(1);
    float[] logs = new float[1 << 20];
    for (int i = 0; i < logs.length; i++) {
      logs[i] = -151 + 280 * random.nextFloat();
    }
    // Exponents for which the result runs through all floats, overflow and subnormal ones included;
    // of all bases, of bases close to 1 and of those near the square roots of 1/2 and 2, where the
    // logarithm is hardest.
    assertPowersOf(logs, i -> bits((i * 0x9e37_79b1) & 0x7fff_ffff));
    assertPowersOf(logs, i -> 1 + (i % 65_537 - 32_768) * 0x1p-23f);
    assertPowersOf(logs, i -> 0x1.6a09e6p0f - (i & 0xffff) * 0x1p-20f);
    assertPowersOf(logs, i -> 0x1.6a09e6p-1f + (i & 0xffff) * 0x1p-21f);
  }

  @Test
  void powersNearOneAreWithinTheBound() {
    assertPowers(1 << 20, i -> 1 + (i % 65_537 - 32_768) * 0x1p-23f, i -> (i >> 8) * 0x1p-6f);
    assertPowers(
        1 << 20, i -> bits((i * 0x9e37_79b1) & 0x7fff_ffff), i -> (i - (1 << 19)) * 0x1p-45f);
  }

  /** The rows of the table of {@link Pow#pow}, with a representative or two each. */
  @Test
  void specialCasesOfThePowerAreThoseOfC99InTheScalarTwinAndInEveryLane() {
    float[][] table = {
      {1, NAN, 1},
      {1, INF, 1},
      {1, -2.5f, 1},
      {NAN, 0, 1},
      {NAN, -0f, 1},
      {0, 0, 1},
      {-0f, -0f, 1},
      {INF, 0, 1},
      {-INF, -0f, 1},
      {-2, 0, 1},
      {NAN, 1, NAN},
      {NAN, NAN, NAN},
      {NAN, INF, NAN},
      {2, NAN, NAN},
      {0, NAN, NAN},
      {-INF, NAN, NAN},
      {-1, NAN, NAN},
      {-1, INF, 1},
      {-1, -INF, 1},
      {0.5f, -INF, INF},
      {-0.5f, -INF, INF},
      {0, -INF, INF},
      {-0f, -INF, INF},
      {MIN, -INF, INF},
      {2, -INF, 0},
      {-2, -INF, 0},
      {INF, -INF, 0},
      {-INF, -INF, 0},
      {0.5f, INF, 0},
      {-0.5f, INF, 0},
      {0, INF, 0},
      {-0f, INF, 0},
      {2, INF, INF},
      {-2, INF, INF},
      {INF, INF, INF},
      {-INF, INF, INF},
      {0, -3, INF},
      {-0f, -3, -INF},
      {0, -2, INF},
      {-0f, -2, INF},
      {-0f, -2.5f, INF},
      {0, 3, 0},
      {-0f, 3, -0f},
      {0, 2, 0},
      {-0f, 2, 0},
      {-0f, 2.5f, 0},
      {-0f, 0x1p24f, 0},
      {-0f, 0x1.fffffep23f, -0f},
      {-0f, 0x1.fffffcp23f, 0},
      {-0f, 0x1p23f + 1, -0f},
      {-INF, -3, -0f},
      {-INF, -2, 0},
      {-INF, -2.5f, 0},
      {-INF, 3, -INF},
      {-INF, 2, INF},
      {-INF, 0.5f, INF},
      {INF, -3, 0},
      {INF, -MIN, 0},
      {INF, 3, INF},
      {INF, MIN, INF},
      {-2, 0.5f, NAN},
      {-MIN, 1.5f, NAN},
      {-MAX, 0x1p22f + 0.5f, NAN},
      {-2, MIN, NAN},
      {-2, 3, -8},
      {-2, 2, 4},
      {-2, -1, -0.5f},
      {-1, 0x1.fffffep23f, -1},
      {-1, MAX, 1},
      {2, 127, 0x1p127f},
      {2, 128, INF},
      {-2, 129, -INF},
      {2, -149, MIN},
      {-2, -149, -MIN},
      {2, -151, 0},
      {-2, -151, -0f},
      {MIN, 1, MIN},
      {MAX, 1, MAX},
      {MIN, -1, INF},
      {3, 1, 3},
    };
    float[] exponents = new float[x.length];
    for (float[] row : table) {
      String call = "pow(" + row[0] + ", " + row[1] + ")";
      assertEquals(row[2], Pow.pow(row[0], row[1]), call);
      for (int lane = 0; lane < x.length; lane++) {
        for (int i = 0; i < x.length; i++) {
          x[i] = i == lane ? row[0] : 0.5f * i;
          exponents[i] = i == lane ? row[1] : 1.5f;
        }
        System.arraycopy(x, 0, y, 0, x.length);
        Pow.pow(y, exponents, new float[x.length], new float[x.length], x.length);
        for (int i = 0; i < x.length; i++) {
          assertEquals(Pow.pow(x[i], exponents[i]), y[i], call + " in lane " + lane);
        }
      }
    }
  }

  private interface Operand {
    float of(int i);
  }

  private static float bits(int bits) {
    return Float.intBitsToFloat(bits);
  }

  private void assertPowersOf(float[] logs, Operand base) {
    assertPowers(
        logs.length, base, i -> (float) (logs[i] * StrictMath.log(2) / StrictMath.log(base.of(i))));
  }

  private void assertPowers(int n, Operand base, Operand exponent) {
    float[] exponents = new float[x.length];
    float[] logs = new float[x.length];
    float[] rests = new float[x.length];
    double worst = 0;
    String at = "";
    for (int block = 0; block < n; block += x.length) {
      for (int i = 0; i < x.length; i++) {
        x[i] = base.of(block + i);
        exponents[i] = exponent.of(block + i);
      }
      System.arraycopy(x, 0, y, 0, x.length);
      Pow.pow(y, exponents, logs, rests, x.length);
      for (int i = 0; i < x.length; i++) {
        float twin = Pow.pow(x[i], exponents[i]);
        if (Float.floatToIntBits(y[i]) != Float.floatToIntBits(twin)) {
          assertEquals(twin, y[i], "pow(" + x[i] + ", " + exponents[i] + ") in lane " + i);
        }
        double ulps = Oracle.ulps(y[i], Oracle.pow(x[i], exponents[i]));
        if (ulps > worst) {
          worst = ulps;
          at = "pow(" + x[i] + ", " + exponents[i] + ")";
        }
      }
    }
    assertTrue(worst <= WIDE_BOUND_ULP, worst + " ULP: " + at);
  }
}
