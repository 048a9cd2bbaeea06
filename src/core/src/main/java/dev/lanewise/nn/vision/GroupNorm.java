package dev.lanewise.nn.vision;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.conv.ImageNormOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.Init;
import java.util.List;

/**
 * {@code y = (x - mean) / sqrt(variance + eps) weight + bias} for each group of neighbouring
 * channels, the last dimension, over all pixels of one sample (Y. Wu, K. He: Group Normalization,
 * 2018), with the parameters {@code name.weight}, which starts at 1, and {@code name.bias}, which
 * starts at 0, of [channels] each. A sample is normalised alone: training and use are the same.
 */
public final class GroupNorm {
  private final Parameter weight;
  private final Parameter bias;
  private final long groups;
  private final float eps;

  private GroupNorm(Parameter weight, Parameter bias, long groups, float eps) {
    this.weight = weight;
    this.bias = bias;
    this.groups = groups;
    this.eps = eps;
  }

  /** A layer with {@link BatchNorm#EPS}. */
  public static GroupNorm of(Slab slab, String name, long groups, long channels) {
    return of(slab, name, groups, channels, BatchNorm.EPS);
  }

  /**
   * A layer.
   *
   * @param name prefix of the parameters' names
   * @param groups of channels, at least 1: 1 for the whole sample, as many as channels to normalise
   *     each of them alone
   * @param channels of a pixel, a multiple of the groups
   * @param eps added to the variance, positive and finite
   */
  public static GroupNorm of(Slab slab, String name, long groups, long channels, float eps) {
    ChannelGains.requireValid("group normalisation", name, channels, eps);
    if (groups < 1 || channels % groups != 0) {
      throw new IllegalArgumentException(
          "group normalisation \""
              + name
              + "\" of "
              + channels
              + " channels in "
              + groups
              + " groups: each group needs as many channels");
    }
    TensorLayout layout = TensorLayout.of(channels);
    Parameter weight = Parameter.of(name + ".weight", layout, slab);
    Init.constant(1).fill(weight, 1);
    return new GroupNorm(weight, Parameter.of(name + ".bias", layout, slab), groups, eps);
  }

  /** The normalised images [samples, ..., channels]; same shape as {@code x}. */
  public Tensor forward(Tape tape, Tensor x) {
    return ImageNormOps.groupNorm(tape, x, weight, bias, groups, eps, false);
  }

  /** {@code max(forward, 0)}, in one op. */
  public Tensor rectified(Tape tape, Tensor x) {
    return ImageNormOps.groupNorm(tape, x, weight, bias, groups, eps, true);
  }

  /** Weight, then bias. */
  public List<Parameter> parameters() {
    return List.of(weight, bias);
  }
}
