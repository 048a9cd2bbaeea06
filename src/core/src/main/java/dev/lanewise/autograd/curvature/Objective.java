package dev.lanewise.autograd.curvature;

import dev.lanewise.autograd.higher.Derivatives;
import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Graph;
import dev.lanewise.autograd.higher.TensorFunction;
import dev.lanewise.memory.TensorLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A scalar function of tensors as a function of one vector, in which they lie one after the other.
 *
 * @param graph what it computes with
 * @param function a scalar
 * @param layouts of its tensors, at least one
 */
public record Objective(Graph graph, TensorFunction function, List<TensorLayout> layouts) {
  /** An objective with a copy of the list. */
  public Objective {
    layouts = List.copyOf(layouts);
    if (layouts.isEmpty()) {
      throw new IllegalArgumentException("there are no tensors: give the layout of one at least");
    }
  }

  /** Elements of the vector. */
  public int size() {
    long size = 0;
    for (TensorLayout layout : layouts) {
      size += layout.elements();
    }
    return Math.toIntExact(size);
  }

  /** The value at a point. */
  public double value(double... x) {
    return function.apply(tensors(false, x)).item();
  }

  /** The gradient at a point; where the Hessian is wanted too, {@link #at} has both. */
  public double[] gradient(double... x) {
    List<DoubleTensor> point = tensors(true, x);
    return vector(Derivatives.gradients(function.apply(point), point));
  }

  /** Value, gradient and Hessian at a point. */
  public Hessian at(double... x) {
    List<DoubleTensor> point = tensors(true, x);
    DoubleTensor value = function.apply(point);
    List<DoubleTensor> gradient = Derivatives.gradientsInGraph(value, point);
    return new Hessian(this, point, value.item(), gradient);
  }

  /** Cuts a vector into tensors. */
  List<DoubleTensor> tensors(boolean variables, double... x) {
    if (x.length != size()) {
      throw new IllegalArgumentException(
          "the vector has "
              + x.length
              + " elements, the tensors "
              + layouts
              + " have "
              + size()
              + ": both need the same number");
    }
    List<DoubleTensor> tensors = new ArrayList<>();
    int at = 0;
    for (TensorLayout layout : layouts) {
      int end = Math.addExact(at, Math.toIntExact(layout.elements()));
      double[] part = Arrays.copyOfRange(x, at, end);
      tensors.add(variables ? graph.variable(layout, part) : graph.constant(layout, part));
      at = end;
    }
    return tensors;
  }

  /** Joins tensors to a vector. */
  double[] vector(List<DoubleTensor> tensors) {
    double[] joined = new double[size()];
    int at = 0;
    for (DoubleTensor tensor : tensors) {
      double[] values = tensor.toArray();
      System.arraycopy(values, 0, joined, at, values.length);
      at += values.length;
    }
    return joined;
  }
}
