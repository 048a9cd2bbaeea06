package dev.lanewise.autograd.rows;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.norm.BatchNorm;
import dev.lanewise.ops.norm.GroupNorm;
import java.lang.foreign.MemorySegment;

/**
 * Normalisations of channels of planes, samples x channels x whatever a plane has.
 *
 * <pre>
 * op          y                               dx, in place of dy, xh the normalised value, d = weight dy
 * groupNorm   (x - mean) rstd weight + bias   rstd (d - mean(d) - xh mean(d xh)) over a group of a sample
 * batchNorm   the same                        the same over a channel of all samples
 * </pre>
 */
public final class PlaneNormOps {
  private PlaneNormOps() {}

  /**
   * Group normalisation.
   *
   * @param x [samples, channels, ...]
   * @param weight [channels]
   * @param bias [channels]
   * @param groups into which the channels are put, at least 1
   * @param eps added to the variance, not negative
   */
  public static Tensor groupNorm(
      Tape tape, Tensor x, Tensor weight, Tensor bias, long groups, float eps) {
    long channels = channels("groupNorm", x, weight, bias);
    long samples = x.layout().dim(0);
    long spatial = spatial("groupNorm", x);
    Tensor y = tape.output(x.layout(), x, weight, bias);
    long statistics = Math.multiplyExact(samples, Math.max(0, groups));
    MemorySegment mean = tape.allocateFloats(statistics);
    MemorySegment rstd = tape.allocateFloats(statistics);
    MemorySegment xs = x.data();
    MemorySegment ws = weight.data();
    MemorySegment biasData = bias.data();
    MemorySegment yData = y.data();
    tape.compute(
        Meter.Family.REDUCTION,
        x.layout().elements(),
        workers ->
            GroupNorm.forward(
                xs, ws, biasData, yData, mean, rstd, samples, channels, spatial, groups, eps,
                workers));
    if (y.requiresGrad()) {
      x.keep();
      weight.keep();
      tape.record(
          "groupNorm",
          y,
          dy -> {
            MemorySegment dWeight = Rows.zeros(tape, channels);
            MemorySegment dBias = Rows.zeros(tape, channels);
            MemorySegment scratch = tape.allocateFloats(samples * channels);
            MemorySegment scratch2 = tape.allocateFloats(samples * channels);
            tape.compute(
                Meter.Family.REDUCTION,
                x.layout().elements(),
                workers ->
                    GroupNorm.backward(
                        xs, ws, mean, rstd, dy, dy, scratch, scratch2, dWeight, dBias, samples,
                        channels, spatial, groups, workers));
            tape.addGradient(weight, dWeight);
            tape.addGradient(bias, dBias);
            tape.addGradient(x, dy);
          });
    }
    return y;
  }

  /**
   * Batch normalisation in training, with the statistics of the batch, which the running ones take
   * in.
   *
   * @param x [samples, channels, ...], at least one sample
   * @param weight [channels]
   * @param bias [channels]
   * @param runningMean native, one float per channel, changed
   * @param runningVariance native, one float per channel, changed
   * @param momentum share of this batch in the running statistics, from 0 to 1
   * @param eps added to the variance, not negative
   */
  public static Tensor batchNorm(
      Tape tape,
      Tensor x,
      Tensor weight,
      Tensor bias,
      MemorySegment runningMean,
      MemorySegment runningVariance,
      float momentum,
      float eps) {
    long channels = channels("batchNorm", x, weight, bias);
    long samples = x.layout().dim(0);
    long spatial = spatial("batchNorm", x);
    Tensor y = tape.output(x.layout(), x, weight, bias);
    MemorySegment mean = tape.allocateFloats(channels);
    MemorySegment rstd = tape.allocateFloats(channels);
    MemorySegment xs = x.data();
    MemorySegment ws = weight.data();
    MemorySegment biasData = bias.data();
    MemorySegment yData = y.data();
    tape.compute(
        Meter.Family.REDUCTION,
        x.layout().elements(),
        workers ->
            BatchNorm.forward(
                xs,
                ws,
                biasData,
                runningMean,
                runningVariance,
                yData,
                mean,
                rstd,
                samples,
                channels,
                spatial,
                momentum,
                eps,
                workers));
    if (y.requiresGrad()) {
      x.keep();
      weight.keep();
      tape.record(
          "batchNorm",
          y,
          dy -> {
            MemorySegment dWeight = Rows.zeros(tape, channels);
            MemorySegment dBias = Rows.zeros(tape, channels);
            tape.compute(
                Meter.Family.REDUCTION,
                x.layout().elements(),
                workers ->
                    BatchNorm.backward(
                        xs, ws, mean, rstd, dy, dy, dWeight, dBias, samples, channels, spatial,
                        workers));
            tape.addGradient(weight, dWeight);
            tape.addGradient(bias, dBias);
            tape.addGradient(x, dy);
          });
    }
    return y;
  }

  /**
   * Batch normalisation in use, with the running statistics. Its gradient reaches {@code x} alone:
   * {@code dx = dy weight / sqrt(runningVariance + eps)}.
   *
   * @param x [samples, channels, ...], at least one sample
   * @param weight [channels], a constant or on a tape without gradients
   * @param bias [channels], the same
   * @param runningMean native, one float per channel, only read
   * @param runningVariance native, one float per channel, only read
   * @param eps added to the variance, not negative
   */
  public static Tensor batchNormInference(
      Tape tape,
      Tensor x,
      Tensor weight,
      Tensor bias,
      MemorySegment runningMean,
      MemorySegment runningVariance,
      float eps) {
    long channels = channels("batchNormInference", x, weight, bias);
    long samples = x.layout().dim(0);
    long spatial = spatial("batchNormInference", x);
    Tensor y = tape.output(x.layout(), x, weight, bias);
    if (y.requiresGrad() && (weight.requiresGrad() || bias.requiresGrad())) {
      throw new IllegalArgumentException(
          "batchNormInference: weight or bias of "
              + weight.layout()
              + " requires a gradient: train with batchNorm, or use Tape.noGrad");
    }
    MemorySegment ws = weight.data();
    MemorySegment xData = x.data();
    MemorySegment biasData = bias.data();
    MemorySegment yData = y.data();
    tape.compute(
        Meter.Family.REDUCTION,
        x.layout().elements(),
        workers ->
            BatchNorm.infer(
                xData,
                ws,
                biasData,
                runningMean,
                runningVariance,
                yData,
                samples,
                channels,
                spatial,
                eps,
                workers));
    if (y.requiresGrad()) {
      weight.keep();
      tape.record(
          "batchNormInference",
          y,
          dy -> {
            // The map is affine: its linear part is itself, with a mean and a bias of 0.
            MemorySegment zeros = Rows.zeros(tape, channels);
            tape.compute(
                Meter.Family.REDUCTION,
                x.layout().elements(),
                workers ->
                    BatchNorm.infer(
                        dy,
                        ws,
                        zeros,
                        zeros,
                        runningVariance,
                        dy,
                        samples,
                        channels,
                        spatial,
                        eps,
                        workers));
            tape.addGradient(x, dy);
          });
    }
    return y;
  }

  private static long channels(String op, Tensor x, Tensor weight, Tensor bias) {
    TensorLayout layout = x.layout();
    if (layout.rank() < 2) {
      throw new IllegalArgumentException(
          op + ": x is " + layout + ": samples x channels x planes are wanted");
    }
    Rows.requireVector(op, "weight", weight, "channels", layout.dim(1));
    Rows.requireVector(op, "bias", bias, "channels", layout.dim(1));
    return layout.dim(1);
  }

  private static long spatial(String op, Tensor x) {
    long spatial = 1;
    for (int i = 2; i < x.layout().rank(); i++) {
      spatial = Math.multiplyExact(spatial, x.layout().dim(i));
    }
    if (spatial == 0) {
      throw new IllegalArgumentException(
          op + ": x is " + x.layout() + ": a plane needs at least one element");
    }
    return spatial;
  }
}
