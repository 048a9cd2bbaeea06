package dev.lanewise.kernel.arithmetic;

import dev.lanewise.parallel.Pool;
import dev.lanewise.simd.Lanes;
import dev.lanewise.simd.math.Pow;
import java.util.Arrays;

/**
 * Where a block of powers is computed: arrays in the first-level cache, between the two loops of
 * {@link Pow}. Borrowed for the time of a call, so that nothing is allocated.
 */
public final class PowStage {
  /** Elements of a block, a multiple of every vector width. */
  public static final int ELEMENTS = 512;

  private static final Pool<PowStage> POOL = new Pool<>();

  /** The bases, then the powers. */
  public final float[] base = new float[ELEMENTS];

  /** The exponents of the powers. */
  public final float[] exponent = new float[ELEMENTS];

  /** In a gradient what the powers are multiplied by. */
  public final float[] factor = new float[ELEMENTS];

  private final float[] logs = new float[ELEMENTS];
  private final float[] rests = new float[ELEMENTS];

  private PowStage() {}

  /** A stage to fill; {@link #giveBack} ends its use. */
  public static PowStage borrow() {
    PowStage stage = POOL.poll();
    return stage == null ? new PowStage() : stage;
  }

  /** Ends the use of this stage. */
  public void giveBack() {
    POOL.give(this);
  }

  /** One exponent for all. */
  public void setExponent(float all) {
    Arrays.fill(exponent, all);
  }

  /** For the gradient of a power: a factor, and an exponent that is less by 1, for all. */
  public void setFactor(float all) {
    Arrays.fill(factor, all);
    Arrays.fill(exponent, all - 1);
  }

  /** The same for each of the first {@code n} elements, whose factors are there. */
  public void lowerExponents(int n) {
    for (int i = 0; i < n; i++) {
      exponent[i] = factor[i] - 1;
    }
  }

  /** The first {@code n} bases to the power of their exponents. */
  public void run(int n) {
    int whole = Math.multiplyExact(Math.ceilDiv(n, Lanes.F32_LANES), Lanes.F32_LANES);
    Arrays.fill(base, n, whole, 1);
    Pow.pow(base, exponent, logs, rests, whole);
  }
}
