package dev.lanewise.nn;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.rows.NormOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.util.List;

/**
 * {@code y = (x - mean) / sqrt(variance + eps) weight + bias} for each row, with the parameters
 * {@code name.weight}, which starts at 1, and {@code name.bias}, which starts at 0, of [width] each
 * (J. L. Ba, J. R. Kiros, G. E. Hinton: Layer Normalization, 2016).
 */
public final class LayerNorm implements Norm {
  /** What GPT-2 and PyTorch add to the variance. */
  public static final float EPS = 1e-5f;

  private final Parameter weight;
  private final Parameter bias;
  private final float eps;

  private LayerNorm(Parameter weight, Parameter bias, float eps) {
    this.weight = weight;
    this.bias = bias;
    this.eps = eps;
  }

  /** A layer with {@link #EPS}. */
  public static LayerNorm of(Slab slab, String name, long width) {
    return of(slab, name, width, EPS);
  }

  /**
   * A layer.
   *
   * @param name prefix of the parameters' names
   * @param width elements of a row, at least 1
   * @param eps added to the variance, positive and finite
   */
  public static LayerNorm of(Slab slab, String name, long width, float eps) {
    requireValid("layer normalisation", name, width, eps);
    Parameter weight = Parameter.of(name + ".weight", TensorLayout.of(width), slab);
    Init.constant(1).fill(weight, 1);
    return new LayerNorm(weight, Parameter.of(name + ".bias", TensorLayout.of(width), slab), eps);
  }

  static void requireValid(String kind, String name, long width, float eps) {
    if (width < 1) {
      throw new IllegalArgumentException(
          kind + " \"" + name + "\" of " + width + " elements: at least 1 is wanted");
    }
    if (!(eps > 0 && eps < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          kind + " \"" + name + "\" with eps = " + eps + ": want a finite number above 0");
    }
  }

  @Override
  public Tensor forward(Tape tape, Tensor x) {
    return NormOps.layerNorm(tape, x, weight, bias, eps);
  }

  @Override
  public NormOps.Residual forward(Tape tape, Tensor x, Tensor residual) {
    return NormOps.residualLayerNorm(tape, x, residual, weight, bias, eps);
  }

  @Override
  public long width() {
    return weight.layout().elements();
  }

  /** [width]. */
  public Parameter weight() {
    return weight;
  }

  /** [width]. */
  public Parameter bias() {
    return bias;
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(weight, bias);
  }
}
