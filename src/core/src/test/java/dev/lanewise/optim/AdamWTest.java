package dev.lanewise.optim;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.io.Safetensors;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.optim.schedule.Schedule;
import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class AdamWTest {
  private final Slab slab = Slab.open("optimizer", 1 << 20);

  @AfterEach
  void close() {
    slab.close();
  }

  private Parameter parameter(String name, float... values) {
    Parameter parameter = Parameter.of(name, TensorLayout.of(values.length), slab);
    parameter.data().copyFrom(MemorySegment.ofArray(values));
    return parameter;
  }

  private static void setGradient(Parameter parameter, float... values) {
    parameter.gradient().copyFrom(MemorySegment.ofArray(values));
  }

  private static float[] gradient(Parameter parameter) {
    return parameter.gradient().toArray(JAVA_FLOAT);
  }

  private static float[] random(Random random, int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = 2 * random.nextFloat() - 1;
    }
    return values;
  }

  /**
   * Keras' table for AdamW, held there to 5e-4: lr 1, decay 0.5, and its eps stands before the bias
   * correction.
   */
  @Test
  void theStepsAgreeWithTheTableOfKeras() {
    double[][] table = {
      {0.4998, 0.4998, 0.4998, 0.4998, 0.4998, 0.4998, 0.4998, 0.4998, 0.4998, 0.4998},
      {0.2486, 0.2475, 0.2463, 0.2451, 0.244, 0.2428, 0.2417, 0.2405, 0.2394, 0.2382},
      {0.1223, 0.1198, 0.1174, 0.1149, 0.1124, 0.11, 0.1075, 0.1051, 0.1027, 0.1003},
      {0.0586, 0.0549, 0.0512, 0.0475, 0.0439, 0.0402, 0.0366, 0.033, 0.0294, 0.0258},
      {0.0263, 0.0215, 0.0167, 0.012, 0.0073, 0.0026, -0.0021, -0.0067, -0.0113, -0.0159}
    };
    float[] ones = new float[10];
    Arrays.fill(ones, 1);
    Parameter x = parameter("x", ones);
    AdamW optimizer = AdamW.over(List.of(x)).lr(1).weightDecay(0.5f);
    for (int step = 0; step < 5; step++) {
      float[] g = new float[10];
      for (int i = 0; i < 10; i++) {
        g[i] = step == 0 ? 0.01f : 0.1f * (i + 1);
      }
      setGradient(x, g);
      optimizer.eps((float) (2 / Math.sqrt(1 - Math.pow(0.999, step + 1)))).step();
      float[] actual = x.toArray();
      for (int i = 0; i < 10; i++) {
        assertEquals(
            table[step][i],
            actual[i],
            5e-4 + 5e-4 * Math.abs(table[step][i]),
            "step " + step + ", element " + i);
      }
    }
  }

  /**
   * The recurrence in double precision with the single-precision hyper-parameters. A step rounds w
   * by at most u |w| twice and its update by 10 u |update| + what the moments' errors of about 10 u
   * give: below 30 u (|w| + lr / eps-free update) a step, u = 2^-24.
   */
  @Test
  void twoGroupsFollowTheRecurrenceEachWithItsOwnHyperParameters() {
    Random random = new Random(9);
    int n = 1000;
    float[] start = random(random, n);
    Parameter a = parameter("a", start);
    Parameter b = parameter("b", start);
    ParamGroup decayed =
        ParamGroup.of(List.of(a)).lr(0.01f).weightDecay(0.1f).betas(0.8f, 0.95f).eps(1e-6f);
    ParamGroup free = ParamGroup.withoutDecay(List.of(b)).lr(0.002f);
    AdamW optimizer = AdamW.over(decayed, free).schedule(Schedule.warmupCosine(3, 50));
    double[][] w = {doubles(start), doubles(start)};
    double[][] m = new double[2][n];
    double[][] v = new double[2][n];
    int steps = 40;
    for (int t = 1; t <= steps; t++) {
      float[] g = random(random, n);
      setGradient(a, g);
      setGradient(b, g);
      assertTrue(optimizer.step());
      for (int p = 0; p < 2; p++) {
        ParamGroup group = p == 0 ? decayed : free;
        double lr = group.lr() * Schedule.warmupCosine(3, 50).at(t - 1);
        double b1 = group.beta1();
        double b2 = group.beta2();
        for (int i = 0; i < n; i++) {
          w[p][i] -= lr * group.weightDecay() * w[p][i];
          m[p][i] = b1 * m[p][i] + (1 - b1) * g[i];
          v[p][i] = b2 * v[p][i] + (1 - b2) * g[i] * g[i];
          double root = Math.sqrt(v[p][i] / (1 - Math.pow(b2, t)));
          w[p][i] -= lr * (m[p][i] / (1 - Math.pow(b1, t))) / (root + group.eps());
        }
      }
    }
    double tolerance = steps * 30 * 0x1p-24;
    for (int i = 0; i < n; i++) {
      assertEquals(w[0][i], a.toArray()[i], tolerance * 1.01, "a " + i);
      assertEquals(w[1][i], b.toArray()[i], tolerance * 1.01, "b " + i);
    }
    assertEquals(steps, optimizer.steps());
  }

  private static double[] doubles(float[] values) {
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = values[i];
    }
    return result;
  }

  @Test
  void clippingScalesTheGradientsOfAllGroupsByTheirCommonNorm() {
    Parameter a = parameter("a", 0, 0);
    Parameter b = parameter("b", 0);
    Parameter scaledA = parameter("a", 0, 0);
    Parameter scaledB = parameter("b", 0);
    // eps large, so that the step depends on the size of the gradient.
    AdamW clipped =
        AdamW.over(ParamGroup.of(List.of(a)), ParamGroup.of(List.of(b)))
            .eps(1)
            .clipGlobalNorm(6.5f);
    AdamW plain = AdamW.over(List.of(scaledA, scaledB)).eps(1);
    setGradient(a, 3, -4);
    setGradient(b, 12);
    double scale = 6.5 / (13 + 1e-6);
    setGradient(scaledA, (float) (3 * scale), (float) (-4 * scale));
    setGradient(scaledB, (float) (12 * scale));
    assertTrue(clipped.step());
    assertTrue(plain.step());
    assertEquals(13, clipped.gradientNorm(), 1e-12);
    assertTrue(Double.isNaN(plain.gradientNorm()));
    for (int i = 0; i < 2; i++) {
      assertEquals(scaledA.toArray()[i], a.toArray()[i], 4 * 0x1p-24 * 1e-3);
    }
    assertEquals(scaledB.toArray()[0], b.toArray()[0], 4 * 0x1p-24 * 1e-3);
  }

  @Test
  void gradientsBelowTheNormAreNotScaled() {
    Parameter a = parameter("a", 1, 2);
    Parameter b = parameter("b", 1, 2);
    setGradient(a, 0.3f, 0.4f);
    setGradient(b, 0.3f, 0.4f);
    AdamW.over(List.of(a)).clipGlobalNorm(0.6f).step();
    AdamW.over(List.of(b)).step();
    assertArrayEquals(b.toArray(), a.toArray());
  }

  @Test
  void aStepWithGradientsThatAreNotFiniteIsSkippedAndTheNextOneIsTaken() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      Parameter a = parameter("a", 1, 2);
      Parameter b = parameter("b", 3);
      AdamW optimizer = AdamW.over(List.of(a, b)).clipGlobalNorm(Float.POSITIVE_INFINITY);
      setGradient(a, 1, 1);
      setGradient(b, bad);
      assertFalse(optimizer.step());
      assertEquals(0, optimizer.steps());
      assertEquals(1, optimizer.skippedSteps());
      assertArrayEquals(new float[] {1, 2}, a.toArray());
      assertArrayEquals(
          new float[] {0, 0},
          gradient(a),
          "gradients are zeroed, or they would spoil the next step");
      assertArrayEquals(new float[] {0}, gradient(b));
      for (Safetensors.Entry entry : optimizer.state().values()) {
        for (float value : entry.data().toArray(JAVA_FLOAT)) {
          assertEquals(0f, value);
        }
      }
      setGradient(a, 1, 1);
      assertTrue(optimizer.step());
      assertEquals(1, optimizer.steps());
      // 1 - 1e-3 * 0.01 - 1e-3, the first step of Adam is the learning rate.
      assertEquals(1 - 1e-5 - 1e-3, a.toArray()[0], 1e-6);
    }
  }

  @Test
  void gradientsAreZeroedInTheStepUnlessItIsTurnedOff() {
    Parameter a = parameter("a", random(new Random(1), 5000));
    float[] g = random(new Random(2), 5000);
    setGradient(a, g);
    AdamW optimizer = AdamW.over(List.of(a)).zeroGradInStep(false);
    optimizer.step();
    assertArrayEquals(g, gradient(a));
    optimizer.zeroGrad();
    assertArrayEquals(new float[5000], gradient(a));
    setGradient(a, g);
    optimizer.zeroGradInStep(true).step();
    assertArrayEquals(new float[5000], gradient(a));
  }

  @Test
  void theBitsDoNotDependOnTheNumberOfWorkers() {
    float[] expected = null;
    for (int threads : new int[] {1, 2, 3, 7}) {
      Random random = new Random(4);
      try (Workers workers = Workers.of(threads);
          Slab own = Slab.open("own", 1 << 20)) {
        Parameter a = Parameter.of("a", TensorLayout.of(211, 307), own);
        a.data().copyFrom(MemorySegment.ofArray(random(random, 211 * 307)));
        AdamW optimizer = AdamW.over(List.of(a)).clipGlobalNorm(1).workers(workers);
        for (int step = 0; step < 5; step++) {
          setGradient(a, random(random, 211 * 307));
          optimizer.step();
        }
        if (expected == null) {
          expected = a.toArray();
        }
        assertArrayEquals(expected, a.toArray(), threads + " workers");
      }
    }
  }

  @Test
  void aStepAllocatesNothing() {
    List<Parameter> parameters = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      parameters.add(parameter("p" + i, random(new Random(i), i < 2 ? 70_000 : 100)));
    }
    AdamW optimizer =
        AdamW.over(parameters).clipGlobalNorm(1).schedule(Schedule.warmupCosine(10, 1_000_000));
    assertEquals(0, AllocatedBytes.perCall(50, 100, optimizer::step));
    assertEquals(0, AllocatedBytes.perCall(50, 100, optimizer::zeroGrad));
  }

  @Test
  void aRunRestoredFromItsStateContinuesBitForBit() {
    Random random = new Random(6);
    float[] start = random(random, 3000);
    float[][] gradients = new float[20][];
    for (int step = 0; step < 20; step++) {
      gradients[step] = random(random, 3000);
    }
    Parameter straight = parameter("w", start);
    AdamW whole =
        AdamW.over(List.of(straight)).schedule(Schedule.warmupCosine(4, 20)).clipGlobalNorm(1);
    Parameter first = parameter("w", start);
    AdamW before =
        AdamW.over(List.of(first)).schedule(Schedule.warmupCosine(4, 20)).clipGlobalNorm(1);
    for (int step = 0; step < 20; step++) {
      setGradient(straight, gradients[step]);
      whole.step();
      if (step < 9) {
        setGradient(first, gradients[step]);
        before.step();
      }
    }
    Parameter second = parameter("w", first.toArray());
    AdamW after =
        AdamW.over(List.of(second)).schedule(Schedule.warmupCosine(4, 20)).clipGlobalNorm(1);
    SequencedMap<String, Safetensors.Entry> saved = before.state();
    assertEquals(List.of("optimizer.m.w", "optimizer.v.w"), List.copyOf(saved.sequencedKeySet()));
    after
        .state()
        .forEach(
            (name, entry) -> entry.data().copyFrom(Objects.requireNonNull(saved.get(name)).data()));
    after.restore(before.steps());
    for (int step = 9; step < 20; step++) {
      setGradient(second, gradients[step]);
      after.step();
    }
    assertArrayEquals(straight.toArray(), second.toArray());
  }

  @Test
  void hyperParametersOutOfRangeAreNamed() {
    ParamGroup group = ParamGroup.of(List.of(parameter("w", 1)));
    assertThrows(IllegalStateException.class, group::lr, "it belongs to no method yet");
    AdamW optimizer = AdamW.over(group);
    assertEquals(
        "lr = -1.0: want a finite number of at least 0",
        assertThrows(IllegalArgumentException.class, () -> group.lr(-1)).getMessage());
    assertEquals(
        "beta2 = 1.0: want at least 0 and below 1",
        assertThrows(IllegalArgumentException.class, () -> group.betas(0.5f, 1)).getMessage());
    assertEquals(0.9f, group.beta1(), "the refused call changed nothing");
    assertEquals(
        "eps = 0.0: want a finite number above 0",
        assertThrows(IllegalArgumentException.class, () -> group.eps(0)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> group.lr(Float.NaN));
    assertThrows(IllegalArgumentException.class, () -> group.weightDecay(Float.POSITIVE_INFINITY));
    assertEquals(
        "AdamW has no hyper-parameter momentum: leave it out, or take another method",
        assertThrows(IllegalArgumentException.class, () -> group.momentum(0.9f)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> optimizer.clipGlobalNorm(0));
    assertThrows(IllegalArgumentException.class, () -> optimizer.restore(-1));
    assertEquals(
        "the schedule gives NaN at step 0: want a finite factor of at least 0",
        assertThrows(
                IllegalStateException.class, () -> optimizer.schedule(step -> Double.NaN).step())
            .getMessage());
    assertEquals(0, optimizer.steps());
    assertEquals(
        "there are no parameters to optimize: give at least one",
        assertThrows(IllegalArgumentException.class, () -> AdamW.over(List.of())).getMessage());
    assertEquals(
        "two parameters are named \"w\": each needs a name of its own and one group",
        assertThrows(
                IllegalArgumentException.class,
                () -> AdamW.over(group, ParamGroup.of(List.of(parameter("w", 1)))))
            .getMessage());
  }
}
