package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.optim.adaptive.Adadelta;
import dev.lanewise.optim.adaptive.Adamax;
import dev.lanewise.optim.adaptive.NAdam;
import dev.lanewise.optim.adaptive.RAdam;
import dev.lanewise.optim.factored.Adafactor;
import dev.lanewise.optim.matrix.Muon;
import dev.lanewise.testing.PyTorchVectors;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * 50 steps of the optimizers that PyTorch has only in Python, which took them in double precision,
 * from the same gradients: the parameters after each step. Errors come to what {@link
 * TrajectoriesAgainstPyTorchTest} says, but for Muon: its iteration multiplies the error of a small
 * singular value by up to 3.4445^5, which is 3e-5 of the length of a step.
 */
class TrajectoriesAgainstPythonTest {
  private static final int STEPS = 50;
  private static final PyTorchVectors VECTORS = PyTorchVectors.of("optimizers");

  @AfterAll
  static void everyTrajectoryWasRead() {
    VECTORS.assertAllRead();
  }

  private static void check(
      String name, String shape, Function<List<Parameter>, GroupOptimizer<?>> method) {
    float[] gradients = VECTORS.get(shape + ".gradients");
    TensorLayout layout = VECTORS.layout(shape + ".start");
    int n = Math.toIntExact(layout.elements());
    assertEquals(STEPS * n, gradients.length);
    float[] way = new float[STEPS * n];
    try (Slab slab = Slab.open("trajectories", 1 << 20)) {
      Parameter w = Parameter.of("w", layout, slab);
      w.data().copyFrom(MemorySegment.ofArray(VECTORS.get(shape + ".start")));
      GroupOptimizer<?> optimizer = method.apply(List.of(w));
      for (int t = 0; t < STEPS; t++) {
        w.gradient().copyFrom(MemorySegment.ofArray(gradients).asSlice(4L * t * n, 4L * n));
        assertTrue(optimizer.step());
        System.arraycopy(w.toArray(), 0, way, t * n, n);
      }
    }
    VECTORS.check(name, way);
  }

  @Test
  void adadelta() {
    check(
        "adadelta",
        "vector",
        w -> Adadelta.over(w).lr(0.5f).rho(0.9f).eps(1e-5f).weightDecay(0.01f));
  }

  @Test
  void adamax() {
    check("adamax", "vector", w -> Adamax.over(w).lr(0.01f).weightDecay(0.01f));
  }

  @Test
  void nAdam() {
    check("nadam", "vector", w -> NAdam.over(w).lr(0.01f).weightDecay(0.01f));
    check("nadamw", "vector", w -> NAdam.over(w).lr(0.01f).weightDecay(0.1f).decoupledDecay(true));
  }

  @Test
  void rAdam() {
    check("radam", "vector", w -> RAdam.over(w).lr(0.01f).weightDecay(0.01f));
    check("radamw", "vector", w -> RAdam.over(w).lr(0.01f).weightDecay(0.1f).decoupledDecay(true));
  }

  @Test
  void adafactor() {
    check("adafactor", "vector", Adafactor::over);
    check("adafactor_matrix", "tall", Adafactor::over);
  }

  @Test
  void muon() {
    check("muon", "tall", w -> Muon.over(w).lr(0.02f).weightDecay(0.1f));
    check("muon_wide", "wide", w -> Muon.over(w).lr(0.02f).weightDecay(0.1f));
    check("muon_without_nesterov", "tall", w -> Muon.over(w).lr(0.02f).nesterov(false));
    check("muon_like_adam", "wide", w -> Muon.over(w).lr(0.01f).weightDecay(0.1f).matchAdam(true));
  }
}
