package dev.lanewise.autograd.rows;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.ops.norm.LayerNorm;
import dev.lanewise.ops.norm.ResidualLayerNorm;
import dev.lanewise.ops.norm.ResidualRmsNorm;
import dev.lanewise.ops.norm.RmsNorm;
import dev.lanewise.ops.unary.Copy;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * Normalisations of rows, the last dimension, with a gain and a bias for each column.
 *
 * <pre>
 * op                  y                                     dx, in place of dy
 * layerNorm           (x - mean) rstd weight + bias         rstd (d - mean(d) - xh mean(d xh))
 * rmsNorm             x rstd weight                         rstd (d - xh mean(d xh))
 * residualLayerNorm   sum = x + residual, then layerNorm    the same, to both
 * residualRmsNorm     sum = x + residual, then rmsNorm      the same, to both
 * </pre>
 *
 * <p>with {@code d = weight dy} and {@code xh} the normalised row; {@code dWeight} is the sum of
 * {@code dy xh} over the rows, {@code dBias} that of {@code dy}.
 */
public final class NormOps {
  /**
   * What a residual connection with a normalisation behind it gives.
   *
   * @param sum {@code x + residual}, for the next connection
   * @param y its normalisation
   */
  public record Residual(Tensor sum, Tensor y) {}

  private NormOps() {}

  /**
   * Layer normalisation.
   *
   * @param weight [cols]
   * @param bias [cols]
   * @param eps added to the variance, not negative
   */
  public static Tensor layerNorm(Tape tape, Tensor x, Tensor weight, Tensor bias, float eps) {
    long cols = columns("layerNorm", x, weight);
    Rows.requireVector("layerNorm", "bias", bias, "columns", cols);
    long rows = Rows.count(x);
    Tensor y = tape.output(x.layout(), x, weight, bias);
    MemorySegment mean = tape.allocateFloats(rows);
    MemorySegment rstd = tape.allocateFloats(rows);
    MemorySegment xData = x.data();
    MemorySegment weightData = weight.data();
    MemorySegment biasData = bias.data();
    MemorySegment yData = y.data();
    reduce(
        tape,
        rows * cols,
        workers ->
            LayerNorm.forward(
                xData, weightData, biasData, yData, mean, rstd, rows, cols, eps, workers));
    recordLayerNorm(tape, x, weight, bias, y, mean, rstd, rows, cols);
    return y;
  }

  private static void recordLayerNorm(
      Tape tape,
      Tensor x,
      Tensor weight,
      Tensor bias,
      Tensor y,
      MemorySegment mean,
      MemorySegment rstd,
      long rows,
      long cols) {
    if (!y.requiresGrad()) {
      return;
    }
    MemorySegment xs = x.keep();
    MemorySegment ws = weight.keep();
    tape.record(
        "layerNorm",
        y,
        dy -> {
          if (weight.requiresGrad() || bias.requiresGrad()) {
            long partials = LayerNorm.blocks(rows) * cols;
            MemorySegment dWeight = Rows.zeros(tape, cols);
            MemorySegment dBias = Rows.zeros(tape, cols);
            MemorySegment dWeights = tape.allocateFloats(partials);
            MemorySegment dBiases = tape.allocateFloats(partials);
            reduce(
                tape,
                rows * cols,
                workers ->
                    LayerNorm.backward(
                        xs, ws, mean, rstd, dy, dy, dWeights, dBiases, dWeight, dBias, rows, cols,
                        workers));
            tape.addGradient(weight, dWeight);
            tape.addGradient(bias, dBias);
          } else {
            reduce(
                tape,
                rows * cols,
                workers ->
                    LayerNorm.backwardInput(xs, ws, mean, rstd, dy, dy, rows, cols, workers));
          }
          tape.addGradient(x, dy);
        });
  }

  /**
   * Normalisation by the root of the mean square.
   *
   * @param weight [cols]
   * @param eps added to the mean square, not negative
   */
  public static Tensor rmsNorm(Tape tape, Tensor x, Tensor weight, float eps) {
    long cols = columns("rmsNorm", x, weight);
    long rows = Rows.count(x);
    Tensor y = tape.output(x.layout(), x, weight);
    MemorySegment rstd = tape.allocateFloats(rows);
    MemorySegment xData = x.data();
    MemorySegment weightData = weight.data();
    MemorySegment yData = y.data();
    reduce(
        tape,
        rows * cols,
        workers -> RmsNorm.forward(xData, weightData, yData, rstd, rows, cols, eps, workers));
    recordRmsNorm(tape, x, weight, y, rstd, rows, cols);
    return y;
  }

  private static void recordRmsNorm(
      Tape tape, Tensor x, Tensor weight, Tensor y, MemorySegment rstd, long rows, long cols) {
    if (!y.requiresGrad()) {
      return;
    }
    MemorySegment xs = x.keep();
    MemorySegment ws = weight.keep();
    tape.record(
        "rmsNorm",
        y,
        dy -> {
          if (weight.requiresGrad()) {
            MemorySegment dWeight = Rows.zeros(tape, cols);
            MemorySegment dWeights = tape.allocateFloats(RmsNorm.blocks(rows) * cols);
            reduce(
                tape,
                rows * cols,
                workers ->
                    RmsNorm.backward(xs, ws, rstd, dy, dy, dWeights, dWeight, rows, cols, workers));
            tape.addGradient(weight, dWeight);
          } else {
            reduce(
                tape,
                rows * cols,
                workers -> RmsNorm.backwardInput(xs, ws, rstd, dy, dy, rows, cols, workers));
          }
          tape.addGradient(x, dy);
        });
  }

  /**
   * A residual connection and the layer normalisation behind it, in one pass forward.
   *
   * @param residual of the shape of {@code x}
   * @param weight [cols]
   * @param bias [cols]
   * @param eps added to the variance, not negative
   */
  public static Residual residualLayerNorm(
      Tape tape, Tensor x, Tensor residual, Tensor weight, Tensor bias, float eps) {
    long cols = columns("residualLayerNorm", x, weight);
    Rows.requireVector("residualLayerNorm", "bias", bias, "columns", cols);
    requireSameShape("residualLayerNorm", x, residual);
    long rows = Rows.count(x);
    Tensor sum = tape.output(x.layout(), x, residual);
    MemorySegment xs = x.data();
    MemorySegment rs = residual.data();
    MemorySegment ws = weight.data();
    MemorySegment bs = bias.data();
    MemorySegment sums = sum.data();
    MemorySegment ys = tape.allocateFloats(rows * cols);
    MemorySegment mean = tape.allocateFloats(rows);
    MemorySegment rstd = tape.allocateFloats(rows);
    reduce(
        tape,
        rows * cols,
        workers ->
            ResidualLayerNorm.forward(
                xs, rs, ws, bs, sums, ys, mean, rstd, rows, cols, eps, workers));
    Tensor y = tape.outputOver(x.layout(), ys, sum, weight, bias);
    recordSum(tape, x, residual, sum);
    recordLayerNorm(tape, sum, weight, bias, y, mean, rstd, rows, cols);
    return new Residual(sum, y);
  }

  /**
   * A residual connection and the normalisation by the root of the mean square behind it, in one
   * pass forward.
   *
   * @param residual of the shape of {@code x}
   * @param weight [cols]
   * @param eps added to the mean square, not negative
   */
  public static Residual residualRmsNorm(
      Tape tape, Tensor x, Tensor residual, Tensor weight, float eps) {
    long cols = columns("residualRmsNorm", x, weight);
    requireSameShape("residualRmsNorm", x, residual);
    long rows = Rows.count(x);
    Tensor sum = tape.output(x.layout(), x, residual);
    MemorySegment xs = x.data();
    MemorySegment rs = residual.data();
    MemorySegment ws = weight.data();
    MemorySegment sums = sum.data();
    MemorySegment ys = tape.allocateFloats(rows * cols);
    MemorySegment rstd = tape.allocateFloats(rows);
    reduce(
        tape,
        rows * cols,
        workers -> ResidualRmsNorm.forward(xs, rs, ws, sums, ys, rstd, rows, cols, eps, workers));
    Tensor y = tape.outputOver(x.layout(), ys, sum, weight);
    recordSum(tape, x, residual, sum);
    recordRmsNorm(tape, sum, weight, y, rstd, rows, cols);
    return new Residual(sum, y);
  }

  /** The cotangent of the sum goes to both addends; the gradient of one must be its own memory. */
  private static void recordSum(Tape tape, Tensor x, Tensor residual, Tensor sum) {
    if (sum.requiresGrad()) {
      tape.record(
          "residual",
          sum,
          dSum -> {
            if (x.requiresGrad() && residual.requiresGrad()) {
              long n = x.layout().elements();
              MemorySegment dx = tape.allocateFloats(n);
              tape.compute(
                  Meter.Family.ELEMENTWISE, 0, workers -> Copy.forward(dSum, dx, n, workers));
              tape.addGradient(x, dx);
            } else {
              tape.addGradient(x, dSum);
            }
            tape.addGradient(residual, dSum);
          });
    }
  }

  private static void reduce(Tape tape, long elements, Consumer<Workers> computation) {
    tape.compute(Meter.Family.REDUCTION, elements, computation);
  }

  private static long columns(String op, Tensor x, Tensor weight) {
    long cols = Rows.cols(op, "x", x);
    Rows.requireVector(op, "weight", weight, "columns", cols);
    return cols;
  }

  private static void requireSameShape(String op, Tensor x, Tensor residual) {
    if (!x.layout().equals(residual.layout())) {
      throw new IllegalArgumentException(
          op
              + ": x is "
              + x.layout()
              + ", residual is "
              + residual.layout()
              + ": both need the same shape");
    }
  }
}
