package dev.lanewise.nn.vision;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.conv.ImageNormOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.Buffer;
import dev.lanewise.nn.Init;
import java.util.List;

/**
 * {@code y = (x - mean) / sqrt(variance + eps) weight + bias} for each channel, the last dimension,
 * over all pixels of all samples (S. Ioffe, C. Szegedy: Batch Normalization, 2015), with the
 * parameters {@code name.weight}, which starts at 1, and {@code name.bias}, which starts at 0, of
 * [channels] each.
 *
 * <p>In training mean and variance are those of the batch, and the buffers {@code
 * name.running_mean} and {@code name.running_var} take them in: {@code running += momentum (batch -
 * running)}. Else they are the running ones, which change no more. Which of the two is said with
 * each call: there is no mode to forget. A forward pass that is computed again for its backward
 * pass takes its batch in again.
 */
public final class BatchNorm {
  /** What PyTorch adds to the variance. */
  public static final float EPS = 1e-5f;

  /** Share of a batch in the running statistics, as PyTorch has it. */
  public static final float MOMENTUM = 0.1f;

  private final Parameter weight;
  private final Parameter bias;
  private final Buffer runningMean;
  private final Buffer runningVariance;
  private final float momentum;
  private final float eps;

  private BatchNorm(
      Parameter weight,
      Parameter bias,
      Buffer runningMean,
      Buffer runningVariance,
      float momentum,
      float eps) {
    this.weight = weight;
    this.bias = bias;
    this.runningMean = runningMean;
    this.runningVariance = runningVariance;
    this.momentum = momentum;
    this.eps = eps;
  }

  /** A layer with {@link #MOMENTUM} and {@link #EPS}. */
  public static BatchNorm of(Slab slab, String name, long channels) {
    return of(slab, name, channels, MOMENTUM, EPS);
  }

  /**
   * A layer.
   *
   * @param name prefix of the names of parameters and buffers
   * @param channels of a pixel, at least 1
   * @param momentum share of a batch in the running statistics, from 0 to 1
   * @param eps added to the variance, positive and finite
   */
  public static BatchNorm of(Slab slab, String name, long channels, float momentum, float eps) {
    ChannelGains.requireValid("batch normalisation", name, channels, eps);
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new IllegalArgumentException(
          "batch normalisation \"" + name + "\" with momentum = " + momentum + ": want 0 to 1");
    }
    TensorLayout layout = TensorLayout.of(channels);
    Parameter weight = Parameter.of(name + ".weight", layout, slab);
    Init.constant(1).fill(weight, 1);
    return new BatchNorm(
        weight,
        Parameter.of(name + ".bias", layout, slab),
        Buffer.of(slab, name + ".running_mean", layout, 0),
        Buffer.of(slab, name + ".running_var", layout, 1),
        momentum,
        eps);
  }

  /**
   * The normalised images; same shape as {@code x}.
   *
   * @param x [samples, ..., channels]; in training at least two pixels in all, of which the
   *     unbiased variance is taken
   * @param training whether the statistics are those of the batch
   */
  public Tensor forward(Tape tape, Tensor x, boolean training) {
    return forward(tape, x, training, false);
  }

  /** {@code max(forward, 0)}, in one op. */
  public Tensor rectified(Tape tape, Tensor x, boolean training) {
    return forward(tape, x, training, true);
  }

  private Tensor forward(Tape tape, Tensor x, boolean training, boolean rectified) {
    if (!training) {
      return ImageNormOps.batchNormInference(
          tape, x, weight, bias, runningMean.data(), runningVariance.data(), eps, rectified);
    }
    if (x.layout().elements() == weight.layout().elements()) {
      throw new IllegalArgumentException(
          "batch normalisation of a batch of "
              + x.layout()
              + ": in training at least two pixels are wanted, one has no variance");
    }
    return ImageNormOps.batchNorm(
        tape,
        x,
        weight,
        bias,
        runningMean.data(),
        runningVariance.data(),
        momentum,
        eps,
        rectified);
  }

  /** [channels]. */
  public Parameter weight() {
    return weight;
  }

  /** [channels]. */
  public Parameter bias() {
    return bias;
  }

  /** Weight, then bias. */
  public List<Parameter> parameters() {
    return List.of(weight, bias);
  }

  /** Running mean, then running variance. */
  public List<Buffer> buffers() {
    return List.of(runningMean, runningVariance);
  }
}
