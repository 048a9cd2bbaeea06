package dev.lanewise.kernel.step;

/** The outer loop of every optimizer step. */
public final class StepBlocks {
  /**
   * Elements of a block: what a step has read of a gradient stays in the second-level cache until
   * it is zeroed. A multiple of every vector width, so that only the last block has a tail.
   */
  public static final int ELEMENTS = 4096;

  private StepBlocks() {}
}
