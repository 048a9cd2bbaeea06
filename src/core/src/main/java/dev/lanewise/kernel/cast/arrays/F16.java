package dev.lanewise.kernel.cast.arrays;

/**
 * Conversion to and from binary16 of IEEE 754: see the form on segments.
 *
 * <p>A plain loop over the conversions of the JDK, of which C2 makes vectors on arrays: half the
 * time of the same on the lanes of ints.
 */
public final class F16 {
  private F16() {}

  /**
   * {@code y = h}, from binary16 to float.
   *
   * @param h read
   * @param hOffset element at which it begins
   * @param y overwritten
   * @param yOffset element at which it begins
   * @param begin first element
   * @param end one past the last element
   */
  public static void widen(short[] h, int hOffset, float[] y, int yOffset, int begin, int end) {
    assert 0 <= begin && begin <= end;
    for (int i = begin; i < end; i++) {
      y[yOffset + i] = Float.float16ToFloat(h[hOffset + i]);
    }
  }

  /**
   * {@code h = x}, from float to binary16.
   *
   * @param x read
   * @param xOffset element at which it begins
   * @param h overwritten
   * @param hOffset element at which it begins
   * @param begin first element
   * @param end one past the last element
   */
  public static void narrow(float[] x, int xOffset, short[] h, int hOffset, int begin, int end) {
    assert 0 <= begin && begin <= end;
    for (int i = begin; i < end; i++) {
      h[hOffset + i] = Float.floatToFloat16(x[xOffset + i]);
    }
  }
}
