package dev.lanewise.jmh.torch;

import dev.lanewise.kernel.activation.segments.Gelu;
import dev.lanewise.kernel.activation.segments.GeluErf;
import dev.lanewise.kernel.activation.segments.Mish;
import dev.lanewise.kernel.activation.segments.Relu;
import dev.lanewise.kernel.activation.segments.Sigmoid;
import dev.lanewise.kernel.activation.segments.Silu;
import dev.lanewise.kernel.activation.segments.Tanh;
import dev.lanewise.kernel.arithmetic.segments.Add;
import dev.lanewise.kernel.arithmetic.segments.Mul;
import dev.lanewise.kernel.unary.segments.Exp;
import dev.lanewise.kernel.unary.segments.Log;

/** Element-wise operations that both have. */
public enum ElementwiseKernel {
  ADD(
      3,
      o -> o.split((i, n) -> Add.forward(o.a, o.b, o.y, i, n)),
      (t, v) -> t.add(v.a(), v.b(), v.y())),
  MUL(
      3,
      o -> o.split((i, n) -> Mul.forward(o.a, o.b, o.y, i, n)),
      (t, v) -> t.binary("mul_out", v.a(), v.b(), v.y())),
  RELU(
      2,
      o -> o.split((i, n) -> Relu.forward(o.a, o.y, i, n)),
      (t, v) -> t.unary("relu_out", v.a(), v.y())),
  EXP(
      2,
      o -> o.split((i, n) -> Exp.forward(o.a, o.y, i, n)),
      (t, v) -> t.unary("exp_out", v.a(), v.y())),
  SIGMOID(
      2,
      o -> o.split((i, n) -> Sigmoid.forward(o.a, o.y, i, n)),
      (t, v) -> t.unary("sigmoid_out", v.a(), v.y())),
  SIGMOID_BACKWARD(
      3,
      o -> o.split((i, n) -> Sigmoid.backward(o.p, o.b, o.y, i, n)),
      (t, v) -> t.binary("sigmoid_backward_grad_input", v.b(), v.p(), v.y())),
  SILU(
      2,
      o -> o.split((i, n) -> Silu.forward(o.a, o.y, i, n)),
      (t, v) -> t.unary("silu_out", v.a(), v.y())),
  SILU_BACKWARD(
      3,
      o -> o.split((i, n) -> Silu.backward(o.a, o.b, o.y, i, n)),
      (t, v) -> t.binary("silu_backward_grad_input", v.b(), v.a(), v.y())),
  GELU_TANH(
      2,
      o -> o.split((i, n) -> Gelu.forward(o.a, o.y, i, n)),
      (t, v) -> t.gelu("tanh", v.a(), v.y())),
  GELU_TANH_BACKWARD(
      3,
      o -> o.split((i, n) -> Gelu.backward(o.a, o.b, o.y, i, n)),
      (t, v) -> t.geluBackward("tanh", v.b(), v.a(), v.y())),
  GELU_ERF(
      2,
      o -> o.split((i, n) -> GeluErf.forward(o.a, o.y, i, n)),
      (t, v) -> t.gelu("none", v.a(), v.y())),
  GELU_ERF_BACKWARD(
      3,
      o -> o.split((i, n) -> GeluErf.backward(o.a, o.b, o.y, i, n)),
      (t, v) -> t.geluBackward("none", v.b(), v.a(), v.y())),
  TANH(
      2,
      o -> o.split((i, n) -> Tanh.forward(o.a, o.y, i, n)),
      (t, v) -> t.unary("tanh_out", v.a(), v.y())),
  TANH_BACKWARD(
      3,
      o -> o.split((i, n) -> Tanh.backward(o.p, o.b, o.y, i, n)),
      (t, v) -> t.binary("tanh_backward_grad_input", v.b(), v.p(), v.y())),
  LOG(
      2,
      o -> o.split((i, n) -> Log.forward(o.p, o.y, i, n)),
      (t, v) -> t.unary("log_out", v.p(), v.y())),
  MISH(
      2,
      o -> o.split((i, n) -> Mish.forward(o.a, o.y, i, n)),
      (t, v) -> t.unary("mish_out", v.a(), v.y()));

  /** Our call. */
  interface Ours {
    Call over(ElementwiseOperands operands);
  }

  /** Their call. */
  interface Theirs {
    Call over(Torch torch, ElementwiseOperands.Views views);
  }

  /** Operands that have to be moved for each element. */
  final int streams;

  @SuppressWarnings("ImmutableEnumChecker") // a lambda without state
  final Ours ours;

  @SuppressWarnings("ImmutableEnumChecker") // a lambda without state
  final Theirs theirs;

  ElementwiseKernel(int streams, Ours ours, Theirs theirs) {
    this.streams = streams;
    this.ours = ours;
    this.theirs = theirs;
  }
}
