package dev.lanewise.kernel.gemm;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The scratch memory of one thread inside a product: packed A, packed B, the stage and the register
 * tile. Some 5 MB of heap; borrowed for the time of a call and given back, so there are never more
 * of them than threads that multiplied at the same time.
 */
final class Panels {
  /** More threads than this at a time allocate their own and leave it to the collector. */
  private static final int POOLED = 256;

  private static final AtomicReferenceArray<Panels> POOL = new AtomicReferenceArray<>(POOLED);

  /**
   * 48 bytes. The collector puts an array of this size at the start of a region, and its header
   * takes 16 bytes: from here on each vector load of 64 bytes lies within one cache line (12x2
   * micro-kernel: 183 against 215 GFLOP/s). Where the header or the collector differ only speed is
   * lost.
   */
  private static final int ALIGN = 12;

  private static final int A_FLOATS =
      Math.multiplyExact(Blocking.MC / Blocking.MR, Blocking.panelStride(Blocking.KC));
  private static final int B_FLOATS =
      Math.multiplyExact(Math.ceilDiv(Blocking.NC, Blocking.NR), Blocking.stripStride(Blocking.KC));

  /** Where the tile begins in {@link #packed}: MR rows of NR columns of C. */
  static final int TILE = ALIGN;

  /** Where packed B begins. */
  static final int B0 = TILE + Blocking.MR * Blocking.NR;

  /**
   * Where packed A begins in {@link #packed}; B's length is a multiple of 16 floats, so A is
   * aligned too.
   */
  static final int A0 = B0 + B_FLOATS;

  /** Both packed operands, in one array so that it is large. */
  final float[] packed = new float[A0 + A_FLOATS];

  /** Rows as they come from the operand, before they are rearranged. */
  final float[] stage =
      new float
          [Math.max(
              Math.multiplyExact(PackA.STAGED_ROWS, PackA.STAGED_STRIDE), Stage.row(Blocking.NR))];

  /** See {@link Stage#column}. */
  final int[] column = Stage.column();

  private Panels() {}

  static Panels borrow() {
    for (int i = 0; i < POOLED; i++) {
      if (POOL.getPlain(i) != null) {
        Panels panels = POOL.getAndSet(i, null);
        if (panels != null) {
          return panels;
        }
      }
    }
    return new Panels();
  }

  void giveBack() {
    for (int i = 0; i < POOLED; i++) {
      if (POOL.getPlain(i) == null && POOL.compareAndSet(i, null, this)) {
        return;
      }
    }
  }
}
