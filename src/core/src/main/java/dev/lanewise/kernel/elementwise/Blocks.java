package dev.lanewise.kernel.elementwise;

/** The outer loop of every element-wise kernel. */
final class Blocks {
  /**
   * Elements per turn of the outer {@code long} loop: the inner loop counts in {@code int}, which
   * C2 compiles best. A multiple of every vector width, so that only the last block has a tail;
   * small enough that ordinary tests pass from one block to the next, large enough that entering a
   * block costs nothing.
   */
  static final int ELEMENTS = 1 << 16;

  private Blocks() {}
}
