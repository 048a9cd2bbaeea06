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
 * Layer normalisation of rows (J. L. Ba, J. R. Kiros, G. E. Hinton: Layer Normalization, 2016):
 * with {@code xh = (x - mean) rstd}, {@code rstd = 1 / sqrt(variance + eps)}, mean and biased
 * variance of the row as {@code RowVariance} has them, {@code y = xh weight + bias}. The gradients,
 * with {@code d = weight dy}: {@code dx = rstd (d - mean(d) - xh mean(d xh))}, {@code dWeight = sum
 * over rows of dy xh}, {@code dBias = sum over rows of dy}.
 *
 * <p>A NaN or an infinity makes its row NaN, and no other; in the gradients of weight and bias it
 * stays in its column. Where a square of a distance from the mean is more than the largest float,
 * {@code rstd} is 0 and {@code y = bias}. No rows: nothing is done.
 *
 * <p>Sums along a row run over 32 virtual lanes as {@code RowVariance} has it. The gradients of the
 * parameters are sums over blocks of {@code RowBlocks.ROWS} rows, each in order of the rows, which
 * the caller adds by {@code ColumnSum}. Nothing depends on the width or on the split.
 *
 * <p>Error, u = 2^-24, {@code N = cols / 32 + 31 + 5}: with {@code delta = (N + 2) u mean of |x -
 * x[0]|}, the error of the mean, {@code |y - y'| <= |weight| rstd delta (1 + xh^2 rstd delta) + (N
 * / 2 + 8) u |weight xh| + u |y|}; y has no term {@code u |mean| rstd}, since the mean is
 * subtracted as a float and its rest. The backward pass subtracts the saved float alone. With
 * {@code q = (N / 2 + 4) u |xh| + rstd (delta + u |mean|)}, a bound of the error of its {@code xh},
 * {@code |dx - dx'| <= rstd ((N + 8) u (|d| + mean|d| + |xh| mean|d xh|) + q mean|d xh| + |xh|
 * mean(|d| q)) + (N / 2 + 4) u |dx|}; {@code |dWeight - dWeight'| <= sum of |dy| q + (ROWS + 2) u
 * sum of |dy xh|} and {@code |dBias - dBias'| <= ROWS u sum of |dy|} in each block.
 *
 * <p>On arrays and on native segments, on one thread or several: the same bits, and nothing is
 * allocated. Arguments are checked before the first element is written: an {@link
 * IllegalArgumentException} names both sides of what does not fit.
 */
public final class LayerNorm {
  private static final Call.Kernel FORWARD =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.segments.LayerNorm.forward(
              c.at(0), c.at(1), c.at(2), c.at(3), c.at(4), c.at(5), (float) c.p0, begin, end, c.n0);

  private static final Call.Kernel FORWARD_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.arrays.LayerNorm.forward(
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
              (float) c.p0,
              begin,
              end,
              c.n0);

  private static final Call.Kernel BACKWARD =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.segments.LayerNorm.backward(
              c.at(0), c.at(1), c.at(2), c.at(3), c.at(4), c.at(5), c.at(6), c.at(7), c.n0, c.n1,
              begin, end);

  private static final Call.Kernel BACKWARD_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.arrays.LayerNorm.backward(
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
              c.n0,
              c.n1,
              begin,
              end);

  private static final Call.Kernel BACKWARD_INPUT =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.segments.LayerNorm.backwardInput(
              c.at(0), c.at(1), c.at(2), c.at(3), c.at(4), c.at(5), begin, end, c.n0);

  private static final Call.Kernel BACKWARD_INPUT_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.arrays.LayerNorm.backwardInput(
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
              begin,
              end,
              c.n0);

  static {
    VectorModule.require();
  }

  private LayerNorm() {}

  /** Blocks of rows over which the backward pass sums the gradients of the parameters. */
  public static long blocks(long rows) {
    return RowBlocks.count(rows);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void forward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment y,
      MemorySegment mean,
      MemorySegment rstd,
      long rows,
      long cols,
      float eps) {
    forward(x, weight, bias, y, mean, rstd, rows, cols, eps, Workers.shared());
  }

  /**
   * {@code y = (x - mean) rstd weight + bias}.
   *
   * @param x read: rows of {@code cols} elements
   * @param weight read: {@code cols} elements
   * @param bias read: {@code cols} elements
   * @param y overwritten: rows of {@code cols} elements; may be {@code x} itself
   * @param mean overwritten: one element per row, for the backward pass
   * @param rstd overwritten: one element per row, for the backward pass
   * @param rows rows in all
   * @param cols elements of a row, from 1 to 2^31 - 1
   * @param eps added to the variance, not negative
   * @param workers the threads it is split over where that pays
   */
  public static void forward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
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
            .read("weight", weight, cols)
            .read("bias", bias, cols)
            .write("y", y, rows * cols, "x")
            .write("mean", mean, rows)
            .write("rstd", rstd, rows);
    call.n0 = cols;
    call.p0 = eps;
    call.run(FORWARD, rows, Grain.rows(Grain.ELEMENTARY, cols), workers);
  }

  /** The same on arrays, over the shared workers. */
  public static void forward(
      float[] x,
      float[] weight,
      float[] bias,
      float[] y,
      float[] mean,
      float[] rstd,
      int rows,
      int cols,
      float eps) {
    forward(x, 0, weight, 0, bias, 0, y, 0, mean, 0, rstd, 0, rows, cols, eps, Workers.shared());
  }

  /** The same on ranges of arrays, each from an offset on. */
  public static void forward(
      float[] x,
      int xOffset,
      float[] weight,
      int weightOffset,
      float[] bias,
      int biasOffset,
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
            .read("weight", weight, weightOffset, cols)
            .read("bias", bias, biasOffset, cols)
            .write("y", y, yOffset, (long) rows * cols, "x")
            .write("mean", mean, meanOffset, rows)
            .write("rstd", rstd, rstdOffset, rows);
    call.n0 = cols;
    call.p0 = eps;
    call.run(FORWARD_ARRAYS, rows, Grain.rows(Grain.ELEMENTARY, cols), workers);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void backward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dWeights,
      MemorySegment dBiases,
      MemorySegment dWeight,
      MemorySegment dBias,
      long rows,
      long cols) {
    backward(
        x,
        weight,
        mean,
        rstd,
        dy,
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
   * @param x read: the input of the forward pass, rows of {@code cols} elements
   * @param weight read: {@code cols} elements
   * @param mean read: that of the forward pass
   * @param rstd read: that of the forward pass
   * @param dy read: rows of {@code cols} elements
   * @param dx overwritten: rows of {@code cols} elements; may be {@code dy} or {@code x} itself
   * @param dWeights scratch: one row of {@code cols} elements for each of the {@code blocks}
   * @param dBiases scratch: as {@code dWeights}
   * @param dWeight accumulated into: {@code cols} elements
   * @param dBias accumulated into: {@code cols} elements
   * @param rows rows in all
   * @param cols elements of a row, from 1 to 2^31 - 1
   * @param workers the threads it is split over where that pays
   */
  public static void backward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment dy,
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
            .read("x", x, rows * cols)
            .read("weight", weight, cols)
            .read("mean", mean, rows)
            .read("rstd", rstd, rows)
            .read("dy", dy, rows * cols)
            .write("dx", dx, rows * cols, "x", "dy")
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
      float[] x,
      float[] weight,
      float[] mean,
      float[] rstd,
      float[] dy,
      float[] dx,
      float[] dWeights,
      float[] dBiases,
      float[] dWeight,
      float[] dBias,
      int rows,
      int cols) {
    backward(
        x,
        0,
        weight,
        0,
        mean,
        0,
        rstd,
        0,
        dy,
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
      float[] x,
      int xOffset,
      float[] weight,
      int weightOffset,
      float[] mean,
      int meanOffset,
      float[] rstd,
      int rstdOffset,
      float[] dy,
      int dyOffset,
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
            .read("x", x, xOffset, (long) rows * cols)
            .read("weight", weight, weightOffset, cols)
            .read("mean", mean, meanOffset, rows)
            .read("rstd", rstd, rstdOffset, rows)
            .read("dy", dy, dyOffset, (long) rows * cols)
            .write("dx", dx, dxOffset, (long) rows * cols, "x", "dy")
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
      MemorySegment x,
      MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dx,
      long rows,
      long cols) {
    backwardInput(x, weight, mean, rstd, dy, dx, rows, cols, Workers.shared());
  }

  /**
   * {@code dx} alone, where the parameters need no gradient.
   *
   * @param x read: the input of the forward pass, rows of {@code cols} elements
   * @param weight read: {@code cols} elements
   * @param mean read: that of the forward pass
   * @param rstd read: that of the forward pass
   * @param dy read: rows of {@code cols} elements
   * @param dx overwritten: rows of {@code cols} elements; may be {@code dy} or {@code x} itself
   * @param rows rows in all
   * @param cols elements of a row, from 1 to 2^31 - 1
   * @param workers the threads it is split over where that pays
   */
  public static void backwardInput(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dx,
      long rows,
      long cols,
      Workers workers) {
    Ranges.checkRows(rows, cols);
    Ranges.requireColumns(rows, cols);
    Call call =
        Call.borrow()
            .read("x", x, rows * cols)
            .read("weight", weight, cols)
            .read("mean", mean, rows)
            .read("rstd", rstd, rows)
            .read("dy", dy, rows * cols)
            .write("dx", dx, rows * cols, "x", "dy");
    call.n0 = cols;
    call.run(BACKWARD_INPUT, rows, Grain.rows(Grain.ELEMENTARY, cols), workers);
  }

  /** The same on arrays, over the shared workers. */
  public static void backwardInput(
      float[] x,
      float[] weight,
      float[] mean,
      float[] rstd,
      float[] dy,
      float[] dx,
      int rows,
      int cols) {
    backwardInput(x, 0, weight, 0, mean, 0, rstd, 0, dy, 0, dx, 0, rows, cols, Workers.shared());
  }

  /** The same on ranges of arrays, each from an offset on. */
  public static void backwardInput(
      float[] x,
      int xOffset,
      float[] weight,
      int weightOffset,
      float[] mean,
      int meanOffset,
      float[] rstd,
      int rstdOffset,
      float[] dy,
      int dyOffset,
      float[] dx,
      int dxOffset,
      int rows,
      int cols,
      Workers workers) {
    Ranges.checkRows(rows, cols);
    Ranges.requireColumns(rows, cols);
    Call call =
        Call.borrow()
            .read("x", x, xOffset, (long) rows * cols)
            .read("weight", weight, weightOffset, cols)
            .read("mean", mean, meanOffset, rows)
            .read("rstd", rstd, rstdOffset, rows)
            .read("dy", dy, dyOffset, (long) rows * cols)
            .write("dx", dx, dxOffset, (long) rows * cols, "x", "dy");
    call.n0 = cols;
    call.run(BACKWARD_INPUT_ARRAYS, rows, Grain.rows(Grain.ELEMENTARY, cols), workers);
  }
}
