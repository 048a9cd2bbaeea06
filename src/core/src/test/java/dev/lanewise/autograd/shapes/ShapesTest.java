package dev.lanewise.autograd.shapes;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.autograd.MatrixOps;
import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.blas.Transpose;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleBinaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ShapesTest {
  private static void assertSays(String expected, Executable code) {
    assertEquals(expected, assertThrows(IllegalArgumentException.class, code).getMessage());
  }

  private static TensorLayout dims(long... dims) {
    return TensorLayout.of(dims);
  }

  /** The index of an element in another shape, by the rules of NumPy. */
  private static int aligned(int element, TensorLayout of, TensorLayout in) {
    int index = 0;
    int stride = 1;
    int rest = element;
    for (int i = of.rank() - 1; i >= 0; i--) {
      int position = (int) (rest % of.dim(i));
      rest /= (int) of.dim(i);
      int own = i - (of.rank() - in.rank());
      if (own >= 0) {
        index += in.dim(own) == 1 ? 0 : position * stride;
        stride *= (int) in.dim(own);
      }
    }
    return index;
  }

  private static double[] combine(
      double[][] x, TensorLayout a, TensorLayout b, TensorLayout y, DoubleBinaryOperator op) {
    double[] result = new double[(int) y.elements()];
    for (int i = 0; i < result.length; i++) {
      result[i] = op.applyAsDouble(x[0][aligned(i, y, a)], x[1][aligned(i, y, b)]);
    }
    return result;
  }

  private static TensorLayout broadcast(TensorLayout a, TensorLayout b) {
    int rank = Math.max(a.rank(), b.rank());
    long[] dims = new long[rank];
    for (int i = 0; i < rank; i++) {
      int inA = i - (rank - a.rank());
      int inB = i - (rank - b.rank());
      dims[i] = Math.max(inA < 0 ? 1 : a.dim(inA), inB < 0 ? 1 : b.dim(inB));
    }
    return TensorLayout.of(dims);
  }

  @Test
  void arithmeticOfTwoShapesFollowsTheRulesOfNumPyAndSumsTheGradients() {
    TensorLayout[][] pairs = {
      {dims(3, 4), dims(3, 4)},
      {dims(3, 4), dims(4)},
      {dims(3, 4), dims(1, 4)},
      {dims(3, 4), dims(3, 1)},
      {dims(3, 4), dims()},
      {dims(), dims(3)},
      {dims(1), dims(1)},
      {dims(4), dims(3, 4)},
      {dims(3, 1), dims(4)},
      {dims(2, 1, 5), dims(3, 1)},
      {dims(2, 3, 5), dims(3, 5)},
      {dims(2, 3, 5), dims(2, 1, 5)},
      {dims(2, 3, 5), dims(2, 1, 1)},
      {dims(2, 3, 5), dims(2, 3, 1)},
      {dims(1, 3, 1, 2), dims(2, 1, 3, 1)},
      {dims(1, 1, 13), dims(1, 1)},
    };
    for (TensorLayout[] pair : pairs) {
      TensorLayout y = broadcast(pair[0], pair[1]);
      OpCheck.check(
          (tape, x) -> shaped(y, ExpandOps.add(tape, x.get(0), x.get(1))),
          x -> combine(x, pair[0], pair[1], y, (a, b) -> a + b),
          pair);
      OpCheck.check(
          (tape, x) -> shaped(y, ExpandOps.sub(tape, x.get(0), x.get(1))),
          x -> combine(x, pair[0], pair[1], y, (a, b) -> a - b),
          pair);
      OpCheck.check(
          (tape, x) -> shaped(y, ExpandOps.mul(tape, x.get(0), x.get(1))),
          x -> combine(x, pair[0], pair[1], y, (a, b) -> a * b),
          pair);
    }
  }

  private static Tensor shaped(TensorLayout expected, Tensor y) {
    assertEquals(expected, y.layout());
    return y;
  }

  /** A divisor of 0.5 to 1.5, far from a pole: x / (1 + y / 2). */
  @Test
  void aQuotientOfTwoShapesHasItsGradients() {
    for (TensorLayout[] pair :
        new TensorLayout[][] {
          {dims(2, 3, 5), dims(3, 1)}, {dims(4), dims(3, 1)}, {dims(3, 4), dims()}
        }) {
      TensorLayout y = broadcast(pair[0], pair[1]);
      OpCheck.check(
          (tape, x) -> {
            Tensor half = tape.constant(dims(), 0.5f);
            Tensor divisor =
                ExpandOps.add(tape, ExpandOps.mul(tape, x.get(1), half), tape.constant(dims(), 1));
            return ExpandOps.div(tape, x.get(0), divisor);
          },
          x -> combine(x, pair[0], pair[1], y, (a, b) -> a / (1 + b / 2)),
          pair);
    }
  }

  @Test
  void nothingCanBeRepeatedToNothingAndSumsToZero() {
    try (Slab slab = Slab.open("shapes", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Parameter w = Parameter.of("w", dims(2, 1, 3), slab);
      Tensor y = ExpandOps.expand(tape, w, 2, 0, 3);
      assertEquals(dims(2, 0, 3), y.layout());
      Tensor column = Tensor.constant(dims(2, 0, 3), slab.allocateFloats(0));
      y.backward(column);
      assertArrayEquals(new float[6], w.gradient().toArray(JAVA_FLOAT));
    }
  }

  @Property(tries = 60)
  void permuteMovesEachElementToItsPlace(
      @ForAll @IntRange(min = 1, max = 4) int rank, @ForAll int seed) {
    Random random = new Random(seed);
    long[] dims = random.longs(rank, 1, 20).toArray();
    int[] order = new int[rank];
    for (int i = 0; i < rank; i++) {
      int at = random.nextInt(i + 1);
      order[i] = order[at];
      order[at] = i;
    }
    TensorLayout from = TensorLayout.of(dims);
    float[] values = OpCheck.random(random, from.elements());
    try (Slab slab = Slab.open("shapes", 1 << 20)) {
      float[][] results = new float[2][];
      for (int threads = 1; threads <= 2; threads++) {
        try (Workers workers = Workers.of(threads);
            Tape tape = Tape.noGrad(slab, workers)) {
          Tensor y = TransposeOps.permute(tape, tape.constant(from, values), order);
          results[threads - 1] = y.toArray();
          long[] position = new long[rank];
          for (int i = 0; i < values.length; i++) {
            assertEquals(values[source(position, order, dims)], results[threads - 1][i]);
            advance(position, y.layout());
          }
        }
      }
      assertArrayEquals(results[0], results[1]);
    }
  }

  private static int source(long[] position, int[] order, long[] dims) {
    long[] there = new long[dims.length];
    for (int i = 0; i < dims.length; i++) {
      there[order[i]] = position[i];
    }
    long index = 0;
    for (int i = 0; i < dims.length; i++) {
      index = index * dims[i] + there[i];
    }
    return (int) index;
  }

  private static void advance(long[] position, TensorLayout layout) {
    for (int i = position.length - 1; i >= 0; i--) {
      if (++position[i] < layout.dim(i)) {
        return;
      }
      position[i] = 0;
    }
  }

  @Test
  void aTransposeHasTheTransposedGradient() {
    for (int[] size : new int[][] {{1, 1}, {3, 5}, {17, 16}, {16, 17}, {40, 3}}) {
      int rows = size[0];
      int cols = size[1];
      OpCheck.check(
          (tape, x) -> TransposeOps.transpose(tape, x.get(0), 0, 1),
          x -> {
            double[] y = new double[x[0].length];
            for (int i = 0; i < y.length; i++) {
              y[i % cols * rows + i / cols] = x[0][i];
            }
            return y;
          },
          dims(rows, cols));
    }
  }

  @Test
  void aProductTakesItsOperandsTransposed() {
    int m = 3;
    int k = 5;
    int n = 4;
    for (Transpose transA : Transpose.values()) {
      for (Transpose transB : Transpose.values()) {
        boolean a = transA == Transpose.TRANS;
        boolean b = transB == Transpose.TRANS;
        OpCheck.check(
            (tape, x) -> MatrixOps.matmul(tape, x.get(0), transA, x.get(1), transB),
            x -> {
              double[] y = new double[m * n];
              for (int i = 0; i < y.length; i++) {
                for (int p = 0; p < k; p++) {
                  double left = x[0][a ? p * m + i / n : i / n * k + p];
                  y[i] += left * x[1][b ? i % n * k + p : p * n + i % n];
                }
              }
              return y;
            },
            a ? dims(k, m) : dims(m, k),
            b ? dims(n, k) : dims(k, n));
      }
    }
  }

  @Test
  void slicesAndWhatIsPutTogetherHaveTheGradientsOfTheirParts() {
    TensorLayout shape = dims(2, 4, 3);
    for (int dim = 0; dim < 3; dim++) {
      int along = dim;
      int half = (int) shape.dim(dim) / 2;
      OpCheck.check(
          (tape, x) -> {
            List<Tensor> parts =
                SliceOps.split(tape, x.get(0), along, half, shape.dim(along) - half);
            return SliceOps.concat(tape, along, parts.get(1), x.get(1), parts.get(0));
          },
          x -> turned(x, shape, along, half),
          shape,
          shape);
    }
  }

  /** Rows of a dimension: those from half on, all of the second, those up to half. */
  private static double[] turned(double[][] x, TensorLayout shape, int dim, int half) {
    int size = (int) shape.dim(dim);
    int inner = 1;
    for (int i = dim + 1; i < shape.rank(); i++) {
      inner *= (int) shape.dim(i);
    }
    double[] y = new double[2 * x[0].length];
    for (int i = 0; i < y.length; i++) {
      int at = i / inner % (2 * size);
      int outer = i / inner / (2 * size);
      boolean second = at >= size - half && at < 2 * size - half;
      int from = second ? at - (size - half) : at < size - half ? at + half : at - 2 * size + half;
      y[i] = x[second ? 1 : 0][(outer * size + from) * inner + i % inner];
    }
    return y;
  }

  @Test
  void shapesThatDoNotFitAreRefused() {
    try (Slab slab = Slab.open("shapes", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Tensor x = tape.constant(dims(2, 3), 1, 2, 3, 4, 5, 6);
      Tensor y = tape.constant(dims(2), 1, 2);
      assertSays(
          "add: a is 2x3, b is 2: aligned at the last, dimensions have to be equal or 1",
          () -> ExpandOps.add(tape, x, y));
      assertSays(
          "expand: x is 2x3, 3 is wanted: only dimensions of 1 can be repeated",
          () -> ExpandOps.expand(tape, x, 3));
      assertSays(
          "expand: x is 2x3, 2x2x4 is wanted: only dimensions of 1 can be repeated",
          () -> ExpandOps.expand(tape, x, 2, 2, 4));
      assertSays(
          "permute: x is 2x3, the order is [0, 0]: give each of the 2 dimensions once",
          () -> TransposeOps.permute(tape, x, 0, 0));
      assertSays(
          "transpose: x is 2x3, dimensions 0 and 2 are to change places: give two from 0 to 1",
          () -> TransposeOps.transpose(tape, x, 0, 2));
      assertSays(
          "slice: x is 2x3, from 2 on 2 of dimension 1 are wanted: it has 3",
          () -> SliceOps.slice(tape, x, 1, 2, 2));
      assertSays(
          "slice: x is 2x3, of rank 2: there is no dimension 2",
          () -> SliceOps.slice(tape, x, 2, 0, 1));
      assertSays(
          "concat: part 0 is 2x3, part 1 is 2: all but dimension 0 must be the same",
          () -> SliceOps.concat(tape, 0, x, y));
      assertSays(
          "split: x is 2x3, the sizes come to 4: dimension 1 has 3",
          () -> SliceOps.split(tape, x, 1, 2, 2));
      assertSays(
          "a is 2x3 transposed, b is 2x3 transposed: inner dimensions 2 and 3 differ",
          () -> MatrixOps.matmul(tape, x, Transpose.TRANS, x, Transpose.TRANS));
      assertArrayEquals(new long[] {3, 2}, TransposeOps.transpose(tape, x, 1, 0).layout().dims());
    }
  }
}
