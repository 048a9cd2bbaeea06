package dev.lanewise.optim.step.f32;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.optim.step.StepOptions;
import dev.lanewise.optim.step.f32.StepMethods.Method;
import dev.lanewise.simd.Lanes;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every method, on arrays and on segments, against its formula in double precision. */
@SuppressWarnings("cast")
class StepTest {
  private static final double U = 0x1p-24;
  private static final int BLOCK = 4096;

  private static final StepOptions OPTIONS =
      StepOptions.NONE.withGradScale(0.5).withDecoupledDecay(0.1).withClipValue(0.7);

  static List<Method> methods() {
    return StepMethods.ALL;
  }

  private static float[][] values(Method method, int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[][] x = new float[method.operands()][n];
    for (int i = 0; i < n; i++) {
      for (int s = 0; s < x.length; s++) {
        double value = random.nextGaussian();
        // Second moments are not below the square of the first.
        x[s][i] =
            (float) (s < 2 ? value : s == 2 && x.length > 3 ? 0.3 * value : 2 + value * value);
      }
    }
    return x;
  }

  private static float[][] onArrays(
      Method method, float[][] x, int begin, int end, StepOptions options) {
    float[][] copies = new float[x.length][];
    for (int i = 0; i < x.length; i++) {
      copies[i] = x[i].clone();
    }
    method.arrays().step(copies, begin, end, 3, options);
    return copies;
  }

  private static float[][] onSegments(
      Method method, float[][] x, int begin, int end, StepOptions options) {
    GuardedFloats[] guarded = new GuardedFloats[x.length];
    MemorySegment[] segments = new MemorySegment[x.length];
    for (int i = 0; i < x.length; i++) {
      guarded[i] = GuardedFloats.copyOf(x[i]);
      segments[i] = guarded[i].segment();
    }
    method.segments().step(segments, begin, end, 3, options);
    float[][] results = new float[x.length][];
    for (int i = 0; i < x.length; i++) {
      guarded[i].assertGuardsIntact();
      results[i] = guarded[i].toArray();
      guarded[i].close();
    }
    return results;
  }

  private static void assertSame(float[][] expected, float[][] actual, String what) {
    for (int i = 0; i < expected.length; i++) {
      assertArrayEquals(expected[i], actual[i], what + ", operand " + i);
    }
  }

  /**
   * Gradients are 0.5 to 2 in size. A step rounds w three times; the update, of at most 10 lr, is
   * off by its own roundings, at most 20 of its size, and by those of the moments: m has at most 13
   * G / 0.5 relative to the smallest root, the centred variance v - a^2 of at least v / 5 has 5
   * times the 10 of both. Together below 10 lr * 100 a step.
   */
  @ParameterizedTest
  @MethodSource("methods")
  void fortyStepsFollowTheFormulaWithinTheBoundOfTheirRoundings(Method method) {
    int n = 2 * Lanes.F32_LANES + 3;
    int steps = 40;
    SplittableRandom random = new SplittableRandom(1);
    float[][] x = new float[method.operands()][n];
    double[] w = new double[n];
    double[][] states = new double[n][method.states()];
    for (int i = 0; i < n; i++) {
      x[0][i] = (float) random.nextGaussian();
      w[i] = x[0][i];
    }
    double largest = 3;
    double decay = 0.1;
    double l2 = 0.25;
    for (boolean decoupled : new boolean[] {true, false}) {
      StepOptions options =
          decoupled
              ? StepOptions.NONE.withDecoupledDecay(decay).withGradScale(-0.5)
              : StepOptions.NONE.withL2(l2).withGradScale(0.5);
      for (int t = 1; t <= steps; t++) {
        for (int i = 0; i < n; i++) {
          double size = (0.5 + 1.5 * random.nextDouble()) * (random.nextInt(3) == 0 ? -1 : 1);
          x[1][i] = (float) (2 * size);
          double g = x[1][i] * options.gradScale() + (decoupled ? 0 : l2 * w[i]);
          double before = w[i];
          w[i] -= decoupled ? StepMethods.LR * decay * before : 0;
          int step = decoupled ? t : steps + t;
          w[i] += method.formula().change(before, g, states[i], step);
          largest = Math.max(largest, Math.abs(w[i]));
        }
        method.arrays().step(x, 0, n, decoupled ? t : steps + t, options);
      }
    }
    double bound = 2 * steps * U * (3 * largest + 100 * 10 * StepMethods.LR);
    for (int i = 0; i < n; i++) {
      assertEquals(w[i], x[0][i], bound, "parameter " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void everySizeHasTheBitsOfOneParameterAtATimeOnArraysAndSegments(Method method) {
    for (int n : AwkwardSizes.lengths()) {
      for (boolean zero : new boolean[] {false, true}) {
        StepOptions options = OPTIONS.withZeroGrads(zero);
        float[][] x = values(method, n, n);
        float[][] whole = onArrays(method, x, 0, n, options);
        float[][] single = x;
        for (int i = 0; i < n; i++) {
          single = onArrays(method, single, i, i + 1, options);
        }
        assertSame(single, whole, n + " parameters");
        assertSame(whole, onSegments(method, x, 0, n, options), n + " parameters on segments");
        assertArrayEquals(zero ? new float[n] : x[1], whole[1], "the gradient");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void theLoopOverBlocksJoinsThemWithoutAGap(Method method) {
    int n = 2 * BLOCK + Lanes.F32_LANES + 5;
    StepOptions options = OPTIONS.withZeroGrads(true);
    float[][] x = values(method, n, 3);
    float[][] parts = x;
    for (int i = 3; i < n; i += 1_001) {
      parts = onArrays(method, parts, i, Math.min(n, i + 1_001), options);
    }
    assertSame(parts, onArrays(method, x, 3, n, options), "arrays");
    assertSame(parts, onSegments(method, x, 3, n, options), "segments");
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aNanGradientReachesItsOwnParameterAlone(Method method) {
    int n = 2 * Lanes.F32_LANES + 3;
    float[][] x = values(method, n, 4);
    float[][] clean = onSegments(method, x, 0, n, OPTIONS);
    for (int at = 0; at < n; at++) {
      float[][] spoilt = values(method, n, 4);
      spoilt[1][at] = Float.NaN;
      float[][] result = onSegments(method, spoilt, 0, n, OPTIONS);
      boolean reached = false;
      for (int s = 0; s < result.length; s++) {
        for (int i = 0; i < n; i++) {
          if (i != at) {
            assertEquals(clean[s][i], result[s][i]);
          }
        }
        reached |= s != 1 && Float.isNaN(result[s][at]);
      }
      assertEquals(true, reached);
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aLearningRateOfNothingAndAGradientOfNothingLeaveTheParameter(Method method) {
    int n = Lanes.F32_LANES + 3;
    float[][] x = new float[method.operands()][n];
    x[0] = values(method, n, 5)[0];
    assertArrayEquals(x[0], onArrays(method, x, 0, n, StepOptions.NONE)[0]);
    float[] decayed = onArrays(method, x, 0, n, StepOptions.NONE.withDecoupledDecay(10))[0];
    for (int i = 0; i < n; i++) {
      // One rounding of w - decay w and one of the coefficient; in double precision as many here.
      double exact = x[0][i] * (1 - (double) StepMethods.LR * 10);
      assertEquals(exact, decayed[i], 3 * U * Math.abs(x[0][i]));
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void gradientsAreCutOffAfterScaling(Method method) {
    int n = Lanes.F32_LANES + 3;
    float[][] x = values(method, n, 6);
    float[][] cut = values(method, n, 6);
    for (int i = 0; i < n; i++) {
      cut[1][i] = Math.max(-0.6f, Math.min(0.6f, 2 * cut[1][i]));
    }
    float[][] expected = onArrays(method, cut, 0, n, StepOptions.NONE);
    float[][] actual =
        onArrays(method, x, 0, n, StepOptions.NONE.withGradScale(2).withClipValue(0.6f));
    actual[1] = expected[1];
    assertSame(expected, actual, "cut off");
  }

  @ParameterizedTest
  @MethodSource("methods")
  void nothingIsAllocatedOnSegments(Method method) {
    int n = BLOCK + 77;
    try (Arena arena = Arena.ofShared()) {
      MemorySegment[] x = new MemorySegment[method.operands()];
      float[][] values = values(method, n, 7);
      for (int i = 0; i < x.length; i++) {
        x[i] = arena.allocateFrom(JAVA_FLOAT, values[i]);
      }
      for (StepOptions options : List.of(OPTIONS, OPTIONS.withZeroGrads(true))) {
        assertEquals(
            0,
            AllocatedBytes.perCall(
                300, 300, () -> method.segments().step(x, 0, n, 1_000_000, options)));
      }
    }
  }

  @Tag("once")
  @ParameterizedTest
  @MethodSource("methods")
  void nothingIsAllocatedOnArrays(Method method) {
    int n = BLOCK + 77;
    float[][] x = values(method, n, 7);
    assertEquals(
        0,
        AllocatedBytes.perCall(300, 300, () -> method.arrays().step(x, 0, n, 1_000_000, OPTIONS)));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void anOperandThatDoesNotFitIsNamedBeforeAnythingIsWritten(Method method) {
    int n = Lanes.F32_LANES + 5;
    String[] names = {"params", "grads", "state 0", "state 1", "state 2"};
    float[][] before = values(method, n, 8);
    for (int bad = 0; bad < method.operands(); bad++) {
      int at = bad;
      float[][] x = values(method, n, 8);
      x[bad] = new float[n - 1];
      assertEquals(
          names[bad] + " has " + (n - 1) + " elements, the range ends at " + n + ": give as many",
          message(() -> method.arrays().step(x, 0, n, 1, OPTIONS)));
      try (Arena arena = Arena.ofShared()) {
        MemorySegment[] segments = new MemorySegment[x.length];
        for (int i = 0; i < x.length; i++) {
          segments[i] = arena.allocateFrom(JAVA_FLOAT, x[i]);
        }
        assertEquals(
            names[bad] + " has " + (n - 1) + " elements, the range ends at " + n + ": give as many",
            message(() -> method.segments().step(segments, 0, n, 1, OPTIONS)));
        segments[at] = MemorySegment.ofArray(new float[n]);
        message(() -> method.segments().step(segments, 0, n, 1, OPTIONS));
        segments[at] = arena.allocate(JAVA_FLOAT, n).asReadOnly();
        message(() -> method.segments().step(segments, 0, n, 1, OPTIONS));
        if (bad > 0) {
          segments[at] = segments[at - 1];
          assertEquals(
              names[at] + " and " + names[at - 1] + " share memory: give each its own",
              message(() -> method.segments().step(segments, 0, n, 1, OPTIONS)));
          x[at] = x[at - 1];
          assertEquals(
              names[at] + " and " + names[at - 1] + " share memory: give each its own",
              message(() -> method.arrays().step(x, 0, n, 1, OPTIONS)));
        }
        for (int i = 0; i < x.length; i++) {
          if (i != bad) {
            assertArrayEquals(before[i], x[i]);
            assertArrayEquals(before[i], segments[i].toArray(JAVA_FLOAT));
          }
        }
      }
    }
  }

  @Test
  void numbersOutOfRangeAreNamed() {
    float[] w = new float[4];
    float[] g = new float[4];
    float[] m = new float[4];
    float[] v = new float[4];
    assertEquals(
        "lr = -1.0: want a finite number of at least 0", message(() -> SgdStep.step(w, g, -1)));
    assertEquals(
        "the range from 3 to 2 is none: want 0 <= begin <= end",
        message(() -> SgdStep.step(w, g, 3, 2, 1, StepOptions.NONE)));
    assertEquals(
        "t = 0: the first step is 1",
        message(() -> AdamStep.adamW(w, g, m, v, 0, 1, 0.5f, 0.5f, 1, 0)));
    assertEquals(
        "beta2 = 1.0: want at least 0 and below 1",
        message(() -> AdamStep.adamW(w, g, m, v, 1, 1, 0.5f, 1, 1, 0)));
    assertEquals(
        "eps = 0.0: want a finite number above 0",
        message(() -> RmsPropStep.step(w, g, v, 1, 0.5f, 0)));
    assertEquals(
        "weightDecay = -0.5: want a finite number of at least 0",
        message(() -> StepOptions.NONE.withL2(-0.5)));
    message(() -> StepOptions.NONE.withClipValue(0));
    message(() -> StepOptions.NONE.withGradScale(Double.NaN));
  }

  @Test
  void theShortFormsAreTheLongOnesOverWholeOperands() {
    int n = 37;
    Method adam =
        StepMethods.ALL.stream().filter(m -> m.name().equals("Adam, CORRECTED")).findAny().get();
    float[][] x = values(adam, n, 9);
    float[][] y = values(adam, n, 9);
    AdamStep.adamW(x[0], x[1], x[2], x[3], 2, 0.1f, 0.9f, 0.99f, 1e-8f, 0.3f);
    AdamStep.step(
        y[0],
        y[1],
        y[2],
        y[3],
        0,
        n,
        2,
        0.1f,
        0.9f,
        0.99f,
        1e-8f,
        dev.lanewise.optim.BiasCorrection.CORRECTED,
        StepOptions.NONE.withDecoupledDecay(0.3f));
    assertSame(y, x, "AdamW");
  }

  private static String message(org.junit.jupiter.api.function.Executable call) {
    return Objects.requireNonNull(assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
