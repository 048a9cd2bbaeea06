package dev.lanewise.ops.gather;

import dev.lanewise.operand.Ranges;
import dev.lanewise.ops.call.Call;
import dev.lanewise.ops.call.Grain;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * Columns copied from one matrix into another: {@code y[r, to + j] = x[r, from + j]} for j below
 * {@code width}. Called once per part it concatenates matrices along their columns, or splits one;
 * each is the gradient of the other.
 *
 * <p>Copies bits, NaN too. No rows or a width of 0: nothing is done.
 *
 * <p>On native segments, on one thread or several: the same bits, and nothing is allocated.
 * Arguments are checked before the first element is written: an {@link IllegalArgumentException}
 * names both sides of what does not fit.
 */
public final class ColumnSlice {
  private static final Call.Kernel COPY =
      (c, begin, end) ->
          dev.lanewise.kernel.gather.ColumnSlice.copy(
              c.at(0), c.n0, c.n1, c.at(1), c.n2, c.n3, c.n4, begin, end);

  static {
    VectorModule.require();
  }

  private ColumnSlice() {}

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void copy(
      MemorySegment x,
      MemorySegment y,
      long rows,
      long xCols,
      long from,
      long yCols,
      long to,
      long width) {
    copy(x, y, rows, xCols, from, yCols, to, width, Workers.shared());
  }

  /**
   * {@code y[r, to + j] = x[r, from + j]} for j below {@code width}.
   *
   * @param x read: rows of {@code xCols} elements; must not overlap {@code y}
   * @param y overwritten in the slice alone: rows of {@code yCols} elements
   * @param rows rows of both
   * @param xCols columns of {@code x}
   * @param from first column that is read
   * @param yCols columns of {@code y}
   * @param to first column that is written
   * @param width columns of the slice
   * @param workers the threads it is split over where that pays
   */
  public static void copy(
      MemorySegment x,
      MemorySegment y,
      long rows,
      long xCols,
      long from,
      long yCols,
      long to,
      long width,
      Workers workers) {
    Ranges.checkRows(rows, xCols);
    Ranges.checkRows(rows, yCols);
    Ranges.checkColumns("x", xCols, from, width);
    Ranges.checkColumns("y", yCols, to, width);
    Call call = Call.borrow().read("x", x, rows * xCols).write("y", y, rows * yCols);
    call.n0 = xCols;
    call.n1 = from;
    call.n2 = yCols;
    call.n3 = to;
    call.n4 = width;
    call.run(COPY, rows, Grain.rows(Grain.ARITHMETIC, width), workers);
  }
}
