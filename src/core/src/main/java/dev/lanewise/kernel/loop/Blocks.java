package dev.lanewise.kernel.loop;

/**
 * The outer loop of every element-wise kernel.
 *
 * <p>Where the inner loop calls an elementary function, its whole vectors stand in a method of
 * their own that runs at least one: C2 takes a call that was rare in its method for cold and would
 * leave out of the loop, boxed, an exp that a training on tiny tensors had seldom reached.
 */
public final class Blocks {
  /**
   * Elements per turn of the outer {@code long} loop: the inner loop counts in {@code int}, which
   * C2 compiles best. A multiple of every vector width, so that only the last block has a tail;
   * small enough that ordinary tests pass from one block to the next, large enough that entering a
   * block costs nothing.
   */
  public static final int ELEMENTS = 1 << 16;

  private Blocks() {}
}
