package dev.lanewise.jmh;

import static dev.lanewise.jmh.Operands.at;
import static dev.lanewise.jmh.Operands.set;

import dev.lanewise.kernel.reduce.segments.ColumnSum;
import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** The bias gradient: the sum of all rows, accumulated into one. */
public class ColumnSumBenchmark extends KernelBenchmark {
  @Param public Footprint footprint;

  @Param({"512", "509"})
  public int cols;

  private int rows;
  private Slab slab;
  private MemorySegment dy;
  private MemorySegment db;

  @Setup
  public void setUp() {
    rows = footprint.floats(1) / cols;
    slab = Slab.open("column sum", 5L * rows * cols);
    dy = slab.allocateFloats((long) rows * cols);
    db = slab.allocateFloats(cols);
    Operands.randomise(dy, 1);
    ColumnSum.accumulate(dy, db, rows, cols, 0, cols);
    for (int c = 0; c < cols; c++) {
      double sum = 0;
      for (int r = 0; r < rows; r++) {
        sum += at(dy, (long) r * cols + c);
      }
      Operands.require("the sum of column " + c, sum, at(db, c), 1e-7 * rows * Math.sqrt(rows));
    }
  }

  @TearDown
  public void close() {
    slab.close();
  }

  @Benchmark
  public MemorySegment accumulate(Work work, Traffic traffic) {
    ColumnSum.accumulate(dy, db, rows, cols, 0, cols);
    work.flops += (long) rows * cols;
    traffic.bytes += (long) Float.BYTES * rows * cols;
    return db;
  }

  @Benchmark
  public MemorySegment accumulateScalar(Work work, Traffic traffic) {
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        set(db, c, at(db, c) + at(dy, (long) r * cols + c));
      }
    }
    work.flops += (long) rows * cols;
    traffic.bytes += (long) Float.BYTES * rows * cols;
    return db;
  }
}
