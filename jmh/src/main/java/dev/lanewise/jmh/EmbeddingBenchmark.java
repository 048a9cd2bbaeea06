package dev.lanewise.jmh;

import static dev.lanewise.jmh.Operands.at;
import static dev.lanewise.jmh.Operands.set;

import dev.lanewise.kernel.gather.Embedding;
import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Rows of a table of bytes' embeddings: gathered, and their gradients added back. */
public class EmbeddingBenchmark extends KernelBenchmark {
  private static final int VOCABULARY = 256;

  @Param public Footprint footprint;

  @Param({"64", "61"})
  public int dim;

  private int rows;
  private Slab slab;
  private MemorySegment table;
  private MemorySegment dTable;
  private MemorySegment indices;
  private MemorySegment y;

  @Setup
  public void setUp() {
    rows = footprint.floats(1) / dim;
    slab = Slab.open("embedding", 5L * (rows + 2 * VOCABULARY) * dim);
    table = slab.allocateFloats((long) VOCABULARY * dim);
    dTable = slab.allocateFloats((long) VOCABULARY * dim);
    indices = slab.allocateInts(rows);
    y = slab.allocateFloats((long) rows * dim);
    Operands.randomise(table, 1);
    Operands.randomiseInts(indices, VOCABULARY, 2);
    Embedding.forward(table, indices, y, 0, rows, dim);
    for (int r = 0; r < rows; r++) {
      long from = (long) Operands.indexAt(indices, r) * dim;
      Operands.require("row " + r, at(table, from), at(y, (long) r * dim), 0);
      Operands.require("row " + r, at(table, from + dim - 1), at(y, (long) r * dim + dim - 1), 0);
    }
    double[] expected = new double[VOCABULARY];
    int[] counts = new int[VOCABULARY];
    for (int r = 0; r < rows; r++) {
      expected[Operands.indexAt(indices, r)] += at(y, (long) r * dim);
      counts[Operands.indexAt(indices, r)]++;
    }
    Embedding.backward(indices, y, dTable, rows, dim, 0, VOCABULARY);
    for (int token = 0; token < VOCABULARY; token++) {
      double tolerance = 1e-7 * counts[token] * (Math.abs(expected[token]) + 1);
      Operands.require(
          "the gradient of " + token, expected[token], at(dTable, (long) token * dim), tolerance);
    }
  }

  @TearDown
  public void close() {
    slab.close();
  }

  @Benchmark
  public MemorySegment forward(Traffic traffic) {
    Embedding.forward(table, indices, y, 0, rows, dim);
    traffic.bytes += 2L * Float.BYTES * rows * dim;
    return y;
  }

  @Benchmark
  public MemorySegment forwardScalar(Traffic traffic) {
    for (int r = 0; r < rows; r++) {
      long from = (long) Operands.indexAt(indices, r) * dim;
      for (int d = 0; d < dim; d++) {
        set(y, (long) r * dim + d, at(table, from + d));
      }
    }
    traffic.bytes += 2L * Float.BYTES * rows * dim;
    return y;
  }

  /** Each row of dy is read once, the row of the table that it goes to read and written. */
  @Benchmark
  public MemorySegment backward(Traffic traffic) {
    Embedding.backward(indices, y, dTable, rows, dim, 0, VOCABULARY);
    traffic.bytes += 3L * Float.BYTES * rows * dim;
    return dTable;
  }

  @Benchmark
  public MemorySegment backwardScalar(Traffic traffic) {
    for (int r = 0; r < rows; r++) {
      long to = (long) Operands.indexAt(indices, r) * dim;
      for (int d = 0; d < dim; d++) {
        set(dTable, to + d, at(dTable, to + d) + at(y, (long) r * dim + d));
      }
    }
    traffic.bytes += 3L * Float.BYTES * rows * dim;
    return dTable;
  }
}
