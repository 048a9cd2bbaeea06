package dev.lanewise.simd.math;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.simd.Lanes;
import dev.lanewise.testing.AllocatedBytes;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The exponentials that leave the ends of the range to their caller. */
class ExpRangeTest {
  private static final double U = 0x1p-24;
  private static final int PRIME_STRIDE = 1_021;
  private static final int N = 32 * Lanes.F32_LANES;
  private static final int WARM_UP = 20_000;
  private static final int CALLS = 1_000;

  interface Check {
    void of(float[] x, int count);
  }

  /** Every so many of the floats whose size is at most {@link Exp#NORMAL}, with both signs. */
  private static void overTheRange(int stride, Check check) {
    float[] x = new float[Lanes.F32_LANES];
    int most = Float.floatToRawIntBits(Exp.NORMAL);
    int count = 0;
    for (long bits = 0; bits <= most; bits += stride) {
      float size = Float.intBitsToFloat((int) bits);
      x[count++] = size;
      x[count++] = -size;
      if (count == x.length) {
        check.of(x, count);
        count = 0;
      }
    }
    check.of(x, count);
  }

  @Test
  void normalHasTheBitsOfExp() {
    float[] y = new float[Lanes.F32_LANES];
    overTheRange(
        PRIME_STRIDE,
        (x, count) -> {
          Exp.normal(FloatVector.fromArray(Lanes.F32, x, 0)).intoArray(y, 0);
          for (int i = 0; i < count; i++) {
            assertEquals(Exp.exp(x[i]), y[i], "exp(" + x[i] + ")");
          }
        });
  }

  @Test
  void shareKeepsItsBoundAndHasTheSameBitsInEveryLane() {
    assertTrue(worstShare(PRIME_STRIDE) > 0.8, "a bound that is never approached says nothing");
  }

  @Test
  @Tag("exhaustive")
  void everyShareIsWithinTheBound() {
    System.out.println("| share | " + worstShare(1) + " of the bound |");
  }

  private static double worstShare(int stride) {
    float[] y = new float[Lanes.F32_LANES];
    double[] worst = new double[1];
    overTheRange(
        stride,
        (x, count) -> {
          Exp.share(FloatVector.fromArray(Lanes.F32, x, 0)).intoArray(y, 0);
          for (int i = 0; i < count; i++) {
            double exact = Oracle.exp(x[i]);
            double error = Math.abs(y[i] - exact) / ((3 + 0.05 * Math.abs(x[i])) * U * exact);
            if (error > 1 || Exp.share(x[i]) != y[i]) {
              throw new AssertionError("share(" + x[i] + ") = " + y[i] + ", error " + error);
            }
            worst[0] = Math.max(worst[0], error);
          }
        });
    return worst[0];
  }

  @Test
  void aNanOfAnyPayloadStaysOne() {
    for (int bits : new int[] {0x7fc0_0000, 0xffc0_0000, 0x7fc0_0001, 0xffff_ffff, 0x7fff_ff80}) {
      FloatVector nan = FloatVector.broadcast(Lanes.F32, Float.intBitsToFloat(bits));
      for (FloatVector y : new FloatVector[] {Exp.exp(nan), Exp.normal(nan), Exp.share(nan)}) {
        for (int lane = 0; lane < Lanes.F32_LANES; lane++) {
          assertTrue(Float.isNaN(y.lane(lane)), Integer.toHexString(bits));
        }
      }
    }
  }

  /** A loop that has met ordinary vectors alone, and then one with all kinds. */
  @Test
  void vectorsWithEndsOfTheRangeAllocateNothingEither() {
    float[] ordinary = new float[N];
    float[] mixed = new float[N];
    float[] y = new float[N];
    float[] ends = {-100, 200, Float.NaN, Float.POSITIVE_INFINITY, -1e30f, 0, 1e-40f, -5};
    for (int i = 0; i < N; i++) {
      ordinary[i] = 0.01f + i * 0.003f;
      mixed[i] = i % 5 == 0 ? ends[i / 5 % ends.length] : ordinary[i];
    }
    for (float[] x : new float[][] {ordinary, mixed, ordinary}) {
      assertEquals(0, AllocatedBytes.perCall(WARM_UP, CALLS, () -> exp(x, y)), "exp");
      assertEquals(0, AllocatedBytes.perCall(WARM_UP, CALLS, () -> log(x, y)), "log");
      assertEquals(0, AllocatedBytes.perCall(WARM_UP, CALLS, () -> share(x, y)), "share");
    }
    exp(mixed, y);
    for (int i = 0; i < N; i++) {
      assertEquals(Exp.exp(mixed[i]), y[i]);
    }
    log(mixed, y);
    for (int i = 0; i < N; i++) {
      assertEquals(Log.log(mixed[i]), y[i]);
    }
  }

  private static void exp(float[] x, float[] y) {
    for (int i = 0; i < N; i += Lanes.F32_LANES) {
      Exp.exp(FloatVector.fromArray(Lanes.F32, x, i)).intoArray(y, i);
    }
  }

  private static void log(float[] x, float[] y) {
    for (int i = 0; i < N; i += Lanes.F32_LANES) {
      Log.log(FloatVector.fromArray(Lanes.F32, x, i)).intoArray(y, i);
    }
  }

  private static void share(float[] x, float[] y) {
    for (int i = 0; i < N; i += Lanes.F32_LANES) {
      Exp.share(FloatVector.fromArray(Lanes.F32, x, i)).intoArray(y, i);
    }
  }
}
