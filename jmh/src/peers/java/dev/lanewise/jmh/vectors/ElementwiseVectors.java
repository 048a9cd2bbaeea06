package dev.lanewise.jmh.vectors;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Operations that go element by element, of one and of two operands. */
final class ElementwiseVectors {
  /** No multiple of a vector's lanes. */
  private static final int N = 203;

  /** Where activations bend or saturate. */
  private static final float[] POINTS = {
    0, 0.5f, -0.5f, 1, -1, 2.5f, -2.5f, 3, -3, 8, -8, 9.5f, -9.5f, 20, -20, 40, -40, 80, -80, 1e-4f,
    -1e-4f, 1e-20f, -1e-20f
  };

  private final VectorFile file = new VectorFile(1);
  private final Tensor x;
  private final Tensor positive;
  private final Tensor other;
  private final Tensor dy;

  private ElementwiseVectors() {
    float[] values = new float[N];
    float[] sizes = new float[N];
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < N; i++) {
      values[i] = i < POINTS.length ? POINTS[i] : (float) (3 * random.nextGaussian());
      sizes[i] = (float) Math.exp(2 * random.nextGaussian());
    }
    x = file.input("x", values, N);
    positive = file.input("positive", sizes, N);
    other = file.normal("other", 0, 2, N);
    dy = file.normal("dy", 0, 1, N);
  }

  static VectorFile collect() {
    ElementwiseVectors vectors = new ElementwiseVectors();
    vectors.unary();
    vectors.activations();
    vectors.binary();
    return vectors.file;
  }

  private void unary() {
    file.put("neg.y", torch.neg(x));
    ofX("abs", torch::abs);
    ofX("exp", torch::exp);
    file.put("sin.y", torch.sin(x));
    file.put("cos.y", torch.cos(x));
    file.put("erf.y", torch.erf(x));
    file.put("erfc.y", torch.erfc(x));
    file.put("expm1.y", torch.expm1(x));
    ofX(
        "clamp",
        t -> torch.clamp(t, new ScalarOptional(scalar(-1.5)), new ScalarOptional(scalar(2))));
    ofPositive("sqrt", torch::sqrt);
    file.put("rsqrt.y", torch.rsqrt(positive));
    ofPositive("log", torch::log);
    file.put("log1p.y", torch.log1p(positive));
  }

  private void activations() {
    ofX("relu", torch::relu);
    ofX("leaky_relu", t -> torch.leaky_relu(t, scalar(0.01f)));
    ofX("elu", torch::elu);
    ofX("gelu_tanh", t -> torch.gelu(t, "tanh"));
    ofX("gelu_erf", torch::gelu);
    ofX("silu", torch::silu);
    ofX("mish", torch::mish);
    ofX("sigmoid", torch::sigmoid);
    ofX("tanh", torch::tanh);
    ofX("softplus", torch::softplus);
    ofX("hardswish", torch::hardswish);
  }

  private void binary() {
    file.put("add.y", torch.add(x, other));
    file.put("sub.y", torch.sub(x, other));
    file.put("mul.y", torch.mul(x, other));
    ofTwo("div", torch::div);
    ofTwo("minimum", torch::minimum);
    ofTwo("maximum", torch::maximum);
    file.put("pow.y", torch.pow(positive, other));
    file.put("lerp.y", torch.lerp(x, other, scalar(0.3f)));
    ofTwo("swiglu", (gate, up) -> torch.mul(torch.silu(gate), up));
    ofTwo("geglu_erf", (gate, up) -> torch.mul(torch.gelu(gate), up));
    ofTwo("geglu_tanh", (gate, up) -> torch.mul(torch.gelu(gate, "tanh"), up));
  }

  private void ofX(String name, UnaryOperator<Tensor> f) {
    SequencedMap<String, Tensor> inputs = new LinkedHashMap<>();
    inputs.put("x", x);
    file.operation(name, inputs, dy, leaves -> f.apply(leaves.getFirst()));
  }

  private void ofPositive(String name, UnaryOperator<Tensor> f) {
    SequencedMap<String, Tensor> inputs = new LinkedHashMap<>();
    inputs.put("positive", positive);
    file.operation(name, inputs, dy, leaves -> f.apply(leaves.getFirst()));
  }

  private void ofTwo(String name, BinaryOperator<Tensor> f) {
    SequencedMap<String, Tensor> inputs = new LinkedHashMap<>();
    inputs.put("x", x);
    inputs.put("other", other);
    file.operation(name, inputs, dy, leaves -> f.apply(leaves.getFirst(), leaves.getLast()));
  }

  private static Scalar scalar(double value) {
    return new Scalar(value);
  }
}
