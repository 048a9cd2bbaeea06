package dev.lanewise.kernel.loop;

import dev.lanewise.simd.math.Log;
import dev.lanewise.simd.math.Pow;
import java.util.List;

/**
 * Every element-wise kernel and what it computes, operand by operand. Where an elementary function
 * takes part the element is the kernel's own tail, and the test of that kernel has the oracle.
 */
final class ElementwiseTable {
  /** The rooms whose kernels are all in the table. */
  static final List<String> ROOMS = List.of("arithmetic", "unary", "activation", "gated");

  private static final float ALPHA = 0.7f;
  private static final float BETA = -1.3f;
  private static final float LOWER = -1;
  private static final float UPPER = 1.5f;

  static final List<ElementwiseOp> OPS =
      List.of(
          ElementwiseOp.of("arithmetic.Add.forward", 2, 1, (in, out) -> out[0] = in[0] + in[1]),
          ElementwiseOp.of("arithmetic.Add.accumulate", 1, 1, (in, out) -> out[0] += in[0]),
          ElementwiseOp.of("arithmetic.Sub.forward", 2, 1, (in, out) -> out[0] = in[0] - in[1]),
          ElementwiseOp.of("arithmetic.Sub.accumulate", 1, 1, (in, out) -> out[0] -= in[0]),
          ElementwiseOp.of("arithmetic.Mul.forward", 2, 1, (in, out) -> out[0] = in[0] * in[1]),
          ElementwiseOp.of(
              "arithmetic.Mul.accumulateProduct",
              2,
              1,
              (in, out) -> out[0] = Math.fma(in[0], in[1], out[0])),
          ElementwiseOp.of("arithmetic.Div.forward", 2, 1, (in, out) -> out[0] = in[0] / in[1]),
          ElementwiseOp.of(
              "arithmetic.Div.backwardDivisor",
              3,
              1,
              (in, out) -> out[0] = -(in[2] / in[0] * in[1])),
          ElementwiseOp.of(
              "arithmetic.Min.forward",
              2,
              1,
              (in, out) -> out[0] = in[0] < in[1] || Float.isNaN(in[0]) ? in[0] : in[1]),
          ElementwiseOp.of(
              "arithmetic.Min.backward",
              3,
              1,
              (in, out) -> out[0] = in[0] > in[1] ? 0 : in[0] == in[1] ? in[2] / 2 : in[2]),
          ElementwiseOp.of(
              "arithmetic.Max.forward",
              2,
              1,
              (in, out) -> out[0] = in[0] > in[1] || Float.isNaN(in[0]) ? in[0] : in[1]),
          ElementwiseOp.of(
              "arithmetic.Max.backward",
              3,
              1,
              (in, out) -> out[0] = in[0] < in[1] ? 0 : in[0] == in[1] ? in[2] / 2 : in[2]),
          ElementwiseOp.of(
              "arithmetic.Where.forward", 3, 1, (in, out) -> out[0] = in[0] != 0 ? in[1] : in[2]),
          ElementwiseOp.of(
              "arithmetic.Where.backward", 2, 1, (in, out) -> out[0] = in[0] != 0 ? in[1] : 0),
          ElementwiseOp.of(
              "arithmetic.Where.backwardOther", 2, 1, (in, out) -> out[0] = in[0] != 0 ? 0 : in[1]),
          ElementwiseOp.of(
              "arithmetic.Lerp.forward",
              2,
              1,
              (in, out) -> out[0] = Math.fma(in[1] - in[0], ALPHA, in[0]),
              ALPHA),
          ElementwiseOp.of(
              "arithmetic.Lerp.forward",
              3,
              1,
              (in, out) -> out[0] = Math.fma(in[2] - in[1], in[0], in[1])),
          ElementwiseOp.of(
              "arithmetic.Lerp.backward",
              4,
              3,
              (in, out) -> {
                out[0] = (in[2] - in[1]) * in[3];
                out[1] = in[3] - in[0] * in[3];
                out[2] = in[0] * in[3];
              }),
          ElementwiseOp.of(
              "arithmetic.Axpby.accumulate",
              1,
              1,
              (in, out) -> out[0] = Math.fma(in[0], ALPHA, out[0] * BETA),
              ALPHA,
              BETA),
          ElementwiseOp.of(
              "arithmetic.Axpby.accumulate", 1, 1, (in, out) -> out[0] = in[0] * ALPHA, ALPHA, 0),
          ElementwiseOp.of(
              "arithmetic.Pow.forward", 2, 1, (in, out) -> out[0] = Pow.pow(in[0], in[1])),
          ElementwiseOp.of(
              "arithmetic.Pow.forward", 1, 1, (in, out) -> out[0] = Pow.pow(in[0], ALPHA), ALPHA),
          ElementwiseOp.of(
              "arithmetic.Pow.forward", 1, 1, (in, out) -> out[0] = Pow.pow(in[0], 3), 3),
          ElementwiseOp.of(
              "arithmetic.Pow.backward",
              3,
              1,
              (in, out) -> out[0] = in[1] == 0 ? 0 : in[2] * (in[1] * Pow.pow(in[0], in[1] - 1))),
          ElementwiseOp.of(
              "arithmetic.Pow.backward",
              2,
              1,
              (in, out) -> out[0] = in[1] * (BETA * Pow.pow(in[0], BETA - 1)),
              BETA),
          ElementwiseOp.of("arithmetic.Pow.backward", 2, 1, (in, out) -> out[0] = 0, 0),
          ElementwiseOp.of(
              "arithmetic.Pow.backwardExponent",
              4,
              1,
              (in, out) ->
                  out[0] = in[0] == 0 && in[1] >= 0 ? 0 : in[3] * (in[2] * Log.log(in[0]))),
          ElementwiseOp.of("unary.Neg.forward", 1, 1, (in, out) -> out[0] = -in[0]),
          ElementwiseOp.of("unary.Abs.forward", 1, 1, (in, out) -> out[0] = Math.abs(in[0])),
          ElementwiseOp.of(
              "unary.Abs.backward",
              2,
              1,
              (in, out) -> out[0] = in[0] == 0 ? 0 : in[0] < 0 ? -in[1] : in[1]),
          ElementwiseOp.of(
              "unary.Sqrt.forward", 1, 1, (in, out) -> out[0] = (float) Math.sqrt(in[0])),
          ElementwiseOp.of("unary.Sqrt.backward", 2, 1, (in, out) -> out[0] = in[1] / (2 * in[0])),
          ElementwiseOp.of("unary.Square.forward", 1, 1, (in, out) -> out[0] = in[0] * in[0]),
          ElementwiseOp.of("unary.Square.backward", 2, 1, (in, out) -> out[0] = 2 * in[0] * in[1]),
          ElementwiseOp.of("unary.Reciprocal.forward", 1, 1, (in, out) -> out[0] = 1 / in[0]),
          ElementwiseOp.of(
              "unary.Reciprocal.backward", 2, 1, (in, out) -> out[0] = -(in[1] * in[0] * in[0])),
          ElementwiseOp.alone("unary.Exp.forward", 1, 1),
          ElementwiseOp.alone("unary.Log.forward", 1, 1),
          ElementwiseOp.of(
              "unary.Clamp.forward",
              1,
              1,
              (in, out) -> out[0] = in[0] < LOWER ? LOWER : in[0] > UPPER ? UPPER : in[0],
              LOWER,
              UPPER),
          ElementwiseOp.of(
              "unary.Clamp.backward",
              2,
              1,
              (in, out) -> out[0] = in[0] >= LOWER && in[0] <= UPPER ? in[1] : 0,
              LOWER,
              UPPER),
          ElementwiseOp.of("unary.Scale.inPlace", 0, 1, (in, out) -> out[0] *= ALPHA, ALPHA),
          ElementwiseOp.of("unary.Scale.forward", 1, 1, (in, out) -> out[0] = in[0] * ALPHA, ALPHA),
          ElementwiseOp.of("unary.Fill.fill", 0, 1, (in, out) -> out[0] = ALPHA, ALPHA),
          ElementwiseOp.of("unary.Copy.forward", 1, 1, (in, out) -> out[0] = in[0]),
          ElementwiseOp.of(
              "activation.Relu.forward", 1, 1, (in, out) -> out[0] = in[0] <= 0 ? 0 : in[0]),
          ElementwiseOp.of(
              "activation.Relu.backward", 2, 1, (in, out) -> out[0] = in[0] <= 0 ? 0 : in[1]),
          ElementwiseOp.of(
              "activation.LeakyRelu.forward",
              1,
              1,
              (in, out) -> out[0] = in[0] > 0 ? in[0] : ALPHA * in[0],
              ALPHA),
          ElementwiseOp.of(
              "activation.LeakyRelu.backward",
              2,
              1,
              (in, out) -> out[0] = in[0] > 0 ? in[1] : ALPHA * in[1],
              ALPHA),
          ElementwiseOp.alone("activation.Hardswish.forward", 1, 1),
          ElementwiseOp.alone("activation.Hardswish.backward", 2, 1),
          ElementwiseOp.alone("activation.Gelu.forward", 1, 1),
          ElementwiseOp.alone("activation.Gelu.backward", 2, 1),
          ElementwiseOp.alone("activation.GeluErf.forward", 1, 1),
          ElementwiseOp.alone("activation.GeluErf.backward", 2, 1),
          ElementwiseOp.alone("activation.Elu.forward", 1, 1, ALPHA),
          ElementwiseOp.alone("activation.Elu.backward", 2, 1, ALPHA),
          ElementwiseOp.alone("activation.Tanh.forward", 1, 1),
          ElementwiseOp.of(
              "activation.Tanh.backward",
              2,
              1,
              (in, out) -> out[0] = in[1] * Math.fma(-in[0], in[0], 1)),
          ElementwiseOp.alone("activation.Softplus.forward", 1, 1),
          ElementwiseOp.alone("activation.Softplus.backward", 2, 1),
          ElementwiseOp.alone("activation.Sigmoid.forward", 1, 1),
          ElementwiseOp.of(
              "activation.Sigmoid.backward",
              2,
              1,
              (in, out) -> out[0] = in[1] * in[0] * (1 - in[0])),
          ElementwiseOp.alone("activation.Silu.forward", 1, 1),
          ElementwiseOp.alone("activation.Silu.backward", 2, 1),
          ElementwiseOp.alone("activation.Mish.forward", 1, 1),
          ElementwiseOp.alone("activation.Mish.backward", 2, 1),
          ElementwiseOp.alone("gated.Swiglu.forward", 2, 1),
          ElementwiseOp.alone("gated.Swiglu.backward", 3, 2),
          ElementwiseOp.alone("gated.GegluErf.forward", 2, 1),
          ElementwiseOp.alone("gated.GegluErf.backward", 3, 2),
          ElementwiseOp.alone("gated.Geglu.forward", 2, 1),
          ElementwiseOp.alone("gated.Geglu.backward", 3, 2));

  private ElementwiseTable() {}
}
