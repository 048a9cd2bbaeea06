package dev.lanewise.kernel.limit;

import dev.lanewise.simd.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Fused multiply-adds on registers alone: the most that any kernel of this vector width can reach.
 *
 * <p>12 independent chains hide the latency of an FMA on two ports (2 x 4 to 5 cycles) and leave 4
 * of 16 registers for the factors.
 */
public final class PeakFma {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int CHAINS = 12;

  private PeakFma() {}

  /**
   * Floating-point operations of {@link #run} with so many rounds: a multiply and an add per lane
   * and chain.
   */
  public static long flops(int rounds) {
    return Math.multiplyExact(2L * CHAINS * S.length(), rounds);
  }

  /**
   * Runs {@code rounds} rounds of 12 vector multiply-adds.
   *
   * @return a value that depends on all of them, so that none can be left out
   */
  public static float run(int rounds) {
    FloatVector x = FloatVector.broadcast(S, 0.5f);
    FloatVector y = FloatVector.broadcast(S, 0x1p-10f);
    FloatVector c0 = FloatVector.broadcast(S, 1f);
    FloatVector c1 = FloatVector.broadcast(S, 2f);
    FloatVector c2 = FloatVector.broadcast(S, 3f);
    FloatVector c3 = FloatVector.broadcast(S, 4f);
    FloatVector c4 = FloatVector.broadcast(S, 5f);
    FloatVector c5 = FloatVector.broadcast(S, 6f);
    FloatVector c6 = FloatVector.broadcast(S, 7f);
    FloatVector c7 = FloatVector.broadcast(S, 8f);
    FloatVector c8 = FloatVector.broadcast(S, 9f);
    FloatVector c9 = FloatVector.broadcast(S, 10f);
    FloatVector c10 = FloatVector.broadcast(S, 11f);
    FloatVector c11 = FloatVector.broadcast(S, 12f);
    for (int k = 0; k < rounds; k++) {
      c0 = x.fma(y, c0);
      c1 = x.fma(y, c1);
      c2 = x.fma(y, c2);
      c3 = x.fma(y, c3);
      c4 = x.fma(y, c4);
      c5 = x.fma(y, c5);
      c6 = x.fma(y, c6);
      c7 = x.fma(y, c7);
      c8 = x.fma(y, c8);
      c9 = x.fma(y, c9);
      c10 = x.fma(y, c10);
      c11 = x.fma(y, c11);
    }
    FloatVector sum =
        c0.add(c1)
            .add(c2)
            .add(c3)
            .add(c4)
            .add(c5)
            .add(c6)
            .add(c7)
            .add(c8)
            .add(c9)
            .add(c10)
            .add(c11);
    return sum.lane(0);
  }
}
