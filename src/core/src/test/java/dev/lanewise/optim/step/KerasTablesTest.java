package dev.lanewise.optim.step;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.optim.BiasCorrection;
import dev.lanewise.optim.Velocity;
import dev.lanewise.optim.step.f32.AdadeltaStep;
import dev.lanewise.optim.step.f32.AdagradStep;
import dev.lanewise.optim.step.f32.AdamStep;
import dev.lanewise.optim.step.f32.AdamaxStep;
import dev.lanewise.optim.step.f32.LionStep;
import dev.lanewise.optim.step.f32.MomentumStep;
import dev.lanewise.optim.step.f32.NAdamStep;
import dev.lanewise.optim.step.f32.RmsPropStep;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tables in the tests of Keras, with its forms: eps-hat, eps under the root, psi = 1. */
@Tag("once")
class KerasTablesTest {
  private static final List<PublishedNumbers> ROWS = PublishedNumbers.read("keras-optimizers");
  private static final int N = 10;
  private static final double TOLERANCE = 5e-4;

  /** One step on ten parameters with three states. */
  @FunctionalInterface
  interface Step {
    void run(float[] w, float[] g, float[][] s, long t);
  }

  record Table(String name, float start, Step step) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Table> tables() {
    return Stream.of(
        new Table(
            "sgd",
            0,
            (w, g, s, t) ->
                MomentumStep.step(
                    w, g, s[0], 0, N, t, 0.01f, 0, 0, true, Velocity.LR_INSIDE, StepOptions.NONE)),
        new Table(
            "adam",
            0,
            (w, g, s, t) ->
                AdamStep.amsGrad(
                    w,
                    g,
                    s[0],
                    s[1],
                    s[2],
                    0,
                    N,
                    t,
                    1e-3f,
                    0.9f,
                    0.999f,
                    1e-7f,
                    BiasCorrection.EPS_HAT,
                    StepOptions.NONE)),
        new Table(
            "adamw",
            0,
            (w, g, s, t) ->
                AdamStep.step(
                    w,
                    g,
                    s[0],
                    s[1],
                    0,
                    N,
                    t,
                    1,
                    0.9f,
                    0.999f,
                    2,
                    BiasCorrection.EPS_HAT,
                    StepOptions.NONE.withDecoupledDecay(0.5))),
        new Table(
            "adamax",
            0,
            (w, g, s, t) -> AdamaxStep.step(w, g, s[0], s[1], t, 0.2f, 0.85f, 0.95f, 1e-6f)),
        new Table(
            "nadam",
            0,
            (w, g, s, t) -> NAdamStep.step(w, g, s[0], s[1], t, 0.5f, 0.5f, 0.67f, 1e-5f, 1)),
        new Table(
            "rmsprop",
            0,
            (w, g, s, t) ->
                RmsPropStep.stepCentred(
                    w, g, s[0], s[1], 0, N, 1e-3f, 0.9f, 1e-7f, true, StepOptions.NONE)),
        new Table(
            "adagrad",
            0.3f,
            (w, g, s, t) ->
                AdagradStep.step(w, g, s[0], 0, N, t, 0.2f, 0, 1e-6f, true, StepOptions.NONE)),
        new Table(
            "adadelta", 0, (w, g, s, t) -> AdadeltaStep.step(w, g, s[0], s[1], 1, 0.8f, 1e-6f)),
        new Table("lion", 0, (w, g, s, t) -> LionStep.step(w, g, s[0], 1e-3f, 0.9f, 0.99f)));
  }

  @ParameterizedTest
  @MethodSource("tables")
  void everyTableIsReproduced(Table table) {
    float[] w = new float[N];
    Arrays.fill(w, 1);
    float[][] states = new float[3][N];
    Arrays.fill(states[0], table.start());
    for (int step = 0; step < 5; step++) {
      float[] g = new float[N];
      for (int i = 0; i < N; i++) {
        g[i] = step == 0 ? 0.01f : 0.1f * (i + 1);
      }
      table.step().run(w, g, states, step + 1);
      List<Double> expected = PublishedNumbers.row(ROWS, table.name(), step);
      for (int i = 0; i < N; i++) {
        assertEquals(
            expected.get(i),
            w[i],
            TOLERANCE * (1 + Math.abs(expected.get(i))),
            "step " + step + ", element " + i);
      }
    }
  }
}
