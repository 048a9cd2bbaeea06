package dev.lanewise.autograd.higher;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.Meter;
import dev.lanewise.blas.Transpose;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DerivativesTest {
  private static final Graph GRAPH = Graph.of(Workers.shared());

  private static DoubleTensor random(Graph graph, Random random, long... dims) {
    TensorLayout layout = TensorLayout.of(dims);
    double[] values = new double[Math.toIntExact(layout.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextGaussian() / Math.sqrt((double) dims[dims.length - 1]);
    }
    return graph.variable(layout, values);
  }

  /** A net of two hidden layers: tanh and GELU. */
  private static DoubleTensor net(DoubleTensor x, List<DoubleTensor> w) {
    DoubleTensor h = Unary.tanh(linear(x, w.get(0), w.get(1)));
    h = Unary.gelu(linear(h, w.get(2), w.get(3)));
    return linear(h, w.get(4), w.get(5));
  }

  private static DoubleTensor linear(DoubleTensor x, DoubleTensor w, DoubleTensor b) {
    return Arithmetic.add(Matrices.matmul(x, Transpose.NO_TRANS, w, Transpose.TRANS), b);
  }

  private static List<DoubleTensor> weights(Graph graph, long seed, int in, int width, int out) {
    Random random = new Random(seed);
    return List.of(
        random(graph, random, width, in),
        random(graph, random, width),
        random(graph, random, width, width),
        random(graph, random, width),
        random(graph, random, out, width),
        random(graph, random, out));
  }

  private static List<DoubleTensor> like(List<DoubleTensor> tensors, long seed) {
    Random random = new Random(seed);
    return tensors.stream()
        .map(tensor -> random(tensor.graph(), random, tensor.layout().dims()).detach())
        .toList();
  }

  private static double inner(List<DoubleTensor> a, List<DoubleTensor> b) {
    double sum = 0;
    for (int i = 0; i < a.size(); i++) {
      sum += Reductions.dot(a.get(i), b.get(i)).item();
    }
    return sum;
  }

  @Test
  void aCubeHasItsDerivativesOfEveryOrder() {
    DoubleTensor x = GRAPH.variable(TensorLayout.of(), 2);
    DoubleTensor y = Arithmetic.mul(x, Unary.square(x));
    DoubleTensor first = Derivatives.gradientsInGraph(y, List.of(x)).getFirst();
    DoubleTensor second = Derivatives.gradientsInGraph(first, List.of(x)).getFirst();
    DoubleTensor third = Derivatives.gradientsInGraph(second, List.of(x)).getFirst();
    DoubleTensor fourth = Derivatives.gradientsInGraph(third, List.of(x)).getFirst();
    assertArrayEquals(
        new double[] {8, 12, 12, 6, 0},
        new double[] {y.item(), first.item(), second.item(), third.item(), fourth.item()});
  }

  /** {@code <dy, J v> = <J' dy, v>}, to the rounding of some hundred products. */
  @Property(tries = 40)
  void jvpAndVjpAreAdjoint(@ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int rows) {
    List<DoubleTensor> w = weights(GRAPH, seed, 3, 4, 2);
    DoubleTensor y = net(random(GRAPH, new Random(seed + 1), rows, 3), w);
    DoubleTensor dy = like(List.of(y), seed + 2).getFirst();
    List<DoubleTensor> v = like(w, seed + 3);
    double forward = Reductions.dot(dy, Derivatives.jvp(y, w, v)).item();
    double backward = inner(Derivatives.vjp(y, dy, w), v);
    assertEquals(backward, forward, 1e-13 * (1 + Math.abs(backward)));
  }

  /** {@code <u, H v> = <H u, v>}. */
  @Property(tries = 40)
  void theHessianIsSymmetric(@ForAll long seed) {
    List<DoubleTensor> w = weights(GRAPH, seed, 3, 4, 2);
    DoubleTensor logits = net(random(GRAPH, new Random(seed + 1), 3, 3), w);
    DoubleTensor loss = Reductions.crossEntropyMean(logits, 0, 1, 0);
    List<DoubleTensor> u = like(w, seed + 2);
    List<DoubleTensor> v = like(w, seed + 3);
    double one = inner(u, Derivatives.hvp(loss, w, v));
    assertEquals(one, inner(Derivatives.hvp(loss, w, u), v), 1e-13 * (1 + Math.abs(one)));
  }

  @Test
  void aHessianVectorProductIsTheDifferenceOfGradients() {
    List<DoubleTensor> w = weights(GRAPH, 1, 3, 4, 2);
    DoubleTensor x = random(GRAPH, new Random(2), 5, 3).detach();
    List<DoubleTensor> v = like(w, 3);
    List<DoubleTensor> product = Derivatives.hvp(Reductions.mean(Unary.square(net(x, w))), w, v);
    double h = 1e-5;
    List<List<DoubleTensor>> sides = new ArrayList<>();
    for (double step : new double[] {h, -h}) {
      List<DoubleTensor> moved = new ArrayList<>();
      for (int i = 0; i < w.size(); i++) {
        DoubleTensor to = Arithmetic.add(w.get(i), Arithmetic.scale(v.get(i), step));
        moved.add(GRAPH.variable(to.layout(), to.toArray()));
      }
      DoubleTensor loss = Reductions.mean(Unary.square(net(x, moved)));
      sides.add(Derivatives.gradients(loss, moved));
    }
    for (int i = 0; i < w.size(); i++) {
      double[] above = sides.get(0).get(i).toArray();
      double[] below = sides.get(1).get(i).toArray();
      for (int k = 0; k < above.length; k++) {
        // h^2 f'''' / 6 and 2^-53 f' / h.
        double difference = (above[k] - below[k]) / (2 * h);
        assertEquals(difference, product.get(i).toArray()[k], 1e-9);
      }
    }
  }

  private static double work(Meter meter) {
    double sum = 0;
    for (Meter.Family family : Meter.Family.values()) {
      sum += meter.flops(family);
    }
    return sum;
  }

  @Test
  void aHessianVectorProductCostsThreeGradientsAtMost() {
    Meter meter = new Meter();
    Graph graph = Graph.of(Workers.shared(), meter);
    List<DoubleTensor> w = weights(graph, 1, 64, 64, 10);
    DoubleTensor x = random(graph, new Random(2), 32, 64).detach();
    int[] targets = new int[32];
    meter.reset();
    Derivatives.gradients(Reductions.crossEntropyMean(net(x, w), targets), w);
    double products = meter.flops(Meter.Family.MATRIX);
    double all = work(meter);
    // Three products of 2 m n k for each layer but the first, whose input needs no gradient.
    assertEquals(2.0 * 32 * 64 * (2 * 64 + 3 * 64 + 3 * 10), products);
    List<DoubleTensor> v = like(w, 3);
    meter.reset();
    List<DoubleTensor> g =
        Derivatives.gradientsInGraph(Reductions.crossEntropyMean(net(x, w), targets), w);
    Derivatives.hessianTimes(g, w, v);
    assertTrue(
        meter.flops(Meter.Family.MATRIX) <= 3 * products,
        meter.flops(Meter.Family.MATRIX) / products + " gradients");
    assertTrue(work(meter) <= 3 * all, work(meter) / all + " gradients");
    meter.reset();
    Derivatives.hessianTimes(g, w, v);
    assertTrue(work(meter) <= 2 * all, "once more: " + work(meter) / all + " gradients");
  }

  @Test
  void theNumberOfThreadsChangesNoBit() {
    List<double[]> bits = new ArrayList<>();
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads)) {
        Graph graph = Graph.of(workers);
        List<DoubleTensor> w = weights(graph, 1, 70, 90, 3);
        DoubleTensor x = random(graph, new Random(2), 130, 70).detach();
        DoubleTensor loss = Reductions.mean(Unary.square(net(x, w)));
        bits.add(Derivatives.hvp(loss, w, like(w, 3)).get(2).toArray());
      }
    }
    for (double[] other : bits) {
      assertArrayEquals(bits.getFirst(), other);
    }
  }

  @Test
  void whatYDoesNotDependOnHasAGradientOfZeros() {
    DoubleTensor x = GRAPH.variable(TensorLayout.of(2), 1, 2);
    DoubleTensor other = GRAPH.variable(TensorLayout.of(2), 3, 4);
    DoubleTensor y = Reductions.sum(Arithmetic.mul(x, other.detach()));
    List<DoubleTensor> gradients = Derivatives.gradients(y, List.of(x, other));
    assertArrayEquals(new double[] {3, 4}, gradients.get(0).toArray());
    assertArrayEquals(new double[2], gradients.get(1).toArray());
    assertArrayEquals(
        new double[2],
        Derivatives.hvp(y, List.of(x), List.of(x.detach())).getFirst().toArray(),
        "a linear function has no curvature");
  }

  @Test
  void whatAnOpHasMadeCanBeDifferentiatedWithRespectToAsWell() {
    DoubleTensor x = GRAPH.variable(TensorLayout.of(), 3);
    DoubleTensor square = Unary.square(x);
    DoubleTensor y = Arithmetic.mul(square, square);
    List<DoubleTensor> gradients = Derivatives.gradients(y, List.of(x, square, y));
    assertEquals(4 * 27, gradients.get(0).item());
    assertEquals(18, gradients.get(1).item());
    assertEquals(1, gradients.get(2).item());
  }

  @Test
  void aHundredThousandOpsInARowNeedNoDeepStack() {
    DoubleTensor x = GRAPH.variable(TensorLayout.of(), 1);
    DoubleTensor y = x;
    for (int i = 0; i < 100_000; i++) {
      y = Arithmetic.add(y, x);
    }
    assertEquals(100_001, Derivatives.gradients(y, List.of(x)).getFirst().item());
  }

  @Test
  void badInputIsRefusedInASentence() {
    DoubleTensor x = GRAPH.variable(TensorLayout.of(2), 1, 2);
    DoubleTensor y = Reductions.sum(x);
    assertEquals(
        "y is 2, not a scalar: give vjp a cotangent, or sum it",
        assertThrows(IllegalArgumentException.class, () -> Derivatives.gradients(x, List.of(x)))
            .getMessage());
    assertEquals(
        "tensor 0 is 2, its tangent is scalar: both need the same shape",
        assertThrows(
                IllegalArgumentException.class,
                () -> Derivatives.hvp(y, List.of(x), List.of(y.detach())))
            .getMessage());
    assertEquals(
        "there are 1 tensors and 0 tangents: one for each is wanted, and at least one",
        assertThrows(
                IllegalArgumentException.class, () -> Derivatives.jvp(y, List.of(x), List.of()))
            .getMessage());
  }
}
