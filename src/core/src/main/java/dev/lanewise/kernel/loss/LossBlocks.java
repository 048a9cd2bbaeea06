package dev.lanewise.kernel.loss;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** The blocks into which every loss is summed, and their total. */
public final class LossBlocks {
  /**
   * Elements of a block: 32 additions for each virtual lane in single precision, the rest in
   * double.
   */
  public static final int SIZE = 1024;

  private LossBlocks() {}

  /** Blocks of {@code n} elements, the last one possibly shorter. */
  public static long count(long n) {
    return Math.ceilDiv(n, (long) SIZE);
  }

  /** Elements of block {@code b}. */
  public static int size(long n, long b) {
    return (int) Math.min(SIZE, n - b * SIZE);
  }

  /**
   * The sum over all blocks, in order and in double precision.
   *
   * @param partials read: one double per block
   * @param n elements in all
   */
  public static double total(MemorySegment partials, long n) {
    double sum = 0;
    for (long b = 0; b < count(n); b++) {
      sum += partials.get(JAVA_DOUBLE_UNALIGNED, b * Double.BYTES);
    }
    return sum;
  }

  /** The same in an array, from an offset on. */
  public static double total(double[] partials, int offset, long n) {
    double sum = 0;
    for (int b = 0; b < count(n); b++) {
      sum += partials[offset + b];
    }
    return sum;
  }
}
