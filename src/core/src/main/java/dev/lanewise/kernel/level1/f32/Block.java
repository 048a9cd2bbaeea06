package dev.lanewise.kernel.level1.f32;

/** The blocks into which every vector is cut, whatever its memory and the number of threads. */
final class Block {
  /**
   * Elements of a block. A reduction is summed block by block, so its order depends on the length
   * alone; with a stride of a cache line it still fits into a second-level cache of 512 KiB. A
   * multiple of every vector width and of the virtual lanes.
   */
  static final int ELEMENTS = 16_384 / Float.BYTES;

  private Block() {}
}
