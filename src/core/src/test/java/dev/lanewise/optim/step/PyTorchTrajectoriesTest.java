package dev.lanewise.optim.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.optim.BiasCorrection;
import dev.lanewise.optim.Velocity;
import dev.lanewise.optim.step.f64.AdagradStep;
import dev.lanewise.optim.step.f64.AdamStep;
import dev.lanewise.optim.step.f64.MomentumStep;
import dev.lanewise.optim.step.f64.RmsPropStep;
import dev.lanewise.optim.step.f64.SgdStep;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The 1,001 steps of the tests of PyTorch's C++ optimizers, in double precision: Linear(2,
 * 3)-Sigmoid-Linear(3, 1)-Sigmoid, the loss is the sum of the outputs for three inputs. The
 * published values were printed to 15 digits, and the start was recovered from them.
 */
@Tag("once")
class PyTorchTrajectoriesTest {
  private static final List<PublishedNumbers> ROWS = PublishedNumbers.read("pytorch-optimizers");
  private static final double[][] INPUTS = {{0.1, 0.2}, {0.3, 0.4}, {0.5, 0.6}};
  private static final double TOLERANCE = 1e-12;

  private static final StepOptions L2 = StepOptions.NONE.withL2(1e-2);
  private static final StepOptions LITTLE_L2 = StepOptions.NONE.withL2(1e-6);

  /** A method with its state, one step of it. */
  @FunctionalInterface
  interface Step {
    void run(double[] w, double[] g, long t);
  }

  record Configuration(String name, Step step) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Configuration> configurations() {
    return Stream.of(
        new Configuration("SGD", (w, g, t) -> SgdStep.step(w, g, 0.1)),
        new Configuration(
            "SGD_with_weight_decay", (w, g, t) -> SgdStep.step(w, g, 0, w.length, 0.1, L2)),
        momentum("SGD_with_weight_decay_and_momentum", false, L2),
        momentum("SGD_with_weight_decay_and_nesterov_momentum", true, LITTLE_L2),
        adagrad("Adagrad", 0, StepOptions.NONE),
        adagrad("Adagrad_with_weight_decay", 0, L2),
        adagrad("Adagrad_with_weight_decay_and_lr_decay", 1e-3, LITTLE_L2),
        rmsProp("RMSprop", StepOptions.NONE),
        rmsProp("RMSprop_with_weight_decay", L2),
        centred(),
        centredWithMomentum(),
        adam("Adam", StepOptions.NONE),
        adam("Adam_with_weight_decay", L2),
        amsGrad());
  }

  private static Configuration momentum(String name, boolean nesterov, StepOptions options) {
    double[] b = new double[13];
    return new Configuration(
        name,
        (w, g, t) ->
            MomentumStep.step(
                w, g, b, 0, 13, t, 0.1, 0.9, 0, nesterov, Velocity.LR_OUTSIDE, options));
  }

  private static Configuration adagrad(String name, double lrDecay, StepOptions options) {
    double[] s = new double[13];
    return new Configuration(
        name, (w, g, t) -> AdagradStep.step(w, g, s, 0, 13, t, 1, lrDecay, 1e-10, false, options));
  }

  private static Configuration rmsProp(String name, StepOptions options) {
    double[] v = new double[13];
    return new Configuration(
        name, (w, g, t) -> RmsPropStep.step(w, g, v, 0, 13, 0.1, 0.99, 1e-8, false, options));
  }

  private static Configuration centred() {
    double[] v = new double[13];
    double[] a = new double[13];
    return new Configuration(
        "RMSprop_with_weight_decay_and_centered",
        (w, g, t) -> RmsPropStep.stepCentred(w, g, v, a, 0, 13, 0.1, 0.99, 1e-8, false, LITTLE_L2));
  }

  private static Configuration centredWithMomentum() {
    double[] v = new double[13];
    double[] a = new double[13];
    double[] b = new double[13];
    return new Configuration(
        "RMSprop_with_weight_decay_and_centered_and_momentum",
        (w, g, t) ->
            RmsPropStep.stepCentredWithMomentum(
                w,
                g,
                v,
                a,
                b,
                0,
                13,
                t,
                0.1,
                0.99,
                1e-8,
                false,
                0.9,
                Velocity.LR_OUTSIDE,
                LITTLE_L2));
  }

  private static Configuration adam(String name, StepOptions options) {
    double[] m = new double[13];
    double[] v = new double[13];
    return new Configuration(
        name,
        (w, g, t) ->
            AdamStep.step(
                w, g, m, v, 0, 13, t, 1, 0.9, 0.999, 1e-8, BiasCorrection.EPS_HAT, options));
  }

  private static Configuration amsGrad() {
    double[] m = new double[13];
    double[] v = new double[13];
    double[] x = new double[13];
    return new Configuration(
        "Adam_with_weight_decay_and_amsgrad",
        (w, g, t) ->
            AdamStep.amsGrad(
                w, g, m, v, x, 0, 13, t, 1, 0.9, 0.999, 1e-8, BiasCorrection.EPS_HAT, LITTLE_L2));
  }

  @ParameterizedTest
  @MethodSource("configurations")
  void everyConfigurationPassesThroughThePublishedParameters(Configuration configuration) {
    double[] w =
        PublishedNumbers.row(ROWS, "start", 0).stream().mapToDouble(Double::doubleValue).toArray();
    double[] g = new double[w.length];
    int compared = 0;
    for (int step = 0; step <= 1000; step++) {
      gradient(w, g);
      configuration.step().run(w, g, step + 1);
      for (PublishedNumbers row : ROWS) {
        if (row.name().equals(configuration.name()) && row.step() == step) {
          compared++;
          for (int i = 0; i < w.length; i++) {
            double expected = row.values().get(i);
            assertEquals(
                expected,
                w[i],
                TOLERANCE * Math.max(1, Math.abs(expected)),
                "step " + step + ", parameter " + i);
          }
        }
      }
    }
    assertTrue(compared > 0, "no published row");
  }

  @Test
  void everyPublishedRowBelongsToAConfiguration() {
    List<String> names = configurations().map(Configuration::name).toList();
    assertEquals(
        names.stream().sorted().toList(),
        ROWS.stream()
            .map(PublishedNumbers::name)
            .filter(name -> !name.equals("start"))
            .distinct()
            .sorted()
            .toList());
  }

  /** Of the sum of the outputs. Parameters: 3x2 weights, 3 biases, 3 weights, 1 bias. */
  private static void gradient(double[] w, double[] g) {
    Arrays.fill(g, 0);
    for (double[] x : INPUTS) {
      double[] hidden = new double[3];
      double sum = w[12];
      for (int j = 0; j < 3; j++) {
        hidden[j] = sigmoid(w[2 * j] * x[0] + w[2 * j + 1] * x[1] + w[6 + j]);
        sum += w[9 + j] * hidden[j];
      }
      double y = sigmoid(sum);
      double dSum = y * (1 - y);
      g[12] += dSum;
      for (int j = 0; j < 3; j++) {
        g[9 + j] += dSum * hidden[j];
        double d = dSum * w[9 + j] * hidden[j] * (1 - hidden[j]);
        g[2 * j] += d * x[0];
        g[2 * j + 1] += d * x[1];
        g[6 + j] += d;
      }
    }
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
