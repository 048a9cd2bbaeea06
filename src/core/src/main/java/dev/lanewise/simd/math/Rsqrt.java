package dev.lanewise.simd.math;

import static dev.lanewise.simd.Lanes.F32;

import jdk.incubator.vector.FloatVector;

/**
 * The reciprocal square root, by the two correctly rounded operations: the processors' own
 * approximation of it has other bits on other processors.
 */
public final class Rsqrt {
  private Rsqrt() {}

  /**
   * 1 over the square root of each lane.
   *
   * <p>NaN and what is below 0 give NaN, 0 gives +infinity, -0 -infinity, +infinity 0. The error is
   * at most @RSQRT@ ULP, measured over all 2^32 inputs.
   */
  public static FloatVector rsqrt(FloatVector x) {
    return FloatVector.broadcast(F32, 1).div(x.sqrt());
  }

  /** The scalar twin of {@link #rsqrt(FloatVector)}: the same bits. */
  public static float rsqrt(float x) {
    return 1 / (float) Math.sqrt(x);
  }
}
