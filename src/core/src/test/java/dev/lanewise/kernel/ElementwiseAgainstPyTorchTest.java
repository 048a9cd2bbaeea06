package dev.lanewise.kernel;

import dev.lanewise.kernel.activation.segments.Elu;
import dev.lanewise.kernel.activation.segments.Gelu;
import dev.lanewise.kernel.activation.segments.GeluErf;
import dev.lanewise.kernel.activation.segments.Hardswish;
import dev.lanewise.kernel.activation.segments.LeakyRelu;
import dev.lanewise.kernel.activation.segments.Mish;
import dev.lanewise.kernel.activation.segments.Relu;
import dev.lanewise.kernel.activation.segments.Sigmoid;
import dev.lanewise.kernel.activation.segments.Silu;
import dev.lanewise.kernel.activation.segments.Softplus;
import dev.lanewise.kernel.activation.segments.Tanh;
import dev.lanewise.kernel.arithmetic.segments.Add;
import dev.lanewise.kernel.arithmetic.segments.Div;
import dev.lanewise.kernel.arithmetic.segments.Lerp;
import dev.lanewise.kernel.arithmetic.segments.Max;
import dev.lanewise.kernel.arithmetic.segments.Min;
import dev.lanewise.kernel.arithmetic.segments.Mul;
import dev.lanewise.kernel.arithmetic.segments.Sub;
import dev.lanewise.kernel.gated.segments.Geglu;
import dev.lanewise.kernel.gated.segments.GegluErf;
import dev.lanewise.kernel.gated.segments.Swiglu;
import dev.lanewise.kernel.unary.segments.Abs;
import dev.lanewise.kernel.unary.segments.Clamp;
import dev.lanewise.kernel.unary.segments.Exp;
import dev.lanewise.kernel.unary.segments.Log;
import dev.lanewise.kernel.unary.segments.Neg;
import dev.lanewise.kernel.unary.segments.Sqrt;
import dev.lanewise.simd.math.Erf;
import dev.lanewise.simd.math.Pow;
import dev.lanewise.simd.math.Rsqrt;
import dev.lanewise.simd.math.Sine;
import dev.lanewise.testing.GuardedCall;
import dev.lanewise.testing.PyTorchVectors;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Element-wise kernels and elementary functions against values and gradients of PyTorch. */
class ElementwiseAgainstPyTorchTest {
  private static final PyTorchVectors VECTORS = PyTorchVectors.of("elementwise");
  private static final float[] X = VECTORS.get("x");
  private static final float[] POSITIVE = VECTORS.get("positive");
  private static final float[] OTHER = VECTORS.get("other");
  private static final float[] DY = VECTORS.get("dy");
  private static final int N = X.length;

  @FunctionalInterface
  interface Forward {
    void run(MemorySegment x, MemorySegment y, long begin, long end);
  }

  @FunctionalInterface
  interface Backward {
    void run(MemorySegment saved, MemorySegment dy, MemorySegment dx, long begin, long end);
  }

  @FunctionalInterface
  interface ThreeToOne {
    void run(
        MemorySegment a, MemorySegment b, MemorySegment c, MemorySegment y, long begin, long end);
  }

  @FunctionalInterface
  interface Backward2 {
    void run(
        MemorySegment a,
        MemorySegment b,
        MemorySegment dy,
        MemorySegment da,
        MemorySegment db,
        long begin,
        long end);
  }

  @FunctionalInterface
  interface Function {
    float of(float x);
  }

  @AfterAll
  static void everyTensorWasRead() {
    VECTORS.assertAllRead();
  }

  private static float[] forward(String name, float[] x, Forward kernel) {
    float[] y = GuardedCall.run(s -> kernel.run(s[0], s[1], 0, N), x, new float[N])[1];
    VECTORS.check(name + ".y", y);
    return y;
  }

  private static void backward(String gradient, float[] saved, Backward kernel) {
    VECTORS.check(
        gradient,
        GuardedCall.run(s -> kernel.run(s[0], s[1], s[2], 0, N), saved, DY, new float[N])[2]);
  }

  /** A kernel whose gradient needs the input. */
  private static void ofInput(String name, Forward forward, Backward backward) {
    forward(name, X, forward);
    backward(name + ".dx", X, backward);
  }

  /** A kernel whose gradient needs the output. */
  private static void ofOutput(String name, Forward forward, Backward backward) {
    backward(name + ".dx", forward(name, X, forward), backward);
  }

  private static void ofTwo(String name, Backward forward, Backward2 backward) {
    VECTORS.check(
        name + ".y",
        GuardedCall.run(s -> forward.run(s[0], s[1], s[2], 0, N), X, OTHER, new float[N])[2]);
    float[][] results =
        GuardedCall.run(
            s -> backward.run(s[0], s[1], s[2], s[3], s[4], 0, N),
            X,
            OTHER,
            DY,
            new float[N],
            new float[N]);
    VECTORS.check(name + ".dx", results[3]);
    VECTORS.check(name + ".dother", results[4]);
  }

  /** Of a function without a kernel of its own the value alone. */
  private static void ofFunction(String name, float[] x, Function function) {
    float[] y = new float[N];
    for (int i = 0; i < N; i++) {
      y[i] = function.of(x[i]);
    }
    VECTORS.check(name + ".y", y);
  }

  @Test
  void activationsAreThoseOfPyTorch() {
    ofInput("relu", Relu::forward, Relu::backward);
    ofInput(
        "leaky_relu",
        (x, y, i, n) -> LeakyRelu.forward(0.01f, x, y, i, n),
        (x, dy, dx, i, n) -> LeakyRelu.backward(0.01f, x, dy, dx, i, n));
    ofInput(
        "elu",
        (x, y, i, n) -> Elu.forward(1, x, y, i, n),
        (x, dy, dx, i, n) -> Elu.backward(1, x, dy, dx, i, n));
    ofInput("gelu_tanh", Gelu::forward, Gelu::backward);
    ofInput("gelu_erf", GeluErf::forward, GeluErf::backward);
    ofInput("silu", Silu::forward, Silu::backward);
    ofInput("mish", Mish::forward, Mish::backward);
    ofOutput("sigmoid", Sigmoid::forward, Sigmoid::backward);
    ofOutput("tanh", Tanh::forward, Tanh::backward);
    // PyTorch's softplus is x itself above 20, which differs by 2e-9.
    ofInput("softplus", Softplus::forward, Softplus::backward);
    ofInput("hardswish", Hardswish::forward, Hardswish::backward);
  }

  @Test
  void operationsOfOneOperandAreThoseOfPyTorch() {
    forward("neg", X, Neg::forward);
    ofInput("abs", Abs::forward, Abs::backward);
    ofInput(
        "clamp",
        (x, y, i, n) -> Clamp.forward(-1.5f, 2, x, y, i, n),
        (x, dy, dx, i, n) -> Clamp.backward(-1.5f, 2, x, dy, dx, i, n));
    // The gradient of exp is dy y.
    backward("exp.dx", forward("exp", X, Exp::forward), Mul::forward);
    backward("sqrt.dpositive", forward("sqrt", POSITIVE, Sqrt::forward), Sqrt::backward);
    // The gradient of log is dy / x.
    forward("log", POSITIVE, Log::forward);
    backward("log.dpositive", POSITIVE, (x, dy, dx, i, n) -> Div.forward(dy, x, dx, i, n));
  }

  @Test
  void operationsOfTwoOperandsAreThoseOfPyTorch() {
    VECTORS.check("add.y", twoToOne(Add::forward));
    VECTORS.check("sub.y", twoToOne(Sub::forward));
    VECTORS.check("mul.y", twoToOne(Mul::forward));
    float[] quotient = twoToOne(Div::forward);
    VECTORS.check("div.y", quotient);
    VECTORS.check("div.dx", of(Div::forward, DY, OTHER));
    VECTORS.check("div.dother", of(Div::backwardDivisor, OTHER, quotient, DY));
    VECTORS.check("lerp.y", twoToOne((a, b, y, i, n) -> Lerp.forward(0.3f, a, b, y, i, n)));
    VECTORS.check("minimum.y", twoToOne(Min::forward));
    VECTORS.check("minimum.dx", of(Min::backward, X, OTHER, DY));
    VECTORS.check("minimum.dother", of(Min::backward, OTHER, X, DY));
    VECTORS.check("maximum.y", twoToOne(Max::forward));
    VECTORS.check("maximum.dx", of(Max::backward, X, OTHER, DY));
    VECTORS.check("maximum.dother", of(Max::backward, OTHER, X, DY));
    ofTwo("swiglu", Swiglu::forward, Swiglu::backward);
    ofTwo("geglu_tanh", Geglu::forward, Geglu::backward);
    ofTwo("geglu_erf", GegluErf::forward, GegluErf::backward);
  }

  private static float[] twoToOne(Backward kernel) {
    return of(kernel, X, OTHER);
  }

  private static float[] of(Backward kernel, float[] a, float[] b) {
    return GuardedCall.run(s -> kernel.run(s[0], s[1], s[2], 0, N), a, b, new float[N])[2];
  }

  private static float[] of(ThreeToOne kernel, float[] a, float[] b, float[] c) {
    return GuardedCall.run(s -> kernel.run(s[0], s[1], s[2], s[3], 0, N), a, b, c, new float[N])[3];
  }

  @Test
  void elementaryFunctionsAreThoseOfPyTorch() {
    ofFunction("sin", X, Sine::sin);
    ofFunction("cos", X, Sine::cos);
    ofFunction("erf", X, Erf::erf);
    ofFunction("erfc", X, Erf::erfc);
    ofFunction("expm1", X, dev.lanewise.simd.math.Exp::expm1);
    ofFunction("log1p", POSITIVE, dev.lanewise.simd.math.Log::log1p);
    ofFunction("rsqrt", POSITIVE, Rsqrt::rsqrt);
    float[] powers = new float[N];
    for (int i = 0; i < N; i++) {
      powers[i] = Pow.pow(POSITIVE[i], OTHER[i]);
    }
    VECTORS.check("pow.y", powers);
  }
}
