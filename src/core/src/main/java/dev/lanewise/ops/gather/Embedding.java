package dev.lanewise.ops.gather;

import dev.lanewise.operand.Ranges;
import dev.lanewise.ops.call.Call;
import dev.lanewise.ops.call.Grain;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * Rows of a table by index: {@code y[r, :] = table[indices[r], :]}, and the gradient of the table.
 *
 * <p>Forward copies bits, NaN too; backward adds as IEEE 754 has it. No rows or an empty dimension:
 * nothing is done. The caller has checked that each index is a row of the table; an index outside
 * is an {@code IndexOutOfBoundsException} where it leaves the segment.
 *
 * <p>On native segments, on one thread or several: the same bits, and nothing is allocated.
 * Arguments are checked before the first element is written: an {@link IllegalArgumentException}
 * names both sides of what does not fit.
 */
public final class Embedding {
  private static final Call.Kernel FORWARD =
      (c, begin, end) ->
          dev.lanewise.kernel.gather.Embedding.forward(c.at(0), c.at(1), c.at(2), begin, end, c.n0);

  private static final Call.Kernel BACKWARD =
      (c, begin, end) ->
          dev.lanewise.kernel.gather.Embedding.backward(
              c.at(0), c.at(1), c.at(2), c.n0, c.n1, begin, end);

  static {
    VectorModule.require();
  }

  private Embedding() {}

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void forward(
      MemorySegment table,
      MemorySegment indices,
      MemorySegment y,
      long rows,
      long tableRows,
      long dim) {
    forward(table, indices, y, rows, tableRows, dim, Workers.shared());
  }

  /**
   * {@code y[r] = table[indices[r]]}.
   *
   * @param table read: rows of {@code dim} elements; must not overlap {@code y}
   * @param indices read: one int32 per row of {@code y}, each in {@code [0, tableRows)}
   * @param y overwritten: rows of {@code dim} elements
   * @param rows rows of {@code y}
   * @param tableRows rows of the table
   * @param dim elements of a row
   * @param workers the threads it is split over where that pays
   */
  public static void forward(
      MemorySegment table,
      MemorySegment indices,
      MemorySegment y,
      long rows,
      long tableRows,
      long dim,
      Workers workers) {
    Ranges.checkRows(rows, dim);
    Ranges.checkRows(tableRows, dim);
    Call call =
        Call.borrow()
            .read("table", table, tableRows * dim)
            .read("indices", indices, rows)
            .write("y", y, rows * dim);
    Ranges.checkIndices("indices", indices, rows, tableRows);
    call.n0 = dim;
    call.run(FORWARD, rows, Grain.rows(Grain.ARITHMETIC, dim), workers);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void backward(
      MemorySegment indices,
      MemorySegment dy,
      MemorySegment dTable,
      long rows,
      long tableRows,
      long dim) {
    backward(indices, dy, dTable, rows, tableRows, dim, Workers.shared());
  }

  /**
   * {@code dTable[indices[r]] += dy[r]}, in order of r.
   *
   * @param indices read: one int32 per row of {@code dy}, each in {@code [0, tableRows)}
   * @param dy read: {@code rows} rows of {@code dim} elements; must not overlap {@code dTable}
   * @param dTable accumulated into: rows of {@code dim} elements
   * @param rows rows of {@code dy}
   * @param tableRows rows of the table
   * @param dim elements of a row
   * @param workers the threads it is split over where that pays
   */
  public static void backward(
      MemorySegment indices,
      MemorySegment dy,
      MemorySegment dTable,
      long rows,
      long tableRows,
      long dim,
      Workers workers) {
    Ranges.checkRows(rows, dim);
    Ranges.checkRows(tableRows, dim);
    Call call =
        Call.borrow()
            .read("indices", indices, rows)
            .read("dy", dy, rows * dim)
            .write("dTable", dTable, tableRows * dim);
    Ranges.checkIndices("indices", indices, rows, tableRows);
    call.n0 = rows;
    call.n1 = dim;
    call.run(BACKWARD, tableRows, Math.max(1, Math.ceilDiv(tableRows, workers.threads())), workers);
  }
}
