package dev.lanewise.autograd.higher;

import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.commons.numbers.gamma.Erfc;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Values of the ops, and their derivatives of first, second and third order. */
@Tag("once")
final class HigherOpsTest {
  /**
   * Central differences with a step of 1e-6 of functions near 1 whose third derivatives are below
   * 1e3: {@code h^2 f''' / 6 + 2^-53 f / h}.
   */
  private static final double TOLERANCE = 1e-8;

  private static final Graph GRAPH = Graph.of(Workers.shared());

  private static final TensorLayout THREE = TensorLayout.of(3);
  private static final TensorLayout MATRIX = TensorLayout.of(2, 3);
  private static final TensorLayout OTHER = TensorLayout.of(3, 2);

  /** An op with the shapes of its inputs, which are drawn from [0.5, 1.5) or [-1, 1). */
  record Op(String name, TensorFunction f, boolean positive, List<TensorLayout> shapes) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Op op(String name, TensorFunction f, TensorLayout... shapes) {
    return new Op(name, f, false, List.of(shapes));
  }

  private static Op positive(String name, TensorFunction f, TensorLayout... shapes) {
    return new Op(name, f, true, List.of(shapes));
  }

  static Stream<Op> ops() {
    TensorLayout column = TensorLayout.of(2, 1);
    TensorLayout block = TensorLayout.of(2, 1, 3);
    return Stream.of(
        op("add", x -> Arithmetic.add(x.get(0), x.get(1)), MATRIX, MATRIX),
        op("add a row", x -> Arithmetic.add(x.get(0), x.get(1)), MATRIX, THREE),
        op("sub a column", x -> Arithmetic.sub(x.get(0), x.get(1)), MATRIX, column),
        op("mul", x -> Arithmetic.mul(x.get(0), x.get(1)), MATRIX, MATRIX),
        op("mul, both broadcast", x -> Arithmetic.mul(x.get(0), x.get(1)), block, MATRIX),
        op("mul by a scalar", x -> Arithmetic.mul(x.get(0), x.get(1)), TensorLayout.of(), MATRIX),
        op("mul by itself", x -> Arithmetic.mul(x.get(0), x.get(0)), THREE),
        positive("div", x -> Arithmetic.div(x.get(0), x.get(1)), MATRIX, THREE),
        op("scale", x -> Arithmetic.scale(x.get(0), -1.5), THREE),
        op("exp", x -> Unary.exp(x.get(0)), THREE),
        positive("log", x -> Unary.log(x.get(0)), THREE),
        positive("sqrt", x -> Unary.sqrt(x.get(0)), THREE),
        op("square", x -> Unary.square(x.get(0)), THREE),
        op("sin", x -> Unary.sin(x.get(0)), THREE),
        op("cos", x -> Unary.cos(x.get(0)), THREE),
        op("tanh", x -> Unary.tanh(x.get(0)), THREE),
        op("sigmoid", x -> Unary.sigmoid(x.get(0)), THREE),
        op("softplus", x -> Unary.softplus(x.get(0)), THREE),
        op("erfc", x -> Unary.erfc(x.get(0)), THREE),
        op("relu", x -> Unary.relu(x.get(0)), THREE),
        op("gelu", x -> Unary.gelu(x.get(0)), THREE),
        op("matmul", x -> Matrices.matmul(x.get(0), x.get(1)), MATRIX, OTHER),
        op("matmul, a'", x -> Matrices.matmul(x.get(0), TRANS, x.get(1), NO_TRANS), OTHER, OTHER),
        op("matmul, b'", x -> Matrices.matmul(x.get(0), NO_TRANS, x.get(1), TRANS), MATRIX, MATRIX),
        op("matmul, a' b'", x -> Matrices.matmul(x.get(0), TRANS, x.get(1), TRANS), OTHER, MATRIX),
        op("matmul with itself", x -> Matrices.matmul(x.get(0), TRANS, x.get(0), NO_TRANS), MATRIX),
        op("transpose", x -> Matrices.transpose(x.get(0)), MATRIX),
        op("reshape", x -> Matrices.reshape(x.get(0), OTHER), MATRIX),
        op("gather", x -> Indexing.gather(x.get(0), MATRIX, 2, 2, -1, 0, 1, 2), THREE),
        op("scatterAdd", x -> Indexing.scatterAdd(x.get(0), THREE, 2, 2, -1, 0, 1, 2), MATRIX),
        op("permute", x -> Indexing.permute(x.get(0), 2, 0, 1), block),
        op("slice", x -> Indexing.slice(x.get(0), 1, 1, 2), MATRIX),
        op("concat", x -> Indexing.concat(1, x.get(0), x.get(1)), MATRIX, column),
        op("sum", x -> Reductions.sum(x.get(0)), MATRIX),
        op("mean", x -> Reductions.mean(x.get(0)), MATRIX),
        op("dot", x -> Reductions.dot(x.get(0), x.get(1)), MATRIX, MATRIX),
        op("sum of columns", x -> Reductions.sumTo(x.get(0), THREE), MATRIX),
        op("sum of rows", x -> Reductions.sumTo(x.get(0), column), MATRIX),
        op("broadcast", x -> Reductions.broadcastTo(x.get(0), MATRIX), column),
        op("logSumExp", x -> Reductions.logSumExp(x.get(0)), MATRIX),
        op("softmax", x -> Reductions.softmax(x.get(0)), MATRIX),
        op("logSoftmax", x -> Reductions.logSoftmax(x.get(0)), MATRIX),
        op("crossEntropyMean", x -> Reductions.crossEntropyMean(x.get(0), 2, 0), MATRIX));
  }

  private static double[] random(Random random, long n, boolean positive) {
    double[] values = new double[Math.toIntExact(n)];
    for (int i = 0; i < values.length; i++) {
      values[i] = positive ? 0.5 + random.nextDouble() : 2 * random.nextDouble() - 1;
    }
    return values;
  }

  private static DoubleTensor inner(List<DoubleTensor> a, List<DoubleTensor> b) {
    DoubleTensor sum = Reductions.dot(a.getFirst(), b.getFirst());
    for (int i = 1; i < a.size(); i++) {
      sum = Arithmetic.add(sum, Reductions.dot(a.get(i), b.get(i)));
    }
    return sum;
  }

  /** {@code <c, f(x)>}, and from it as many times the derivative along a direction. */
  private static DoubleTensor along(Op op, List<DoubleTensor> x, int order) {
    Random random = new Random(5);
    DoubleTensor y = op.f().apply(x);
    double[] c = random(random, y.layout().elements(), false);
    DoubleTensor s = Reductions.dot(y, GRAPH.constant(y.layout(), c));
    for (int i = 0; i < order; i++) {
      List<DoubleTensor> directions = new ArrayList<>();
      for (DoubleTensor of : x) {
        double[] values = random(random, of.layout().elements(), false);
        directions.add(GRAPH.constant(of.layout(), values));
      }
      s = inner(Derivatives.gradientsInGraph(s, x), directions);
    }
    return s;
  }

  private static List<DoubleTensor> variables(Op op, double[][] values) {
    List<DoubleTensor> x = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      x.add(GRAPH.variable(op.shapes().get(i), values[i]));
    }
    return x;
  }

  @ParameterizedTest
  @MethodSource("ops")
  void threeOrdersAreTheDifferencesOfTheOrderBefore(Op op) {
    Random random = new Random(3);
    double[][] values = new double[op.shapes().size()][];
    for (int i = 0; i < values.length; i++) {
      values[i] = random(random, op.shapes().get(i).elements(), op.positive());
    }
    for (int order = 0; order < 3; order++) {
      int times = order;
      List<DoubleTensor> x = variables(op, values);
      List<DoubleTensor> gradients = Derivatives.gradients(along(op, x, times), x);
      for (int i = 0; i < values.length; i++) {
        int input = i;
        double[] expected =
            GradCheck.gradient(
                point -> {
                  double[][] moved = values.clone();
                  moved[input] = point;
                  return along(op, variables(op, moved), times).item();
                },
                values[i]);
        double[] actual = gradients.get(i).toArray();
        for (int k = 0; k < actual.length; k++) {
          assertEquals(
              expected[k],
              actual[k],
              TOLERANCE * (1 + Math.abs(expected[k])),
              op + ", order " + (order + 1) + ", input " + i + ", element " + k);
        }
      }
    }
  }

  private static DoubleTensor row(double... values) {
    return GRAPH.constant(TensorLayout.of(1, values.length), values);
  }

  @Test
  void valuesAreThoseOfTheFormulas() {
    double[] x = {-2, 0, 0.5};
    DoubleTensor t = row(x);
    for (int i = 0; i < x.length; i++) {
      // A few roundings of values below 1.
      assertEquals(1 / (1 + Math.exp(-x[i])), Unary.sigmoid(t).toArray()[i], 4e-16);
      assertEquals(Math.log1p(Math.exp(x[i])), Unary.softplus(t).toArray()[i], 4e-16);
      double u = Math.sqrt(2 / Math.PI) * (x[i] + 0.044715 * x[i] * x[i] * x[i]);
      assertEquals(0.5 * x[i] * (1 + Math.tanh(u)), Unary.gelu(t).toArray()[i], 4e-16);
      assertEquals(Math.max(x[i], 0), Unary.relu(t).toArray()[i]);
    }
    assertArrayEquals(new double[] {1}, Reductions.softmax(row(7)).toArray());
    assertEquals(
        Math.log(3), Reductions.crossEntropyMean(row(5, 5, 5), 1).item(), 1e-15, "uniform");
  }

  @Test
  void whatIsHugeStaysFiniteAndTheReluOfMinusInfinityIsZero() {
    DoubleTensor x = row(1000, -1000);
    assertArrayEquals(new double[] {1, 0}, Unary.sigmoid(x).toArray());
    assertArrayEquals(new double[] {1000, 0}, Unary.softplus(x).toArray());
    assertArrayEquals(new double[] {1, 0}, Reductions.softmax(x).toArray());
    assertArrayEquals(new double[] {1000}, Reductions.logSumExp(x).toArray());
    DoubleTensor y = GRAPH.variable(THREE, Double.NEGATIVE_INFINITY, -1, 2);
    assertArrayEquals(new double[] {0, 0, 2}, Unary.relu(y).toArray());
    DoubleTensor sum = Reductions.sum(Unary.relu(y));
    assertArrayEquals(
        new double[] {0, 0, 1}, Derivatives.gradients(sum, List.of(y)).getFirst().toArray());
    assertTrue(Double.isNaN(Unary.relu(row(Double.NaN)).item()));
  }

  @Test
  void tensorsWithoutElementsHaveSumZeroAndEmptyGradients() {
    DoubleTensor x = GRAPH.variable(TensorLayout.of(0, 3));
    DoubleTensor y = Reductions.sum(Unary.exp(Arithmetic.add(x, row(1, 2, 3))));
    assertEquals(0, y.item());
    assertEquals(0, Derivatives.gradients(y, List.of(x)).getFirst().toArray().length);
    DoubleTensor w = GRAPH.variable(OTHER, 1, 2, 3, 4, 5, 6);
    DoubleTensor product = Reductions.sum(Matrices.matmul(x, w));
    assertArrayEquals(
        new double[6], Derivatives.gradients(product, List.of(w)).getFirst().toArray());
  }

  @Test
  void theComplementOfTheErrorFunctionIsThatOfCommonsNumbers() {
    // The sums of the series and of the fraction have positive terms: a few roundings each.
    for (double x = -6; x < 26; x += 0.0371) {
      double expected = Erfc.value(x);
      assertEquals(expected, Unary.erfc(row(x)).item(), 4e-15 * expected, "erfc(" + x + ")");
    }
    assertEquals(0, Unary.erfc(row(Double.POSITIVE_INFINITY)).item());
    assertEquals(2, Unary.erfc(row(Double.NEGATIVE_INFINITY)).item());
    assertTrue(Double.isNaN(Unary.erfc(row(Double.NaN)).item()));
  }

  @Test
  void elementsGoWhereTheirIndicesSay() {
    DoubleTensor x = row(1, 2, 3);
    TensorLayout four = TensorLayout.of(4);
    assertArrayEquals(new double[] {3, 0, 1, 3}, Indexing.gather(x, four, 2, -1, 0, 2).toArray());
    assertArrayEquals(new double[] {0, 4, 0, 0}, Indexing.scatterAdd(x, four, 1, -1, 1).toArray());
    DoubleTensor matrix = GRAPH.constant(MATRIX, 1, 2, 3, 4, 5, 6);
    assertArrayEquals(
        Matrices.transpose(matrix).toArray(), Indexing.permute(matrix, 1, 0).toArray());
    assertArrayEquals(new double[] {2, 3, 5, 6}, Indexing.slice(matrix, 1, 1, 2).toArray());
    DoubleTensor column = GRAPH.constant(TensorLayout.of(2, 1), 7, 8);
    assertArrayEquals(
        new double[] {1, 2, 3, 7, 4, 5, 6, 8}, Indexing.concat(1, matrix, column).toArray());
  }

  private static void assertRefused(String expected, Executable call) {
    assertEquals(expected, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  @Test
  void badInputIsRefusedInASentence() {
    DoubleTensor a = GRAPH.constant(MATRIX, new double[6]);
    DoubleTensor b = GRAPH.constant(TensorLayout.of(4), new double[4]);
    assertRefused(
        "a is 2x3, b is 4: dimensions 3 and 4, counted from the last, are neither equal nor 1",
        () -> Arithmetic.add(a, b));
    assertRefused(
        "matmul: a is 2x3 (NO_TRANS), b is 2x3 (NO_TRANS): inner dimensions 3 and 2 differ",
        () -> Matrices.matmul(a, a));
    assertRefused("b is 4: a matrix is wanted, reshape it first", () -> Matrices.matmul(a, b));
    assertRefused(
        "4 cannot be broadcast to scalar: its dimensions are not those or 1",
        () -> Reductions.broadcastTo(b, TensorLayout.of()));
    assertRefused(
        "reshape: x is 2x3, which has 6 elements, 4 has 4: both need the same number",
        () -> Matrices.reshape(a, b.layout()));
    assertRefused(
        "crossEntropyMean: logits are 2x3 with 1 targets: [rows, classes] with one target for each"
            + " row is wanted",
        () -> Reductions.crossEntropyMean(a, 1));
    assertRefused(
        "target 1 is 3: there are the classes 0 to 2", () -> Reductions.crossEntropyMean(a, 1, 3));
    assertRefused(
        "a tensor of 3 has 3 elements, 2 values are given", () -> GRAPH.variable(THREE, 1, 2));
    assertRefused(
        "a tensor of 2x3 and one of 2x3 are of different graphs: ops join tensors of one",
        () -> Arithmetic.add(a, Graph.of(Workers.shared()).constant(MATRIX, new double[6])));
    assertRefused(
        "mean: x is 0: at least one element is wanted",
        () -> Reductions.mean(GRAPH.constant(TensorLayout.of(0))));
    assertRefused(
        "gather: the result is 3 with 2 indices: one for each element is wanted",
        () -> Indexing.gather(a, THREE, 1, 2));
    assertRefused(
        "scatterAdd: an index is 3: there are 3 elements",
        () -> Indexing.scatterAdd(b, THREE, 0, 1, 2, 3));
    assertRefused(
        "permute: x is 2x3, an order of 2 dimensions is given: each of the dimensions of x is"
            + " wanted once",
        () -> Indexing.permute(a, 1, 1));
    assertRefused(
        "slice: x is 2x3, from 2 on 2 of dimension 1 are wanted: it has 3",
        () -> Indexing.slice(a, 1, 2, 2));
    assertRefused(
        "slice: x is 2x3, dimension 2 is wanted: it has none", () -> Indexing.slice(a, 2, 0, 1));
    assertRefused(
        "concat: a part is 2x3, another 4: all but dimension 0 must be the same",
        () -> Indexing.concat(0, a, b));
    assertRefused("concat: no parts are given: at least one is wanted", () -> Indexing.concat(0));
    assertRefused(
        "a result of 3 with 2 values of 1 inputs: want 3 values and an input at least",
        () -> DoubleTensor.result(THREE, new double[2], (which, x, y, dy) -> dy, a));
  }
}
