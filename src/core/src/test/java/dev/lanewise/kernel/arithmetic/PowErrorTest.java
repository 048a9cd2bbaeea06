package dev.lanewise.kernel.arithmetic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.kernel.arithmetic.segments.Pow;
import dev.lanewise.testing.GuardedCall;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Powers and both gradients against double precision. */
class PowErrorTest {
  private static final double U = 0x1p-24;
  private static final int N = 20_000;

  private final float[] x = new float[N];
  private final float[] exponents = new float[N];
  private final float[] dy = new float[N];

  PowErrorTest() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < N; i++) {
      x[i] = (float) Math.exp(3 * random.nextGaussian());
      // Neither the power nor a gradient leaves the normal range.
      double most = Math.min(20, 70 / Math.abs(Math.log(x[i])));
      exponents[i] = (float) (most * (2 * random.nextDouble() - 1));
      dy[i] = 0.5f + random.nextFloat();
    }
  }

  @Test
  void powersAreWithinTwoAndAHalfUlp() {
    float[] y = powers();
    float[] cubes = GuardedCall.run(s -> Pow.forward(s[0], s[1], 3f, 0, N), x, new float[N])[1];
    for (int i = 0; i < N; i++) {
      double exact = StrictMath.pow(x[i], exponents[i]);
      assertEquals(exact, y[i], 2.5 * Math.ulp((float) exact));
      double cube = (double) x[i] * x[i] * x[i];
      assertEquals(cube, cubes[i], 2.5 * Math.ulp((float) cube));
    }
  }

  private float[] powers() {
    return GuardedCall.run(s -> Pow.forward(s[0], s[1], s[2], 0, N), x, exponents, new float[N])[2];
  }

  @Test
  void theGradientOfTheBaseKeepsItsBound() {
    float[] dx =
        GuardedCall.run(
            s -> Pow.backward(s[0], s[1], s[2], s[3], 0, N), x, exponents, dy, new float[N])[3];
    for (int i = 0; i < N; i++) {
      double lowered = (double) exponents[i] - 1;
      double exact = dy[i] * (exponents[i] * StrictMath.pow(x[i], lowered));
      double rounded = exponents[i] < 0.5 ? Math.abs(lowered * StrictMath.log(x[i])) : 0;
      assertEquals(exact, dx[i], (7 + rounded) * U * Math.abs(exact), x[i] + "^" + exponents[i]);
    }
  }

  @Test
  void theGradientOfTheExponentKeepsItsBound() {
    float[] gradients =
        GuardedCall.run(
            s -> Pow.backwardExponent(s[0], s[1], s[2], s[3], s[4], 0, N),
            x,
            exponents,
            powers(),
            dy,
            new float[N])[4];
    for (int i = 0; i < N; i++) {
      double exact = dy[i] * (StrictMath.pow(x[i], exponents[i]) * StrictMath.log(x[i]));
      assertEquals(exact, gradients[i], 9 * U * Math.abs(exact), x[i] + "^" + exponents[i]);
    }
  }
}
