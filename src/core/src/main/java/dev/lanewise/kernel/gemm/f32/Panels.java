package dev.lanewise.kernel.gemm.f32;

import dev.lanewise.kernel.gemm.micro.f32.Blocking;
import dev.lanewise.memory.MemoryBudget;
import dev.lanewise.parallel.Pool;

/**
 * The scratch memory of one thread inside a product: a tile of C, the bias of a block of columns,
 * packed B, packed A and a stage. 1 to 6 MB of heap, counted in the memory budget; borrowed for the
 * time of a call and given back, so there are never more of them than threads that multiplied at
 * the same time.
 */
final class Panels {
  /** Under this name the memory budget counts them. */
  static final String OWNER = "matrix product";

  private static final Pool<Panels> POOL = new Pool<>();

  /**
   * 48 bytes. The collector puts an array of this size at the start of a region, and its header
   * takes 16 bytes: from here on each vector load of 64 bytes lies within one cache line (12x2
   * micro-kernel: 183 against 215 GFLOP/s). Where the header or the collector differ only speed is
   * lost.
   */
  static final int ALIGN = 48 / Float.BYTES;

  /** Where the tile of C in hand lies, MR rows of NR elements. */
  static final int TILE = ALIGN;

  /** Where the bias of the columns of a block begins. */
  static final int BIAS = TILE + Math.multiplyExact(Blocking.MR, Blocking.NR);

  /** Where packed B begins. */
  static final int B0 = BIAS + Blocking.NC + Blocking.NR;

  /** Where packed A begins. */
  static final int A0 = B0 + Blocking.B_SIZE;

  /** All four, in one array so that it is large. */
  final float[] packed = new float[A0 + Blocking.A_SIZE];

  /** Where the strips of B lie that the tiles in hand read: here, or in a {@link PackedB}. */
  float[] strips = packed;

  /** The first of them. */
  int firstStrip = B0;

  /** Rows that wait in the first-level cache to be transposed. */
  final float[] stage = new float[Transposer.STAGE_SIZE];

  /** Sums of columns of C: see {@link ColumnSums}. */
  final float[] sums = new float[ColumnSums.SIZE];

  /** The column whose sums come first. */
  int firstSum;

  // The operands of the product in hand, moved to the item of the batch in hand.
  final Matrix a = new Matrix();
  final Matrix b = new Matrix();
  final Matrix c = new Matrix();
  final Matrix bias = new Matrix();

  private Panels() {}

  static Panels borrow() {
    Panels panels = POOL.poll();
    if (panels == null) {
      panels = new Panels();
      MemoryBudget.global().charge(OWNER, bytes());
    }
    return panels;
  }

  void giveBack() {
    a.clear();
    b.clear();
    c.clear();
    bias.clear();
    strips = packed;
    firstStrip = B0;
    if (!POOL.give(this)) {
      MemoryBudget.global().release(OWNER, bytes());
    }
  }

  private static long bytes() {
    return (long) Float.BYTES * (A0 + Blocking.A_SIZE + Transposer.STAGE_SIZE + ColumnSums.SIZE);
  }
}
