package dev.lanewise.ops;

import java.util.List;

/** Every public op that is derived from a kernel: see {@link PublicOp#of} for the lines. */
final class PublicOps {
  /** The rooms whose ops are all in the table. */
  static final List<String> ROOMS =
      List.of("arithmetic", "unary", "activation", "gated", "broadcast", "cast", "random");

  private static final float ALPHA = 0.7f;
  private static final float BETA = -1.3f;
  private static final float LOWER = -1;
  private static final float UPPER = 1.5f;

  static final List<PublicOp> OPS =
      List.of(
          PublicOp.of("arithmetic.Add.forward a b > y"),
          PublicOp.of("arithmetic.Add.accumulate x > y"),
          PublicOp.of("arithmetic.Sub.forward a b > y"),
          PublicOp.of("arithmetic.Sub.accumulate a > y"),
          PublicOp.of("arithmetic.Mul.forward a b > y"),
          PublicOp.of("arithmetic.Mul.accumulateProduct a b > y"),
          PublicOp.of("arithmetic.Div.forward a b > y"),
          PublicOp.of("arithmetic.Div.backwardDivisor b y dy > db"),
          PublicOp.of("arithmetic.Min.forward a b > y"),
          PublicOp.of("arithmetic.Min.backward a b dy > da"),
          PublicOp.of("arithmetic.Max.forward a b > y"),
          PublicOp.of("arithmetic.Max.backward a b dy > da"),
          PublicOp.of("arithmetic.Where.forward condition a b > y"),
          PublicOp.of("arithmetic.Where.backward condition dy > da"),
          PublicOp.of("arithmetic.Where.backwardOther condition dy > db"),
          PublicOp.of("arithmetic.Lerp.forward a b > y", ALPHA),
          PublicOp.of("arithmetic.Lerp.forward w a b > y"),
          PublicOp.of("arithmetic.Lerp.backward w a b dy > dw da db"),
          PublicOp.of("arithmetic.Axpby.accumulate x > y", ALPHA, BETA),
          PublicOp.of("unary.Neg.forward x > y"),
          PublicOp.of("unary.Abs.forward x > y"),
          PublicOp.of("unary.Abs.backward x dy > dx"),
          PublicOp.of("unary.Sqrt.forward x > y"),
          PublicOp.of("unary.Sqrt.backward y dy > dx"),
          PublicOp.of("unary.Square.forward x > y"),
          PublicOp.of("unary.Square.backward x dy > dx"),
          PublicOp.of("unary.Reciprocal.forward x > y"),
          PublicOp.of("unary.Reciprocal.backward y dy > dx"),
          PublicOp.of("unary.Exp.forward x > y"),
          PublicOp.of("unary.Log.forward x > y"),
          PublicOp.of("unary.Clamp.forward x > y", LOWER, UPPER),
          PublicOp.of("unary.Clamp.backward x dy > dx", LOWER, UPPER),
          PublicOp.of("unary.Scale.inPlace > x", ALPHA),
          PublicOp.of("unary.Scale.forward x > y", ALPHA),
          PublicOp.of("unary.Fill.fill > y", ALPHA),
          PublicOp.of("unary.Copy.forward x > y"),
          PublicOp.of("activation.Relu.forward x > y"),
          PublicOp.of("activation.Relu.backward x dy > dx"),
          PublicOp.of("activation.LeakyRelu.forward x > y", ALPHA),
          PublicOp.of("activation.LeakyRelu.backward x dy > dx", ALPHA),
          PublicOp.of("activation.Hardswish.forward x > y"),
          PublicOp.of("activation.Hardswish.backward x dy > dx"),
          PublicOp.of("activation.Gelu.forward x > y"),
          PublicOp.of("activation.Gelu.backward x dy > dx"),
          PublicOp.of("activation.GeluErf.forward x > y"),
          PublicOp.of("activation.GeluErf.backward x dy > dx"),
          PublicOp.of("activation.Elu.forward x > y", ALPHA),
          PublicOp.of("activation.Elu.backward x dy > dx", ALPHA),
          PublicOp.of("activation.Tanh.forward x > y"),
          PublicOp.of("activation.Tanh.backward y dy > dx"),
          PublicOp.of("activation.Softplus.forward x > y"),
          PublicOp.of("activation.Softplus.backward x dy > dx"),
          PublicOp.of("activation.Sigmoid.forward x > y"),
          PublicOp.of("activation.Sigmoid.backward y dy > dx"),
          PublicOp.of("activation.Silu.forward x > y"),
          PublicOp.of("activation.Silu.backward x dy > dx"),
          PublicOp.of("activation.Mish.forward x > y"),
          PublicOp.of("activation.Mish.backward x dy > dx"),
          PublicOp.of("gated.Swiglu.forward a b > y"),
          PublicOp.of("gated.Swiglu.backward a b dy > da db"),
          PublicOp.of("gated.GegluErf.forward a b > y"),
          PublicOp.of("gated.GegluErf.backward a b dy > da db"),
          PublicOp.of("gated.Geglu.forward a b > y"),
          PublicOp.of("gated.Geglu.backward a b dy > da db"),
          PublicOp.of("broadcast.AddRow.forward x[rc] row[c] > y[rc]=x"),
          PublicOp.of("broadcast.MulRow.forward x[rc] row[c] > y[rc]=x"),
          PublicOp.of("broadcast.MulRow.accumulate dy[rc] x[rc] > drow[c] |columns"),
          PublicOp.of("broadcast.AddColumn.forward x[rc] column[r] > y[rc]=x"),
          PublicOp.of("broadcast.AddColumn.accumulate dy[rc] > dcolumn[r]"),
          PublicOp.of("broadcast.MulColumn.forward x[rc] column[r] > y[rc]=x"),
          PublicOp.of("broadcast.MulColumn.accumulate dy[rc] x[rc] > dcolumn[r]"),
          PublicOp.of("cast.Bf16.widen h:short > y="),
          PublicOp.of("cast.Bf16.narrow x > h:short"),
          PublicOp.of("cast.F16.widen h:short > y="),
          PublicOp.of("cast.F16.narrow x > h:short"),
          PublicOp.of("random.Dropout.forward x > y", 0.3f, 7L, 1, 2L),
          PublicOp.of("random.Dropout.backward dy > dx", 0.3f, 7L, 1, 2L));

  private PublicOps() {}
}
