package dev.lanewise.optim;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.optim.adaptive.Adagrad;
import dev.lanewise.optim.adaptive.RmsProp;
import dev.lanewise.optim.lbfgs.Lbfgs;
import dev.lanewise.optim.momentum.Momentum;
import dev.lanewise.optim.momentum.Sgd;
import dev.lanewise.testing.PyTorchVectors;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * 50 steps of every optimizer of libtorch 2.13's C++ front end, which took them in double
 * precision, from the same gradients: the parameters after each step. An error of {@code 2 u |w| +
 * 10 u |update|} in each step comes to 1e-5 for parameters of size 1.
 */
class TrajectoriesAgainstPyTorchTest {
  private static final int N = 37;
  private static final int STEPS = 50;
  private static final PyTorchVectors VECTORS = PyTorchVectors.of("steps");

  private final Slab slab = Slab.open("trajectories", 1 << 20);
  private final Parameter w = Parameter.of("w", TensorLayout.of(N), slab);
  private final List<Parameter> parameters = List.of(w);

  TrajectoriesAgainstPyTorchTest() {
    w.data().copyFrom(MemorySegment.ofArray(VECTORS.get("start")));
  }

  @AfterEach
  void close() {
    slab.close();
  }

  @AfterAll
  static void everyTrajectoryWasRead() {
    VECTORS.assertAllRead();
  }

  private void check(String name, GroupOptimizer<?> optimizer) {
    float[] gradients = VECTORS.get("gradients");
    float[] way = new float[STEPS * N];
    for (int t = 0; t < STEPS; t++) {
      w.gradient().copyFrom(MemorySegment.ofArray(gradients).asSlice(4L * t * N, 4L * N));
      assertTrue(optimizer.step());
      System.arraycopy(w.toArray(), 0, way, t * N, N);
    }
    VECTORS.check(name, way);
  }

  @Test
  void sgd() {
    check("sgd", Sgd.over(parameters).lr(0.1f).weightDecay(0.01f));
  }

  @Test
  void momentum() {
    check("momentum", Momentum.over(parameters).lr(0.1f).momentum(0.9f).dampening(0.1f));
  }

  @Test
  void nesterov() {
    check(
        "nesterov",
        Momentum.over(parameters).lr(0.1f).momentum(0.9f).nesterov(true).weightDecay(0.01f));
  }

  @Test
  void adagrad() {
    check(
        "adagrad",
        Adagrad.over(parameters).lr(0.1f).lrDecay(0.01f).initialSum(0.1f).weightDecay(0.01f));
  }

  @Test
  void rmsProp() {
    check("rmsprop", RmsProp.over(parameters).lr(0.01f).weightDecay(0.01f));
  }

  @Test
  void centredRmsPropWithMomentum() {
    check(
        "rmsprop_centred_momentum",
        RmsProp.over(parameters).lr(0.01f).rho(0.9f).centred(true).momentum(0.9f));
  }

  @Test
  void adam() {
    check("adam", Adam.over(parameters).lr(0.01f).weightDecay(0.01f));
  }

  @Test
  void amsGrad() {
    check("amsgrad", Adam.over(parameters).lr(0.01f).amsGrad(true));
  }

  @Test
  void adamW() {
    check("adamw", AdamW.over(parameters).lr(0.01f).weightDecay(0.1f));
  }

  /** {@code sum of c log(cosh(w - a)) + w^2 / 2}: curved by at least 1, so w is as exact as 0. */
  @Test
  void lbfgsEndsAtTheSameMinimum() {
    float[] a = VECTORS.get("lbfgs_a");
    float[] signed = VECTORS.get("lbfgs_c_signed");
    Lbfgs lbfgs = Lbfgs.over(parameters);
    lbfgs.minimize(
        () -> {
          double loss = 0;
          for (int i = 0; i < N; i++) {
            double x = w.data().getAtIndex(JAVA_FLOAT, i);
            double c = Math.abs((double) signed[i]);
            loss += c * Math.log(Math.cosh(x - a[i])) + x * x / 2;
            w.gradient().setAtIndex(JAVA_FLOAT, i, (float) (c * Math.tanh(x - a[i]) + x));
          }
          return loss;
        },
        200,
        5e-6);
    VECTORS.check("lbfgs", w.toArray());
  }
}
