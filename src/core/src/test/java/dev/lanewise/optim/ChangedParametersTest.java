package dev.lanewise.optim;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.optim.averaged.ScheduleFreeAdamW;
import dev.lanewise.optim.averaged.ScheduleFreeSgd;
import dev.lanewise.optim.lbfgs.Lbfgs;
import dev.lanewise.optim.matrix.Muon;
import dev.lanewise.optim.matrix.Shampoo;
import dev.lanewise.optim.matrix.Soap;
import dev.lanewise.optim.momentum.Sgd;
import dev.lanewise.optim.weights.Lookahead;
import dev.lanewise.optim.weights.Sam;
import dev.lanewise.optim.weights.WeightAverage;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever writes to parameters says so: a tape that has kept one refuses to differentiate. */
@Tag("once")
class ChangedParametersTest {
  private static final float[] START = {1, -2, 3, -4, 5, -6};

  private final Slab slab = Slab.open("changed parameters", 1 << 20);
  private final Parameter w = parameter();

  @AfterEach
  void close() {
    slab.close();
  }

  private Parameter parameter() {
    Parameter parameter = Parameter.of("w", TensorLayout.of(2, 3), slab);
    parameter.data().copyFrom(MemorySegment.ofArray(START));
    return parameter;
  }

  record Change(String name, Function<Parameter, Optimizer> optimizer) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Change> optimizers() {
    Stream<Change> groups =
        Methods.ALL.stream()
            .map(method -> new Change(method.name(), p -> method.over(ParamGroup.of(List.of(p)))));
    Stream<Change> others =
        Stream.of(
            new Change("Muon", p -> Muon.over(List.of(p))),
            new Change("Shampoo", p -> Shampoo.over(List.of(p))),
            new Change("SOAP", p -> Soap.over(List.of(p))),
            new Change("Lookahead", p -> Lookahead.of(Sgd.over(List.of(p)), List.of(p), 1, 0.5f)));
    return Stream.concat(groups, others);
  }

  private void setGradient() {
    float[] g = new float[START.length];
    Arrays.fill(g, 1);
    w.gradient().copyFrom(MemorySegment.ofArray(g));
  }

  private void assertNoticed(Runnable change) {
    float[] before = w.toArray();
    try (Tape tape = Tape.open(slab)) {
      Tensor y = ElementwiseOps.mul(tape, w, w);
      change.run();
      assertTrue(!Arrays.equals(before, w.toArray()), "nothing has changed: the test is weak");
      Tensor dy = tape.constant(y.layout(), START);
      String text =
          String.valueOf(
              assertThrows(IllegalStateException.class, () -> y.backward(dy)).getMessage());
      assertTrue(text.startsWith("mul saved a tensor of 2x3"), text);
    }
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void aStep(Change method) {
    Optimizer optimizer = method.optimizer().apply(w);
    setGradient();
    assertNoticed(optimizer::step);
  }

  @Test
  void theWayUpOfSharpnessAndTheWayBack() {
    Sam sam = Sam.of(Sgd.over(List.of(w)).lr(0), List.of(w));
    setGradient();
    assertNoticed(sam::ascend);
    assertNoticed(sam::step);
    assertArrayEquals(START, w.toArray());
  }

  @Test
  void theAverageInThePlaceOfTheParametersAndBack() {
    for (WeightAverage average :
        List.of(WeightAverage.uniform(List.of(w)), WeightAverage.exponential(List.of(w), 0.5f))) {
      average.update();
      w.data().set(JAVA_FLOAT, 0, w.data().get(JAVA_FLOAT, 0) + 1);
      average.update();
      assertNoticed(average::swap);
      assertNoticed(average::swap);
    }
  }

  @Test
  void theAverageOfAScheduleFreeMethodAndBack() {
    ScheduleFreeSgd sgd = ScheduleFreeSgd.over(List.of(w)).lr(0.1f);
    ScheduleFreeAdamW adam = ScheduleFreeAdamW.over(List.of(w)).lr(0.1f);
    for (Optimizer optimizer : List.of(sgd, adam)) {
      for (int step = 0; step < 3; step++) {
        setGradient();
        optimizer.step();
      }
    }
    assertNoticed(sgd::toAverage);
    assertNoticed(sgd::toTraining);
    assertNoticed(adam::toAverage);
    assertNoticed(adam::toTraining);
  }

  @Test
  void anIterationOfLbfgs() {
    Lbfgs lbfgs = Lbfgs.over(List.of(w), 3);
    assertNoticed(
        () -> {
          double loss = lbfgs.minimize(this::bowl, 1, 0);
          assertTrue(loss < 91 / 2.0, "loss " + loss);
        });
  }

  /** {@code |w|^2 / 2}. */
  private double bowl() {
    w.gradient().copyFrom(w.data());
    double sum = 0;
    for (float x : w.toArray()) {
      sum += (double) x * x / 2;
    }
    return sum;
  }
}
