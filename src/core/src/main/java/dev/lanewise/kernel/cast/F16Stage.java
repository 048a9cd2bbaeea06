package dev.lanewise.kernel.cast;

import dev.lanewise.parallel.Pool;

/**
 * Where a block of a segment is converted: arrays in the first-level cache, on which C2 makes
 * vectors of a loop over the conversions of the JDK. Borrowed for the time of a call, so that
 * nothing is allocated.
 */
public final class F16Stage {
  /** Elements of a block. */
  public static final int ELEMENTS = 1024;

  private static final Pool<F16Stage> POOL = new Pool<>();

  /** The halves. */
  public final short[] halves = new short[ELEMENTS];

  /** The floats. */
  public final float[] floats = new float[ELEMENTS];

  private F16Stage() {}

  /** A stage to fill; {@link #giveBack} ends its use. */
  public static F16Stage borrow() {
    F16Stage stage = POOL.poll();
    return stage == null ? new F16Stage() : stage;
  }

  /** Ends the use of this stage. */
  public void giveBack() {
    POOL.give(this);
  }
}
