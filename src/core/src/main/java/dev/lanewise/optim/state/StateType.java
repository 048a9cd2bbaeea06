package dev.lanewise.optim.state;

import dev.lanewise.memory.TensorLayout;

/** The numbers in which a method keeps its moments. */
public enum StateType {
  /** As the parameters: 4 bytes. */
  FLOAT32,
  /**
   * The upper half of a float, 2 bytes, rounded up or down at random so that the mean is exact: a
   * moment that moves by less than its last bit moves on average. The random bits are a function of
   * a seed, the step and the element alone.
   */
  BFLOAT16,
  /**
   * 8 bits in units of the largest number of a block of 256, with steps that are finer for smaller
   * numbers, and that largest number (T. Dettmers et al.: 8-bit Optimizers via Block-wise
   * Quantization, 2022).
   */
  BLOCK8;

  private static final int BLOCK = 256;

  /**
   * The shape of the memory for one number per element of a parameter, in floats: that of the
   * parameter, or a row with two bfloat16 in each float, the first one in its lower half on a
   * little-endian machine, or one with 64 floats for each block.
   */
  public TensorLayout layout(TensorLayout parameter) {
    return switch (this) {
      case FLOAT32 -> parameter;
      case BFLOAT16 -> TensorLayout.of((parameter.elements() + 1) / 2);
      case BLOCK8 -> TensorLayout.of(blocks(parameter) * (BLOCK / Float.BYTES));
    };
  }

  /** The shape of the largest numbers of the blocks, where there are any. */
  public TensorLayout scales(TensorLayout parameter) {
    return TensorLayout.of(this == BLOCK8 ? blocks(parameter) : 0);
  }

  private static long blocks(TensorLayout parameter) {
    return Math.ceilDiv(parameter.elements(), (long) BLOCK);
  }
}
