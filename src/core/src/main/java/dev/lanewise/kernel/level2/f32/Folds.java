package dev.lanewise.kernel.level2.f32;

import dev.lanewise.simd.Lanes;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * What sums the lanes of four vectors together: after each step the two halves of a sum are the
 * same, so two sums go on as the halves of one vector, then four as its quarters.
 */
final class Folds {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;

  static final VectorShuffle<Float> BY_1_2 = exchange(L / 2);
  static final VectorShuffle<Float> BY_1_4 = exchange(L / 4);
  static final VectorShuffle<Float> BY_1_8 = exchange(L / 8);
  static final VectorShuffle<Float> BY_1_16 = exchange(L / 16);
  static final VectorMask<Float> ODD_HALF = odd(2);
  static final VectorMask<Float> ODD_QUARTERS = odd(4);

  private Folds() {}

  /** Lanes so far apart change places; all stay for 0. */
  private static VectorShuffle<Float> exchange(int distance) {
    int[] lanes = new int[L];
    for (int j = 0; j < L; j++) {
      lanes[j] = j ^ distance;
    }
    return VectorShuffle.fromArray(S, lanes, 0);
  }

  /** The second, fourth ... of so many parts of a vector; none where it has fewer lanes. */
  private static VectorMask<Float> odd(int parts) {
    boolean[] lanes = new boolean[L];
    for (int j = 0; j < L; j++) {
      lanes[j] = L >= parts && j / (L / parts) % 2 == 1;
    }
    return VectorMask.fromArray(S, lanes, 0);
  }
}
