package dev.lanewise.autograd.elementwise;

import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.ops.activation.Elu;
import dev.lanewise.ops.activation.GeluErf;
import dev.lanewise.ops.activation.Hardswish;
import dev.lanewise.ops.activation.LeakyRelu;
import dev.lanewise.ops.activation.Mish;
import dev.lanewise.ops.activation.Sigmoid;
import dev.lanewise.ops.activation.Silu;
import dev.lanewise.ops.activation.Softplus;
import dev.lanewise.ops.activation.Tanh;

/**
 * Activations; each has the shape of {@code x}.
 *
 * <pre>
 * op          y                                dx, in place of dy
 * sigmoid     1 / (1 + exp(-x))                dy y (1 - y)
 * tanh        tanh(x)                          dy (1 - y^2)
 * silu        x sigmoid(x)                     dy silu'(x)
 * geluErf     x Phi(x)                         dy gelu'(x)
 * mish        x tanh(softplus(x))              dy mish'(x)
 * softplus    log(1 + exp(x))                  dy sigmoid(x)
 * hardswish   x min(max(x + 3, 0), 6) / 6      dy hardswish'(x)
 * elu         x > 0 ? x : alpha (exp(x) - 1)   x > 0 ? dy : dy alpha exp(x)
 * leakyRelu   x > 0 ? x : slope x              x > 0 ? dy : slope dy
 * </pre>
 */
public final class ActivationOps {
  private ActivationOps() {}

  /** {@code 1 / (1 + exp(-x))}. */
  public static Tensor sigmoid(Tape tape, Tensor x) {
    return Elementwise.ofOutput("sigmoid", tape, x, Sigmoid::forward, Sigmoid::backward);
  }

  /** The hyperbolic tangent. */
  public static Tensor tanh(Tape tape, Tensor x) {
    return Elementwise.ofOutput("tanh", tape, x, Tanh::forward, Tanh::backward);
  }

  /** {@code x sigmoid(x)}, also known as swish. */
  public static Tensor silu(Tape tape, Tensor x) {
    return Elementwise.ofInput("silu", tape, x, Silu::forward, Silu::backward);
  }

  /** GELU in its erf form. */
  public static Tensor geluErf(Tape tape, Tensor x) {
    return Elementwise.ofInput("geluErf", tape, x, GeluErf::forward, GeluErf::backward);
  }

  /** {@code x tanh(softplus(x))}. */
  public static Tensor mish(Tape tape, Tensor x) {
    return Elementwise.ofInput("mish", tape, x, Mish::forward, Mish::backward);
  }

  /** {@code log(1 + exp(x))}. */
  public static Tensor softplus(Tape tape, Tensor x) {
    return Elementwise.ofInput("softplus", tape, x, Softplus::forward, Softplus::backward);
  }

  /** {@code x min(max(x + 3, 0), 6) / 6}. */
  public static Tensor hardswish(Tape tape, Tensor x) {
    return Elementwise.ofInput("hardswish", tape, x, Hardswish::forward, Hardswish::backward);
  }

  /** {@code x > 0 ? x : alpha (exp(x) - 1)}. */
  public static Tensor elu(Tape tape, Tensor x, float alpha) {
    return Elementwise.ofInput(
        "elu",
        tape,
        x,
        (in, out, n, workers) -> Elu.forward(in, out, n, alpha, workers),
        (saved, dy, dx, n, workers) -> Elu.backward(saved, dy, dx, n, alpha, workers));
  }

  /** {@code x > 0 ? x : slope x}. */
  public static Tensor leakyRelu(Tape tape, Tensor x, float slope) {
    return Elementwise.ofInput(
        "leakyRelu",
        tape,
        x,
        (in, out, n, workers) -> LeakyRelu.forward(in, out, n, slope, workers),
        (saved, dy, dx, n, workers) -> LeakyRelu.backward(saved, dy, dx, n, slope, workers));
  }
}
