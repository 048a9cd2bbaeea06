package dev.lanewise.optim.matrix;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InverseRootTest {
  private final Slab slab = Slab.open("roots", 1 << 20);

  @AfterEach
  void close() {
    slab.close();
  }

  /** {@code X X'} of a random X with columns of very different sizes, rounded to floats. */
  private MemorySegment semidefinite(int n, int rank) {
    SplittableRandom random = new SplittableRandom(n);
    double[][] x = new double[n][rank];
    for (double[] row : x) {
      for (int j = 0; j < rank; j++) {
        row[j] = random.nextGaussian() * Math.pow(10, -3.0 * j / rank);
      }
    }
    double[][] a = Dense.product(x, Dense.transposed(x));
    MemorySegment matrix = slab.allocateFloats((long) n * n);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        matrix.setAtIndex(JAVA_FLOAT, (long) i * n + j, (float) a[i][j]);
      }
    }
    return matrix;
  }

  /**
   * The iteration ends within 1e-9 of I, the result is rounded to floats, and a matrix that is
   * known to n 2^-53 of its norm has inverse roots that are known to n 2^-53 / eps of theirs.
   */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 4, 1e-6",
    "2, 2, 4, 1e-6",
    "7, 7, 2, 1e-6",
    "33, 33, 4, 1e-6",
    "33, 5, 4, 1e-4",
    "40, 1, 2, 1e-3"
  })
  void theRootIsThatOfTheEigenvalues(int n, int rank, int p, double eps) {
    MemorySegment a = semidefinite(n, rank);
    MemorySegment root = slab.allocateFloats((long) n * n);
    new InverseRoot(n).compute(a, n, p, eps, root, Workers.shared());
    double[][] matrix = Dense.of(a, n, n);
    double ridge = eps * Dense.largestRowSum(matrix);
    double[][] expected =
        Dense.function(
            Dense.combine(1, matrix, ridge, Dense.identity(n)), value -> Math.pow(value, -1.0 / p));
    double[][] difference = Dense.combine(1, Dense.of(root, n, n), -1, expected);
    double tolerance = (0x1p-24 + 1e-9 + n * 0x1p-53 / eps) * Dense.largest(expected);
    assertTrue(
        Dense.largest(difference) <= tolerance,
        Dense.largest(difference) + " is more than " + tolerance);
  }

  @Test
  void theRootOfNothingIsTheIdentity() {
    MemorySegment root = slab.allocateFloats(9);
    new InverseRoot(3).compute(slab.allocateFloats(9), 3, 4, 1e-6, root, Workers.shared());
    assertArrayEquals(Dense.identity(3), Dense.of(root, 3, 3));
  }

  @Test
  void nanGivesNanAndComesToAnEnd() {
    MemorySegment a = semidefinite(5, 5);
    a.setAtIndex(JAVA_FLOAT, 7, Float.NaN);
    MemorySegment root = slab.allocateFloats(25);
    new InverseRoot(5).compute(a, 5, 4, 1e-6, root, Workers.shared());
    assertTrue(Double.isNaN(Dense.of(root, 5, 5)[0][0]));
  }

  /** The basis is stored as floats: products of two rows are off by 2^-24 for each of both. */
  @Test
  void theBasisIsOrthogonalAndTurnsTheMatrixDiagonal() {
    int n = 45;
    MemorySegment a = semidefinite(n, n);
    MemorySegment basis = slab.allocateFloats((long) n * n);
    EigenBasis.start(basis, n);
    EigenBasis iteration = new EigenBasis(n);
    double[][] matrix = Dense.of(a, n, n);
    double before = offDiagonal(matrix);
    double last = before;
    for (int steps : new int[] {10, 10, 200}) {
      iteration.refine(a, n, basis, steps, Workers.shared());
      double[][] q = Dense.of(basis, n, n);
      double[][] gram = Dense.product(q, Dense.transposed(q));
      assertEquals(0, Dense.largest(Dense.combine(1, gram, -1, Dense.identity(n))), 2 * 0x1p-24);
      double off = offDiagonal(Dense.product(Dense.product(q, matrix), Dense.transposed(q)));
      assertTrue(off < last, off + " is not less than " + last);
      last = off;
    }
    assertTrue(last < 1e-3 * before, last + " of " + before);
  }

  private static double offDiagonal(double[][] x) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x.length; j++) {
        sum += i == j ? 0 : x[i][j] * x[i][j];
      }
    }
    return Math.sqrt(sum);
  }

  @Test
  void theBasisOfNothingStaysAsItIs() {
    MemorySegment basis = slab.allocateFloats(16);
    EigenBasis.start(basis, 4);
    new EigenBasis(4).refine(slab.allocateFloats(16), 4, basis, 3, Workers.shared());
    assertArrayEquals(Dense.identity(4), Dense.of(basis, 4, 4));
  }
}
