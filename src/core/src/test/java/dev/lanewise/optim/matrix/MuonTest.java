package dev.lanewise.optim.matrix;

import static dev.lanewise.optim.matrix.Dense.combine;
import static dev.lanewise.optim.matrix.Dense.norm;
import static dev.lanewise.optim.matrix.Dense.product;
import static dev.lanewise.optim.matrix.Dense.random;
import static dev.lanewise.optim.matrix.Dense.transposed;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MuonTest {
  private static final double A = 3.4445f;
  private static final double B = -4.7750f;
  private static final double C = 2.0315f;

  private final Slab slab = Slab.open("muon", 1 << 20);

  @AfterEach
  void close() {
    slab.close();
  }

  private Parameter matrix(String name, int rows, int cols) {
    return Parameter.of(name, TensorLayout.of(rows, cols), slab);
  }

  /** The polynomial on the left side, whatever the shape, in double precision. */
  private static double[][] orthogonalFactor(double[][] u) {
    double[][] x = combine(1 / (norm(u) + 1e-7), u, 0, u);
    for (int i = 0; i < 5; i++) {
      double[][] gram = product(x, transposed(x));
      double[][] polynomial = combine(B, gram, C, product(gram, gram));
      x = combine(A, x, 1, product(polynomial, x));
    }
    return x;
  }

  /**
   * Each of the five steps multiplies an error by at most the derivative of the polynomial, 3.4445,
   * and adds that of three products over up to 24 terms of size 1: 3.4445^5 * 5 * 100 u = 0.015 at
   * worst. The singular values that count lie where the derivative is below 1, so a thousandth of
   * that bound is usual, and a tenth is asked for.
   */
  @ParameterizedTest
  @CsvSource({"7, 12, true", "12, 7, true", "9, 9, false", "1, 5, true", "24, 3, false"})
  void theStepGoesAlongTheOrthogonalFactorOfTheDirection(int rows, int cols, boolean nesterov) {
    SplittableRandom random = new SplittableRandom(rows);
    Parameter w = matrix("w", rows, cols);
    float[] start = random(random, rows * cols);
    w.data().copyFrom(MemorySegment.ofArray(start));
    Muon muon = Muon.over(List.of(w)).lr(0.1f).momentum(0.9f).weightDecay(0.2f).nesterov(nesterov);
    double[][] b = new double[rows][cols];
    double[][] expected = Dense.of(start, rows, cols);
    for (int step = 0; step < 3; step++) {
      float[] g = random(random, rows * cols);
      w.gradient().copyFrom(MemorySegment.ofArray(g));
      assertTrue(muon.step());
      double[][] gradient = Dense.of(g, rows, cols);
      b = combine(0.9f, b, 1 - 0.9f, gradient);
      double[][] u = nesterov ? combine(0.9f, b, 1 - 0.9f, gradient) : b;
      double scale = Math.sqrt(Math.max(1, (double) rows / cols));
      expected = combine(1 - 0.1f * 0.2f, expected, -0.1f * scale, orthogonalFactor(u));
    }
    float[] actual = w.toArray();
    for (int i = 0; i < actual.length; i++) {
      assertEquals(expected[i / cols][i % cols], actual[i], 3 * 0.1 * 3 * 0.0015, "element " + i);
    }
    assertArrayEquals(new float[rows * cols], w.gradient().toArray(JAVA_FLOAT));
  }

  @Test
  void theStepOfAMatrixHasTheSizeOfOneOfAdamOnRequest() {
    int n = 40;
    Parameter w = matrix("w", n, 2 * n);
    w.gradient().copyFrom(MemorySegment.ofArray(random(new SplittableRandom(1), 2 * n * n)));
    Muon.over(List.of(w)).lr(1).matchAdam(true).step();
    double sum = 0;
    for (float value : w.toArray()) {
      sum += (double) value * value;
    }
    double rootMeanSquare = Math.sqrt(sum / (2 * n * n));
    // 0.2 of singular values between 0.7 and 1.2.
    assertTrue(rootMeanSquare > 0.2 * 0.6 && rootMeanSquare < 0.2 * 1.3, "size " + rootMeanSquare);
  }

  @Test
  void theBitsDoNotDependOnTheNumberOfWorkersAndNothingMovesWithoutAGradient() {
    float[] expected = {};
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads)) {
        Parameter w = matrix("w" + threads, 70, 130);
        Parameter still = matrix("still" + threads, 4, 4);
        Parameter empty = matrix("empty" + threads, 0, 4);
        Muon muon = Muon.over(List.of(w, still, empty)).workers(workers);
        for (int step = 0; step < 3; step++) {
          w.gradient()
              .copyFrom(MemorySegment.ofArray(random(new SplittableRandom(step), 70 * 130)));
          muon.step();
        }
        expected = expected.length == 0 ? w.toArray() : expected;
        assertArrayEquals(expected, w.toArray(), threads + " workers");
        assertArrayEquals(new float[16], still.toArray());
      }
    }
  }

  @Test
  void onlyMatricesAreTaken() {
    Parameter bias = Parameter.of("bias", TensorLayout.of(10), slab);
    assertEquals(
        "Muon is for matrices, \"bias\" is 10: give it to another method, AdamW for instance",
        assertThrows(IllegalArgumentException.class, () -> Muon.over(List.of(bias))).getMessage());
  }
}
