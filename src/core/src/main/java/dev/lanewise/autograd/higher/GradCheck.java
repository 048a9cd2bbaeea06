package dev.lanewise.autograd;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Gradients by central differences in double precision, to hold an analytic gradient against:
 *
 * <pre>g[i] = (f(x + h e_i) - f(x - h e_i)) / 2h</pre>
 *
 * <p>To check an op, write what it computes in double precision and compare with what backward
 * gives for a random cotangent {@code c}, since the gradient of {@code <c, f(x)>} is {@code J' c}:
 *
 * <pre>{@code
 * Tensor x = tape.variable(TensorLayout.of(3), data);
 * op(tape, x).backward(tape.constant(TensorLayout.of(3), c));
 * List<Mismatch> wrong = GradCheck.mismatches(point -> dot(c, formula(point)), values, gradient);
 * }</pre>
 *
 * <p>The error is {@code h^2 |f'''| / 6} from the truncation and about {@code 2^-53 |f| / h} from
 * rounding; with {@link #STEP} and values near 1 that is some 1e-10, far below what a gradient in
 * single precision can show.
 */
public final class GradCheck {
  /** The step h. */
  public static final double STEP = 1e-6;

  /** Absolute tolerance that suits gradients near 1. */
  public static final double ATOL = 1e-5;

  /** Relative tolerance. */
  public static final double RTOL = 1e-3;

  private GradCheck() {}

  /**
   * An element at which two gradients differ.
   *
   * @param index of the element
   * @param numerical by central differences
   * @param analytic as given
   */
  public record Mismatch(int index, double numerical, double analytic) {}

  /** The gradient of {@code f} at {@code x}, with {@link #STEP}; {@code x} is left as it was. */
  public static double[] gradient(ToDoubleFunction<double[]> f, double[] x) {
    double[] point = x.clone();
    double[] gradient = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      point[i] = x[i] + STEP;
      double above = f.applyAsDouble(point);
      double up = point[i];
      point[i] = x[i] - STEP;
      double below = f.applyAsDouble(point);
      gradient[i] = (above - below) / (up - point[i]);
      point[i] = x[i];
    }
    return gradient;
  }

  /**
   * The elements at which {@code analytic} is further than {@link #ATOL} plus {@link #RTOL} of the
   * numerical value from the gradient of {@code f} at {@code x}. A NaN on either side is a
   * mismatch.
   */
  public static List<Mismatch> mismatches(
      ToDoubleFunction<double[]> f, double[] x, double[] analytic) {
    if (analytic.length != x.length) {
      throw new IllegalArgumentException(
          "x has "
              + x.length
              + " elements, the gradient "
              + analytic.length
              + ": both need the same number");
    }
    double[] numerical = gradient(f, x);
    List<Mismatch> mismatches = new ArrayList<>();
    for (int i = 0; i < x.length; i++) {
      if (!(Math.abs(analytic[i] - numerical[i]) <= ATOL + RTOL * Math.abs(numerical[i]))) {
        mismatches.add(new Mismatch(i, numerical[i], analytic[i]));
      }
    }
    return mismatches;
  }
}
