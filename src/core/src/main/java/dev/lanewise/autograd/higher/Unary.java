package dev.lanewise.autograd.higher;

import static dev.lanewise.autograd.higher.Arithmetic.add;
import static dev.lanewise.autograd.higher.Arithmetic.div;
import static dev.lanewise.autograd.higher.Arithmetic.mul;
import static dev.lanewise.autograd.higher.Arithmetic.scale;
import static dev.lanewise.autograd.higher.Arithmetic.sub;

import dev.lanewise.autograd.Meter;
import dev.lanewise.kernel.dense.DenseMap;

/**
 * Functions of each element; each has the shape of {@code x}.
 *
 * <pre>
 * op         y                    dx
 * square     x^2                  2 dy x
 * sqrt       sqrt(x)              dy / (2 y)
 * exp        exp(x)               dy y
 * log        log(x)               dy / x
 * sin, cos                        dy cos(x), -dy sin(x)
 * tanh       tanh(x)              dy (1 - y^2)
 * sigmoid    1 / (1 + exp(-x))    dy (y - y^2)
 * softplus   log(1 + exp(x))      dy sigmoid(x)
 * erfc       1 - erf(x)           -dy 2 exp(-x^2) / sqrt(pi)
 * relu       max(x, 0)            x > 0 ? dy : 0
 * gelu       0.5 x (1 + tanh(c (x + 0.044715 x^3))), c = sqrt(2 / pi): of the ops above
 * </pre>
 */
public final class Unary {
  private static final double GELU_SCALE = Math.sqrt(2 / Math.PI);
  private static final double GELU_CUBIC = 0.044715;
  private static final double ERFC_SLOPE = -2 / Math.sqrt(Math.PI);

  private interface Kernel {
    void run(double[] x, double[] y);
  }

  private Unary() {}

  /** {@code x^2}. */
  public static DoubleTensor square(DoubleTensor x) {
    return mul(x, x);
  }

  /** The square root. */
  public static DoubleTensor sqrt(DoubleTensor x) {
    return map(x, DenseMap::sqrt, (which, in, y, dy) -> scale(div(dy, y), 0.5));
  }

  /** The exponential function. */
  public static DoubleTensor exp(DoubleTensor x) {
    return map(x, DenseMap::exp, (which, in, y, dy) -> mul(dy, y));
  }

  /** The natural logarithm. */
  public static DoubleTensor log(DoubleTensor x) {
    return map(x, DenseMap::log, (which, in, y, dy) -> div(dy, in[0]));
  }

  /** The sine. */
  public static DoubleTensor sin(DoubleTensor x) {
    return map(x, DenseMap::sin, (which, in, y, dy) -> mul(dy, cos(in[0])));
  }

  /** The cosine. */
  public static DoubleTensor cos(DoubleTensor x) {
    return map(x, DenseMap::cos, (which, in, y, dy) -> scale(mul(dy, sin(in[0])), -1));
  }

  /** The hyperbolic tangent. */
  public static DoubleTensor tanh(DoubleTensor x) {
    return map(x, DenseMap::tanh, (which, in, y, dy) -> sub(dy, mul(dy, square(y))));
  }

  /** {@code 1 / (1 + exp(-x))}. */
  public static DoubleTensor sigmoid(DoubleTensor x) {
    return map(x, DenseMap::sigmoid, (which, in, y, dy) -> mul(dy, sub(y, square(y))));
  }

  /** {@code log(1 + exp(x))}. */
  public static DoubleTensor softplus(DoubleTensor x) {
    return map(x, DenseMap::softplus, (which, in, y, dy) -> mul(dy, sigmoid(in[0])));
  }

  /**
   * The complement of the error function, 2 / sqrt(pi) times the integral of exp(-t^2) from x on.
   */
  public static DoubleTensor erfc(DoubleTensor x) {
    return map(
        x,
        DenseMap::erfc,
        (which, in, y, dy) -> scale(mul(dy, exp(scale(square(in[0]), -1))), ERFC_SLOPE));
  }

  /** {@code max(x, 0)}; its second derivative is 0, at 0 as well. */
  public static DoubleTensor relu(DoubleTensor x) {
    return map(x, DenseMap::relu, (which, in, y, dy) -> mul(dy, step(in[0])));
  }

  /** GELU in its tanh form. */
  public static DoubleTensor gelu(DoubleTensor x) {
    DoubleTensor cubic = mul(x, add(scale(square(x), GELU_CUBIC), one(x)));
    DoubleTensor share = add(tanh(scale(cubic, GELU_SCALE)), one(x));
    return scale(mul(x, share), 0.5);
  }

  private static DoubleTensor one(DoubleTensor x) {
    return x.graph().filled(x.layout(), 1);
  }

  /** 1 where x is above 0, else 0: a constant. */
  private static DoubleTensor step(DoubleTensor x) {
    double[] values = new double[x.values().length];
    DenseMap.step(x.values(), values);
    return DoubleTensor.leaf(x.graph(), x.layout(), values, false);
  }

  private static DoubleTensor map(DoubleTensor x, Kernel kernel, DoubleTensor.Rule rule) {
    long started = System.nanoTime();
    double[] values = new double[x.values().length];
    kernel.run(x.values(), values);
    x.count(Meter.Family.ELEMENTWISE, started, values.length);
    return DoubleTensor.result(x.layout(), values, rule, x);
  }
}
