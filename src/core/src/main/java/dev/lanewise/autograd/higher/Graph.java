package dev.lanewise.autograd.higher;

import dev.lanewise.autograd.Meter;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the ops of some tensors compute with: workers for matrix products, a meter if their cost is
 * to be known. It keeps no tensor: what an op has left is garbage as soon as nobody holds it.
 *
 * <pre>{@code
 * Graph graph = Graph.of(Workers.shared());
 * DoubleTensor x = graph.variable(TensorLayout.of(2), 1, 2);
 * DoubleTensor y = Reductions.sum(Unary.exp(Arithmetic.mul(x, x)));
 * DoubleTensor slope = Derivatives.gradientsInGraph(y, List.of(x)).getFirst();
 * DoubleTensor bend = Derivatives.gradients(Reductions.sum(slope), List.of(x)).getFirst();
 * }</pre>
 */
public final class Graph {
  private final Workers workers;
  private final @Nullable Meter meter;

  private Graph(Workers workers, @Nullable Meter meter) {
    this.workers = Objects.requireNonNull(workers, "workers");
    this.meter = meter;
  }

  /**
   * A graph whose matrix products are computed by these workers; any number gives the same bits.
   */
  public static Graph of(Workers workers) {
    return new Graph(workers, null);
  }

  /** The same, with the operations of its ops counted by {@code meter}. */
  public static Graph of(Workers workers, Meter meter) {
    return new Graph(workers, Objects.requireNonNull(meter, "meter"));
  }

  /** A tensor to differentiate with respect to, with a copy of these values. */
  public DoubleTensor variable(TensorLayout layout, double... values) {
    return DoubleTensor.leaf(this, layout, copy(layout, values), true);
  }

  /** A tensor that no derivative goes through, with a copy of these values. */
  public DoubleTensor constant(TensorLayout layout, double... values) {
    return DoubleTensor.leaf(this, layout, copy(layout, values), false);
  }

  /** A constant, all of one value. */
  public DoubleTensor filled(TensorLayout layout, double value) {
    double[] values = new double[Math.toIntExact(layout.elements())];
    Arrays.fill(values, value);
    return DoubleTensor.leaf(this, layout, values, false);
  }

  Workers workers() {
    return workers;
  }

  void count(Meter.Family family, long started, long flops) {
    if (meter != null) {
      meter.add(family, System.nanoTime() - started, flops);
    }
  }

  private static double[] copy(TensorLayout layout, double[] values) {
    if (values.length != layout.elements()) {
      throw new IllegalArgumentException(
          "a tensor of "
              + layout
              + " has "
              + layout.elements()
              + " elements, "
              + values.length
              + " values are given");
    }
    return values.clone();
  }
}
