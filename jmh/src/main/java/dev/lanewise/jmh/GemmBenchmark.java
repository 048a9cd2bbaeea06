package dev.lanewise.jmh;

import static dev.lanewise.jmh.Operands.at;
import static dev.lanewise.jmh.Operands.set;

import dev.lanewise.blas.Gemm;
import dev.lanewise.blas.Transpose;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Square products of native matrices: 2 n^3 operations. */
public class GemmBenchmark extends KernelBenchmark {
  /**
   * Which operands lie transposed in memory: those of the forward pass, and of the gradients of
   * input and weight.
   */
  public enum Layout {
    NN(Transpose.NO_TRANS, Transpose.NO_TRANS),
    NT(Transpose.NO_TRANS, Transpose.TRANS),
    TN(Transpose.TRANS, Transpose.NO_TRANS);

    private final Transpose transA;
    private final Transpose transB;

    Layout(Transpose transA, Transpose transB) {
      this.transA = transA;
      this.transB = transB;
    }

    public Transpose transA() {
      return transA;
    }

    public Transpose transB() {
      return transB;
    }
  }

  private static final int CHECKED_ROWS = 8;

  /** Powers of two and an awkward one. */
  @Param({"16", "64", "256", "509", "1024", "2048"})
  public int n;

  @Param public Layout layout;
  @Param public Threads threads;

  private Slab slab;
  private MemorySegment a;
  private MemorySegment b;
  private MemorySegment c;
  private Workers workers;

  @Setup
  public void setUp() {
    long elements = (long) n * n;
    slab = Slab.open("gemm", 4L * elements * Float.BYTES);
    a = slab.allocateFloats(elements);
    b = slab.allocateFloats(elements);
    c = slab.allocateFloats(elements);
    Operands.randomise(a, 1);
    Operands.randomise(b, 2);
    workers = threads.open();
    multiply();
    for (int i = 0; i < n; i += Math.ceilDiv(n, CHECKED_ROWS)) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        double magnitude = 0;
        for (int p = 0; p < n; p++) {
          double product = (double) at(a, indexA(i, p)) * at(b, indexB(p, j));
          sum += product;
          magnitude += Math.abs(product);
        }
        Operands.require(
            "C[" + i + ", " + j + "]", sum, at(c, (long) i * n + j), n * 0x1p-24 * magnitude);
      }
    }
  }

  @TearDown
  public void close() {
    workers.close();
    slab.close();
  }

  @Benchmark
  public MemorySegment sgemm(Work work, Traffic traffic) {
    multiply();
    work.flops += 2L * n * n * n;
    traffic.bytes += 3L * Float.BYTES * n * n;
    return c;
  }

  /** Three plain loops, in the order that streams over rows. */
  @Benchmark
  public MemorySegment scalar(Work work, Traffic traffic) {
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        set(c, (long) i * n + j, 0);
      }
      for (int p = 0; p < n; p++) {
        float factor = at(a, indexA(i, p));
        for (int j = 0; j < n; j++) {
          long at = (long) i * n + j;
          set(c, at, Math.fma(factor, at(b, indexB(p, j)), at(c, at)));
        }
      }
    }
    work.flops += 2L * n * n * n;
    traffic.bytes += 3L * Float.BYTES * n * n;
    return c;
  }

  private void multiply() {
    Gemm.sgemm(layout.transA, layout.transB, n, n, n, 1, a, 0, n, b, 0, n, 0, c, 0, n, workers);
  }

  private long indexA(int i, int p) {
    return layout.transA == Transpose.TRANS ? (long) p * n + i : (long) i * n + p;
  }

  private long indexB(int p, int j) {
    return layout.transB == Transpose.TRANS ? (long) j * n + p : (long) p * n + j;
  }
}
