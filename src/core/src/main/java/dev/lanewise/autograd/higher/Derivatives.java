package dev.lanewise.autograd.higher;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Gradients and products with Jacobians and Hessians.
 *
 * <p>A Hessian-vector product is the gradient of {@code <gradient, v>} (B. A. Pearlmutter: Fast
 * Exact Multiplication by the Hessian, 1994, in its reverse form): each of the three matrix
 * products of a layer in a gradient becomes three, so it costs at most three gradients. {@code J v}
 * is the derivative of the linear function {@code u -> J' u} (J. Townsend: A New Trick for
 * Calculating Jacobian Vector Products, 2017).
 */
public final class Derivatives {
  private Derivatives() {}

  /**
   * The gradient of a scalar, as constants.
   *
   * @param x variables, or what ops have made; zeros come back where y does not depend on one
   */
  public static List<DoubleTensor> gradients(DoubleTensor y, List<DoubleTensor> x) {
    return backward(y, one(y), x, false);
  }

  /** The same as tensors that can be differentiated again. */
  public static List<DoubleTensor> gradientsInGraph(DoubleTensor y, List<DoubleTensor> x) {
    return backward(y, one(y), x, true);
  }

  /** {@code J' dy} for each of x, J the Jacobian of y; in the graph. */
  public static List<DoubleTensor> vjp(DoubleTensor y, DoubleTensor dy, List<DoubleTensor> x) {
    requireShape("y", y, "its cotangent", dy);
    return backward(y, dy, x, true);
  }

  /**
   * {@code J v}, J the Jacobian of y at x.
   *
   * @param v a tangent of the shape of each of x
   */
  public static DoubleTensor jvp(DoubleTensor y, List<DoubleTensor> x, List<DoubleTensor> v) {
    DoubleTensor u = y.graph().variable(y.layout(), new double[y.values().length]);
    DoubleTensor inner = inner(vjp(y, u, x), v);
    return gradients(inner, List.of(u)).getFirst();
  }

  /**
   * {@code H v}, H the Hessian of a scalar at x, as constants. For many products at one place, or
   * in place of two calls, differentiate {@link #gradientsInGraph} with {@link #vjp}.
   */
  public static List<DoubleTensor> hvp(DoubleTensor y, List<DoubleTensor> x, List<DoubleTensor> v) {
    return hessianTimes(gradientsInGraph(y, x), x, v);
  }

  /** The same, from the gradient, which is differentiated and can be used again. */
  public static List<DoubleTensor> hessianTimes(
      List<DoubleTensor> gradient, List<DoubleTensor> x, List<DoubleTensor> v) {
    return gradients(inner(gradient, v), x);
  }

  /** {@code sum of <a_i, b_i>}. */
  private static DoubleTensor inner(List<DoubleTensor> a, List<DoubleTensor> b) {
    if (a.isEmpty() || a.size() != b.size()) {
      throw new IllegalArgumentException(
          "there are "
              + a.size()
              + " tensors and "
              + b.size()
              + " tangents: one for each is wanted, and at least one");
    }
    List<DoubleTensor> products = new ArrayList<>();
    for (int i = 0; i < a.size(); i++) {
      requireShape("tensor " + i, a.get(i), "its tangent", b.get(i));
      products.add(Reductions.dot(a.get(i), b.get(i)));
    }
    return products.stream().reduce(Arithmetic::add).orElseThrow();
  }

  private static void requireShape(String name, DoubleTensor x, String other, DoubleTensor v) {
    if (!x.layout().equals(v.layout())) {
      throw new IllegalArgumentException(
          name
              + " is "
              + x.layout()
              + ", "
              + other
              + " is "
              + v.layout()
              + ": both need the same shape");
    }
  }

  private static DoubleTensor one(DoubleTensor y) {
    if (y.layout().elements() != 1) {
      throw new IllegalArgumentException(
          "y is " + y.layout() + ", not a scalar: give vjp a cotangent, or sum it");
    }
    return y.graph().filled(y.layout(), 1);
  }

  private static List<DoubleTensor> backward(
      DoubleTensor y, DoubleTensor dy, List<DoubleTensor> x, boolean inGraph) {
    List<DoubleTensor> order = inputsFirst(y);
    Set<DoubleTensor> onTheWay = onTheWay(order, x);
    IdentityHashMap<DoubleTensor, DoubleTensor> gradients = new IdentityHashMap<>();
    gradients.put(y, dy);
    for (DoubleTensor node : order.reversed()) {
      DoubleTensor gradient = gradients.get(node);
      DoubleTensor[] inputs = node.inputs();
      for (int i = 0; gradient != null && i < inputs.length; i++) {
        if (onTheWay.contains(inputs[i])) {
          DoubleTensor part = node.gradient(i, gradient, inGraph);
          DoubleTensor before = gradients.get(inputs[i]);
          gradients.put(inputs[i], before == null ? part : Arithmetic.add(before, part));
        }
      }
    }
    List<DoubleTensor> result = new ArrayList<>();
    for (DoubleTensor variable : x) {
      DoubleTensor gradient = gradients.get(variable);
      result.add(gradient == null ? y.graph().filled(variable.layout(), 0) : gradient);
    }
    return List.copyOf(result);
  }

  /** All that y depends on and that can be differentiated, each after its inputs. */
  private static List<DoubleTensor> inputsFirst(DoubleTensor y) {
    List<DoubleTensor> order = new ArrayList<>();
    Set<DoubleTensor> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Set<DoubleTensor> done = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<DoubleTensor> open = new ArrayDeque<>();
    open.push(y);
    while (!open.isEmpty()) {
      DoubleTensor node = open.peek();
      if (seen.add(node)) {
        for (DoubleTensor input : node.inputs()) {
          if (input.isDifferentiable() && !seen.contains(input)) {
            open.push(input);
          }
        }
      } else {
        open.pop();
        if (done.add(node)) {
          order.add(node);
        }
      }
    }
    return order;
  }

  /** What depends on one of x: nothing else needs a gradient. */
  private static Set<DoubleTensor> onTheWay(List<DoubleTensor> order, List<DoubleTensor> x) {
    Set<DoubleTensor> found = Collections.newSetFromMap(new IdentityHashMap<>());
    found.addAll(x);
    for (DoubleTensor node : order) {
      for (DoubleTensor input : node.inputs()) {
        if (found.contains(input)) {
          found.add(node);
        }
      }
    }
    return found;
  }
}
