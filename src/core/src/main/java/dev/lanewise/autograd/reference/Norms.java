package dev.lanewise.autograd.reference;

import static dev.lanewise.autograd.higher.Arithmetic.add;
import static dev.lanewise.autograd.higher.Arithmetic.div;
import static dev.lanewise.autograd.higher.Arithmetic.mul;
import static dev.lanewise.autograd.higher.Arithmetic.scale;
import static dev.lanewise.autograd.higher.Arithmetic.sub;

import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Indexing;
import dev.lanewise.autograd.higher.Matrices;
import dev.lanewise.autograd.higher.Reductions;
import dev.lanewise.autograd.higher.Unary;
import dev.lanewise.memory.TensorLayout;

/**
 * Normalisations, each with a gain and a bias for each column or channel.
 *
 * <pre>
 * op                   y
 * layerNorm            (x - mean) / sqrt(variance + eps) weight + bias, over the last dimension
 * rmsNorm              x / sqrt(mean of x^2 + eps) weight, over the last dimension
 * groupNorm            as layerNorm, over a group of channels of a sample
 * batchNorm            as layerNorm, over a channel of all samples
 * batchNormInference   the same with a mean and a variance that are given
 * </pre>
 *
 * <p>x is [samples, channels, elements] where there are channels; images, whose channels come last,
 * are {@linkplain Indexing#permute permuted}.
 */
public final class Norms {
  private Norms() {}

  /** Layer normalisation; weight and bias are [cols]. */
  public static DoubleTensor layerNorm(
      DoubleTensor x, DoubleTensor weight, DoubleTensor bias, double eps) {
    return add(mul(normalised(x, eps), weight), bias);
  }

  /** Normalisation by the root of the mean square; weight is [cols]. */
  public static DoubleTensor rmsNorm(DoubleTensor x, DoubleTensor weight, double eps) {
    return mul(div(x, root(mean(Unary.square(x)), eps)), weight);
  }

  /**
   * Group normalisation.
   *
   * @param x [samples, channels, elements]
   * @param groups into which the channels are put
   */
  public static DoubleTensor groupNorm(
      DoubleTensor x, DoubleTensor weight, DoubleTensor bias, int groups, double eps) {
    TensorLayout layout = x.layout();
    long share = layout.dim(1) / groups * layout.dim(2);
    DoubleTensor rows = Matrices.reshape(x, TensorLayout.of(layout.dim(0), groups, share));
    return perChannel(Matrices.reshape(normalised(rows, eps), layout), weight, bias);
  }

  /**
   * Batch normalisation with the statistics of the batch.
   *
   * @param x [samples, channels, elements]
   */
  public static DoubleTensor batchNorm(
      DoubleTensor x, DoubleTensor weight, DoubleTensor bias, double eps) {
    DoubleTensor byChannel = Indexing.permute(x, 1, 0, 2);
    TensorLayout layout = byChannel.layout();
    long share = layout.dim(1) * layout.dim(2);
    DoubleTensor rows = Matrices.reshape(byChannel, TensorLayout.of(layout.dim(0), share));
    DoubleTensor normal = Matrices.reshape(normalised(rows, eps), layout);
    return perChannel(Indexing.permute(normal, 1, 0, 2), weight, bias);
  }

  /**
   * Batch normalisation with statistics that are given.
   *
   * @param x [samples, channels, elements]
   * @param mean [channels]
   * @param variance [channels]
   */
  public static DoubleTensor batchNormInference(
      DoubleTensor x,
      DoubleTensor weight,
      DoubleTensor bias,
      DoubleTensor mean,
      DoubleTensor variance,
      double eps) {
    DoubleTensor centred = sub(x, column(mean));
    return perChannel(div(centred, root(column(variance), eps)), weight, bias);
  }

  private static DoubleTensor normalised(DoubleTensor x, double eps) {
    DoubleTensor centred = sub(x, mean(x));
    return div(centred, root(mean(Unary.square(centred)), eps));
  }

  private static DoubleTensor mean(DoubleTensor x) {
    return scale(Reductions.sumTo(x, Rows.ones(x)), 1.0 / Rows.cols(x));
  }

  private static DoubleTensor root(DoubleTensor x, double eps) {
    return Unary.sqrt(add(x, x.graph().filled(x.layout(), eps)));
  }

  private static DoubleTensor perChannel(DoubleTensor x, DoubleTensor weight, DoubleTensor bias) {
    return add(mul(x, column(weight)), column(bias));
  }

  private static DoubleTensor column(DoubleTensor channels) {
    return Matrices.reshape(channels, TensorLayout.of(channels.layout().elements(), 1));
  }
}
