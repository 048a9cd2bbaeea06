package dev.lanewise.optim.averaged;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.optim.schedule.Schedule;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against the three sequences of the paper, kept apart. */
class ScheduleFreeTest {
  private static final int N = 37;
  private static final int STEPS = 30;
  private static final double U = 0x1p-24;

  private final Slab slab = Slab.open("schedule-free", 1 << 20);

  @AfterEach
  void close() {
    slab.close();
  }

  private Parameter parameter(float[] values) {
    Parameter parameter = Parameter.of("w", TensorLayout.of(values.length), slab);
    parameter.data().copyFrom(MemorySegment.ofArray(values));
    return parameter;
  }

  private static float[] random(SplittableRandom random) {
    float[] values = new float[N];
    for (int i = 0; i < N; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /**
   * Values stay below 10, directions below 4 in size. Each step rounds y and z some ten times; in
   * the normalized direction some fifteen more of 4 lr. Half the error of y is added for the
   * average, which is 1 / beta times as far from z.
   */
  @Test
  void bothFormsFollowTheirThreeSequences() {
    for (boolean adaptive : new boolean[] {false, true}) {
      SplittableRandom random = new SplittableRandom(1);
      float[] start = random(random);
      Parameter w = parameter(start);
      Schedule warmup = Schedule.linearWarmup(5).withFloor(0.2);
      float lr = 0.05f;
      float decay = 0.1f;
      float beta = 0.9f;
      float beta2 = 0.95f;
      ScheduleFreeSgd sgd =
          ScheduleFreeSgd.over(List.of(w)).lr(lr).schedule(warmup).weightDecay(decay);
      ScheduleFreeAdamW adam =
          ScheduleFreeAdamW.over(List.of(w))
              .lr(lr)
              .betas(beta, beta2)
              .schedule(warmup)
              .weightDecay(decay);
      double[] x = new double[N];
      double[] y = new double[N];
      double[] z = new double[N];
      double[] v = new double[N];
      for (int i = 0; i < N; i++) {
        x[i] = start[i];
        y[i] = start[i];
        z[i] = start[i];
      }
      double sum = 0;
      double largest = 0;
      for (int t = 1; t <= STEPS; t++) {
        float[] g = random(random);
        w.gradient().copyFrom(MemorySegment.ofArray(g));
        boolean stepped = adaptive ? adam.step() : sgd.step();
        assertEquals(true, stepped);
        double rate = lr * warmup.at(t - 1);
        largest = Math.max(largest, rate);
        sum += largest * largest;
        double c = largest * largest / sum;
        for (int i = 0; i < N; i++) {
          v[i] = beta2 * v[i] + (1 - (double) beta2) * g[i] * g[i];
          double direction =
              adaptive ? g[i] / (Math.sqrt(v[i] / (1 - Math.pow(beta2, t))) + 1e-8f) : g[i];
          z[i] -= rate * (direction + decay * y[i]);
          x[i] = (1 - c) * x[i] + c * z[i];
          y[i] = (1 - (double) beta) * z[i] + beta * x[i];
        }
      }
      double bound = STEPS * U * (10 * 10 + 25 * 4);
      for (int i = 0; i < N; i++) {
        assertEquals(y[i], w.toArray()[i], bound);
      }
      float[] training = w.toArray();
      if (adaptive) {
        adam.toAverage();
        assertThrows(IllegalStateException.class, adam::toAverage);
        assertThrows(IllegalStateException.class, adam::step);
      } else {
        sgd.toAverage();
      }
      for (int i = 0; i < N; i++) {
        assertEquals(x[i], w.toArray()[i], 2 * bound);
      }
      if (adaptive) {
        adam.toTraining();
        assertThrows(IllegalStateException.class, adam::toTraining);
      } else {
        sgd.toTraining();
      }
      assertArrayEquals(training, w.toArray(), (float) (10 * 10 * U));
    }
  }

  @Test
  void thereIsNoAverageBeforeTheFirstStep() {
    Parameter w = parameter(new float[] {1});
    w.gradient().set(JAVA_FLOAT, 0, 1);
    ScheduleFreeSgd optimizer = ScheduleFreeSgd.over(List.of(w));
    assertThrows(IllegalStateException.class, optimizer::toAverage);
    optimizer.step();
    optimizer.toAverage();
    assertEquals(0, w.toArray()[0], "the average of one step is its end");
  }
}
