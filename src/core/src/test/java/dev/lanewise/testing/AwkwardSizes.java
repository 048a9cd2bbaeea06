package dev.lanewise.testing;

import dev.lanewise.simd.Lanes;
import java.util.stream.IntStream;

/** The sizes at which vector code breaks, one list for all kernels. */
public final class AwkwardSizes {
  private AwkwardSizes() {}

  /**
   * Lengths of element-wise operands and rows: empty, one, around the vector width and its
   * multiples, primes.
   */
  public static int[] lengths() {
    int lanes = Lanes.F32_LANES;
    return IntStream.of(
            0,
            1,
            2,
            3,
            5,
            7,
            lanes - 1,
            lanes,
            lanes + 1,
            2 * lanes - 1,
            2 * lanes,
            2 * lanes + 1,
            4 * lanes - 1,
            4 * lanes,
            4 * lanes + 1,
            31,
            32,
            33,
            64,
            97,
            127,
            257,
            1000,
            1021)
        .sorted()
        .distinct()
        .toArray();
  }

  /** Edges of matrices: around the register tile (6 rows, two vectors of columns) and primes. */
  public static int[] edges() {
    int lanes = Lanes.F32_LANES;
    return IntStream.of(
            1,
            2,
            3,
            5,
            6,
            7,
            11,
            12,
            13,
            lanes - 1,
            lanes,
            lanes + 1,
            2 * lanes - 1,
            2 * lanes,
            2 * lanes + 1,
            37,
            67)
        .sorted()
        .distinct()
        .toArray();
  }
}
