package dev.lanewise.autograd;

import dev.lanewise.autograd.engine.Indices;
import dev.lanewise.kernel.gather.Embedding;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.unary.Fill;
import dev.lanewise.parallel.Workers;
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
    Indices.checkSize("index", indices, count);
    boolean needsGradient = tape.use(table);

    Tensor y = tape.result(TensorLayout.of(count, dim), needsGradient);
    MemorySegment tableData = table.data();
    MemorySegment ys = y.data();
    Workers.Task gather =
        (begin, end) -> Embedding.forward(tableData, indices, ys, begin, end, dim);
    long grain = tape.rowGrain(dim);
    tape.compute(
        Meter.Family.INDEX,
        y.layout().elements(),
        workers -> {
          Indices.checkBounds("index", indices, count, tableRows);
          workers.run(count, grain, gather);
        });

    if (needsGradient) {
      tape.record("embedding", y, dy -> scatterAdd(tape, indices, dy, table, count));
    }
    return y;
  }

  private static void scatterAdd(
      Tape tape, MemorySegment indices, MemorySegment dy, Tensor table, long count) {
    long tableRows = table.layout().dim(0);
    long dim = table.layout().dim(1);
    long n = table.layout().elements();
    boolean first = tape.openGradient(table) == 0f;
    MemorySegment dTable = Tape.gradientOf(table);
    // Each range of table rows walks all indices, so there are no more ranges than threads.
    long grain = Math.max(1, Math.ceilDiv(tableRows, tape.workers().threads()));
    Workers.Task scatter =
        (begin, end) -> Embedding.backward(indices, dy, dTable, count, dim, begin, end);
    tape.compute(
        Meter.Family.INDEX,
        Math.multiplyExact(count, dim),
        workers -> {
          if (first) {
            Fill.fill(dTable, n, 0f, workers);
          }
          workers.run(tableRows, grain, scatter);
        });
  }
}
