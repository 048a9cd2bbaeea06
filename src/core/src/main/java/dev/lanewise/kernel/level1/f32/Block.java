package dev.lanewise.kernel.level1.f32;

/** The blocks into which every vector is cut, whatever its memory and the number of threads. */
final class Block {
  /**
   * Elements of a block. A reduction is summed block by block, so its order depends on the length
   * alone; two blocks, staged, fit into a first-level cache of 32 KiB. A multiple of every vector
   * width.
   */
  static final int ELEMENTS = 8192 / Float.BYTES;

  private Block() {}
}
