package dev.lanewise.autograd.reference;

import static dev.lanewise.autograd.reference.Case.dims;
import static dev.lanewise.autograd.reference.Case.positive;
import static dev.lanewise.autograd.reference.Case.same;
import static dev.lanewise.autograd.reference.Case.unary;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.elementwise.ActivationOps;
import dev.lanewise.autograd.elementwise.ArithmeticOps;
import dev.lanewise.autograd.elementwise.DropoutOps;
import dev.lanewise.autograd.elementwise.ElementLossOps;
import dev.lanewise.autograd.elementwise.GatedOps;
import dev.lanewise.autograd.elementwise.UnaryOps;
import dev.lanewise.autograd.higher.Arithmetic;
import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Unary;
import dev.lanewise.kernel.random.Philox;
import java.util.List;

/** Ops on each element. */
final class ElementwiseCases {
  private ElementwiseCases() {}

  static List<Case> all() {
    return List.of(
        unary("UnaryOps.abs", (t, x) -> UnaryOps.abs(t, x.get(0)), x -> Piecewise.abs(x.get(0))),
        positive("UnaryOps.sqrt", (t, x) -> UnaryOps.sqrt(t, x.get(0)), x -> Unary.sqrt(x.get(0))),
        unary(
            "UnaryOps.square", (t, x) -> UnaryOps.square(t, x.get(0)), x -> Unary.square(x.get(0))),
        unary(
            "UnaryOps.reciprocal",
            (t, x) -> UnaryOps.reciprocal(t, x.get(0)),
            x -> Arithmetic.div(one(x.get(0)), x.get(0))),
        unary(
            "UnaryOps.neg",
            (t, x) -> UnaryOps.neg(t, x.get(0)),
            x -> Arithmetic.scale(x.get(0), -1)),
        unary(
            "UnaryOps.scale",
            (t, x) -> UnaryOps.scale(t, x.get(0), 3),
            x -> Arithmetic.scale(x.get(0), 3)),
        unary(
            "UnaryOps.clamp",
            (t, x) -> UnaryOps.clamp(t, x.get(0), -0.5f, 0.25f),
            x -> Piecewise.clamp(x.get(0), -0.5, 0.25)),
        positive(
            "UnaryOps.pow",
            (t, x) -> UnaryOps.pow(t, x.get(0), 1.75f),
            x -> Unary.exp(Arithmetic.scale(Unary.log(x.get(0)), 1.75))),
        unary("UnaryOps.exp", (t, x) -> UnaryOps.exp(t, x.get(0)), x -> Unary.exp(x.get(0))),
        positive("UnaryOps.log", (t, x) -> UnaryOps.log(t, x.get(0)), x -> Unary.log(x.get(0))),
        same(
            2,
            "ElementwiseOps.add",
            (t, x) -> ElementwiseOps.add(t, x.get(0), x.get(1)),
            x -> Arithmetic.add(x.get(0), x.get(1))),
        same(
            2,
            "ElementwiseOps.mul",
            (t, x) -> ElementwiseOps.mul(t, x.get(0), x.get(1)),
            x -> Arithmetic.mul(x.get(0), x.get(1))),
        unary(
            "ElementwiseOps.mul",
            (t, x) -> ElementwiseOps.mul(t, x.get(0), x.get(0)),
            x -> Unary.square(x.get(0))),
        unary(
            "ElementwiseOps.gelu",
            (t, x) -> ElementwiseOps.gelu(t, x.get(0)),
            x -> Unary.gelu(x.get(0))),
        unary(
            "ElementwiseOps.relu",
            (t, x) -> ElementwiseOps.relu(t, x.get(0)),
            x -> Unary.relu(x.get(0))),
        same(
            2,
            "ArithmeticOps.sub",
            (t, x) -> ArithmeticOps.sub(t, x.get(0), x.get(1)),
            x -> Arithmetic.sub(x.get(0), x.get(1))),
        same(
            2,
            "ArithmeticOps.div",
            (t, x) -> ArithmeticOps.div(t, x.get(0), x.get(1)),
            x -> Arithmetic.div(x.get(0), x.get(1))),
        same(
                2,
                "ArithmeticOps.pow",
                (t, x) -> ArithmeticOps.pow(t, x.get(0), x.get(1)),
                x -> Unary.exp(Arithmetic.mul(x.get(1), Unary.log(x.get(0)))))
            .ofPositive(),
        same(
            2,
            "ArithmeticOps.min",
            (t, x) -> ArithmeticOps.min(t, x.get(0), x.get(1)),
            x -> Piecewise.min(x.get(0), x.get(1))),
        same(
            2,
            "ArithmeticOps.max",
            (t, x) -> ArithmeticOps.max(t, x.get(0), x.get(1)),
            x -> Piecewise.max(x.get(0), x.get(1))),
        same(
            2,
            "ArithmeticOps.where",
            (t, x) ->
                ArithmeticOps.where(
                    t, t.constant(x.get(0).layout(), alternating(x.get(0))), x.get(0), x.get(1)),
            x ->
                Piecewise.where(
                    x.get(0)
                        .graph()
                        .constant(x.get(0).layout(), Case.doubles(alternating(x.get(0)))),
                    x.get(0),
                    x.get(1))),
        same(
            3,
            "ArithmeticOps.lerp",
            (t, x) -> ArithmeticOps.lerp(t, x.get(0), x.get(1), x.get(2)),
            x ->
                Arithmetic.add(
                    x.get(1), Arithmetic.mul(x.get(0), Arithmetic.sub(x.get(2), x.get(1))))),
        unary(
            "ActivationOps.sigmoid",
            (t, x) -> ActivationOps.sigmoid(t, x.get(0)),
            x -> Unary.sigmoid(x.get(0))),
        unary(
            "ActivationOps.tanh",
            (t, x) -> ActivationOps.tanh(t, x.get(0)),
            x -> Unary.tanh(x.get(0))),
        unary(
            "ActivationOps.softplus",
            (t, x) -> ActivationOps.softplus(t, x.get(0)),
            x -> Unary.softplus(x.get(0))),
        unary(
            "ActivationOps.silu",
            (t, x) -> ActivationOps.silu(t, x.get(0)),
            x -> Activations.silu(x.get(0))),
        unary(
            "ActivationOps.geluErf",
            (t, x) -> ActivationOps.geluErf(t, x.get(0)),
            x -> Activations.geluErf(x.get(0))),
        unary(
            "ActivationOps.mish",
            (t, x) -> ActivationOps.mish(t, x.get(0)),
            x -> Activations.mish(x.get(0))),
        unary(
            "ActivationOps.hardswish",
            (t, x) -> ActivationOps.hardswish(t, UnaryOps.scale(t, x.get(0), 5)),
            x -> Activations.hardswish(Arithmetic.scale(x.get(0), 5))),
        unary(
            "ActivationOps.elu",
            (t, x) -> ActivationOps.elu(t, x.get(0), 0.25f),
            x -> Activations.elu(x.get(0), 0.25)),
        unary(
            "ActivationOps.leakyRelu",
            (t, x) -> ActivationOps.leakyRelu(t, x.get(0), 0.25f),
            x -> Activations.leakyRelu(x.get(0), 0.25)),
        same(
            2,
            "GatedOps.swiglu",
            (t, x) -> GatedOps.swiglu(t, x.get(0), x.get(1)),
            x -> Arithmetic.mul(Activations.silu(x.get(0)), x.get(1))),
        same(
            2,
            "GatedOps.geglu",
            (t, x) -> GatedOps.geglu(t, x.get(0), x.get(1)),
            x -> Arithmetic.mul(Unary.gelu(x.get(0)), x.get(1))),
        same(
            2,
            "GatedOps.gegluErf",
            (t, x) -> GatedOps.gegluErf(t, x.get(0), x.get(1)),
            x -> Arithmetic.mul(Activations.geluErf(x.get(0)), x.get(1))),
        unary(
            "DropoutOps.dropout",
            (t, x) -> DropoutOps.dropout(t, x.get(0), 0.25f, 7, 1, () -> 5),
            x -> Arithmetic.mul(x.get(0), kept(x.get(0)))),
        loss(
            "ElementLossOps.meanSquaredError",
            ElementLossOps::meanSquaredError,
            Losses::meanSquaredError),
        loss(
            "ElementLossOps.meanAbsoluteError",
            ElementLossOps::meanAbsoluteError,
            Losses::meanAbsoluteError),
        loss(
            "ElementLossOps.huber",
            (t, x, target) -> ElementLossOps.huber(t, x, target, 0.5f),
            (x, target) -> Losses.huber(x, target, 0.5)),
        loss(
            "ElementLossOps.binaryCrossEntropy",
            (t, x, target) -> ElementLossOps.binaryCrossEntropy(t, x, target, 2),
            (x, target) -> Losses.binaryCrossEntropy(x, target, 2)));
  }

  private interface Loss {
    Tensor apply(Tape tape, Tensor x, Tensor target);
  }

  private interface LossForm {
    DoubleTensor apply(DoubleTensor x, DoubleTensor target);
  }

  /** A mean, which wants an element at least. */
  private static Case loss(String name, Loss loss, LossForm form) {
    return Case.of(
        name,
        (t, x) -> loss.apply(t, x.get(0), Case.fixed(t, x.get(0).layout(), 3)),
        x -> form.apply(x.get(0), Case.fixed(x.get(0).graph(), x.get(0).layout(), 3)),
        List.of(dims(5, 7)),
        List.of(dims(67)),
        List.of(dims()));
  }

  private static DoubleTensor one(DoubleTensor x) {
    return x.graph().filled(x.layout(), 1);
  }

  private static float[] alternating(Tensor x) {
    return alternating(x.layout().elements());
  }

  private static float[] alternating(DoubleTensor x) {
    return alternating(x.layout().elements());
  }

  private static float[] alternating(long n) {
    float[] values = new float[Math.toIntExact(n)];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 3 == 0 ? 1 : 0;
    }
    return values;
  }

  private static DoubleTensor kept(DoubleTensor x) {
    double[] factors = new double[Math.toIntExact(x.layout().elements())];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = (Philox.word(7, 1, 5, i) >>> 8) * 0x1p-24 < 0.25 ? 0 : 1 / 0.75;
    }
    return x.graph().constant(x.layout(), factors);
  }
}
