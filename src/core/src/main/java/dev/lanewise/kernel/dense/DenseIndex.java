package dev.lanewise.kernel.dense;

/**
 * Elements by index, and the adjoint. An index below 0 stands for no element: it reads 0 and writes
 * nothing. Sums run in the order of the indices: the error is at most {@code (count - 1) 2^-53 sum
 * |x|}. NaN and infinities follow IEEE 754.
 */
public final class DenseIndex {
  private DenseIndex() {}

  /**
   * {@code y[i] = x[index[i]]}.
   *
   * @param x read
   * @param index read: as many as {@code y} has elements, each below those of {@code x}
   * @param y overwritten; another array
   */
  public static void gather(double[] x, int[] index, double[] y) {
    assert index.length == y.length;
    for (int i = 0; i < y.length; i++) {
      y[i] = index[i] < 0 ? 0 : x[index[i]];
    }
  }

  /** {@code y[index[i]] += x[i]}, as many indices as {@code x} has elements. */
  public static void scatterAdd(double[] x, int[] index, double[] y) {
    assert index.length == x.length;
    for (int i = 0; i < x.length; i++) {
      if (index[i] >= 0) {
        y[index[i]] += x[i];
      }
    }
  }
}
