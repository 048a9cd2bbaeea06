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
 * Root-mean-square normalisation of rows (B. Zhang, R. Sennrich: Root Mean Square Layer
 * Normalization, 2019, section 4): with {@code xh = x rstd}, {@code rstd = 1 / sqrt(mean(x^2) +
 * eps)}, {@code y = xh weight}. The gradients, with {@code d = weight dy}: {@code dx = rstd (d - xh
 * mean(d xh))}, {@code dWeight = sum over rows of dy xh}.
 *
 * <p>A NaN makes its row NaN, and no other; in the gradient of the weight it stays in its column.
 * An infinity, or a square that is more than the largest float, makes {@code rstd} 0: the finite
 * elements of the row become 0, the infinite ones NaN. No rows: nothing is done.
 *
 * <p>The sums along a row run over 32 virtual lanes, element i in lane {@code i % 32} in order of
 * i, folded as {@code j + (j + 16)}, then 8, 4, 2, 1; the last {@code cols % 32} elements are
 * summed on their own, in order, and added at the end. The gradient of the weight is a sum over
 * blocks of {@code RowBlocks.ROWS} rows, each in order of the rows, which the caller adds by {@code
 * ColumnSum}. Nothing depends on the width or on the split.
 *
 * <p>Error, u = 2^-24, {@code N = cols / 32 + 31 + 5}: {@code |y - y'| <= (N / 2 + 4) u |y|},
 * {@code |dx - dx'| <= (N + 8) u rstd (|d| + 2 |xh| mean|d xh|) + (N / 2 + 4) u |dx|}, and in each
 * block {@code |dWeight - dWeight'| <= (N / 2 + ROWS + 4) u sum of |dy xh|}.
 *
 * <p>On arrays and on native segments, on one thread or several: the same bits, and nothing is
 * allocated. Arguments are checked before the first element is written: an {@link
 * IllegalArgumentException} names both sides of what does not fit.
 */
public final class RmsNorm {
  private static final Call.Kernel FORWARD =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.segments.RmsNorm.forward(
              c.at(0), c.at(1), c.at(2), c.at(3), (float) c.p0, begin, end, c.n0);

  private static final Call.Kernel FORWARD_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.arrays.RmsNorm.forward(
              c.array(0),
              c.offset(0),
              c.array(1),
              c.offset(1),
              c.array(2),
              c.offset(2),
              c.array(3),
              c.offset(3),
              (float) c.p0,
              begin,
              end,
              c.n0);

  private static final Call.Kernel BACKWARD =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.segments.RmsNorm.backward(
              c.at(0), c.at(1), c.at(2), c.at(3), c.at(4), c.at(5), c.n0, c.n1, begin, end);

  private static final Call.Kernel BACKWARD_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.arrays.RmsNorm.backward(
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
              c.n0,
              c.n1,
              begin,
              end);

  private static final Call.Kernel BACKWARD_INPUT =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.segments.RmsNorm.backwardInput(
              c.at(0), c.at(1), c.at(2), c.at(3), c.at(4), begin, end, c.n0);

  private static final Call.Kernel BACKWARD_INPUT_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.arrays.RmsNorm.backwardInput(
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
              begin,
              end,
              c.n0);

  static {
    VectorModule.require();
  }

  private RmsNorm() {}

  /** Blocks of rows over which the backward pass sums the gradients of the parameters. */
  public static long blocks(long rows) {
    return RowBlocks.count(rows);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void forward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment y,
      MemorySegment rstd,
      long rows,
      long cols,
      float eps) {
    forward(x, weight, y, rstd, rows, cols, eps, Workers.shared());
  }

  /**
   * {@code y = x rstd weight}.
   *
   * @param x read: rows of {@code cols} elements
   * @param weight read: {@code cols} elements
   * @param y overwritten: rows of {@code cols} elements; may be {@code x} itself
   * @param rstd overwritten: one element per row, for the backward pass
   * @param rows rows in all
   * @param cols elements of a row, from 1 to 2^31 - 1
   * @param eps added to the mean square, not negative
   * @param workers the threads it is split over where that pays
   */
  public static void forward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment y,
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
            .write("y", y, rows * cols, "x")
            .write("rstd", rstd, rows);
    call.n0 = cols;
    call.p0 = eps;
    call.run(FORWARD, rows, Grain.rows(Grain.ELEMENTARY, cols), workers);
  }

  /** The same on arrays, over the shared workers. */
  public static void forward(
      float[] x, float[] weight, float[] y, float[] rstd, int rows, int cols, float eps) {
    forward(x, 0, weight, 0, y, 0, rstd, 0, rows, cols, eps, Workers.shared());
  }

  /** The same on ranges of arrays, each from an offset on. */
  public static void forward(
      float[] x,
      int xOffset,
      float[] weight,
      int weightOffset,
      float[] y,
      int yOffset,
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
            .write("y", y, yOffset, (long) rows * cols, "x")
            .write("rstd", rstd, rstdOffset, rows);
    call.n0 = cols;
    call.p0 = eps;
    call.run(FORWARD_ARRAYS, rows, Grain.rows(Grain.ELEMENTARY, cols), workers);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void backward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dWeights,
      MemorySegment dWeight,
      long rows,
      long cols) {
    backward(x, weight, rstd, dy, dx, dWeights, dWeight, rows, cols, Workers.shared());
  }

  /**
   * The gradients of {@code forward}: {@code dx} is overwritten, those of the parameters are added
   * to.
   *
   * @param x read: the input of the forward pass, rows of {@code cols} elements
   * @param weight read: {@code cols} elements
   * @param rstd read: that of the forward pass
   * @param dy read: rows of {@code cols} elements
   * @param dx overwritten: rows of {@code cols} elements; may be {@code dy} or {@code x} itself
   * @param dWeights scratch: one row of {@code cols} elements for each of the {@code blocks}
   * @param dWeight accumulated into: {@code cols} elements
   * @param rows rows in all
   * @param cols elements of a row, from 1 to 2^31 - 1
   * @param workers the threads it is split over where that pays
   */
  public static void backward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dWeights,
      MemorySegment dWeight,
      long rows,
      long cols,
      Workers workers) {
    Ranges.checkRows(rows, cols);
    Ranges.requireColumns(rows, cols);
    Call call =
        Call.borrow()
            .read("x", x, rows * cols)
            .read("weight", weight, cols)
            .read("rstd", rstd, rows)
            .read("dy", dy, rows * cols)
            .write("dx", dx, rows * cols, "x", "dy")
            .write("dWeights", dWeights, RowBlocks.count(rows) * cols)
            .write("dWeight", dWeight, cols);
    call.n0 = rows;
    call.n1 = cols;
    call.run(
        BACKWARD,
        RowBlocks.count(rows),
        Grain.rows(Grain.ELEMENTARY, RowBlocks.ROWS * cols),
        workers);
    ColumnSum.accumulate(dWeights, dWeight, RowBlocks.count(rows), cols, workers);
  }

  /** The same on arrays, over the shared workers. */
  public static void backward(
      float[] x,
      float[] weight,
      float[] rstd,
      float[] dy,
      float[] dx,
      float[] dWeights,
      float[] dWeight,
      int rows,
      int cols) {
    backward(
        x,
        0,
        weight,
        0,
        rstd,
        0,
        dy,
        0,
        dx,
        0,
        dWeights,
        0,
        dWeight,
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
      float[] rstd,
      int rstdOffset,
      float[] dy,
      int dyOffset,
      float[] dx,
      int dxOffset,
      float[] dWeights,
      int dWeightsOffset,
      float[] dWeight,
      int dWeightOffset,
      int rows,
      int cols,
      Workers workers) {
    Ranges.checkRows(rows, cols);
    Ranges.requireColumns(rows, cols);
    Call call =
        Call.borrow()
            .read("x", x, xOffset, (long) rows * cols)
            .read("weight", weight, weightOffset, cols)
            .read("rstd", rstd, rstdOffset, rows)
            .read("dy", dy, dyOffset, (long) rows * cols)
            .write("dx", dx, dxOffset, (long) rows * cols, "x", "dy")
            .write("dWeights", dWeights, dWeightsOffset, RowBlocks.count(rows) * cols)
            .write("dWeight", dWeight, dWeightOffset, cols);
    call.n0 = rows;
    call.n1 = cols;
    call.run(
        BACKWARD_ARRAYS,
        RowBlocks.count(rows),
        Grain.rows(Grain.ELEMENTARY, (long) RowBlocks.ROWS * cols),
        workers);
    int blocks = Math.toIntExact(RowBlocks.count(rows));
    ColumnSum.accumulate(dWeights, dWeightsOffset, dWeight, dWeightOffset, blocks, cols, workers);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void backwardInput(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dx,
      long rows,
      long cols) {
    backwardInput(x, weight, rstd, dy, dx, rows, cols, Workers.shared());
  }

  /**
   * {@code dx} alone, where the parameters need no gradient.
   *
   * @param x read: the input of the forward pass, rows of {@code cols} elements
   * @param weight read: {@code cols} elements
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
            .read("rstd", rstd, rows)
            .read("dy", dy, rows * cols)
            .write("dx", dx, rows * cols, "x", "dy");
    call.n0 = cols;
    call.run(BACKWARD_INPUT, rows, Grain.rows(Grain.ELEMENTARY, cols), workers);
  }

  /** The same on arrays, over the shared workers. */
  public static void backwardInput(
      float[] x, float[] weight, float[] rstd, float[] dy, float[] dx, int rows, int cols) {
    backwardInput(x, 0, weight, 0, rstd, 0, dy, 0, dx, 0, rows, cols, Workers.shared());
  }

  /** The same on ranges of arrays, each from an offset on. */
  public static void backwardInput(
      float[] x,
      int xOffset,
      float[] weight,
      int weightOffset,
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
            .read("rstd", rstd, rstdOffset, rows)
            .read("dy", dy, dyOffset, (long) rows * cols)
            .write("dx", dx, dxOffset, (long) rows * cols, "x", "dy");
    call.n0 = cols;
    call.run(BACKWARD_INPUT_ARRAYS, rows, Grain.rows(Grain.ELEMENTARY, cols), workers);
  }
}
