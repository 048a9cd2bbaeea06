package dev.lanewise.kernel.shape;

import dev.lanewise.kernel.gemm.f32.Matrix;
import dev.lanewise.kernel.gemm.f32.Transposer;
import dev.lanewise.parallel.Pool;

/**
 * Where a block is transposed: arrays in the first-level cache, so that both operands are passed
 * through in whole cache lines. Borrowed for the time of a call, so that nothing is allocated.
 */
public final class TransposeStage {
  /** Rows and columns of a block: four cache lines, a multiple of every vector width. */
  public static final int EDGE = 64;

  /** Elements from one row of a block to the next; the gap keeps them off the same cache sets. */
  public static final int STRIDE = EDGE + 16;

  private static final Pool<TransposeStage> POOL = new Pool<>();

  /** The block as it comes. */
  public final float[] rows = new float[EDGE * STRIDE];

  /** The block transposed. */
  public final float[] columns = new float[EDGE * STRIDE];

  private final Matrix block = new Matrix();
  private final float[] stage = new float[Transposer.STAGE_SIZE];

  private TransposeStage() {
    block.set(rows, 0, STRIDE, false);
  }

  /** A stage to fill; {@link #giveBack} ends its use. */
  public static TransposeStage borrow() {
    TransposeStage stage = POOL.poll();
    return stage == null ? new TransposeStage() : stage;
  }

  /** Ends the use of this stage. */
  public void giveBack() {
    POOL.give(this);
  }

  /** Transposes {@code height} rows of {@code width} elements. */
  public void run(int height, int width) {
    Transposer.run(block, 0, height, width, columns, 0, STRIDE, stage);
  }
}
