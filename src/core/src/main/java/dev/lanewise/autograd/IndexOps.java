package dev.lanewise.autograd;

import dev.lanewise.kernel.gather.Embedding;
import dev.lanewise.kernel.unary.segments.Fill;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;

/**
 * Gather and scatter-add.
 *
 * <pre>
 * op          y                             dTable
 * embedding   y[r] = table[indices[r]]      dTable[indices[r]] += dy[r], in order of r
 * </pre>
 */
public final class IndexOps {
  private IndexOps() {}

  /**
   * Rows of a table by index.
   *
   * @param table [rows, dim]
   * @param indices native int32, each in {@code [0, rows)}; not to be changed before backward
   * @param count how many of them, from the first on
   * @return [count, dim]
   */
  public static Tensor embedding(Tape tape, Tensor table, MemorySegment indices, long count) {
    TensorLayout shape = table.layout();
    if (shape.rank() != 2) {
      throw new IllegalArgumentException(
          "embedding: table is "
              + shape
              + ", of rank "
              + shape.rank()
              + ": a table of [rows, dim] is wanted");
    }
    long tableRows = shape.dim(0);
    long dim = shape.dim(1);
    if (dim > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "embedding: the rows of the table, which is "
              + shape
              + ", are past "
              + Integer.MAX_VALUE
              + " elements: split it");
    }
    Indices.check("index", indices, count, tableRows);
    boolean needsGradient = tape.use(table);

    Tensor y = tape.result(TensorLayout.of(count, dim), needsGradient);
    MemorySegment tableData = table.data();
    MemorySegment ys = y.data();
    long started = tape.startClock();
    tape.rows(
        count, dim, (begin, end) -> Embedding.forward(tableData, indices, ys, begin, end, dim));
    tape.stopClock(Meter.Family.INDEX, started, y.layout().elements());

    if (needsGradient) {
      tape.record(y, dy -> scatterAdd(tape, indices, dy, table, count));
    }
    return y;
  }

  private static void scatterAdd(
      Tape tape, MemorySegment indices, MemorySegment dy, Tensor table, long count) {
    long started = tape.startClock();
    long tableRows = table.layout().dim(0);
    long dim = table.layout().dim(1);
    boolean first = tape.openGradient(table) == 0f;
    MemorySegment dTable = Tape.gradientOf(table);
    if (first) {
      tape.elementwise(
          table.layout().elements(), (begin, end) -> Fill.fill(0f, dTable, begin, end));
    }
    // Each range of table rows walks all indices, so there are no more ranges than threads.
    long grain = Math.max(1, Math.ceilDiv(tableRows, tape.workers().threads()));
    tape.workers()
        .run(
            tableRows,
            grain,
            (begin, end) -> Embedding.backward(indices, dy, dTable, count, dim, begin, end));
    tape.stopClock(Meter.Family.INDEX, started, Math.multiplyExact(count, dim));
  }
}
