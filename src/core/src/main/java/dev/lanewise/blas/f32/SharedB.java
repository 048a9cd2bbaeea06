package dev.lanewise.blas.f32;

import dev.lanewise.kernel.gemm.f32.Matrix;
import dev.lanewise.kernel.gemm.f32.PackedB;
import dev.lanewise.memory.MemoryBudget;
import dev.lanewise.parallel.Pool;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * A B that several products share, and that is packed once for all of them unless it is very large.
 * Pooled, so that nothing is allocated once there is one of the size; what is packed lies on the
 * heap and counts in the memory budget.
 */
public final class SharedB implements Workers.Task, AutoCloseable {
  /** Under this name the memory budget counts them. */
  private static final String OWNER = "packed operands";

  /**
   * Elements of a B that is left where it lies: 64 MiB. Its copy would be as much again, on a heap
   * that nobody has sized for it.
   */
  private static final long LARGE = 64 * 1024 * 1024 / Float.BYTES;

  /** Elements that pay for a thread: some microseconds. */
  private static final long GRAIN = 1 << 15;

  private static final Pool<SharedB> POOL = new Pool<>();

  /** Where B lies. */
  final Matrix matrix = new Matrix();

  private final PackedB panels = new PackedB();
  private boolean packed;

  private SharedB() {}

  /**
   * Takes {@code op(B)}, which stays as it is until this is closed.
   *
   * @param transposed whether it lies transposed, n x k
   * @param k its rows, at least 1
   * @param n its columns
   */
  public static SharedB of(
      boolean transposed, int k, int n, MemorySegment b, long offset, int ldb, Workers workers) {
    SharedB shared = POOL.poll();
    if (shared == null) {
      shared = new SharedB();
    }
    shared.matrix.set(b, offset, ldb, transposed);
    shared.packed = (long) k * n <= LARGE;
    if (shared.packed) {
      shared.pack(k, n, workers);
    }
    return shared;
  }

  private void pack(int k, int n, Workers workers) {
    boolean done = false;
    try {
      long more = panels.bytesFor(k, n) - panels.bytes();
      if (more > 0) {
        MemoryBudget.global().charge(OWNER, more);
      }
      panels.setSize(k, n);
      int strips = panels.strips();
      workers.run(strips, Math.max(1, GRAIN * strips / Math.max(1, (long) k * n)), this);
      done = true;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  /** Packs some strips. */
  @Override
  public void run(long begin, long end) {
    panels.pack(matrix, 0, (int) begin, (int) end);
  }

  /** Whether {@link #multiply} can be called. */
  boolean isPacked() {
    return packed;
  }

  /** See {@link PackedB#multiply}. */
  void multiply(
      int m0, int m1, int n0, int n1, Matrix a, float beta, Matrix c, int epilogue, Matrix bias) {
    panels.multiply(m0, m1, n0, n1, a, beta, c, epilogue, bias);
  }

  /** Gives the memory back. */
  @Override
  public void close() {
    matrix.clear();
    if (!POOL.give(this)) {
      MemoryBudget.global().release(OWNER, panels.bytes());
    }
  }
}
