package dev.lanewise.autograd.elementwise;

import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.ops.arithmetic.Div;
import dev.lanewise.ops.arithmetic.Mul;
import dev.lanewise.ops.arithmetic.Pow;
import dev.lanewise.ops.unary.Abs;
import dev.lanewise.ops.unary.Clamp;
import dev.lanewise.ops.unary.Exp;
import dev.lanewise.ops.unary.Log;
import dev.lanewise.ops.unary.Neg;
import dev.lanewise.ops.unary.Reciprocal;
import dev.lanewise.ops.unary.Scale;
import dev.lanewise.ops.unary.Sqrt;
import dev.lanewise.ops.unary.Square;

/**
 * Functions of one operand; each has the shape of {@code x}.
 *
 * <pre>
 * op           y                         dx, in place of dy
 * neg          -x                        -dy
 * scale        alpha x                   alpha dy
 * abs          |x|                       sign(x) dy
 * square       x^2                       2 x dy
 * pow          x^exponent                dy exponent x^(exponent - 1)
 * sqrt         sqrt(x)                   dy / (2 y)
 * reciprocal   1 / x                     -dy y^2
 * exp          e^x                       dy y
 * log          ln x                      dy / x
 * clamp        min(max(x, lower), upper) lower <= x <= upper ? dy : 0
 * </pre>
 */
public final class UnaryOps {
  private UnaryOps() {}

  /** {@code |x|}, with a gradient of 0 at 0. */
  public static Tensor abs(Tape tape, Tensor x) {
    return Elementwise.ofInput("abs", tape, x, Abs::forward, Abs::backward);
  }

  /** The square root. */
  public static Tensor sqrt(Tape tape, Tensor x) {
    return Elementwise.ofOutput("sqrt", tape, x, Sqrt::forward, Sqrt::backward);
  }

  /** {@code x^2}. */
  public static Tensor square(Tape tape, Tensor x) {
    return Elementwise.ofInput("square", tape, x, Square::forward, Square::backward);
  }

  /** {@code x^exponent}; zeros and negative bases are those of C99, see {@link Pow}. */
  public static Tensor pow(Tape tape, Tensor x, float exponent) {
    return Elementwise.ofInput(
        "pow",
        tape,
        x,
        (in, out, n, workers) -> Pow.forward(in, out, n, exponent, workers),
        (saved, dy, dx, n, workers) -> Pow.backward(saved, dy, dx, n, exponent, workers));
  }

  /** {@code 1 / x}. */
  public static Tensor reciprocal(Tape tape, Tensor x) {
    return Elementwise.ofOutput("reciprocal", tape, x, Reciprocal::forward, Reciprocal::backward);
  }

  /** {@code -x}. */
  public static Tensor neg(Tape tape, Tensor x) {
    return Elementwise.linear("neg", tape, x, Neg::forward, Neg::forward);
  }

  /** {@code alpha x}. */
  public static Tensor scale(Tape tape, Tensor x, float alpha) {
    return Elementwise.linear(
        "scale",
        tape,
        x,
        (in, out, n, workers) -> Scale.forward(in, out, n, alpha, workers),
        (dy, dx, n, workers) -> Scale.forward(dy, dx, n, alpha, workers));
  }

  /** {@code min(max(x, lower), upper)}. */
  public static Tensor clamp(Tape tape, Tensor x, float lower, float upper) {
    return Elementwise.ofInput(
        "clamp",
        tape,
        x,
        (in, out, n, workers) -> Clamp.forward(in, out, n, lower, upper, workers),
        (saved, dy, dx, n, workers) -> Clamp.backward(saved, dy, dx, n, lower, upper, workers));
  }

  /** {@code e^x}. */
  public static Tensor exp(Tape tape, Tensor x) {
    return Elementwise.ofOutput("exp", tape, x, Exp::forward, Mul::forward);
  }

  /** The natural logarithm. */
  public static Tensor log(Tape tape, Tensor x) {
    return Elementwise.ofInput(
        "log",
        tape,
        x,
        Log::forward,
        (saved, dy, dx, n, workers) -> Div.forward(dy, saved, dx, n, workers));
  }
}
