package dev.lanewise.autograd.higher;

import dev.lanewise.autograd.Meter;
import dev.lanewise.memory.TensorLayout;

/**
 * A contiguous row-major tensor of doubles that does not change, and the op that has made it. For
 * small problems and for checks: it lies on the heap, and nothing is fused.
 */
public final class DoubleTensor {
  /**
   * How an op is differentiated, in terms of ops. Captures no tensor that has to be differentiated.
   */
  @FunctionalInterface
  public interface Rule {
    /**
     * The gradient of one input.
     *
     * @param which input
     * @param x all inputs
     * @param y the output
     * @param dy its cotangent
     */
    DoubleTensor gradient(int which, DoubleTensor[] x, DoubleTensor y, DoubleTensor dy);
  }

  private static final DoubleTensor[] NOTHING = {};
  private static final Rule NONE =
      (which, x, y, dy) -> {
        throw new IllegalStateException("a leaf was made by no op");
      };

  private final Graph graph;
  private final TensorLayout layout;
  private final double[] values;
  private final boolean differentiable;
  private final DoubleTensor[] inputs;
  private final Rule rule;

  private DoubleTensor(
      Graph graph,
      TensorLayout layout,
      double[] values,
      boolean differentiable,
      DoubleTensor[] inputs,
      Rule rule) {
    this.graph = graph;
    this.layout = layout;
    this.values = values;
    this.differentiable = differentiable;
    this.inputs = inputs;
    this.rule = rule;
  }

  static DoubleTensor leaf(Graph graph, TensorLayout layout, double[] values, boolean variable) {
    return new DoubleTensor(graph, layout, values, variable, NOTHING, NONE);
  }

  /**
   * For an op of one's own: its output, which remembers the op if an input can be differentiated;
   * here {@code y = x^3}:
   *
   * <pre>{@code
   * static DoubleTensor cube(DoubleTensor x) {
   *   double[] y = x.toArray();
   *   Arrays.setAll(y, i -> y[i] * y[i] * y[i]);
   *   return DoubleTensor.result(
   *       x.layout(), y, (which, in, out, dy) -> mul(dy, scale(square(in[0]), 3)), x);
   * }
   * }</pre>
   *
   * @param values row-major, not copied: not to be changed any more
   * @param rule made of ops that can be differentiated; {@link GradCheck#check} checks it
   * @param inputs at least one, of one graph
   */
  public static DoubleTensor result(
      TensorLayout layout, double[] values, Rule rule, DoubleTensor... inputs) {
    if (values.length != layout.elements() || inputs.length == 0) {
      throw new IllegalArgumentException(
          "a result of "
              + layout
              + " with "
              + values.length
              + " values of "
              + inputs.length
              + " inputs: want "
              + layout.elements()
              + " values and an input at least");
    }
    Graph graph = inputs[0].graph;
    boolean differentiable = false;
    for (DoubleTensor input : inputs) {
      differentiable |= input.differentiable;
      if (input.graph != graph) {
        throw new IllegalArgumentException(
            "a tensor of "
                + inputs[0].layout
                + " and one of "
                + input.layout
                + " are of different graphs: ops join tensors of one");
      }
    }
    return differentiable
        ? new DoubleTensor(graph, layout, values, true, inputs, rule)
        : leaf(graph, layout, values, false);
  }

  /** The same values as a constant; they are shared. */
  public DoubleTensor detach() {
    return differentiable ? leaf(graph, layout, values, false) : this;
  }

  /** The shape. */
  public TensorLayout layout() {
    return layout;
  }

  /** A copy of the values. */
  public double[] toArray() {
    return values.clone();
  }

  /** The value of a tensor of one element. */
  public double item() {
    if (values.length != 1) {
      throw new IllegalStateException(
          "this tensor of "
              + layout
              + " has "
              + values.length
              + " elements: only a tensor of one has the value");
    }
    return values[0];
  }

  /** What it computes with. */
  public Graph graph() {
    return graph;
  }

  boolean isDifferentiable() {
    return differentiable;
  }

  /** The values themselves, for kernels, which do not change them. */
  double[] values() {
    return values;
  }

  DoubleTensor[] inputs() {
    return inputs;
  }

  /** The gradient of an input, in the graph or as a constant. */
  DoubleTensor gradient(int which, DoubleTensor dy, boolean inGraph) {
    if (inGraph) {
      return rule.gradient(which, inputs, this, dy);
    }
    DoubleTensor[] constants = new DoubleTensor[inputs.length];
    for (int i = 0; i < constants.length; i++) {
      constants[i] = inputs[i].detach();
    }
    return rule.gradient(which, constants, detach(), dy);
  }

  void count(Meter.Family family, long started, long flops) {
    graph.count(family, started, flops);
  }

  @Override
  public String toString() {
    return "DoubleTensor " + layout;
  }
}
