package dev.lanewise.optim.lbfgs;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.io.Safetensors;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("once")
class LbfgsTest {
  private final Slab slab = Slab.open("l-bfgs", 1 << 20);
  private int evaluations;

  @TempDir Path folder;

  @AfterEach
  void close() {
    slab.close();
  }

  private Parameter parameter(String name, float... values) {
    Parameter parameter = Parameter.of(name, TensorLayout.of(values.length), slab);
    parameter.data().copyFrom(MemorySegment.ofArray(values));
    return parameter;
  }

  /** In two parameters, to show that they are taken together. */
  private DoubleSupplier rosenbrock(Parameter px, Parameter py) {
    return () -> {
      evaluations++;
      double x = px.data().get(JAVA_FLOAT, 0);
      double y = py.data().get(JAVA_FLOAT, 0);
      double bend = y - x * x;
      px.gradient().set(JAVA_FLOAT, 0, (float) (-2 * (1 - x) - 400 * x * bend));
      py.gradient().set(JAVA_FLOAT, 0, (float) (200 * bend));
      return (1 - x) * (1 - x) + 100 * bend * bend;
    };
  }

  @Test
  void rosenbrocksValleyIsPassedInLessThanFiftyIterations() {
    Parameter x = parameter("x", -1.2f);
    Parameter y = parameter("y", 1);
    double loss = Lbfgs.over(List.of(x, y)).minimize(rosenbrock(x, y), 49, 1e-3);
    assertEquals(1, x.toArray()[0], 1e-3);
    assertEquals(1, y.toArray()[0], 2e-3);
    assertTrue(loss < 1e-6, "loss " + loss);
    assertTrue(evaluations < 100, evaluations + " evaluations");
  }

  /** {@code sum of c_i (w_i - i)^2 / 2}: exact arithmetic would need as many steps as elements. */
  @Test
  void aQuadraticOfManyScalesIsSolvedAndTheGradientBelongsToTheEnd() {
    int n = 20;
    Parameter w = parameter("w", new float[n]);
    DoubleSupplier quadratic =
        () -> {
          double sum = 0;
          for (int i = 0; i < n; i++) {
            double off = w.data().getAtIndex(JAVA_FLOAT, i) - i;
            double c = 1 + i * i;
            w.gradient().setAtIndex(JAVA_FLOAT, i, (float) (c * off));
            sum += c * off * off / 2;
          }
          return sum;
        };
    Lbfgs optimizer = Lbfgs.over(List.of(w), 5);
    double loss = optimizer.minimize(quadratic, 200, 1e-3);
    assertEquals(5, optimizer.remembered());
    for (int i = 0; i < n; i++) {
      assertEquals(i, w.toArray()[i], 1e-3);
    }
    float[] gradient = w.gradient().toArray(JAVA_FLOAT);
    assertEquals(loss, quadratic.getAsDouble(), "the loss is that of the parameters");
    assertArrayEquals(gradient, w.gradient().toArray(JAVA_FLOAT));
    optimizer.zeroGrad();
    assertArrayEquals(new float[n], w.gradient().toArray(JAVA_FLOAT));
  }

  @Test
  void iterationsInSeveralCallsGoOnWithWhatIsRemembered() {
    Parameter x = parameter("x", -1.2f);
    Parameter y = parameter("y", 1);
    Lbfgs optimizer = Lbfgs.over(List.of(x, y));
    double last = Double.POSITIVE_INFINITY;
    for (int i = 0; i < 49; i++) {
      double loss = optimizer.minimize(rosenbrock(x, y), 1, 1e-3);
      assertTrue(loss <= last, "iteration " + i);
      last = loss;
    }
    assertEquals(1, x.toArray()[0], 1e-3);
    optimizer.forget();
    assertEquals(0, optimizer.remembered());
  }

  /** Saved when the ring of pairs is not full, has just been filled, and has come round. */
  @ParameterizedTest
  @ValueSource(ints = {0, 2, 5, 9})
  void aRunSavedToAFileGoesOnBitForBit(int saved) throws IOException {
    Parameter x = parameter("x", -1.2f);
    Parameter y = parameter("y", 1);
    Lbfgs whole = Lbfgs.over(List.of(x, y), 5);
    whole.minimize(rosenbrock(x, y), saved, 0);
    Path file = folder.resolve("state.safetensors");
    Safetensors.write(file, whole.state(), Map.of());
    Parameter x2 = parameter("x", x.toArray());
    Parameter y2 = parameter("y", y.toArray());
    Lbfgs after = Lbfgs.over(List.of(x2, y2), 5);
    after.minimize(rosenbrock(x2, y2), 3, 0);
    x2.data().copyFrom(x.data());
    y2.data().copyFrom(y.data());
    try (Safetensors tensors = Safetensors.open(file)) {
      assertEquals(tensors.names(), after.state().sequencedKeySet());
      for (var entry : after.state().entrySet()) {
        tensors.read(entry.getKey(), entry.getValue().data());
      }
    }
    after.restore();
    assertEquals(whole.remembered(), after.remembered());
    for (int i = 0; i < 8; i++) {
      double expected = whole.minimize(rosenbrock(x, y), 1, 0);
      assertEquals(expected, after.minimize(rosenbrock(x2, y2), 1, 0), "iteration " + i);
      assertArrayEquals(x.toArray(), x2.toArray());
      assertArrayEquals(y.toArray(), y2.toArray());
    }
  }

  @Test
  void aStateOfALongerHistoryIsRefused() {
    Parameter w = parameter("w", 1);
    Lbfgs optimizer = Lbfgs.over(List.of(w), 2);
    MemorySegment pairs = Objects.requireNonNull(optimizer.state().get("optimizer.pairs")).data();
    for (float[] wrong : new float[][] {{3, 0}, {1, 2}, {-1, 0}, {Float.NaN, 0}, {0.5f, 0}}) {
      pairs.copyFrom(MemorySegment.ofArray(wrong));
      assertEquals(
          "optimizer.pairs = ["
              + wrong[0]
              + ", "
              + wrong[1]
              + "], the history has 2 places: want a state that was saved with as many",
          assertThrows(IllegalArgumentException.class, optimizer::restore).getMessage());
      assertEquals(0, optimizer.remembered());
    }
  }

  @Test
  void aLossThatIsNotFiniteBeyondAWallIsSteppedBackFrom() {
    Parameter w = parameter("w", 0.01f);
    DoubleSupplier wall =
        () -> {
          double x = w.data().get(JAVA_FLOAT, 0);
          w.gradient().set(JAVA_FLOAT, 0, (float) (1 / (x - 1) + 3));
          return x < 1 ? Math.log(1 - x) + 3 * x : Double.NaN;
        };
    w.data().set(JAVA_FLOAT, 0, 0.9f);
    double before = wall.getAsDouble();
    double after = Lbfgs.over(List.of(w)).minimize(wall, 1, 0);
    assertTrue(after < before, before + " to " + after);
    assertTrue(w.toArray()[0] < 1);
  }

  @Test
  void whatCannotBeMinimizedIsRefused() {
    Parameter w = parameter("w", 1);
    assertThrows(IllegalArgumentException.class, () -> Lbfgs.over(List.of()));
    assertThrows(IllegalArgumentException.class, () -> Lbfgs.over(List.of(w), 0));
    Lbfgs optimizer = Lbfgs.over(List.of(w));
    assertThrows(IllegalArgumentException.class, () -> optimizer.minimize(() -> 0, -1, 0));
    assertThrows(IllegalArgumentException.class, () -> optimizer.minimize(() -> 0, 1, Double.NaN));
    assertThrows(ArithmeticException.class, () -> optimizer.minimize(() -> Double.NaN, 1, 0));
  }
}
