package dev.lanewise.optim;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.io.Safetensors;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.optim.Methods.Method;
import dev.lanewise.optim.adaptive.RmsProp;
import dev.lanewise.optim.momentum.Sgd;
import dev.lanewise.optim.schedule.Schedule;
import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every method over groups keeps to. */
class GroupOptimizerTest {
  private final Slab slab = Slab.open("optimizers", 1 << 20);

  @TempDir Path folder;

  @AfterEach
  void close() {
    slab.close();
  }

  @Test
  void aStepIsAChangeThatATapeNotices() {
    Parameter moved = parameter("moved", new float[] {1, 2});
    Parameter frozen = parameter("frozen", new float[] {1, 2});
    Sgd sgd =
        Sgd.over(ParamGroup.of(List.of(moved)), ParamGroup.of(List.of(frozen)).frozen(true))
            .nonFinite(NonFinite.SKIP);
    sgd.step();
    assertEquals(1, moved.version());
    assertEquals(0, frozen.version());
    moved.gradient().set(JAVA_FLOAT, 0, Float.NaN);
    assertFalse(sgd.step());
    assertEquals(1, moved.version(), "a step that is left out changes nothing");
    try (Tape tape = Tape.open(slab)) {
      Tensor y = ElementwiseOps.mul(tape, moved, moved);
      sgd.step();
      Tensor dy = tape.constant(y.layout(), 1, 1);
      String text =
          String.valueOf(
              assertThrows(IllegalStateException.class, () -> y.backward(dy)).getMessage());
      assertTrue(text.startsWith("mul saved a tensor of 2 at version 1"), text);
    }
  }

  static List<Method> methods() {
    return Methods.ALL;
  }

  static List<Method> methodsThatKnowNoPlaces() {
    return Methods.ALL.stream().filter(method -> !method.knowsPlaces()).toList();
  }

  private Parameter parameter(String name, float[] values, long... dims) {
    Parameter parameter =
        Parameter.of(
            name, TensorLayout.of(dims.length == 0 ? new long[] {values.length} : dims), slab);
    parameter.data().copyFrom(MemorySegment.ofArray(values));
    return parameter;
  }

  private static float[] random(SplittableRandom random, int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** Sizes below, at and above the blocks of a pass, and nothing at all. */
  private List<Parameter> model(String prefix) {
    SplittableRandom random = new SplittableRandom(1);
    List<Parameter> parameters = new ArrayList<>();
    for (int n : new int[] {3, 4096, 0, 17, 9001, 1}) {
      parameters.add(parameter(prefix + n, random(random, n)));
    }
    return parameters;
  }

  private static void setGradients(List<Parameter> parameters, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (Parameter parameter : parameters) {
      int n = (int) parameter.layout().elements();
      parameter.gradient().copyFrom(MemorySegment.ofArray(random(random, n)));
    }
  }

  private static void assertSame(List<Parameter> expected, List<Parameter> actual) {
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i).toArray(), actual.get(i).toArray(), expected.get(i).name());
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void theBitsDoNotDependOnTheNumberOfWorkers(Method method) {
    List<Parameter> expected = List.of();
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads)) {
        List<Parameter> parameters = model(threads + " ");
        GroupOptimizer<?> optimizer = method.over(ParamGroup.of(parameters));
        optimizer.workers(workers);
        optimizer.clipGlobalNorm(3);
        optimizer.clipAdaptive(0.5f, 1e-3f);
        for (int step = 0; step < 4; step++) {
          setGradients(parameters, step);
          assertTrue(optimizer.step());
        }
        if (expected.isEmpty()) {
          expected = parameters;
        }
        assertSame(expected, parameters);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void groupsWithTheSameHyperParametersAreOneGroupInAnyOrder(Method method) {
    List<Parameter> one = model("a");
    List<Parameter> many = model("b");
    GroupOptimizer<?> ofOne = method.over(ParamGroup.of(one));
    GroupOptimizer<?> ofMany =
        method.over(
            ParamGroup.of(many.subList(3, 6)),
            ParamGroup.of(List.of()),
            ParamGroup.of(many.subList(0, 3)));
    for (int step = 0; step < 3; step++) {
      setGradients(one, step);
      setGradients(many, step);
      ofOne.step();
      ofMany.step();
    }
    assertSame(one, many);
  }

  @ParameterizedTest
  @MethodSource("methodsThatKnowNoPlaces")
  void swappedElementsOfAParameterHaveSwappedResults(Method method) {
    int n = 101;
    SplittableRandom random = new SplittableRandom(3);
    float[] w = random(random, n);
    Parameter forward = parameter("forward", w);
    Parameter backward = parameter("backward", reversed(w));
    GroupOptimizer<?> a = method.over(ParamGroup.of(List.of(forward)));
    GroupOptimizer<?> b = method.over(ParamGroup.of(List.of(backward)));
    for (int step = 0; step < 3; step++) {
      float[] g = random(random, n);
      forward.gradient().copyFrom(MemorySegment.ofArray(g));
      backward.gradient().copyFrom(MemorySegment.ofArray(reversed(g)));
      a.step();
      b.step();
    }
    assertArrayEquals(forward.toArray(), reversed(backward.toArray()));
  }

  private static float[] reversed(float[] values) {
    float[] reversed = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      reversed[i] = values[values.length - 1 - i];
    }
    return reversed;
  }

  @ParameterizedTest
  @MethodSource("methods")
  void withoutALearningRateNothingMovesAndFrozenGroupsKeepTheirState(Method method) {
    List<Parameter> still = model("still");
    List<Parameter> frozen = model("frozen");
    List<Parameter> start = model("start");
    ParamGroup ice = ParamGroup.of(frozen).frozen(true);
    GroupOptimizer<?> optimizer = method.over(ParamGroup.of(still), ice);
    optimizer.lr(0).clipGlobalNorm(1);
    optimizer.weightDecay(0);
    setGradients(still, 1);
    setGradients(frozen, 1);
    double norm = norm(still);
    Map<String, float[]> before = new HashMap<>();
    optimizer.state().forEach((name, entry) -> before.put(name, entry.data().toArray(JAVA_FLOAT)));
    optimizer.step();
    assertSame(start, still);
    assertSame(start, frozen);
    // Half of what a sum of squares is off at most, 4.01 * 2^-24.
    double bound = 2.01 * 0x1p-24 * norm;
    assertEquals(norm, optimizer.gradientNorm(), bound, "frozen gradients do not count");
    optimizer
        .state()
        .forEach(
            (name, entry) -> {
              if (name.contains(".frozen")) {
                assertArrayEquals(before.get(name), entry.data().toArray(JAVA_FLOAT), name);
              }
            });
    for (Parameter parameter : frozen) {
      assertArrayEquals(
          new float[(int) parameter.layout().elements()], parameter.gradient().toArray(JAVA_FLOAT));
    }
  }

  private static double norm(List<Parameter> parameters) {
    double sum = 0;
    for (Parameter parameter : parameters) {
      for (float g : parameter.gradient().toArray(JAVA_FLOAT)) {
        sum += (double) g * g;
      }
    }
    return Math.sqrt(sum);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aRunSavedToAFileGoesOnBitForBit(Method method) throws java.io.IOException {
    List<Parameter> straight = model("w");
    GroupOptimizer<?> whole = method.over(ParamGroup.of(straight));
    List<Parameter> first = model("w");
    GroupOptimizer<?> before = method.over(ParamGroup.of(first));
    Schedule schedule = Schedule.warmupCosine(4, 20);
    for (int step = 0; step < 9; step++) {
      setGradients(straight, step);
      setGradients(first, step);
      whole.schedule(schedule).step();
      before.schedule(schedule).step();
    }
    Path file = folder.resolve("state.safetensors");
    Safetensors.write(file, before.state(), Map.of());
    List<Parameter> second = model("w");
    for (int i = 0; i < second.size(); i++) {
      second.get(i).data().copyFrom(first.get(i).data());
    }
    GroupOptimizer<?> after = method.over(ParamGroup.of(second));
    try (Safetensors saved = Safetensors.open(file)) {
      assertEquals(saved.names(), after.state().sequencedKeySet());
      for (var entry : after.state().entrySet()) {
        saved.read(entry.getKey(), entry.getValue().data());
      }
    }
    after.restore(before.steps());
    for (int step = 9; step < 18; step++) {
      setGradients(straight, step);
      setGradients(second, step);
      whole.step();
      after.schedule(schedule).step();
    }
    assertSame(straight, second);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aStepAllocatesNothing(Method method) {
    List<Parameter> parameters = model("w");
    GroupOptimizer<?> optimizer = method.over(ParamGroup.of(parameters));
    optimizer.clipGlobalNorm(1).schedule(Schedule.warmupCosine(10, 1_000_000));
    assertEquals(0, AllocatedBytes.perCall(200, 200, optimizer::step));
  }

  /** Rosenbrock's function has its minimum, 0, at (1, 1), at the end of a bent valley. */
  @Tag("once")
  @ParameterizedTest
  @MethodSource("methods")
  void everyMethodReachesTheMinimumOfRosenbrocksFunction(Method method) {
    int steps = 20_000;
    Parameter p = parameter("p", new float[] {-1.2f, 1});
    GroupOptimizer<?> optimizer = method.over(ParamGroup.withoutDecay(List.of(p)));
    optimizer.lr(method.rosenbrockLr()).schedule(method.schedule(steps)).clipGlobalNorm(10);
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

  @Tag("once")
  @ParameterizedTest
  @MethodSource("methods")
  void everyMethodReachesTheMinimumOfAQuadratic(Method method) {
    int steps = 8_000;
    float[] scale = {1, 3, 10};
    Parameter p = parameter("p", new float[] {1, -1, 0.5f});
    GroupOptimizer<?> optimizer = method.over(ParamGroup.withoutDecay(List.of(p)));
    optimizer.lr(method.rosenbrockLr()).schedule(method.schedule(steps));
    for (int step = 0; step < steps; step++) {
      for (int i = 0; i < 3; i++) {
        float w = p.data().getAtIndex(JAVA_FLOAT, i);
        p.gradient().setAtIndex(JAVA_FLOAT, i, scale[i] * (w - 0.25f));
      }
      optimizer.step();
    }
    for (float w : p.toArray()) {
      assertEquals(0.25f, w, 0.01);
    }
  }

  @Test
  void goingUpIsGoingDownTheNegativeGradient() {
    Parameter up = parameter("up", new float[] {1, 2});
    Parameter down = parameter("down", new float[] {1, 2});
    setGradients(List.of(up), 1);
    float[] g = up.gradient().toArray(JAVA_FLOAT);
    for (int i = 0; i < g.length; i++) {
      down.gradient().setAtIndex(JAVA_FLOAT, i, -g[i]);
    }
    Sgd.over(List.of(up)).maximize(true).weightDecay(0.1f).step();
    Sgd.over(List.of(down)).weightDecay(0.1f).step();
    assertArrayEquals(down.toArray(), up.toArray());
  }

  @Test
  void decayIsAddedToTheGradientOrDecoupledFromIt() {
    Parameter l2 = parameter("l2", new float[] {2});
    Parameter decoupled = parameter("decoupled", new float[] {2});
    for (Parameter p : List.of(l2, decoupled)) {
      p.gradient().set(JAVA_FLOAT, 0, 4);
    }
    // The size of the gradient does not matter to the first step of RMSProp: sqrt(0.01 g^2) = |g| /
    // 10.
    RmsProp.over(List.of(l2)).lr(0.1f).weightDecay(3).step();
    RmsProp.over(List.of(decoupled)).lr(0.1f).weightDecay(3).decoupledDecay(true).step();
    assertEquals(2 - 0.1 * 10, l2.toArray()[0], 1e-5);
    assertEquals(2 - 0.1 * 3 * 2 - 0.1 * 10, decoupled.toArray()[0], 1e-5);
  }

  @Test
  void elementsOfTheGradientAreCutOff() {
    Parameter p = parameter("p", new float[] {0, 0, 0, 0});
    p.gradient()
        .copyFrom(MemorySegment.ofArray(new float[] {3, -3, 0.25f, Float.POSITIVE_INFINITY}));
    Sgd.over(List.of(p)).lr(1).clipValue(0.5f).step();
    assertArrayEquals(new float[] {-0.5f, 0.5f, -0.25f, -0.5f}, p.toArray());
  }

  /** Rows of a matrix have a limit each; a vector is one row. */
  @Test
  void adaptiveClippingLimitsEachRowByTheNormOfItsParameters() {
    Parameter matrix = parameter("matrix", new float[] {3, 4, 0, 0, 30, 40}, 3, 2);
    Parameter bias = parameter("bias", new float[] {6, 8});
    matrix.gradient().copyFrom(MemorySegment.ofArray(new float[] {6, 8, 3, 4, 0.3f, 0.4f}));
    bias.gradient().copyFrom(MemorySegment.ofArray(new float[] {0, 5}));
    Sgd.over(List.of(matrix, bias)).lr(1).clipAdaptive(0.1f, 1e-2f).step();
    // Limits: 0.1 * 5 of 10, 0.1 * 0.01 of 5, 0.1 * 50 of 0.5; 0.1 * 10 of 5.
    float[] expected = {3 - 0.3f, 4 - 0.4f, -0.6e-3f, -0.8e-3f, 30 - 0.3f, 40 - 0.4f};
    assertArrayEquals(expected, matrix.toArray(), 1e-5f);
    assertArrayEquals(new float[] {6, 8 - 1}, bias.toArray(), 1e-6f);
    assertThrows(
        IllegalArgumentException.class, () -> Sgd.over(List.of(bias)).clipAdaptive(0, 1e-3f));
  }

  @Test
  void aGradientThatIsNotFiniteIsSkippedToldOrIgnoredByChoice() {
    float[] ones = {1, 1};
    Parameter good = parameter("good", ones);
    Parameter bad = parameter("bad", ones);
    Sgd optimizer = Sgd.over(List.of(good, bad)).lr(1).nonFinite(NonFinite.FAIL);
    good.gradient().set(JAVA_FLOAT, 0, 1);
    bad.gradient().set(JAVA_FLOAT, 4, Float.NaN);
    assertEquals(
        "the gradient of \"bad\" is NaN or infinite at step 0: the loss or an op before it is not"
            + " finite",
        assertThrows(ArithmeticException.class, optimizer::step).getMessage());
    assertEquals(1, good.gradient().get(JAVA_FLOAT, 0), "nothing has changed");
    assertFalse(optimizer.nonFinite(NonFinite.SKIP).step());
    assertArrayEquals(ones, good.toArray());
    assertEquals(0, good.gradient().get(JAVA_FLOAT, 0));
    assertEquals(1, optimizer.skippedSteps());
    good.gradient().set(JAVA_FLOAT, 0, 1);
    bad.gradient().set(JAVA_FLOAT, 4, Float.NaN);
    assertTrue(optimizer.nonFinite(NonFinite.IGNORE).step());
    assertArrayEquals(new float[] {0, 1}, good.toArray());
    assertTrue(Float.isNaN(bad.toArray()[1]));
  }

  @Test
  void theScaleOfTheLossIsTakenOutAndAdaptsItself() {
    Parameter p = parameter("p", new float[] {1});
    LossScaler scaler = LossScaler.dynamic(1024, 2);
    Sgd optimizer = Sgd.over(List.of(p)).lr(1).lossScaler(scaler);
    p.gradient().set(JAVA_FLOAT, 0, 0.5f * scaler.scale());
    assertTrue(optimizer.step());
    assertArrayEquals(new float[] {0.5f}, p.toArray());
    assertEquals(0.5, optimizer.gradientNorm());
    p.gradient().set(JAVA_FLOAT, 0, Float.POSITIVE_INFINITY);
    assertFalse(optimizer.step());
    assertEquals(512, scaler.scale());
    assertTrue(optimizer.step());
    assertEquals(512, scaler.scale(), "the good steps are counted from the bad one on");
    assertTrue(optimizer.step());
    assertEquals(1024, scaler.scale());
    float[] saved =
        Objects.requireNonNull(optimizer.state().get("optimizer.lossScale"))
            .data()
            .toArray(JAVA_FLOAT);
    assertArrayEquals(new float[] {1024, 0}, saved);
    assertThrows(IllegalArgumentException.class, () -> LossScaler.dynamic(1000, 1));
    assertThrows(IllegalArgumentException.class, () -> LossScaler.dynamic(1024, 0));
  }

  @Test
  void whatDecidesTheStateIsChosenBeforeTheFirstStep() {
    Parameter p = parameter("p", new float[] {1});
    Adam adam = Adam.over(List.of(p));
    adam.step();
    assertEquals(
        "AMSGrad of Adam decides what state there is: choose it before the first step",
        assertThrows(IllegalStateException.class, () -> adam.amsGrad(true)).getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> Sgd.over(ParamGroup.of(List.of(p)).momentum(0.9f)),
        "SGD without momentum has none");
  }
}
