package dev.lanewise.optim.matrix;

import static dev.lanewise.optim.matrix.Dense.combine;
import static dev.lanewise.optim.matrix.Dense.function;
import static dev.lanewise.optim.matrix.Dense.identity;
import static dev.lanewise.optim.matrix.Dense.product;
import static dev.lanewise.optim.matrix.Dense.transposed;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.schedule.Schedule;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Shampoo and SOAP. */
class SecondOrderTest {
  private static final double U = 0x1p-24;

  private final Slab slab = Slab.open("second order", 1 << 20);

  @AfterEach
  void close() {
    slab.close();
  }

  record Method(String name, Function<List<Parameter>, GroupOptimizer<?>> factory, float lr) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Method> methods() {
    return List.of(
        new Method("Shampoo", Shampoo::over, 0.5f),
        new Method(
            "Shampoo of averages", p -> Shampoo.over(p).averaged(true).momentum(0.9f), 1e-3f),
        new Method(
            "grafted Shampoo",
            p -> Shampoo.over(p).averaged(true).grafting(Grafting.SGD).interval(3),
            1e-3f),
        new Method("SOAP", p -> Soap.over(p).interval(2), 1e-2f));
  }

  private Parameter matrix(String name, int rows, int cols, long seed) {
    Parameter parameter = Parameter.of(name, TensorLayout.of(rows, cols), slab);
    fill(parameter.data(), seed);
    return parameter;
  }

  private static void fill(MemorySegment data, long seed) {
    int n = (int) (data.byteSize() / Float.BYTES);
    data.copyFrom(MemorySegment.ofArray(Dense.random(new SplittableRandom(seed), n)));
  }

  private static double[][] state(GroupOptimizer<?> optimizer, String name, int rows, int cols) {
    return Dense.of(
        Objects.requireNonNull(optimizer.state().get("optimizer." + name)).data(), rows, cols);
  }

  /**
   * L and R have relative errors of their norms of (cols + t) u; what they are divided by is at
   * least eps of it, and a fourth root takes a quarter of a relative error: with eps = 0.01, {@code
   * 25 (k + 8) u} of the direction for each side, and two products of k terms.
   */
  @ParameterizedTest
  @CsvSource({
    "7, 12, false, NONE, 1, 0",
    "12, 7, true, NONE, 2, 0.5",
    "9, 9, true, SGD, 1, 0.9",
    "1, 5, false, SGD, 3, 0.9",
    "24, 1, false, NONE, 1, 0"
  })
  void shampooFollowsThePaper(
      int rows, int cols, boolean averaged, Grafting grafting, int interval, float mu) {
    Parameter w = matrix("w", rows, cols, 1);
    double[][] expected = Dense.of(w.toArray(), rows, cols);
    Shampoo shampoo =
        Shampoo.over(List.of(w))
            .lr(0.1f)
            .eps(0.01f)
            .weightDecay(0.2f)
            .momentum(mu)
            .beta2(0.9f)
            .averaged(averaged)
            .grafting(grafting)
            .interval(interval);
    double[][] l = new double[rows][rows];
    double[][] r = new double[cols][cols];
    double[][] leftRoot = {};
    double[][] rightRoot = {};
    double[][] b = new double[rows][cols];
    double size = 0;
    for (int t = 1; t <= 5; t++) {
      fill(w.gradient(), 10 + t);
      double[][] g = Dense.of(w.gradient(), rows, cols);
      assertTrue(shampoo.step());
      double keep = averaged ? 0.9f : 1;
      double take = averaged ? 1 - 0.9f : 1;
      l = combine(keep, l, take, product(g, transposed(g)));
      r = combine(keep, r, take, product(transposed(g), g));
      if ((t - 1) % interval == 0) {
        double scale = averaged ? 1 / (1 - Math.pow(0.9f, t)) : 1;
        leftRoot = fourthRoot(combine(scale, l, 0, l));
        rightRoot = fourthRoot(combine(scale, r, 0, r));
      }
      double[][] d = product(product(leftRoot, g), rightRoot);
      double length = grafting == Grafting.SGD ? Dense.norm(g) / Dense.norm(d) : 1;
      b = combine(mu, b, length, d);
      expected = combine(1 - 0.1f * 0.2f, expected, -0.1f, b);
      size = Math.max(size, Dense.norm(b));
    }
    float[] actual = w.toArray();
    double k = Math.max(rows, cols);
    double tolerance = 5 * (0.1 * size * (2 * 25 * (k + 8) + 2 * k) + 3 * 4) * U;
    for (int i = 0; i < actual.length; i++) {
      assertEquals(expected[i / cols][i % cols], actual[i], tolerance, "element " + i);
    }
  }

  private static double[][] fourthRoot(double[][] a) {
    double ridge = 0.01f * Dense.largestRowSum(a);
    return function(
        combine(1, a, ridge, identity(a.length)), value -> 1 / Math.sqrt(Math.sqrt(value)));
  }

  /** With the bases that the step used, which are checked by the test of their iteration. */
  @ParameterizedTest
  @CsvSource({"7, 12, 1", "12, 7, 2", "1, 5, 3", "24, 1, 1", "9, 9, 10"})
  void soapIsAdamInTheBasesOfItsState(int rows, int cols, int interval) {
    Parameter w = matrix("w", rows, cols, 1);
    double[][] expected = Dense.of(w.toArray(), rows, cols);
    Soap soap =
        Soap.over(List.of(w))
            .lr(0.1f)
            .betas(0.9f, 0.95f)
            .eps(1e-2f)
            .weightDecay(0.2f)
            .interval(interval);
    double[][] l = new double[rows][rows];
    double[][] m = new double[rows][cols];
    double[][] v = new double[rows][cols];
    for (int t = 1; t <= 5; t++) {
      double[][] basisBefore = state(soap, "lBasis.w", rows, rows);
      fill(w.gradient(), 10 + t);
      double[][] g = Dense.of(w.gradient(), rows, cols);
      assertTrue(soap.step());
      double[][] left = state(soap, "lBasis.w", rows, rows);
      double[][] right = state(soap, "rBasis.w", cols, cols);
      boolean moved = Dense.largest(combine(1, left, -1, basisBefore)) > 0;
      assertEquals((t - 1) % interval == 0 && rows > 1, moved, "basis at step " + t);
      l = combine(0.95f, l, 1 - 0.95f, product(g, transposed(g)));
      m = combine(0.9f, m, 1 - 0.9f, g);
      double[][] turned = product(product(left, g), transposed(right));
      double[][] n = product(product(left, m), transposed(right));
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < cols; j++) {
          v[i][j] = 0.95f * v[i][j] + (1 - 0.95f) * turned[i][j] * turned[i][j];
          n[i][j] /= 1 - Math.pow(0.9f, t);
          n[i][j] /= Math.sqrt(v[i][j] / (1 - Math.pow(0.95f, t))) + 1e-2f;
        }
      }
      double[][] step = product(product(transposed(left), n), right);
      expected = combine(1 - 0.1f * 0.2f, expected, -0.1f, step);
    }
    assertEquals(
        0,
        Dense.largest(combine(1, l, -1, state(soap, "l.w", rows, rows))),
        (cols + 10) * U * Dense.largestRowSum(l));
    float[] actual = w.toArray();
    // Rotations of k terms of size at most 5 have errors of 4 k u 5; where v is small they are
    // divided by as little as eps, 0.01: 2,000 k u in a step of 0.1.
    double tolerance = 5 * 0.1 * 2_000 * Math.max(rows, cols) * U;
    for (int i = 0; i < actual.length; i++) {
      assertEquals(expected[i / cols][i % cols], actual[i], tolerance, "element " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void theBitsDoNotDependOnTheNumberOfWorkers(Method method) {
    float[] expected = {};
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads)) {
        Parameter w = matrix("w" + threads, 70, 130, 1);
        Parameter still = Parameter.of("still" + threads, TensorLayout.of(4, 4), slab);
        Parameter empty = matrix("empty" + threads, 0, 4, 3);
        GroupOptimizer<?> optimizer = method.factory().apply(List.of(w, still, empty));
        optimizer.workers(workers);
        for (int step = 0; step < 3; step++) {
          fill(w.gradient(), step);
          optimizer.step();
        }
        expected = expected.length == 0 ? w.toArray() : expected;
        assertArrayEquals(expected, w.toArray(), threads + " workers");
        assertArrayEquals(new float[16], still.toArray(), "nothing moves without a gradient");
        assertArrayEquals(new float[70 * 130], w.gradient().toArray(JAVA_FLOAT));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aRunRestoredFromItsStateGoesOnBitForBit(Method method) {
    Parameter straight = matrix("w", 6, 9, 1);
    GroupOptimizer<?> whole = method.factory().apply(List.of(straight));
    Parameter second = matrix("w", 6, 9, 2);
    GroupOptimizer<?> after = method.factory().apply(List.of(second));
    for (int step = 0; step < 9; step++) {
      if (step == 4) {
        second.data().copyFrom(straight.data());
        var saved = whole.state();
        after
            .state()
            .forEach(
                (name, entry) ->
                    entry.data().copyFrom(Objects.requireNonNull(saved.get(name)).data()));
        after.restore(whole.steps());
      }
      fill(straight.gradient(), step);
      fill(second.gradient(), step);
      whole.step();
      if (step >= 4) {
        after.step();
      }
    }
    assertArrayEquals(straight.toArray(), second.toArray());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void cuttingOffAndDecayAreWhatTheSidesSee(Method method) {
    Parameter plain = matrix("plain", 5, 8, 1);
    Parameter cut = matrix("cut", 5, 8, 1);
    fill(cut.gradient(), 2);
    for (int i = 0; i < 40; i++) {
      float g = Math.clamp(cut.gradient().getAtIndex(JAVA_FLOAT, i), -0.5f, 0.5f);
      float w = cut.data().getAtIndex(JAVA_FLOAT, i);
      plain.gradient().setAtIndex(JAVA_FLOAT, i, Math.fma(w, 0.25f, g));
    }
    GroupOptimizer<?> ofPlain = method.factory().apply(List.of(plain));
    ofPlain.weightDecay(0);
    ofPlain.step();
    GroupOptimizer<?> ofCut = method.factory().apply(List.of(cut));
    ofCut.clipValue(0.5f);
    ofCut.weightDecay(0.25f);
    ofCut.decoupledDecay(false);
    ofCut.step();
    assertArrayEquals(plain.toArray(), cut.toArray());
  }

  /** As a matrix of one row: what stands on the right is the whole matrix of second moments. */
  @Tag("once")
  @ParameterizedTest
  @MethodSource("methods")
  void everyMethodReachesTheMinimumOfRosenbrocksFunction(Method method) {
    int steps = 20_000;
    Parameter p = matrix("p", 1, 2, 1);
    p.data().copyFrom(MemorySegment.ofArray(new float[] {-1.2f, 1}));
    GroupOptimizer<?> optimizer = method.factory().apply(List.of(p));
    optimizer.lr(method.lr()).weightDecay(0);
    optimizer.schedule(Schedule.cosine(steps));
    optimizer.clipGlobalNorm(10);
    for (int step = 0; step < steps; step++) {
      float[] x = p.toArray();
      double bend = x[1] - (double) x[0] * x[0];
      p.gradient().setAtIndex(JAVA_FLOAT, 0, (float) (-2 * (1 - x[0]) - 400 * x[0] * bend));
      p.gradient().setAtIndex(JAVA_FLOAT, 1, (float) (200 * bend));
      optimizer.step();
    }
    assertEquals(1, p.toArray()[0], 0.02);
    assertEquals(1, p.toArray()[1], 0.04);
  }

  /** {@code f(W) = |A (W - C) B|^2 / 2}, whose curvature is a product of two sides. */
  @Tag("once")
  @ParameterizedTest
  @MethodSource("methods")
  void everyMethodReachesTheMinimumOfAQuadraticWithTwoSides(Method method) {
    int steps = 3_000;
    Parameter p = matrix("p", 3, 4, 1);
    double[][] goal = Dense.of(Dense.random(new SplittableRandom(2), 12), 3, 4);
    double[][] left = {{1, 0.5, 0}, {0.5, 1, 0.2}, {0, 0.2, 2}};
    double[][] right = {{2, 0.3, 0, 0}, {0.3, 1, 0, 0.1}, {0, 0, 0.7, 0}, {0, 0.1, 0, 1}};
    GroupOptimizer<?> optimizer = method.factory().apply(List.of(p));
    optimizer.lr(20 * method.lr()).weightDecay(0);
    optimizer.schedule(Schedule.cosine(steps));
    for (int step = 0; step < steps; step++) {
      double[][] off = combine(1, Dense.of(p.data(), 3, 4), -1, goal);
      double[][] g = product(product(left, off), right);
      for (int i = 0; i < 12; i++) {
        p.gradient().setAtIndex(JAVA_FLOAT, i, (float) g[i / 4][i % 4]);
      }
      optimizer.step();
    }
    for (int i = 0; i < 12; i++) {
      assertEquals(goal[i / 4][i % 4], p.toArray()[i], 0.01, "element " + i);
    }
  }

  @Test
  void onlyMatricesAreTakenAndOptionsOutOfRangeAreNamed() {
    Parameter bias = Parameter.of("bias", TensorLayout.of(10), slab);
    assertEquals(
        "SOAP is for matrices, \"bias\" is 10: give it to another method, AdamW for instance",
        assertThrows(IllegalArgumentException.class, () -> Soap.over(List.of(bias))).getMessage());
    assertThrows(IllegalArgumentException.class, () -> Shampoo.over(List.of(bias)));
    List<Parameter> matrices = List.of(matrix("m", 2, 2, 1));
    assertEquals(
        "interval = 0: want at least 1 step",
        assertThrows(IllegalArgumentException.class, () -> Shampoo.over(matrices).interval(0))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> Soap.over(matrices).interval(-1));
    assertThrows(IllegalArgumentException.class, () -> Soap.over(matrices).betas(0.9f, 1));
    assertThrows(IllegalArgumentException.class, () -> Shampoo.over(matrices).eps(0));
  }
}
