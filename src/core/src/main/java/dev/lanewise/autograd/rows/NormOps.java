package dev.lanewise.autograd.rows;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.ops.norm.LayerNorm;
import dev.lanewise.ops.norm.ResidualLayerNorm;
import dev.lanewise.ops.norm.ResidualRmsNorm;
import dev.lanewise.ops.norm.RmsNorm;
import java.lang.foreign.MemorySegment;

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
    long started = tape.startClock();
    LayerNorm.forward(
        x.data(),
        weight.data(),
        bias.data(),
        y.data(),
        mean,
        rstd,
        rows,
        cols,
        eps,
        tape.workers());
    tape.stopClock(Meter.Family.REDUCTION, started, rows * cols);
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
        y,
        dy -> {
          long started = tape.startClock();
          if (weight.requiresGrad() || bias.requiresGrad()) {
            long partials = LayerNorm.blocks(rows) * cols;
            MemorySegment dWeight = Rows.zeros(tape, cols);
            MemorySegment dBias = Rows.zeros(tape, cols);
            LayerNorm.backward(
                xs,
                ws,
                mean,
                rstd,
                dy,
                dy,
                tape.allocateFloats(partials),
                tape.allocateFloats(partials),
                dWeight,
                dBias,
                rows,
                cols,
                tape.workers());
            tape.addGradient(weight, dWeight);
            tape.addGradient(bias, dBias);
          } else {
            LayerNorm.backwardInput(xs, ws, mean, rstd, dy, dy, rows, cols, tape.workers());
          }
          tape.stopClock(Meter.Family.REDUCTION, started, rows * cols);
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
    long started = tape.startClock();
    RmsNorm.forward(x.data(), weight.data(), y.data(), rstd, rows, cols, eps, tape.workers());
    tape.stopClock(Meter.Family.REDUCTION, started, rows * cols);
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
        y,
        dy -> {
          long started = tape.startClock();
          if (weight.requiresGrad()) {
            MemorySegment dWeight = Rows.zeros(tape, cols);
            RmsNorm.backward(
                xs,
                ws,
                rstd,
                dy,
                dy,
                tape.allocateFloats(RmsNorm.blocks(rows) * cols),
                dWeight,
                rows,
                cols,
                tape.workers());
            tape.addGradient(weight, dWeight);
          } else {
            RmsNorm.backwardInput(xs, ws, rstd, dy, dy, rows, cols, tape.workers());
          }
          tape.stopClock(Meter.Family.REDUCTION, started, rows * cols);
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
    Tensor y = tape.output(x.layout(), sum, weight, bias);
    MemorySegment mean = tape.allocateFloats(rows);
    MemorySegment rstd = tape.allocateFloats(rows);
    long started = tape.startClock();
    ResidualLayerNorm.forward(
        x.data(),
        residual.data(),
        weight.data(),
        bias.data(),
        sum.data(),
        y.data(),
        mean,
        rstd,
        rows,
        cols,
        eps,
        tape.workers());
    tape.stopClock(Meter.Family.REDUCTION, started, rows * cols);
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
    Tensor y = tape.output(x.layout(), sum, weight);
    MemorySegment rstd = tape.allocateFloats(rows);
    long started = tape.startClock();
    ResidualRmsNorm.forward(
        x.data(),
        residual.data(),
        weight.data(),
        sum.data(),
        y.data(),
        rstd,
        rows,
        cols,
        eps,
        tape.workers());
    tape.stopClock(Meter.Family.REDUCTION, started, rows * cols);
    recordSum(tape, x, residual, sum);
    recordRmsNorm(tape, sum, weight, y, rstd, rows, cols);
    return new Residual(sum, y);
  }

  /** The cotangent of the sum goes to both addends; the gradient of one must be its own memory. */
  private static void recordSum(Tape tape, Tensor x, Tensor residual, Tensor sum) {
    if (sum.requiresGrad()) {
      tape.record(
          sum,
          dSum -> {
            if (x.requiresGrad() && residual.requiresGrad()) {
              tape.addGradient(x, tape.allocateFloats(x.layout().elements()).copyFrom(dSum));
            } else {
              tape.addGradient(x, dSum);
            }
            tape.addGradient(residual, dSum);
          });
    }
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
