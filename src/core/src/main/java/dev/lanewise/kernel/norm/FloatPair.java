package dev.lanewise.kernel.norm;

/** Two floats in a long: a method returns one value. */
public final class FloatPair {
  private FloatPair() {}

  public static long of(float first, float second) {
    return ((long) Float.floatToRawIntBits(first) << Integer.SIZE)
        | Integer.toUnsignedLong(Float.floatToRawIntBits(second));
  }

  public static float first(long pair) {
    return Float.intBitsToFloat((int) (pair >>> Integer.SIZE));
  }

  public static float second(long pair) {
    return Float.intBitsToFloat((int) pair);
  }
}
