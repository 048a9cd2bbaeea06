package dev.lanewise.autograd.reference;

import static dev.lanewise.autograd.higher.Arithmetic.add;
import static dev.lanewise.autograd.higher.Arithmetic.mul;
import static dev.lanewise.autograd.higher.Arithmetic.scale;
import static dev.lanewise.autograd.higher.Arithmetic.sub;

import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Unary;

/**
 * Activations; each has the shape of {@code x}. Those that are missing are in {@link Unary}.
 *
 * <pre>
 * op          y
 * silu        x sigmoid(x)
 * geluErf     x erfc(-x / sqrt(2)) / 2
 * mish        x tanh(softplus(x))
 * hardswish   x min(max(x + 3, 0), 6) / 6
 * elu         x > 0 ? x : alpha (exp(x) - 1)
 * leakyRelu   x > 0 ? x : slope x
 * </pre>
 */
public final class Activations {
  private Activations() {}

  /** {@code x sigmoid(x)}, also known as swish. */
  public static DoubleTensor silu(DoubleTensor x) {
    return mul(x, Unary.sigmoid(x));
  }

  /** GELU in its erf form. */
  public static DoubleTensor geluErf(DoubleTensor x) {
    return scale(mul(x, Unary.erfc(scale(x, -Math.sqrt(0.5)))), 0.5);
  }

  /** {@code x tanh(softplus(x))}. */
  public static DoubleTensor mish(DoubleTensor x) {
    return mul(x, Unary.tanh(Unary.softplus(x)));
  }

  /** {@code x min(max(x + 3, 0), 6) / 6}. */
  public static DoubleTensor hardswish(DoubleTensor x) {
    DoubleTensor shifted = add(x, x.graph().filled(x.layout(), 3));
    return scale(mul(x, Piecewise.clamp(shifted, 0, 6)), 1 / 6.0);
  }

  /** {@code x > 0 ? x : alpha (exp(x) - 1)}. */
  public static DoubleTensor elu(DoubleTensor x, double alpha) {
    DoubleTensor above = mul(x, Piecewise.constant(x, v -> v > 0 ? 1 : 0));
    DoubleTensor below = mul(x, Piecewise.constant(x, v -> v > 0 ? 0 : 1));
    DoubleTensor one = x.graph().filled(x.layout(), 1);
    return add(above, scale(sub(Unary.exp(below), one), alpha));
  }

  /** {@code x > 0 ? x : slope x}. */
  public static DoubleTensor leakyRelu(DoubleTensor x, double slope) {
    return mul(x, Piecewise.constant(x, v -> v > 0 ? 1 : slope));
  }
}
