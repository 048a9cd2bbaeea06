package dev.lanewise.optim.weights;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.optim.momentum.Sgd;
import dev.lanewise.testing.AllocatedBytes;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WeightsTest {
  private static final double U = 0x1p-24;

  private final Slab slab = Slab.open("weights", 1 << 20);

  @AfterEach
  void close() {
    slab.close();
  }

  private Parameter parameter(String name, float... values) {
    Parameter parameter = Parameter.of(name, TensorLayout.of(values.length), slab);
    parameter.data().copyFrom(MemorySegment.ofArray(values));
    return parameter;
  }

  private static float[] average(WeightAverage average) {
    return average.average(0).toArray(JAVA_FLOAT);
  }

  @Test
  void anExponentialAverageForgetsAndAUniformOneDoesNot() {
    Parameter w = parameter("w", 0, 0, 0);
    WeightAverage exponential = WeightAverage.exponential(List.of(w), 0.75f);
    WeightAverage uniform = WeightAverage.uniform(List.of(w));
    double forgetting = 0;
    double mean = 0;
    for (int k = 1; k <= 20; k++) {
      float value = k * k;
      w.data().copyFrom(MemorySegment.ofArray(new float[] {value, -value, 1}));
      exponential.update();
      uniform.update();
      forgetting = k == 1 ? value : 0.75 * forgetting + 0.25 * value;
      mean += value / 20.0;
    }
    // 20 updates with three roundings each of what is at most 400.
    double tolerance = 20 * 3 * U * 400;
    assertEquals(forgetting, average(exponential)[0], tolerance);
    assertEquals(-forgetting, average(exponential)[1], tolerance);
    assertEquals(1, average(exponential)[2]);
    assertEquals(mean, average(uniform)[0], tolerance);
    assertEquals(20, uniform.updates());
  }

  @Test
  void theAverageTakesThePlaceOfTheParametersAndGivesItBack() {
    Parameter w = parameter("w", 1, 2);
    WeightAverage average = WeightAverage.exponential(List.of(w), 0.5f);
    average.update();
    w.data().copyFrom(MemorySegment.ofArray(new float[] {3, 6}));
    average.update();
    average.swap();
    assertArrayEquals(new float[] {2, 4}, w.toArray());
    assertThrows(IllegalStateException.class, average::update);
    average.swap();
    assertArrayEquals(new float[] {3, 6}, w.toArray());
    assertArrayEquals(
        new float[] {2, 4},
        Objects.requireNonNull(average.state().get("average.w")).data().toArray(JAVA_FLOAT));
    WeightAverage next = WeightAverage.exponential(List.of(w), 0.5f);
    next.state()
        .firstEntry()
        .getValue()
        .data()
        .copyFrom(average.state().firstEntry().getValue().data());
    next.restore(average.updates());
    next.update();
    average.update();
    assertArrayEquals(average(average), average(next));
    assertThrows(IllegalArgumentException.class, () -> WeightAverage.exponential(List.of(w), 1));
    assertThrows(IllegalArgumentException.class, () -> WeightAverage.uniform(List.of()));
    assertThrows(IllegalArgumentException.class, () -> next.restore(-1));
  }

  @Test
  void anUpdateAllocatesNothing() {
    Parameter w = parameter("w", new float[70_000]);
    WeightAverage average = WeightAverage.exponential(List.of(w), 0.5f);
    assertEquals(0, AllocatedBytes.perCall(100, 100, average::update));
  }

  @Test
  void lookaheadGoesBackAfterEveryKSteps() {
    Parameter w = parameter("w", 0);
    Lookahead lookahead =
        Lookahead.of(Sgd.over(List.of(w)).lr(1).zeroGradInStep(false), List.of(w), 2, 0.25f);
    w.gradient().set(JAVA_FLOAT, 0, -1);
    float[] expected = {1, 0.5f, 1.5f, 1, 2};
    for (float value : expected) {
      assertTrue(lookahead.step());
      assertEquals(value, w.toArray()[0]);
    }
    assertEquals(5, lookahead.steps());
    assertEquals(List.of("lookahead.w"), List.copyOf(lookahead.state().sequencedKeySet()));
    lookahead.zeroGrad();
    assertEquals(0, w.gradient().get(JAVA_FLOAT, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> Lookahead.of(Sgd.over(List.of(w)), List.of(w), 0, 0.5f));
  }

  @Test
  void sharpnessIsLookedForBeforeTheStep() {
    Parameter a = parameter("a", 1, 0);
    Parameter b = parameter("b", 2);
    Sgd descent = Sgd.over(List.of(a, b)).lr(1);
    Sam sam = Sam.of(descent, List.of(a, b), 0.5f);
    assertThrows(IllegalStateException.class, sam::step);
    a.gradient().copyFrom(MemorySegment.ofArray(new float[] {3, 0}));
    b.gradient().set(JAVA_FLOAT, 0, 4);
    sam.ascend();
    assertArrayEquals(new float[] {1 + 0.3f, 0}, a.toArray(), 1e-6f);
    assertArrayEquals(new float[] {2 + 0.4f}, b.toArray(), 1e-6f);
    assertEquals(0, b.gradient().get(JAVA_FLOAT, 0), "ready for the second backward pass");
    assertThrows(IllegalStateException.class, sam::ascend);
    a.gradient().set(JAVA_FLOAT, 4, 7);
    assertTrue(sam.step());
    assertArrayEquals(new float[] {1, -7}, a.toArray());
    assertArrayEquals(new float[] {2}, b.toArray());
    assertEquals(1, sam.steps());
    b.gradient().set(JAVA_FLOAT, 0, Float.NaN);
    sam.ascend();
    assertArrayEquals(new float[] {2}, b.toArray(), "nothing to go along");
    descent.nonFinite(dev.lanewise.optim.NonFinite.SKIP);
    b.gradient().set(JAVA_FLOAT, 0, Float.NaN);
    assertFalse(sam.step());
    assertThrows(IllegalArgumentException.class, () -> Sam.of(descent, List.of(a), Float.NaN));
  }
}
