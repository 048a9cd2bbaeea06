package dev.lanewise.blas.f32;

import dev.lanewise.kernel.level2.f32.RowDots;
import dev.lanewise.parallel.Pool;

/** What one thread needs to work on a block of a matrix; pooled. */
final class Scratch {
  /** Columns of a block: 16 KiB of one vector, half of a first-level cache of 32 KiB. */
  static final int COLUMNS = 16_384 / Float.BYTES;

  /** Rows of a block: many, so that what belongs to the columns is fetched for many. */
  static final int ROWS = 256;

  private static final Pool<Scratch> POOL = new Pool<>();

  final float[] columns = new float[COLUMNS];
  final float[] rows = new float[ROWS + RowDots.ROWS];

  /** Some rows of a matrix in memory that the kernels do not load from. */
  final float[] staged = new float[RowDots.ROWS * COLUMNS];

  private Scratch() {}

  static Scratch borrow() {
    Scratch scratch = POOL.poll();
    return scratch == null ? new Scratch() : scratch;
  }

  void giveBack() {
    POOL.give(this);
  }
}
