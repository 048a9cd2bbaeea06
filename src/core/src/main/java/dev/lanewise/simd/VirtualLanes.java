package dev.lanewise.simd;

import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/**
 * The 32 lanes over which every sum of floats runs, however wide the vectors are: 8, 4 or 2
 * vectors. Element i of a sum belongs to lane {@code i % 32}.
 *
 * <p>A loop keeps one accumulator per vector in eight locals {@code s0} to {@code s7}, adds to
 * {@code s0} and lets them change places after each vector, so that one loop body serves every
 * width; after a multiple of 32 elements each is back in its place. At the wider widths the upper
 * ones stay zero and unused.
 */
public final class VirtualLanes {
  /** Lanes of a sum. */
  public static final int COUNT = 32;

  /** Vectors that make up the lanes: 2, 4 or 8. */
  public static final int VECTORS = COUNT / F32_LANES;

  /**
   * Lane j reads lane {@code j + distance}: the last folds, within a vector. A fold wider than the
   * vector is unused.
   */
  public static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(F32, 8, 1, true);

  public static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(F32, 4, 1, true);
  public static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(F32, 2, 1, true);
  public static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(F32, 1, 1, true);

  private VirtualLanes() {}

  /**
   * The sum of all lanes, folded as {@code j + (j + 16)}, then 8, 4, 2, 1. To be called once or
   * twice in a method, after its loop; a loop with two elementary functions leaves C2 no budget to
   * inline it, and writes it out.
   */
  public static float sum(
      FloatVector s0,
      FloatVector s1,
      FloatVector s2,
      FloatVector s3,
      FloatVector s4,
      FloatVector s5,
      FloatVector s6,
      FloatVector s7) {
    FloatVector sum;
    if (VECTORS == 2) {
      sum = s0.add(s1);
    } else if (VECTORS == 4) {
      sum = s0.add(s2).add(s1.add(s3));
    } else {
      sum = s0.add(s4).add(s2.add(s6)).add(s1.add(s5).add(s3.add(s7)));
    }
    if (F32_LANES == 16) {
      sum = sum.add(sum.rearrange(BY_8));
    }
    if (F32_LANES >= 8) {
      sum = sum.add(sum.rearrange(BY_4));
    }
    sum = sum.add(sum.rearrange(BY_2));
    sum = sum.add(sum.rearrange(BY_1));
    return sum.lane(0);
  }
}
