package dev.lanewise.ops.fused;

import dev.lanewise.kernel.loop.RowBlocks;
import dev.lanewise.operand.Ranges;
import dev.lanewise.ops.call.Call;
import dev.lanewise.ops.call.Grain;
import dev.lanewise.ops.reduce.ColumnSum;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * A bias and GELU in its tanh form: {@code y = gelu(x + bias)}, each row of x plus the bias; the
 * gradients are {@code dx = dy gelu'(x + bias)} and {@code dBias = sum over rows of dx}. The sum x
 * + bias is not stored.
 *
 * <p>Bits: {@code x + bias} is rounded once, what follows has those of {@link
 * dev.lanewise.kernel.activation.segments.Gelu}, values beyond |x + bias| = 8 and NaN included.
 * dBias is summed over blocks of {@code RowBlocks.ROWS} rows, each in order of the rows, which the
 * caller adds by {@code ColumnSum}. Nothing depends on the width or on the split. Error: that of
 * Gelu at the rounded sum; {@code |dBias - dBias'| <= ROWS u sum of |dx|} in each block, u = 2^-24,
 * apart from the errors of dx.
 *
 * <p>No rows or no columns: nothing is done.
 *
 * <p>On native segments, on one thread or several: the same bits, and nothing is allocated.
 * Arguments are checked before the first element is written: an {@link IllegalArgumentException}
 * names both sides of what does not fit.
 */
public final class BiasGelu {
  private static final Call.Kernel FORWARD =
      (c, begin, end) ->
          dev.lanewise.kernel.fused.BiasGelu.forward(c.at(0), c.at(1), c.at(2), begin, end, c.n0);

  private static final Call.Kernel BACKWARD =
      (c, begin, end) ->
          dev.lanewise.kernel.fused.BiasGelu.backward(
              c.at(0), c.at(1), c.at(2), c.at(3), c.at(4), c.n0, c.n1, begin, end);

  static {
    VectorModule.require();
  }

  private BiasGelu() {}

  /** Blocks of rows over which the backward pass sums the gradients of the parameters. */
  public static long blocks(long rows) {
    return RowBlocks.count(rows);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void forward(
      MemorySegment x, MemorySegment bias, MemorySegment y, long rows, long cols) {
    forward(x, bias, y, rows, cols, Workers.shared());
  }

  /**
   * {@code y = gelu(x + bias)}.
   *
   * @param x read: rows of {@code cols} elements
   * @param bias read: {@code cols} elements
   * @param y overwritten: rows of {@code cols} elements; may be {@code x} itself
   * @param rows rows in all
   * @param cols elements of a row, less than 2^31
   * @param workers the threads it is split over where that pays
   */
  public static void forward(
      MemorySegment x, MemorySegment bias, MemorySegment y, long rows, long cols, Workers workers) {
    Ranges.checkRows(rows, cols);
    Call call =
        Call.borrow()
            .read("x", x, rows * cols)
            .read("bias", bias, cols)
            .write("y", y, rows * cols, "x");
    call.n0 = cols;
    call.run(FORWARD, rows, Grain.rows(Grain.ELEMENTARY, cols), workers);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void backward(
      MemorySegment x,
      MemorySegment bias,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dBiases,
      MemorySegment dBias,
      long rows,
      long cols) {
    backward(x, bias, dy, dx, dBiases, dBias, rows, cols, Workers.shared());
  }

  /**
   * {@code dx = dy gelu'(x + bias)}, which is overwritten, and the sums of its columns, which are
   * added to {@code dBias}.
   *
   * @param x read: the input of the forward pass, {@code rows} rows of {@code cols} elements
   * @param bias read: {@code cols} elements
   * @param dy read: as {@code x}
   * @param dx overwritten: as {@code x}; may be {@code dy} or {@code x} itself
   * @param dBiases scratch: one row of {@code cols} elements for each of the {@code blocks}
   * @param dBias accumulated into: {@code cols} elements
   * @param rows rows in all
   * @param cols elements of a row, from 1 to 2^31 - 1
   * @param workers the threads it is split over where that pays
   */
  public static void backward(
      MemorySegment x,
      MemorySegment bias,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dBiases,
      MemorySegment dBias,
      long rows,
      long cols,
      Workers workers) {
    Ranges.checkRows(rows, cols);
    Call call =
        Call.borrow()
            .read("x", x, rows * cols)
            .read("bias", bias, cols)
            .read("dy", dy, rows * cols)
            .write("dx", dx, rows * cols, "x", "dy")
            .write("dBiases", dBiases, RowBlocks.count(rows) * cols)
            .write("dBias", dBias, cols);
    call.n0 = rows;
    call.n1 = cols;
    call.run(
        BACKWARD,
        RowBlocks.count(rows),
        Grain.rows(Grain.ELEMENTARY, RowBlocks.ROWS * cols),
        workers);
    ColumnSum.accumulate(dBiases, dBias, RowBlocks.count(rows), cols, workers);
  }
}
