package dev.lanewise.ops.norm;

import dev.lanewise.kernel.loop.RowBlocks;
import dev.lanewise.operand.Ranges;
import dev.lanewise.ops.call.Call;
import dev.lanewise.ops.call.Grain;
import dev.lanewise.ops.reduce.ColumnSum;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * A residual connection and the layer normalisation behind it: {@code sum = x + residual}, {@code y
 * = LayerNorm(sum)}, in one pass over memory; backward {@code d(x) = d(residual) = dSum + dx of
 * LayerNorm}.
 *
 * <p>Specials, order of the sums and error are those of {@code LayerNorm} on {@code sum}, which is
 * the rounded sum of two floats; the gradient has one rounding more.
 *
 * <p>On arrays and on native segments, on one thread or several: the same bits, and nothing is
 * allocated. Arguments are checked before the first element is written: an {@link
 * IllegalArgumentException} names both sides of what does not fit.
 */
public final class ResidualLayerNorm {
  private static final Call.Kernel FORWARD =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.segments.ResidualLayerNorm.forward(
              c.at(0),
              c.at(1),
              c.at(4),
              c.at(2),
              c.at(3),
              c.at(5),
              c.at(6),
              c.at(7),
              (float) c.p0,
              begin,
              end,
              c.n0);

  private static final Call.Kernel FORWARD_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.arrays.ResidualLayerNorm.forward(
              c.array(0),
              c.offset(0),
              c.array(1),
              c.offset(1),
              c.array(4),
              c.offset(4),
              c.array(2),
              c.offset(2),
              c.array(3),
              c.offset(3),
              c.array(5),
              c.offset(5),
              c.array(6),
              c.offset(6),
              c.array(7),
              c.offset(7),
              (float) c.p0,
              begin,
              end,
              c.n0);

  private static final Call.Kernel BACKWARD =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.segments.ResidualLayerNorm.backward(
              c.at(0), c.at(1), c.at(2), c.at(3), c.at(4), c.at(5), c.at(6), c.at(7), c.at(8), c.n0,
              c.n1, begin, end);

  private static final Call.Kernel BACKWARD_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.arrays.ResidualLayerNorm.backward(
              c.array(0),
              c.offset(0),
              c.array(1),
              c.offset(1),
              c.array(2),
              c.offset(2),
              c.array(3),
              c.offset(3),
              c.array(4),
              c.offset(4),
              c.array(5),
              c.offset(5),
              c.array(6),
              c.offset(6),
              c.array(7),
              c.offset(7),
              c.array(8),
              c.offset(8),
              c.n0,
              c.n1,
              begin,
              end);

  private static final Call.Kernel BACKWARD_INPUT =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.segments.ResidualLayerNorm.backwardInput(
              c.at(0), c.at(1), c.at(2), c.at(3), c.at(4), c.at(5), c.at(6), begin, end, c.n0);

  private static final Call.Kernel BACKWARD_INPUT_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.arrays.ResidualLayerNorm.backwardInput(
              c.array(0),
              c.offset(0),
              c.array(1),
              c.offset(1),
              c.array(2),
              c.offset(2),
              c.array(3),
              c.offset(3),
              c.array(4),
              c.offset(4),
              c.array(5),
              c.offset(5),
              c.array(6),
              c.offset(6),
              begin,
              end,
              c.n0);

  static {
    VectorModule.require();
  }

  private ResidualLayerNorm() {}

  /** Blocks of rows over which the backward pass sums the gradients of the parameters. */
  public static long blocks(long rows) {
    return RowBlocks.count(rows);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void forward(
      MemorySegment x,
      MemorySegment residual,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment sum,
      MemorySegment y,
      MemorySegment mean,
      MemorySegment rstd,
      long rows,
      long cols,
      float eps) {
    forward(x, residual, weight, bias, sum, y, mean, rstd, rows, cols, eps, Workers.shared());
  }

  /**
   * {@code sum = x + residual}, {@code y = (sum - mean) rstd weight + bias}.
   *
   * @param x read: rows of {@code cols} elements
   * @param residual read: rows of {@code cols} elements
   * @param weight read: {@code cols} elements
   * @param bias read: {@code cols} elements
   * @param sum overwritten: rows of {@code cols} elements; may be {@code x} or {@code residual}
   *     itself
   * @param y overwritten: rows of {@code cols} elements; must not overlap {@code sum}
   * @param mean overwritten: one element per row, for the backward pass
   * @param rstd overwritten: one element per row, for the backward pass
   * @param rows rows in all
   * @param cols elements of a row, from 1 to 2^31 - 1
   * @param eps added to the variance, not negative
   * @param workers the threads it is split over where that pays
   */
  public static void forward(
      MemorySegment x,
      MemorySegment residual,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment sum,
      MemorySegment y,
      MemorySegment mean,
      MemorySegment rstd,
      long rows,
      long cols,
      float eps,
      Workers workers) {
    Ranges.checkRows(rows, cols);
    Ranges.requireColumns(rows, cols);
    Ranges.requireNotNegative("eps", eps);
    Call call =
        Call.borrow()
            .read("x", x, rows * cols)
            .read("residual", residual, rows * cols)
            .read("weight", weight, cols)
            .read("bias", bias, cols)
            .write("sum", sum, rows * cols, "x", "residual")
            .write("y", y, rows * cols)
            .write("mean", mean, rows)
            .write("rstd", rstd, rows);
    call.n0 = cols;
    call.p0 = eps;
    call.run(FORWARD, rows, Grain.rows(Grain.ELEMENTARY, cols), workers);
  }

  /** The same on arrays, over the shared workers. */
  public static void forward(
      float[] x,
      float[] residual,
      float[] weight,
      float[] bias,
      float[] sum,
      float[] y,
      float[] mean,
      float[] rstd,
      int rows,
      int cols,
      float eps) {
    forward(
        x,
        0,
        residual,
        0,
        weight,
        0,
        bias,
        0,
        sum,
        0,
        y,
        0,
        mean,
        0,
        rstd,
        0,
        rows,
        cols,
        eps,
        Workers.shared());
  }

  /** The same on ranges of arrays, each from an offset on. */
  public static void forward(
      float[] x,
      int xOffset,
      float[] residual,
      int residualOffset,
      float[] weight,
      int weightOffset,
      float[] bias,
      int biasOffset,
      float[] sum,
      int sumOffset,
      float[] y,
      int yOffset,
      float[] mean,
      int meanOffset,
      float[] rstd,
      int rstdOffset,
      int rows,
      int cols,
      float eps,
      Workers workers) {
    Ranges.checkRows(rows, cols);
    Ranges.requireColumns(rows, cols);
    Ranges.requireNotNegative("eps", eps);
    Call call =
        Call.borrow()
            .read("x", x, xOffset, (long) rows * cols)
            .read("residual", residual, residualOffset, (long) rows * cols)
            .read("weight", weight, weightOffset, cols)
            .read("bias", bias, biasOffset, cols)
            .write("sum", sum, sumOffset, (long) rows * cols, "x", "residual")
            .write("y", y, yOffset, (long) rows * cols)
            .write("mean", mean, meanOffset, rows)
            .write("rstd", rstd, rstdOffset, rows);
    call.n0 = cols;
    call.p0 = eps;
    call.run(FORWARD_ARRAYS, rows, Grain.rows(Grain.ELEMENTARY, cols), workers);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void backward(
      MemorySegment sum,
      MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dSum,
      MemorySegment dx,
      MemorySegment dWeights,
      MemorySegment dBiases,
      MemorySegment dWeight,
      MemorySegment dBias,
      long rows,
      long cols) {
    backward(
        sum,
        weight,
        mean,
        rstd,
        dy,
        dSum,
        dx,
        dWeights,
        dBiases,
        dWeight,
        dBias,
        rows,
        cols,
        Workers.shared());
  }

  /**
   * The gradients of {@code forward}: {@code dx} is overwritten, those of the parameters are added
   * to.
   *
   * @param sum read: that of the forward pass, rows of {@code cols} elements
   * @param weight read: {@code cols} elements
   * @param mean read: that of the forward pass
   * @param rstd read: that of the forward pass
   * @param dy read: rows of {@code cols} elements
   * @param dSum read: the cotangent of {@code sum}, rows of {@code cols} elements
   * @param dx overwritten by the gradient of both addends: rows of {@code cols} elements; may be
   *     {@code dSum}, {@code dy} or {@code sum} itself
   * @param dWeights scratch: one row of {@code cols} elements for each of the {@code blocks}
   * @param dBiases scratch: as {@code dWeights}
   * @param dWeight accumulated into: {@code cols} elements
   * @param dBias accumulated into: {@code cols} elements
   * @param rows rows in all
   * @param cols elements of a row, from 1 to 2^31 - 1
   * @param workers the threads it is split over where that pays
   */
  public static void backward(
      MemorySegment sum,
      MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dSum,
      MemorySegment dx,
      MemorySegment dWeights,
      MemorySegment dBiases,
      MemorySegment dWeight,
      MemorySegment dBias,
      long rows,
      long cols,
      Workers workers) {
    Ranges.checkRows(rows, cols);
    Ranges.requireColumns(rows, cols);
    Call call =
        Call.borrow()
            .read("sum", sum, rows * cols)
            .read("weight", weight, cols)
            .read("mean", mean, rows)
            .read("rstd", rstd, rows)
            .read("dy", dy, rows * cols)
            .read("dSum", dSum, rows * cols)
            .write("dx", dx, rows * cols, "sum", "dy", "dSum")
            .write("dWeights", dWeights, RowBlocks.count(rows) * cols)
            .write("dBiases", dBiases, RowBlocks.count(rows) * cols)
            .write("dWeight", dWeight, cols)
            .write("dBias", dBias, cols);
    call.n0 = rows;
    call.n1 = cols;
    call.run(
        BACKWARD,
        RowBlocks.count(rows),
        Grain.rows(Grain.ELEMENTARY, RowBlocks.ROWS * cols),
        workers);
    ColumnSum.accumulate(dWeights, dWeight, RowBlocks.count(rows), cols, workers);
    ColumnSum.accumulate(dBiases, dBias, RowBlocks.count(rows), cols, workers);
  }

  /** The same on arrays, over the shared workers. */
  public static void backward(
      float[] sum,
      float[] weight,
      float[] mean,
      float[] rstd,
      float[] dy,
      float[] dSum,
      float[] dx,
      float[] dWeights,
      float[] dBiases,
      float[] dWeight,
      float[] dBias,
      int rows,
      int cols) {
    backward(
        sum,
        0,
        weight,
        0,
        mean,
        0,
        rstd,
        0,
        dy,
        0,
        dSum,
        0,
        dx,
        0,
        dWeights,
        0,
        dBiases,
        0,
        dWeight,
        0,
        dBias,
        0,
        rows,
        cols,
        Workers.shared());
  }

  /** The same on ranges of arrays, each from an offset on. */
  public static void backward(
      float[] sum,
      int sumOffset,
      float[] weight,
      int weightOffset,
      float[] mean,
      int meanOffset,
      float[] rstd,
      int rstdOffset,
      float[] dy,
      int dyOffset,
      float[] dSum,
      int dSumOffset,
      float[] dx,
      int dxOffset,
      float[] dWeights,
      int dWeightsOffset,
      float[] dBiases,
      int dBiasesOffset,
      float[] dWeight,
      int dWeightOffset,
      float[] dBias,
      int dBiasOffset,
      int rows,
      int cols,
      Workers workers) {
    Ranges.checkRows(rows, cols);
    Ranges.requireColumns(rows, cols);
    Call call =
        Call.borrow()
            .read("sum", sum, sumOffset, (long) rows * cols)
            .read("weight", weight, weightOffset, cols)
            .read("mean", mean, meanOffset, rows)
            .read("rstd", rstd, rstdOffset, rows)
            .read("dy", dy, dyOffset, (long) rows * cols)
            .read("dSum", dSum, dSumOffset, (long) rows * cols)
            .write("dx", dx, dxOffset, (long) rows * cols, "sum", "dy", "dSum")
            .write("dWeights", dWeights, dWeightsOffset, RowBlocks.count(rows) * cols)
            .write("dBiases", dBiases, dBiasesOffset, RowBlocks.count(rows) * cols)
            .write("dWeight", dWeight, dWeightOffset, cols)
            .write("dBias", dBias, dBiasOffset, cols);
    call.n0 = rows;
    call.n1 = cols;
    call.run(
        BACKWARD_ARRAYS,
        RowBlocks.count(rows),
        Grain.rows(Grain.ELEMENTARY, (long) RowBlocks.ROWS * cols),
        workers);
    int blocks = Math.toIntExact(RowBlocks.count(rows));
    ColumnSum.accumulate(dWeights, dWeightsOffset, dWeight, dWeightOffset, blocks, cols, workers);
    ColumnSum.accumulate(dBiases, dBiasesOffset, dBias, dBiasOffset, blocks, cols, workers);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void backwardInput(
      MemorySegment sum,
      MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dSum,
      MemorySegment dx,
      long rows,
      long cols) {
    backwardInput(sum, weight, mean, rstd, dy, dSum, dx, rows, cols, Workers.shared());
  }

  /**
   * {@code dx} alone, where the parameters need no gradient.
   *
   * @param sum read: that of the forward pass, rows of {@code cols} elements
   * @param weight read: {@code cols} elements
   * @param mean read: that of the forward pass
   * @param rstd read: that of the forward pass
   * @param dy read: rows of {@code cols} elements
   * @param dSum read: the cotangent of {@code sum}, rows of {@code cols} elements
   * @param dx overwritten: rows of {@code cols} elements; may be {@code dSum}, {@code dy} or {@code
   *     sum} itself
   * @param rows rows in all
   * @param cols elements of a row, from 1 to 2^31 - 1
   * @param workers the threads it is split over where that pays
   */
  public static void backwardInput(
      MemorySegment sum,
      MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dSum,
      MemorySegment dx,
      long rows,
      long cols,
      Workers workers) {
    Ranges.checkRows(rows, cols);
    Ranges.requireColumns(rows, cols);
    Call call =
        Call.borrow()
            .read("sum", sum, rows * cols)
            .read("weight", weight, cols)
            .read("mean", mean, rows)
            .read("rstd", rstd, rows)
            .read("dy", dy, rows * cols)
            .read("dSum", dSum, rows * cols)
            .write("dx", dx, rows * cols, "sum", "dy", "dSum");
    call.n0 = cols;
    call.run(BACKWARD_INPUT, rows, Grain.rows(Grain.ELEMENTARY, cols), workers);
  }

  /** The same on arrays, over the shared workers. */
  public static void backwardInput(
      float[] sum,
      float[] weight,
      float[] mean,
      float[] rstd,
      float[] dy,
      float[] dSum,
      float[] dx,
      int rows,
      int cols) {
    backwardInput(
        sum, 0, weight, 0, mean, 0, rstd, 0, dy, 0, dSum, 0, dx, 0, rows, cols, Workers.shared());
  }

  /** The same on ranges of arrays, each from an offset on. */
  public static void backwardInput(
      float[] sum,
      int sumOffset,
      float[] weight,
      int weightOffset,
      float[] mean,
      int meanOffset,
      float[] rstd,
      int rstdOffset,
      float[] dy,
      int dyOffset,
      float[] dSum,
      int dSumOffset,
      float[] dx,
      int dxOffset,
      int rows,
      int cols,
      Workers workers) {
    Ranges.checkRows(rows, cols);
    Ranges.requireColumns(rows, cols);
    Call call =
        Call.borrow()
            .read("sum", sum, sumOffset, (long) rows * cols)
            .read("weight", weight, weightOffset, cols)
            .read("mean", mean, meanOffset, rows)
            .read("rstd", rstd, rstdOffset, rows)
            .read("dy", dy, dyOffset, (long) rows * cols)
            .read("dSum", dSum, dSumOffset, (long) rows * cols)
            .write("dx", dx, dxOffset, (long) rows * cols, "sum", "dy", "dSum");
    call.n0 = cols;
    call.run(BACKWARD_INPUT_ARRAYS, rows, Grain.rows(Grain.ELEMENTARY, cols), workers);
  }
}
