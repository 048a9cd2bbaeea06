package dev.lanewise.autograd.higher;

import dev.lanewise.memory.TensorLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * Gradients by central differences in double precision, to hold an analytic gradient against:
 *
 * <pre>g[i] = (f(x + h e_i) - f(x - h e_i)) / 2h</pre>
 *
 * <p>A function of {@link DoubleTensor}s is checked as it is, whether it is made of ops or
 * {@linkplain DoubleTensor#result an op of one's own}; what is found wrong is listed:
 *
 * <pre>{@code
 * List<Mismatch> wrong = GradCheck.check(x -> Unary.tanh(x.get(0)), graph.variable(layout, values));
 * }</pre>
 *
 * <p>To check an op of the tape, which computes in single precision, write what it computes in
 * double precision and compare with what backward gives for a random cotangent {@code c}, since the
 * gradient of {@code <c, f(x)>} is {@code J' c}:
 *
 * <pre>{@code
 * Tensor x = tape.variable(TensorLayout.of(3), data);
 * op(tape, x).backward(tape.constant(TensorLayout.of(3), c));
 * List<Mismatch> wrong = GradCheck.mismatches(point -> dot(c, formula(point)), values, gradient);
 * }</pre>
 *
 * <p>The error is {@code h^2 |f'''| / 6} from the truncation and about {@code 2^-53 |f| / h} from
 * rounding; with {@link #STEP} and values near 1 that is some 1e-10, far below what a gradient in
 * single precision can show. Within a step of a kink both differ by right.
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
   * @param input of the function, 0 where there is one
   * @param index of the element
   * @param numerical by central differences
   * @param analytic as given
   */
  public record Mismatch(int input, int index, double numerical, double analytic) {}

  /**
   * The elements of all inputs at which the vector-Jacobian product of {@code f} differs from
   * central differences of {@code <c, f(x)>}, c a fixed cotangent with elements from -1 to 1, as
   * {@link #mismatches} counts.
   *
   * @param f the same for the same values; differentiable at x
   * @param x its inputs, of one graph; no derivative of what they were made of is taken
   */
  public static List<Mismatch> check(TensorFunction f, DoubleTensor... x) {
    double[][] values = new double[x.length][];
    for (int i = 0; i < x.length; i++) {
      values[i] = x[i].toArray();
    }
    List<DoubleTensor> inputs = variables(x, values);
    DoubleTensor y = f.apply(inputs);
    DoubleTensor c = cotangent(y.graph(), y.layout());
    List<DoubleTensor> gradients = Derivatives.vjp(y, c, inputs);
    List<Mismatch> mismatches = new ArrayList<>();
    for (int i = 0; i < x.length; i++) {
      int input = i;
      ToDoubleFunction<double[]> alongC =
          point -> {
            double[][] moved = values.clone();
            moved[input] = point;
            return Reductions.dot(c, f.apply(variables(x, moved))).item();
          };
      mismatches.addAll(mismatches(input, alongC, values[i], gradients.get(i).values()));
    }
    return List.copyOf(mismatches);
  }

  private static List<DoubleTensor> variables(DoubleTensor[] like, double[][] values) {
    List<DoubleTensor> variables = new ArrayList<>();
    for (int i = 0; i < like.length; i++) {
      variables.add(like[i].graph().variable(like[i].layout(), values[i]));
    }
    return variables;
  }

  private static DoubleTensor cotangent(Graph graph, TensorLayout layout) {
    return graph.constant(
        layout, new SplittableRandom(1).doubles(layout.elements(), -1, 1).toArray());
  }

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
    return mismatches(0, f, x, analytic);
  }

  private static List<Mismatch> mismatches(
      int input, ToDoubleFunction<double[]> f, double[] x, double[] analytic) {
    double[] numerical = gradient(f, x);
    List<Mismatch> mismatches = new ArrayList<>();
    for (int i = 0; i < x.length; i++) {
      if (!(Math.abs(analytic[i] - numerical[i]) <= ATOL + RTOL * Math.abs(numerical[i]))) {
        mismatches.add(new Mismatch(input, i, numerical[i], analytic[i]));
      }
    }
    return mismatches;
  }
}
