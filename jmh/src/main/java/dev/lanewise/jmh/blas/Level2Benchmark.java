package dev.lanewise.jmh.blas;

import static dev.lanewise.jmh.Operands.at;
import static dev.lanewise.jmh.Operands.set;

import dev.lanewise.blas.Gemv;
import dev.lanewise.blas.Ger;
import dev.lanewise.blas.Layout;
import dev.lanewise.blas.Transpose;
import dev.lanewise.jmh.Footprint;
import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Operands;
import dev.lanewise.jmh.Threads;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Matrix by vector, also transposed, and the update of a matrix by two vectors. */
public class Level2Benchmark extends KernelBenchmark {
  private static final float ALPHA = 0.5f;

  @Param public Footprint footprint;

  @Param({"512", "509"})
  public int cols;

  @Param public Threads threads;

  private int rows;
  private Slab slab;
  private Workers workers;
  private MemorySegment a;
  private MemorySegment u;
  private MemorySegment v;
  private MemorySegment ofRows;
  private MemorySegment ofColumns;

  @Setup
  public void setUp() {
    rows = footprint.floats(1) / cols;
    long n = (long) rows * cols;
    slab = Slab.open("level 2", (2 * n + 4L * (rows + cols)) * Float.BYTES);
    workers = threads.open();
    a = slab.allocateFloats(n);
    u = slab.allocateFloats(rows);
    v = slab.allocateFloats(cols);
    ofRows = slab.allocateFloats(rows);
    ofColumns = slab.allocateFloats(cols);
    Operands.randomise(a, 1);
    Operands.randomise(u, 2);
    Operands.randomise(v, 3);
    multiply();
    for (int r = 0; r < rows; r++) {
      double sum = 0;
      for (int c = 0; c < cols; c++) {
        sum += (double) at(a, (long) r * cols + c) * at(v, c);
      }
      Operands.require("row " + r, sum, at(ofRows, r), 1e-7 * cols);
    }
    multiplyTransposed();
    double[] sums = new double[cols];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        sums[c] += (double) at(a, (long) r * cols + c) * at(u, r);
      }
    }
    for (int c = 0; c < cols; c++) {
      Operands.require("column " + c, sums[c], at(ofColumns, c), 1e-7 * rows);
    }
    double expected = Math.fma((double) ALPHA * at(u, rows - 1), at(v, 1), at(a, n - cols + 1));
    update();
    Operands.require("an element of the last row", expected, at(a, n - cols + 1), 1e-6);
  }

  @TearDown
  public void close() {
    workers.close();
    slab.close();
  }

  private void multiply() {
    Gemv.sgemv(
        Layout.ROW_MAJOR,
        Transpose.NO_TRANS,
        rows,
        cols,
        1f,
        a,
        0,
        cols,
        v,
        0,
        1,
        0f,
        ofRows,
        0,
        1,
        workers);
  }

  private void multiplyTransposed() {
    Gemv.sgemv(
        Layout.ROW_MAJOR,
        Transpose.TRANS,
        rows,
        cols,
        1f,
        a,
        0,
        cols,
        u,
        0,
        1,
        0f,
        ofColumns,
        0,
        1,
        workers);
  }

  private void update() {
    Ger.sger(Layout.ROW_MAJOR, rows, cols, ALPHA, u, 0, 1, v, 0, 1, a, 0, cols, workers);
  }

  @Benchmark
  public MemorySegment gemv(Work work, Traffic traffic) {
    multiply();
    work.flops += 2L * rows * cols;
    traffic.bytes += (long) Float.BYTES * rows * cols;
    return ofRows;
  }

  @Benchmark
  public MemorySegment gemvScalar(Work work, Traffic traffic) {
    for (int r = 0; r < rows; r++) {
      float sum = 0;
      for (int c = 0; c < cols; c++) {
        sum = Math.fma(at(a, (long) r * cols + c), at(v, c), sum);
      }
      set(ofRows, r, sum);
    }
    work.flops += 2L * rows * cols;
    traffic.bytes += (long) Float.BYTES * rows * cols;
    return ofRows;
  }

  @Benchmark
  public MemorySegment gemvTransposed(Work work, Traffic traffic) {
    multiplyTransposed();
    work.flops += 2L * rows * cols;
    traffic.bytes += (long) Float.BYTES * rows * cols;
    return ofColumns;
  }

  @Benchmark
  public MemorySegment ger(Work work, Traffic traffic) {
    update();
    work.flops += 2L * rows * cols;
    traffic.bytes += 2L * Float.BYTES * rows * cols;
    return a;
  }
}
