package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.optim.Methods.Method;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Algebra of every method over groups, for any parameters. */
class MethodPropertiesTest {
  private static final String AT_LEAST_0 = "a finite number of at least 0";
  private static final String ABOVE_0 = "a finite number above 0";
  private static final String DECAY = "at least 0 and below 1";

  private static final Map<HyperParameter, String> RANGES =
      Map.ofEntries(
          Map.entry(HyperParameter.LR, AT_LEAST_0),
          Map.entry(HyperParameter.BETA1, DECAY),
          Map.entry(HyperParameter.BETA2, DECAY),
          Map.entry(HyperParameter.EPS, ABOVE_0),
          Map.entry(HyperParameter.WEIGHT_DECAY, AT_LEAST_0),
          Map.entry(HyperParameter.MOMENTUM, DECAY),
          Map.entry(HyperParameter.DAMPENING, "0 to 1"),
          Map.entry(HyperParameter.RHO, DECAY),
          Map.entry(HyperParameter.LR_DECAY, AT_LEAST_0),
          Map.entry(HyperParameter.MOMENTUM_DECAY, AT_LEAST_0),
          Map.entry(HyperParameter.TRUST, ABOVE_0),
          Map.entry(HyperParameter.DECAY_RATE, ABOVE_0),
          Map.entry(HyperParameter.UPDATE_CLIP, "a number above 0"),
          Map.entry(HyperParameter.MIN_RMS, ABOVE_0));

  @Provide
  Arbitrary<Method> methods() {
    return Arbitraries.of(Methods.ALL);
  }

  @Provide
  Arbitrary<Method> methodsWithPlainDecay() {
    return Arbitraries.of(Methods.ALL).filter(method -> !method.decaysInItsOwnWay());
  }

  private static Parameter parameter(Slab slab, String name, List<Float> values) {
    Parameter parameter = Parameter.of(name, TensorLayout.of(values.size()), slab);
    parameter.data().copyFrom(MemorySegment.ofArray(floats(values)));
    return parameter;
  }

  private static float[] floats(List<Float> values) {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i);
    }
    return floats;
  }

  @Property(tries = 150)
  void withoutALearningRateNoParameterChanges(
      @ForAll("methods") Method method,
      @ForAll @Size(min = 1, max = 40) List<@FloatRange(min = -1e3f, max = 1e3f) Float> w,
      @ForAll @FloatRange(min = -1e3f, max = 1e3f) float g,
      @ForAll @FloatRange(max = 0.5f) float weightDecay) {
    try (Slab slab = Slab.open("property", 1 << 16)) {
      Parameter p = parameter(slab, "p", w);
      GroupOptimizer<?> optimizer = method.over(ParamGroup.of(List.of(p)));
      optimizer.lr(0).weightDecay(weightDecay);
      optimizer.decoupledDecay(true);
      for (int step = 0; step < 3; step++) {
        p.gradient().asSlice(0, 4).copyFrom(MemorySegment.ofArray(new float[] {g}));
        optimizer.step();
      }
      assertArrayEquals(floats(w), p.toArray());
    }
  }

  @Property(tries = 150)
  void decoupledDecayWithoutAGradientShrinksByItsFactorAlone(
      @ForAll("methodsWithPlainDecay") Method method,
      @ForAll @Size(min = 1, max = 40) List<@FloatRange(min = -1e3f, max = 1e3f) Float> w,
      @ForAll @FloatRange(max = 1) float lr,
      @ForAll @FloatRange(max = 0.5f) float weightDecay) {
    try (Slab slab = Slab.open("property", 1 << 16)) {
      Parameter p = parameter(slab, "p", w);
      GroupOptimizer<?> optimizer = method.over(ParamGroup.of(List.of(p)));
      optimizer.lr(lr).weightDecay(weightDecay);
      optimizer.decoupledDecay(true);
      optimizer.step();
      float[] expected = floats(w);
      float decay = (float) ((double) lr * weightDecay);
      for (int i = 0; i < expected.length; i++) {
        expected[i] = Math.fma(expected[i], -decay, expected[i]);
      }
      assertArrayEquals(expected, p.toArray());
    }
  }

  /** Whatever a parameter is cut into, methods that look at elements alone do not see it. */
  @Property(tries = 100)
  void parametersInAnyOrderAndAnyGroupsHaveTheSameResults(
      @ForAll("methods") Method method,
      @ForAll @Size(min = 2, max = 9) List<@IntRange(min = 0, max = 50) Integer> sizes,
      @ForAll @IntRange(min = 0, max = 8) int cut) {
    try (Slab slab = Slab.open("property", 1 << 18)) {
      List<Parameter> inOrder = new ArrayList<>();
      List<Parameter> turned = new ArrayList<>();
      for (int i = 0; i < sizes.size(); i++) {
        List<Float> values = new ArrayList<>();
        for (int k = 0; k < sizes.get(i); k++) {
          values.add((float) Math.sin(i + 0.7 * k));
        }
        inOrder.add(parameter(slab, "a" + i, values));
        turned.addFirst(parameter(slab, "b" + i, values));
      }
      int at = cut % sizes.size();
      GroupOptimizer<?> one = method.over(ParamGroup.of(inOrder));
      GroupOptimizer<?> two =
          method.over(
              ParamGroup.of(turned.subList(at, turned.size())),
              ParamGroup.of(turned.subList(0, at)));
      for (int step = 0; step < 2; step++) {
        for (Parameter p : inOrder) {
          p.gradient().copyFrom(p.data());
        }
        for (Parameter p : turned) {
          p.gradient().copyFrom(p.data());
        }
        assertTrue(one.step());
        assertTrue(two.step());
      }
      for (int i = 0; i < sizes.size(); i++) {
        assertArrayEquals(inOrder.get(i).toArray(), turned.reversed().get(i).toArray());
      }
    }
  }

  @Property(tries = 200)
  void valuesOutOfRangeAreRefusedByNameAndRange(
      @ForAll("methods") Method method,
      @ForAll HyperParameter which,
      @ForAll @FloatRange(min = -1e3f, max = -0.01f) float negative) {
    try (Slab slab = Slab.open("property", 1 << 16)) {
      ParamGroup group = ParamGroup.of(List.of(parameter(slab, "p", List.of(1f))));
      GroupOptimizer<?> optimizer = method.over(group);
      String range = RANGES.get(which);
      float tooLarge =
          DECAY.equals(range) ? 1 : "0 to 1".equals(range) ? 1.1f : Float.POSITIVE_INFINITY;
      float tooSmall = String.valueOf(range).endsWith("above 0") ? 0 : negative;
      for (float bad : new float[] {negative, tooSmall, tooLarge, Float.NaN}) {
        if (which == HyperParameter.UPDATE_CLIP && bad == Float.POSITIVE_INFINITY) {
          continue; // there is no limit then
        }
        assertEquals(
            which.term() + " = " + bad + ": want " + range,
            assertThrows(IllegalArgumentException.class, () -> optimizer.setAll(which, bad))
                .getMessage());
      }
      if (has(group, which)) {
        float before = group.get(which);
        assertThrows(IllegalArgumentException.class, () -> group.set(which, negative));
        assertEquals(before, group.get(which), "a refused value changes nothing");
      } else {
        String message =
            String.valueOf(
                assertThrows(IllegalArgumentException.class, () -> group.set(which, 0.5f))
                    .getMessage());
        String end =
            " has no hyper-parameter " + which.term() + ": leave it out, or take another method";
        assertTrue(message.endsWith(end), message);
      }
    }
  }

  private static boolean has(ParamGroup group, HyperParameter which) {
    try {
      group.get(which);
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }
}
