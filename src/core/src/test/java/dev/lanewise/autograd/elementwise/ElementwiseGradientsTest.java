package dev.lanewise.autograd.elementwise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.testing.AwkwardSizes;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.apache.commons.numbers.gamma.Erfc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each element-wise op against its formula and central differences. */
class ElementwiseGradientsTest {
  interface Unary {
    Tensor apply(Tape tape, Tensor x);
  }

  interface Binary {
    Tensor apply(Tape tape, Tensor a, Tensor b);
  }

  record OneOperand(String name, Unary op, DoubleUnaryOperator oracle) {
    @Override
    public String toString() {
      return name;
    }
  }

  record TwoOperands(String name, Binary op, DoubleBinaryOperator oracle) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double geluErf(double x) {
    return x * 0.5 * Erfc.value(-x / Math.sqrt(2));
  }

  private static double gelu(double x) {
    return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
  }

  private static double softplus(double x) {
    return Math.log1p(Math.exp(x));
  }

  static Stream<OneOperand> oneOperand() {
    return Stream.of(
        new OneOperand("neg", UnaryOps::neg, x -> -x),
        new OneOperand("scale", (tape, x) -> UnaryOps.scale(tape, x, 0.7f), x -> 0.7f * x),
        new OneOperand("abs", UnaryOps::abs, Math::abs),
        new OneOperand("square", UnaryOps::square, x -> x * x),
        new OneOperand(
            "sqrt", (tape, x) -> UnaryOps.sqrt(tape, UnaryOps.square(tape, x)), Math::abs),
        new OneOperand("reciprocal", UnaryOps::reciprocal, x -> 1 / x),
        new OneOperand("pow", (tape, x) -> UnaryOps.pow(tape, x, 3), x -> x * x * x),
        new OneOperand("exp", UnaryOps::exp, Math::exp),
        new OneOperand(
            "log", (tape, x) -> UnaryOps.log(tape, UnaryOps.square(tape, x)), x -> Math.log(x * x)),
        new OneOperand(
            "clamp",
            (tape, x) -> UnaryOps.clamp(tape, x, -0.4f, 0.6f),
            x -> Math.clamp(x, (double) -0.4f, (double) 0.6f)),
        new OneOperand("sigmoid", ActivationOps::sigmoid, ElementwiseGradientsTest::sigmoid),
        new OneOperand("tanh", ActivationOps::tanh, Math::tanh),
        new OneOperand("silu", ActivationOps::silu, x -> x * sigmoid(x)),
        new OneOperand("geluErf", ActivationOps::geluErf, ElementwiseGradientsTest::geluErf),
        new OneOperand("mish", ActivationOps::mish, x -> x * Math.tanh(softplus(x))),
        new OneOperand("softplus", ActivationOps::softplus, ElementwiseGradientsTest::softplus),
        new OneOperand("hardswish", ActivationOps::hardswish, x -> x * (x + 3) / 6),
        new OneOperand(
            "elu",
            (tape, x) -> ActivationOps.elu(tape, x, 0.8f),
            x -> x > 0 ? x : 0.8f * Math.expm1(x)),
        new OneOperand(
            "leakyRelu",
            (tape, x) -> ActivationOps.leakyRelu(tape, x, 0.1f),
            x -> x > 0 ? x : 0.1f * x));
  }

  static Stream<TwoOperands> twoOperands() {
    return Stream.of(
        new TwoOperands("sub", ArithmeticOps::sub, (a, b) -> a - b),
        new TwoOperands("div", ArithmeticOps::div, (a, b) -> a / b),
        new TwoOperands(
            "pow",
            (tape, a, b) -> ArithmeticOps.pow(tape, UnaryOps.exp(tape, a), b),
            (a, b) -> Math.exp(a * b)),
        new TwoOperands("min", ArithmeticOps::min, Math::min),
        new TwoOperands("max", ArithmeticOps::max, Math::max),
        new TwoOperands("swiglu", GatedOps::swiglu, (a, b) -> a * sigmoid(a) * b),
        new TwoOperands("geglu", GatedOps::geglu, (a, b) -> gelu(a) * b),
        new TwoOperands("gegluErf", GatedOps::gegluErf, (a, b) -> geluErf(a) * b));
  }

  private static double[] map(double[] x, DoubleUnaryOperator f) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = f.applyAsDouble(x[i]);
    }
    return y;
  }

  private static double[] join(double[] a, double[] b, DoubleBinaryOperator f) {
    double[] y = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      y[i] = f.applyAsDouble(a[i], b[i]);
    }
    return y;
  }

  @ParameterizedTest
  @MethodSource("oneOperand")
  void valuesAndGradientsOfOneOperandAgreeWithTheFormula(OneOperand test) {
    for (int n : AwkwardSizes.lengths()) {
      if (n < 130) {
        OpCheck.check(
            (tape, x) -> test.op().apply(tape, x.get(0)),
            x -> map(x[0], test.oracle()),
            TensorLayout.of(n));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("twoOperands")
  void valuesAndGradientsOfTwoOperandsAgreeWithTheFormula(TwoOperands test) {
    for (int n : new int[] {0, 1, 33, 97}) {
      TensorLayout shape = TensorLayout.of(n);
      OpCheck.check(
          (tape, x) -> test.op().apply(tape, x.get(0), x.get(1)),
          x -> join(x[0], x[1], test.oracle()),
          shape,
          shape);
    }
  }

  /** The gradient of each operand alone, and of both where they are one tensor. */
  @ParameterizedTest
  @MethodSource("twoOperands")
  void aConstantOperandAndOneTensorTwice(TwoOperands test) {
    TensorLayout shape = TensorLayout.of(41);
    float[] constant = new float[41];
    Arrays.fill(constant, 0.3f);
    OpCheck.check(
        (tape, x) -> test.op().apply(tape, x.get(0), tape.constant(shape, constant)),
        x -> map(x[0], a -> test.oracle().applyAsDouble(a, 0.3f)),
        shape);
    OpCheck.check(
        (tape, x) -> test.op().apply(tape, tape.constant(shape, constant), x.get(0)),
        x -> map(x[0], b -> test.oracle().applyAsDouble(0.3f, b)),
        shape);
    OpCheck.check(
        (tape, x) -> test.op().apply(tape, x.get(0), x.get(0)),
        x -> map(x[0], a -> test.oracle().applyAsDouble(a, a)),
        shape);
  }

  /** Residual connections: what an op does in place of dy must not reach the other branch. */
  @ParameterizedTest
  @MethodSource("oneOperand")
  void gradientsOfATensorUsedTwiceAddUp(OneOperand test) {
    OpCheck.check(
        (tape, x) -> {
          Tensor y = test.op().apply(tape, x.get(0));
          return ArithmeticOps.sub(tape, ArithmeticOps.sub(tape, y, x.get(0)), y);
        },
        x -> map(x[0], v -> -v),
        TensorLayout.of(19));
  }

  @Test
  void aChoiceGivesItsGradientToWhatWasChosen() {
    TensorLayout shape = TensorLayout.of(35);
    float[] condition = new float[35];
    for (int i = 0; i < 35; i += 3) {
      condition[i] = 1;
    }
    OpCheck.check(
        (tape, x) -> ArithmeticOps.where(tape, tape.constant(shape, condition), x.get(0), x.get(1)),
        x -> {
          double[] y = x[1].clone();
          for (int i = 0; i < 35; i += 3) {
            y[i] = x[0][i];
          }
          return y;
        },
        shape,
        shape);
  }

  @Test
  void anInterpolationHasThreeGradients() {
    TensorLayout shape = TensorLayout.of(35);
    OpCheck.check(
        (tape, x) -> ArithmeticOps.lerp(tape, x.get(0), x.get(1), x.get(2)),
        x -> {
          double[] y = new double[35];
          for (int i = 0; i < 35; i++) {
            y[i] = x[1][i] + x[0][i] * (x[2][i] - x[1][i]);
          }
          return y;
        },
        shape,
        shape,
        shape);
  }

  @Test
  void theGradientOfDropoutHasTheMaskOfTheForwardPass() {
    float[] ones = new float[300];
    Arrays.fill(ones, 1);
    TensorLayout shape = TensorLayout.of(300);
    double[] mask = new double[300];
    try (Slab slab = Slab.open("mask", 1 << 20);
        Tape tape = Tape.noGrad(slab)) {
      float[] y = DropoutOps.dropout(tape, tape.constant(shape, ones), 0.3f, 7, 1, 2).toArray();
      for (int i = 0; i < y.length; i++) {
        mask[i] = y[i];
      }
    }
    OpCheck.check(
        (tape, x) -> DropoutOps.dropout(tape, x.get(0), 0.3f, 7, 1, 2),
        x -> join(x[0], mask, (a, m) -> a * m),
        shape);
  }

  @Test
  void lossesAreMeansWithAGradientForThePredictions() {
    int n = 37;
    TensorLayout shape = TensorLayout.of(n);
    float[] target = new float[n];
    for (int i = 0; i < n; i++) {
      target[i] = i % 3 / 4f;
    }
    checkLoss(ElementLossOps::meanSquaredError, target, (x, t) -> (x - t) * (x - t));
    checkLoss(ElementLossOps::meanAbsoluteError, target, (x, t) -> Math.abs(x - t));
    checkLoss(
        (tape, x, t) -> ElementLossOps.huber(tape, x, t, 0.4f),
        target,
        (x, t) -> {
          double d = Math.abs(x - t);
          return d <= 0.4f ? d * d / 2 : 0.4f * (d - 0.4f / 2.0);
        });
    checkLoss(
        (tape, x, t) -> ElementLossOps.binaryCrossEntropy(tape, x, t, 1.5f),
        target,
        (x, t) -> -1.5 * t * Math.log(sigmoid(x)) - (1 - t) * Math.log(sigmoid(-x)));
    try (Slab slab = Slab.open("loss", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Tensor x = tape.variable(shape, OpCheck.copy(slab, target));
      assertEquals(
          "target is a tensor of 37 that requires a gradient: a loss gives one to x alone, use a"
              + " constant",
          assertThrows(
                  IllegalArgumentException.class, () -> ElementLossOps.meanSquaredError(tape, x, x))
              .getMessage());
      Tensor none = tape.constant(TensorLayout.of(0));
      assertEquals(
          "x is 0: the mean of a loss wants at least one element",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> ElementLossOps.meanSquaredError(tape, none, none))
              .getMessage());
    }
  }

  private static void checkLoss(Binary loss, float[] target, DoubleBinaryOperator oracle) {
    TensorLayout shape = TensorLayout.of(target.length);
    OpCheck.check(
        (tape, x) ->
            UnaryOps.scale(tape, loss.apply(tape, x.get(0), tape.constant(shape, target)), 3),
        x -> {
          double sum = 0;
          for (int i = 0; i < target.length; i++) {
            sum += oracle.applyAsDouble(x[0][i], target[i]);
          }
          return new double[] {3 * sum / target.length};
        },
        shape);
  }

  @Test
  void differentShapesAreNamed() {
    try (Slab slab = Slab.open("op", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Tensor a = tape.constant(TensorLayout.of(2, 3), new float[6]);
      Tensor b = tape.constant(TensorLayout.of(3, 2), new float[6]);
      for (TwoOperands test : (Iterable<TwoOperands>) twoOperands()::iterator) {
        assertEquals(
            "a is 2x3, b is 3x2: element-wise ops want the same shape",
            assertThrows(IllegalArgumentException.class, () -> test.op().apply(tape, a, b))
                .getMessage());
      }
    }
  }
}
