package dev.lanewise.kernel.dense;

/**
 * A tensor repeated along dimensions, and its adjoint, which sums over them. The large tensor has
 * the dimensions {@code dims}; the small one lies in it with the given strides, 0 along what is
 * repeated. Sums run in the order of the large tensor: the error is at most {@code (count - 1)
 * 2^-53 sum |x|}. NaN and infinities follow IEEE 754.
 */
public final class DenseBroadcast {
  private DenseBroadcast() {}

  /**
   * {@code y[i] = x[place of i]}.
   *
   * @param x read: the small tensor
   * @param strides elements of {@code x} from one index to the next, for each dimension
   * @param dims of {@code y}
   * @param y overwritten: the large tensor, another array
   */
  public static void expand(double[] x, int[] strides, int[] dims, double[] y) {
    int[] index = new int[dims.length];
    int place = 0;
    for (int i = 0; i < y.length; i++) {
      y[i] = x[place];
      place = next(index, strides, dims, place);
    }
  }

  /** {@code y[place of i] += x[i]}, {@code x} the large tensor, {@code y} the small one. */
  public static void sum(double[] x, int[] strides, int[] dims, double[] y) {
    int[] index = new int[dims.length];
    int place = 0;
    for (int i = 0; i < x.length; i++) {
      y[place] += x[i];
      place = next(index, strides, dims, place);
    }
  }

  /** {@code y[c, r] = x[r, c]}. */
  public static void transpose(double[] x, int rows, int cols, double[] y) {
    int at = 0;
    for (int r = 0; r < rows; r++) {
      int to = r;
      for (int c = 0; c < cols; c++) {
        y[to] = x[at++];
        to += rows;
      }
    }
  }

  private static int next(int[] index, int[] strides, int[] dims, int place) {
    int at = place;
    for (int d = dims.length - 1; d >= 0; d--) {
      at += strides[d];
      if (++index[d] < dims[d]) {
        return at;
      }
      at -= Math.multiplyExact(dims[d], strides[d]);
      index[d] = 0;
    }
    return at;
  }
}
