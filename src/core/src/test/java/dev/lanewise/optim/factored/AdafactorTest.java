package dev.lanewise.optim.factored;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdafactorTest {
  private static final double U = 0x1p-24;

  private final Slab slab = Slab.open("adafactor", 1 << 22);

  @AfterEach
  void close() {
    slab.close();
  }

  private Parameter parameter(String name, long seed, long... dims) {
    Parameter parameter = Parameter.of(name, TensorLayout.of(dims), slab);
    fill(parameter.data(), seed);
    return parameter;
  }

  private static void fill(MemorySegment data, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < data.byteSize() / Float.BYTES; i++) {
      data.setAtIndex(JAVA_FLOAT, i, (float) random.nextGaussian());
    }
  }

  /** The paper's algorithms 4 and 5 in double precision, with the bound of what f32 may differ. */
  private static final class Oracle {
    private final boolean matrix;
    private final int rows;
    private final int cols;
    private final double[] w;
    private final double[] bound;
    private final double[] r;
    private final double[] c;
    private final double[] v;
    private double updateClip = 1;
    private boolean relative = true;
    private boolean scaled = true;
    private double lr = 1;
    private double weightDecay;
    private int t;

    Oracle(Parameter parameter) {
      TensorLayout layout = parameter.layout();
      int n = (int) layout.elements();
      matrix = layout.rank() > 1;
      rows = matrix ? (int) layout.dim(0) : 1;
      cols = n / rows;
      w = doubles(parameter.toArray());
      bound = new double[n];
      r = new double[rows];
      c = new double[cols];
      v = new double[n];
    }

    void step(float[] gradient) {
      t++;
      double beta2 = 1 - Math.pow(t, -0.8f);
      double[] g = doubles(gradient);
      for (int i = 0; i < rows; i++) {
        r[i] *= beta2;
      }
      for (int j = 0; j < cols; j++) {
        c[j] *= beta2;
      }
      for (int i = 0; i < g.length; i++) {
        double q = (1 - beta2) * (g[i] * g[i] + 1e-30);
        r[i / cols] += q / cols;
        c[i % cols] += q / rows;
        v[i] = beta2 * v[i] + q;
      }
      double mean = 0;
      for (double each : r) {
        mean += each / rows;
      }
      double[] u = new double[g.length];
      double squares = 0;
      double length = 0;
      for (int i = 0; i < g.length; i++) {
        double moment = matrix ? r[i / cols] * c[i % cols] / mean : v[i];
        u[i] = g[i] / Math.sqrt(moment);
        squares += u[i] * u[i];
        length += w[i] * w[i];
      }
      double rate = lr * (relative ? Math.min(1e-2, 1 / Math.sqrt(t)) : 1);
      rate *= scaled ? Math.max(1e-3, Math.sqrt(length / g.length)) : 1;
      double step = rate / Math.max(1, Math.sqrt(squares / g.length) / updateClip);
      for (int i = 0; i < g.length; i++) {
        w[i] -= rate * weightDecay * w[i] + step * u[i];
        // Column sums of at most 1,024 rows at a time: 1,024 u in V, half of it in its root; rows,
        // lengths and the update itself are far below 100 u.
        bound[i] += 2 * U * Math.abs(w[i]) + 700 * U * Math.abs(step * u[i]);
      }
    }

    void check(Parameter parameter) {
      float[] actual = parameter.toArray();
      for (int i = 0; i < w.length; i++) {
        assertEquals(w[i], actual[i], bound[i], parameter.name() + "[" + i + "]");
      }
    }
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  /** Tiles are 64 rows of 1,024 columns, or 1,024 rows; blocks of vectors have 4,096 elements. */
  private List<Parameter> model(String prefix) {
    return List.of(
        parameter(prefix + "wide", 1, 70, 1030),
        parameter(prefix + "narrow", 2, 1500, 3),
        parameter(prefix + "row", 3, 1, 37),
        parameter(prefix + "column", 4, 33, 1),
        parameter(prefix + "filters", 5, 5, 3, 3, 7),
        parameter(prefix + "vector", 6, 4099),
        parameter(prefix + "bias", 7, 1),
        parameter(prefix + "none", 8, 0, 4));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void theStepsFollowThePaper(int options) {
    boolean relative = (options & 1) == 0;
    boolean scaled = (options & 2) == 0;
    float updateClip = options == 3 ? Float.POSITIVE_INFINITY : 1f;
    List<Parameter> parameters = model("");
    List<Parameter> full = parameters.stream().filter(p -> p.layout().elements() > 0).toList();
    List<Oracle> oracles = full.stream().map(Oracle::new).toList();
    float lr = relative ? 1 : 0.01f;
    Adafactor adafactor =
        Adafactor.over(parameters)
            .lr(lr)
            .relativeStep(relative)
            .scaleParameter(scaled)
            .updateClip(updateClip)
            .weightDecay(0.1f);
    for (int step = 0; step < 4; step++) {
      for (int i = 0; i < full.size(); i++) {
        Parameter parameter = full.get(i);
        Oracle oracle = oracles.get(i);
        oracle.lr = lr;
        oracle.weightDecay = 0.1f;
        oracle.relative = relative;
        oracle.scaled = scaled;
        oracle.updateClip = updateClip;
        fill(parameter.gradient(), 100L * step + i);
        oracle.step(parameter.gradient().toArray(JAVA_FLOAT));
      }
      assertTrue(adafactor.step());
    }
    for (int i = 0; i < full.size(); i++) {
      oracles.get(i).check(full.get(i));
      for (float g : full.get(i).gradient().toArray(JAVA_FLOAT)) {
        assertEquals(0, g);
      }
    }
  }

  @Test
  void aMatrixHasANumberForEachRowAndEachColumnAndAVectorOneForEachElement() {
    Parameter matrix = parameter("matrix", 1, 6, 2, 5);
    Parameter vector = parameter("vector", 2, 7);
    long[] sizes =
        Adafactor.over(List.of(matrix, vector)).state().values().stream()
            .mapToLong(entry -> entry.layout().elements())
            .toArray();
    assertArrayEquals(new long[] {6, 10, 0, 0, 0, 7}, sizes);
  }

  @Test
  void theBitsDoNotDependOnTheNumberOfWorkers() {
    float[][] expected = {};
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads)) {
        List<Parameter> parameters = model(threads + " ");
        Adafactor adafactor = Adafactor.over(parameters).workers(workers);
        for (int step = 0; step < 3; step++) {
          for (int i = 0; i < parameters.size(); i++) {
            fill(parameters.get(i).gradient(), 10L * step + i);
          }
          adafactor.step();
        }
        float[][] actual = parameters.stream().map(Parameter::toArray).toArray(float[][]::new);
        expected = expected.length == 0 ? actual : expected;
        for (int i = 0; i < actual.length; i++) {
          assertArrayEquals(expected[i], actual[i], parameters.get(i).name());
        }
      }
    }
  }

  /** A factor of the gradient cancels but for eps: clipping by the norm changes nothing. */
  @Test
  void gradientsThatAreCutOffOrDecayedAreWhatTheMomentsSee() {
    Parameter plain = parameter("plain", 1, 9, 40);
    Parameter cut = parameter("cut", 1, 9, 40);
    fill(cut.gradient(), 2);
    for (int i = 0; i < 360; i++) {
      float g = Math.clamp(cut.gradient().getAtIndex(JAVA_FLOAT, i), -0.5f, 0.5f);
      plain
          .gradient()
          .setAtIndex(JAVA_FLOAT, i, Math.fma(cut.data().getAtIndex(JAVA_FLOAT, i), 0.25f, g));
    }
    Adafactor.over(List.of(plain)).step();
    Adafactor.over(List.of(cut)).clipValue(0.5f).weightDecay(0.25f).decoupledDecay(false).step();
    assertArrayEquals(plain.toArray(), cut.toArray());
    Parameter clipped = parameter("clipped", 1, 9, 40);
    Parameter free = parameter("free", 1, 9, 40);
    fill(clipped.gradient(), 3);
    fill(free.gradient(), 3);
    Adafactor.over(List.of(clipped)).clipGlobalNorm(0.01f).step();
    Adafactor.over(List.of(free)).step();
    float[] expected = free.toArray();
    float[] actual = clipped.toArray();
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], 700 * U * 0.06 + 2 * U * Math.abs(expected[i]));
    }
  }

  @Test
  void aStepAllocatesNothing() {
    Adafactor adafactor = Adafactor.over(model("p")).clipGlobalNorm(1).clipValue(3);
    assertEquals(0, AllocatedBytes.perCall(50, 50, adafactor::step));
  }

  @Test
  void optionsOutOfRangeAreNamed() {
    Adafactor adafactor = Adafactor.over(List.of(parameter("w", 1, 2, 2)));
    assertEquals(
        "updateClip = 0.0: want a number above 0",
        assertThrows(IllegalArgumentException.class, () -> adafactor.updateClip(0)).getMessage());
    assertEquals(
        "decayRate = -1.0: want a finite number above 0",
        assertThrows(IllegalArgumentException.class, () -> adafactor.decayRate(-1)).getMessage());
    assertEquals(
        "minRms = 0.0: want a finite number above 0",
        assertThrows(IllegalArgumentException.class, () -> adafactor.minRms(0)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> adafactor.eps(0));
  }
}
