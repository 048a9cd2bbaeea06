package dev.lanewise.blas;

import dev.lanewise.kernel.gemm.GemmKernel;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * One product on its way to the threads: its operands, and the split of C into one block per
 * thread, by rows or by columns and never along k. Reused from call to call, so a product allocates
 * nothing.
 */
final class GemmCall implements Workers.Task {
  /** Below 4 MFLOP (two cubes of 128) waking threads costs more than they save. */
  private static final double PARALLEL_FLOPS = 4e6;

  /** Blocks are multiples of this many rows or columns, so that threads share no tile. */
  private static final int UNIT_ROWS = 12;

  private static final int UNIT_COLUMNS = 64;

  private static final int POOLED = 64;
  private static final AtomicReferenceArray<GemmCall> POOL = new AtomicReferenceArray<>(POOLED);

  private boolean transA;
  private boolean transB;
  private int m;
  private int n;
  private int k;
  private float alpha;
  private float beta;
  private MemorySegment a = MemorySegment.NULL;
  private MemorySegment b = MemorySegment.NULL;
  private MemorySegment c = MemorySegment.NULL;
  private long offsetA;
  private long offsetB;
  private long offsetC;
  private int lda;
  private int ldb;
  private int ldc;
  private boolean byRows;
  private int parts;

  private GemmCall() {}

  static void run(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      float alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment b,
      long offsetB,
      int ldb,
      float beta,
      MemorySegment c,
      long offsetC,
      int ldc,
      Workers workers) {
    // Each thread packs its share of the operand that is split and all of the other: split the
    // longer one.
    boolean byRows = m >= n;
    int units = byRows ? Math.ceilDiv(m, UNIT_ROWS) : Math.ceilDiv(n, UNIT_COLUMNS);
    int parts = Math.min(workers.threads(), units);
    if (parts == 1 || 2.0 * m * n * k < PARALLEL_FLOPS) {
      GemmKernel.run(
          transA, transB, 0, m, 0, n, k, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC,
          ldc);
      return;
    }
    GemmCall call = borrow();
    call.transA = transA;
    call.transB = transB;
    call.m = m;
    call.n = n;
    call.k = k;
    call.alpha = alpha;
    call.a = a;
    call.offsetA = offsetA;
    call.lda = lda;
    call.b = b;
    call.offsetB = offsetB;
    call.ldb = ldb;
    call.beta = beta;
    call.c = c;
    call.offsetC = offsetC;
    call.ldc = ldc;
    call.byRows = byRows;
    call.parts = parts;
    try {
      workers.run(parts, 1, call);
    } finally {
      call.giveBack();
    }
  }

  @Override
  public void run(long begin, long end) {
    int m0 = byRows ? bound(begin, m, UNIT_ROWS) : 0;
    int m1 = byRows ? bound(end, m, UNIT_ROWS) : m;
    int n0 = byRows ? 0 : bound(begin, n, UNIT_COLUMNS);
    int n1 = byRows ? n : bound(end, n, UNIT_COLUMNS);
    GemmKernel.run(
        transA, transB, m0, m1, n0, n1, k, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c,
        offsetC, ldc);
  }

  /** Where part {@code part} of {@code size} rows or columns begins. */
  private int bound(long part, int size, int unit) {
    long units = Math.ceilDiv(size, unit);
    return (int) Math.min(size, part * units / parts * unit);
  }

  private static GemmCall borrow() {
    for (int i = 0; i < POOLED; i++) {
      GemmCall call = POOL.getPlain(i) == null ? null : POOL.getAndSet(i, null);
      if (call != null) {
        return call;
      }
    }
    return new GemmCall();
  }

  /** Lets go of the operands: a pooled call must not keep anybody's memory alive. */
  private void giveBack() {
    a = MemorySegment.NULL;
    b = MemorySegment.NULL;
    c = MemorySegment.NULL;
    for (int i = 0; i < POOLED; i++) {
      if (POOL.getPlain(i) == null && POOL.compareAndSet(i, null, this)) {
        return;
      }
    }
  }
}
