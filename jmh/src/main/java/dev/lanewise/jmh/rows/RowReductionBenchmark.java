package dev.lanewise.jmh.rows;

import static dev.lanewise.jmh.Operands.at;
import static dev.lanewise.jmh.Operands.set;

import dev.lanewise.jmh.Footprint;
import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Operands;
import dev.lanewise.kernel.reduce.segments.RowMax;
import dev.lanewise.kernel.reduce.segments.RowNorm;
import dev.lanewise.kernel.reduce.segments.RowSum;
import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** A number for each row: its sum, its largest element, its length. */
public class RowReductionBenchmark extends KernelBenchmark {
  @Param public Footprint footprint;

  @Param({"512", "509"})
  public int cols;

  private int rows;
  private Slab slab;
  private MemorySegment x;
  private MemorySegment y;

  @Setup
  public void setUp() {
    rows = footprint.floats(1) / cols;
    slab = Slab.open("row reductions", 5L * rows * cols + 4096);
    x = slab.allocateFloats((long) rows * cols);
    y = slab.allocateFloats(rows);
    Operands.randomise(x, 1);
    RowSum.forward(x, y, 0, rows, cols);
    for (int r = 0; r < rows; r++) {
      double sum = 0;
      for (int c = 0; c < cols; c++) {
        sum += at(x, (long) r * cols + c);
      }
      Operands.require("the sum of row " + r, sum, at(y, r), 1e-6 * cols);
    }
    RowMax.forward(x, y, 0, rows, cols);
    for (int r = 0; r < rows; r++) {
      Operands.require("the largest of row " + r, max(r), at(y, r), 0);
    }
    RowNorm.forward(x, y, 0, rows, cols);
    for (int r = 0; r < rows; r++) {
      double norm = Math.sqrt(squares(r));
      Operands.require("the norm of row " + r, norm, at(y, r), 1e-6 * norm);
    }
  }

  @TearDown
  public void close() {
    slab.close();
  }

  private float max(int r) {
    float max = Float.NEGATIVE_INFINITY;
    for (int c = 0; c < cols; c++) {
      max = Math.max(max, at(x, (long) r * cols + c));
    }
    return max;
  }

  private double squares(int r) {
    double squares = 0;
    for (int c = 0; c < cols; c++) {
      double element = at(x, (long) r * cols + c);
      squares += element * element;
    }
    return squares;
  }

  @Benchmark
  public MemorySegment sum(Work work, Traffic traffic) {
    RowSum.forward(x, y, 0, rows, cols);
    work.flops += (long) rows * cols;
    traffic.bytes += (long) Float.BYTES * rows * cols;
    return y;
  }

  @Benchmark
  public MemorySegment sumScalar(Work work, Traffic traffic) {
    for (int r = 0; r < rows; r++) {
      float sum = 0;
      for (int c = 0; c < cols; c++) {
        sum += at(x, (long) r * cols + c);
      }
      set(y, r, sum);
    }
    work.flops += (long) rows * cols;
    traffic.bytes += (long) Float.BYTES * rows * cols;
    return y;
  }

  @Benchmark
  public MemorySegment max(Traffic traffic) {
    RowMax.forward(x, y, 0, rows, cols);
    traffic.bytes += (long) Float.BYTES * rows * cols;
    return y;
  }

  @Benchmark
  public MemorySegment maxScalar(Traffic traffic) {
    for (int r = 0; r < rows; r++) {
      set(y, r, max(r));
    }
    traffic.bytes += (long) Float.BYTES * rows * cols;
    return y;
  }

  /** In double precision, as the kernel. */
  @Benchmark
  public MemorySegment norm(Work work, Traffic traffic) {
    RowNorm.forward(x, y, 0, rows, cols);
    work.flops += 2L * rows * cols;
    traffic.bytes += (long) Float.BYTES * rows * cols;
    return y;
  }

  @Benchmark
  public MemorySegment normScalar(Work work, Traffic traffic) {
    for (int r = 0; r < rows; r++) {
      set(y, r, (float) Math.sqrt(squares(r)));
    }
    work.flops += 2L * rows * cols;
    traffic.bytes += (long) Float.BYTES * rows * cols;
    return y;
  }
}
