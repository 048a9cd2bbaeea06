package dev.lanewise.nn;

import dev.lanewise.autograd.MatrixOps;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = x w' + b} with the parameters {@code name.weight} [out, in] and {@code name.bias}
 * [out].
 */
public final class Linear {
  private final Parameter weight;
  private final @Nullable Parameter bias;

  private Linear(Parameter weight, @Nullable Parameter bias) {
    this.weight = weight;
    this.bias = bias;
  }

  /**
   * A layer whose bias starts at zero.
   *
   * @param name prefix of the parameters' names
   * @param in elements of a row of the input, at least 1
   * @param out elements of a row of the output, at least 1
   * @param init start values of the weight
   */
  public static Linear of(Slab slab, String name, long in, long out, Init init) {
    Linear layer = withoutBias(slab, name, in, out, init);
    return new Linear(layer.weight, Parameter.of(name + ".bias", TensorLayout.of(out), slab));
  }

  /** A layer that only multiplies. */
  public static Linear withoutBias(Slab slab, String name, long in, long out, Init init) {
    if (in < 1 || out < 1) {
      throw new IllegalArgumentException(
          "linear layer \""
              + name
              + "\" from "
              + in
              + " to "
              + out
              + " elements: both have to be at least 1");
    }
    Parameter weight = Parameter.of(name + ".weight", TensorLayout.of(out, in), slab);
    init.fill(weight, in);
    return new Linear(weight, null);
  }

  /** From [rows, in] to [rows, out]. */
  public Tensor forward(Tape tape, Tensor x) {
    return MatrixOps.linear(tape, x, weight, bias);
  }

  /** [out, in]. */
  public Parameter weight() {
    return weight;
  }

  /** [out], or null. */
  public @Nullable Parameter bias() {
    return bias;
  }

  /** Weight, then bias if there is one. */
  public List<Parameter> parameters() {
    return bias == null ? List.of(weight) : List.of(weight, bias);
  }
}
