package dev.lanewise.nn;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.rows.NormOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.util.List;

/**
 * {@code y = x / sqrt(mean of x^2 + eps) weight} for each row, with the parameter {@code
 * name.weight} [width], which starts at 1 (B. Zhang, R. Sennrich: Root Mean Square Layer
 * Normalization, 2019).
 */
public final class RmsNorm implements Norm {
  /** What Llama 2 adds to the mean square. */
  public static final float EPS = 1e-5f;

  private final Parameter weight;
  private final float eps;

  private RmsNorm(Parameter weight, float eps) {
    this.weight = weight;
    this.eps = eps;
  }

  /** A layer with {@link #EPS}. */
  public static RmsNorm of(Slab slab, String name, long width) {
    return of(slab, name, width, EPS);
  }

  /**
   * A layer.
   *
   * @param name prefix of the parameter's name
   * @param width elements of a row, at least 1
   * @param eps added to the mean square, positive and finite
   */
  public static RmsNorm of(Slab slab, String name, long width, float eps) {
    LayerNorm.requireValid("RMS normalisation", name, width, eps);
    Parameter weight = Parameter.of(name + ".weight", TensorLayout.of(width), slab);
    Init.constant(1).fill(weight, 1);
    return new RmsNorm(weight, eps);
  }

  @Override
  public Tensor forward(Tape tape, Tensor x) {
    return NormOps.rmsNorm(tape, x, weight, eps);
  }

  @Override
  public NormOps.Residual forward(Tape tape, Tensor x, Tensor residual) {
    return NormOps.residualRmsNorm(tape, x, residual, weight, eps);
  }

  @Override
  public long width() {
    return weight.layout().elements();
  }

  /** [width]. */
  public Parameter weight() {
    return weight;
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(weight);
  }
}
