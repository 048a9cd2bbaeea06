package dev.lanewise.autograd.conv;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.norm.ChannelNorm;
import dev.lanewise.ops.unary.Fill;
import java.lang.foreign.MemorySegment;

/**
 * Normalisations of images whose channels lie together, x [samples, ..., channels]; formulas, bits
 * and bounds are those of {@link ChannelNorm}. For planes of their own for each channel there is
 * {@code PlaneNormOps}.
 *
 * <pre>
 * op                   y                                   dx, in place of dy, xh the normalised value, d = weight dy
 * batchNorm            (x - mean) rstd weight + bias       rstd (d - mean(d) - xh mean(d xh)) over a channel of all samples
 * groupNorm            the same                            the same over a group of channels of a sample
 * batchNormInference   the same, with running statistics   rstd d
 * </pre>
 *
 * <p>Each takes a rectifier along, which costs no pass of its own: {@code y = max(y, 0)}, and dy is
 * 0 where it has cut off.
 */
public final class ImageNormOps {
  private ImageNormOps() {}

  /** The sizes of a normalisation, which {@link ChannelNorm} gives their meaning. */
  private record Sizes(
      long sets, long rows, long channels, long groups, float eps, boolean rectified) {
    long elements() {
      return sets * rows * channels;
    }

    MemorySegment scratch(Tape tape) {
      return tape.allocateFloats(ChannelNorm.scratchElements(sets, rows, channels));
    }

    MemorySegment coefficients(Tape tape) {
      return tape.allocateFloats(ChannelNorm.coefficientElements(sets, channels));
    }
  }

  /**
   * Batch normalisation in training, with the statistics of the batch, which the running ones take
   * in.
   *
   * @param x [samples, ..., channels], at least one sample
   * @param weight [channels]
   * @param bias [channels]
   * @param runningMean native, one float per channel, changed
   * @param runningVariance native, one float per channel, changed
   * @param momentum share of this batch in the running statistics, from 0 to 1
   * @param eps added to the variance, not negative
   * @param rectified whether what is less than 0 becomes 0
   */
  public static Tensor batchNorm(
      Tape tape,
      Tensor x,
      Tensor weight,
      Tensor bias,
      MemorySegment runningMean,
      MemorySegment runningVariance,
      float momentum,
      float eps,
      boolean rectified) {
    long channels = channels("batchNorm", x, weight, bias);
    long rows = Math.multiplyExact(x.layout().dim(0), pixels("batchNorm", x));
    requireRows("batchNorm", x, rows);
    Sizes sizes = new Sizes(1, rows, channels, channels, eps, rectified);
    MemorySegment mean = tape.allocateFloats(channels);
    MemorySegment variance = tape.allocateFloats(channels);
    Tensor y = normalised("batchNorm", tape, x, weight, bias, mean, variance, sizes);
    tape.compute(
        Meter.Family.REDUCTION,
        channels,
        workers ->
            ChannelNorm.updateRunning(
                mean, variance, runningMean, runningVariance, rows, channels, momentum, workers));
    return y;
  }

  /**
   * Group normalisation.
   *
   * @param x [samples, ..., channels]
   * @param weight [channels]
   * @param bias [channels]
   * @param groups into which the channels are put, at least 1
   * @param eps added to the variance, not negative
   * @param rectified whether what is less than 0 becomes 0
   */
  public static Tensor groupNorm(
      Tape tape, Tensor x, Tensor weight, Tensor bias, long groups, float eps, boolean rectified) {
    long channels = channels("groupNorm", x, weight, bias);
    long samples = x.layout().dim(0);
    Sizes sizes = new Sizes(samples, pixels("groupNorm", x), channels, groups, eps, rectified);
    long statistics = Math.multiplyExact(samples, Math.max(0, groups));
    MemorySegment mean = tape.allocateFloats(statistics);
    MemorySegment variance = tape.allocateFloats(statistics);
    return normalised("groupNorm", tape, x, weight, bias, mean, variance, sizes);
  }

  private static Tensor normalised(
      String op,
      Tape tape,
      Tensor x,
      Tensor weight,
      Tensor bias,
      MemorySegment mean,
      MemorySegment variance,
      Sizes sizes) {
    Tensor y = tape.output(x.layout(), x, weight, bias);
    MemorySegment coefficients = sizes.coefficients(tape);
    MemorySegment scratch = sizes.scratch(tape);
    MemorySegment xs = x.data();
    MemorySegment ws = weight.data();
    MemorySegment bs = bias.data();
    MemorySegment ys = y.data();
    tape.compute(
        Meter.Family.REDUCTION,
        sizes.elements(),
        workers ->
            ChannelNorm.forward(
                xs,
                ws,
                bs,
                ys,
                mean,
                variance,
                coefficients,
                scratch,
                sizes.sets,
                sizes.rows,
                sizes.channels,
                sizes.groups,
                sizes.eps,
                sizes.rectified,
                workers));
    record(op, tape, y, x, weight, bias, variance, coefficients, sizes, false);
    return y;
  }

  /**
   * Batch normalisation in use, with the running statistics, which no gradient reaches.
   *
   * @param x [samples, ..., channels], at least one sample
   * @param weight [channels]
   * @param bias [channels]
   * @param runningMean native, one float per channel, only read
   * @param runningVariance native, one float per channel, only read
   * @param eps added to the variance, not negative
   * @param rectified whether what is less than 0 becomes 0
   */
  public static Tensor batchNormInference(
      Tape tape,
      Tensor x,
      Tensor weight,
      Tensor bias,
      MemorySegment runningMean,
      MemorySegment runningVariance,
      float eps,
      boolean rectified) {
    String op = "batchNormInference";
    long channels = channels(op, x, weight, bias);
    long rows = Math.multiplyExact(x.layout().dim(0), pixels(op, x));
    requireRows(op, x, rows);
    Sizes sizes = new Sizes(1, rows, channels, channels, eps, rectified);
    Tensor y = tape.output(x.layout(), x, weight, bias);
    MemorySegment coefficients = sizes.coefficients(tape);
    MemorySegment xs = x.data();
    MemorySegment ws = weight.data();
    MemorySegment bs = bias.data();
    MemorySegment ys = y.data();
    tape.compute(
        Meter.Family.ELEMENTWISE,
        sizes.elements(),
        workers ->
            ChannelNorm.infer(
                xs,
                ws,
                bs,
                runningMean,
                runningVariance,
                ys,
                coefficients,
                rows,
                channels,
                eps,
                rectified,
                workers));
    record(op, tape, y, x, weight, bias, runningVariance, coefficients, sizes, true);
    return y;
  }

  private static void record(
      String op,
      Tape tape,
      Tensor y,
      Tensor x,
      Tensor weight,
      Tensor bias,
      MemorySegment variance,
      MemorySegment coefficients,
      Sizes sizes,
      boolean given) {
    if (!y.requiresGrad()) {
      return;
    }
    MemorySegment xs = x.keep();
    MemorySegment ws = weight.keep();
    tape.record(
        op,
        y,
        dy -> {
          MemorySegment dWeight = tape.allocateFloats(sizes.channels);
          MemorySegment dBias = tape.allocateFloats(sizes.channels);
          MemorySegment scratch = sizes.scratch(tape);
          tape.compute(
              Meter.Family.REDUCTION,
              sizes.elements(),
              workers -> {
                Fill.fill(dWeight, sizes.channels, 0f, workers);
                Fill.fill(dBias, sizes.channels, 0f, workers);
                ChannelNorm.backward(
                    xs,
                    ws,
                    variance,
                    dy,
                    dy,
                    coefficients,
                    scratch,
                    dWeight,
                    dBias,
                    sizes.sets,
                    sizes.rows,
                    sizes.channels,
                    sizes.groups,
                    sizes.eps,
                    sizes.rectified,
                    given,
                    workers);
              });
          tape.addGradient(weight, dWeight);
          tape.addGradient(bias, dBias);
          tape.addGradient(x, dy);
        });
  }

  private static long channels(String op, Tensor x, Tensor weight, Tensor bias) {
    TensorLayout layout = x.layout();
    if (layout.rank() < 2) {
      throw new IllegalArgumentException(
          op + ": x is " + layout + ": [samples, ..., channels] is wanted");
    }
    long channels = layout.dim(layout.rank() - 1);
    requireVector(op, "weight", weight, channels);
    requireVector(op, "bias", bias, channels);
    return channels;
  }

  private static void requireVector(String op, String name, Tensor vector, long channels) {
    if (vector.layout().rank() != 1 || vector.layout().dim(0) != channels) {
      throw new IllegalArgumentException(
          op
              + ": "
              + name
              + " is "
              + vector.layout()
              + ": one element for each of the "
              + channels
              + " channels is wanted");
    }
  }

  /** The product of the dimensions between samples and channels. */
  private static long pixels(String op, Tensor x) {
    long pixels = 1;
    for (int i = 1; i < x.layout().rank() - 1; i++) {
      pixels = Math.multiplyExact(pixels, x.layout().dim(i));
    }
    requireRows(op, x, pixels);
    return pixels;
  }

  private static void requireRows(String op, Tensor x, long rows) {
    if (rows == 0) {
      throw new IllegalArgumentException(
          op + ": x is " + x.layout() + ": at least one row of channels is wanted");
    }
  }
}
