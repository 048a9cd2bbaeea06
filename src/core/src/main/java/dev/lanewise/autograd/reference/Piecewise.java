package dev.lanewise.autograd.reference;

import static dev.lanewise.autograd.higher.Arithmetic.add;
import static dev.lanewise.autograd.higher.Arithmetic.mul;
import static dev.lanewise.autograd.higher.Arithmetic.scale;
import static dev.lanewise.autograd.higher.Arithmetic.sub;

import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Indexing;
import dev.lanewise.memory.TensorLayout;
import java.util.function.DoubleUnaryOperator;

/**
 * Functions with a kink or a jump, whose second derivatives are 0.
 *
 * <pre>
 * op      y                         gradients
 * abs     |x|                       sign(x) dy
 * clamp   min(max(x, lower), upper) lower <= x <= upper ? dy : 0
 * min     the lesser                dy to the one that was chosen, half each where equal
 * max     the greater               the same
 * where   condition != 0 ? a : b    da = condition != 0 ? dy : 0, db = condition != 0 ? 0 : dy
 * </pre>
 */
public final class Piecewise {
  private Piecewise() {}

  /** {@code |x|}. */
  public static DoubleTensor abs(DoubleTensor x) {
    return mul(x, constant(x, Math::signum));
  }

  /** {@code min(max(x, lower), upper)}. */
  public static DoubleTensor clamp(DoubleTensor x, double lower, double upper) {
    DoubleTensor inside = constant(x, v -> v < lower || v > upper ? 0 : 1);
    DoubleTensor edges = constant(x, v -> v < lower ? lower : v > upper ? upper : 0);
    return add(mul(x, inside), edges);
  }

  /** The lesser of two elements: {@code (a + b - |a - b|) / 2}, with the rounding of that. */
  public static DoubleTensor min(DoubleTensor a, DoubleTensor b) {
    return scale(sub(add(a, b), abs(sub(a, b))), 0.5);
  }

  /** The greater of two elements: {@code (a + b + |a - b|) / 2}, with the rounding of that. */
  public static DoubleTensor max(DoubleTensor a, DoubleTensor b) {
    return scale(add(add(a, b), abs(sub(a, b))), 0.5);
  }

  /** {@code condition != 0 ? a : b}, all of one shape; the condition has no gradient. */
  public static DoubleTensor where(DoubleTensor condition, DoubleTensor a, DoubleTensor b) {
    if (!a.layout().equals(b.layout()) || !a.layout().equals(condition.layout())) {
      throw new IllegalArgumentException(
          "where: the condition is "
              + condition.layout()
              + ", a is "
              + a.layout()
              + ", b is "
              + b.layout()
              + ": all need the same shape");
    }
    double[] conditions = condition.toArray();
    int n = conditions.length;
    int[] chosenA = new int[n];
    int[] chosenB = new int[n];
    for (int i = 0; i < n; i++) {
      chosenA[i] = conditions[i] != 0 ? i : -1;
      chosenB[i] = conditions[i] != 0 ? -1 : i;
    }
    TensorLayout layout = a.layout();
    return add(Indexing.gather(a, layout, chosenA), Indexing.gather(b, layout, chosenB));
  }

  /** What a function makes of the values of x, without a gradient. */
  static DoubleTensor constant(DoubleTensor x, DoubleUnaryOperator f) {
    double[] values = x.toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] = f.applyAsDouble(values[i]);
    }
    return x.graph().constant(x.layout(), values);
  }
}
