package dev.lanewise.kernel.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.loss.segments.BinaryCrossEntropy;
import dev.lanewise.simd.math.Exp;
import dev.lanewise.simd.math.Log;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.GuardedDoubles;
import dev.lanewise.testing.GuardedFloats;
import dev.lanewise.testing.RowModel;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BinaryCrossEntropyTest {
  private static final double U = 0x1p-24;
  private static final int[] LENGTHS = {
    0, 1, 3, 15, 16, 17, 31, 32, 33, 97, 1023, 1024, 1025, 3000
  };
  private static final float[] WEIGHTS = {1, 3, 0.25f, 0};

  /** In [0, 1], both ends among them. */
  private static float[] targets(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] targets = new float[n];
    for (int i = 0; i < n; i++) {
      targets[i] = i % 3 == 0 ? random.nextInt(2) : random.nextFloat();
    }
    return targets;
  }

  private static double[] forward(float[] x, float[] t, float p, long begin, long end) {
    try (GuardedFloats gx = GuardedFloats.copyOf(x);
        GuardedFloats gt = GuardedFloats.copyOf(t);
        GuardedDoubles sums = GuardedDoubles.copyOf(new double[(int) LossBlocks.count(x.length)])) {
      BinaryCrossEntropy.forward(
          gx.segment(), gt.segment(), sums.segment(), p, x.length, begin, end);
      sums.assertGuardsIntact();
      return sums.toArray();
    }
  }

  /** The gradient, in the place of an input where {@code over} names one. */
  private static float[] gradient(float[] x, float[] t, float p, float scale, int over) {
    long blocks = LossBlocks.count(x.length);
    try (GuardedFloats gx = GuardedFloats.copyOf(x);
        GuardedFloats gt = GuardedFloats.copyOf(t);
        GuardedFloats own = GuardedFloats.copyOf(new float[x.length]);
        GuardedDoubles sums = GuardedDoubles.copyOf(new double[(int) blocks])) {
      GuardedFloats dx = over == 0 ? own : over == 1 ? gx : gt;
      BinaryCrossEntropy.forwardBackward(
          gx.segment(), gt.segment(), dx.segment(), sums.segment(), p, scale, x.length, 0, blocks);
      dx.assertGuardsIntact();
      assertArrayEquals(forward(x, t, p, 0, blocks), sums.toArray());
      return dx.toArray();
    }
  }

  /** PyTorch's definition. */
  private static double exact(double x, double t, double p) {
    double softplus = Math.log1p(Math.exp(-Math.abs(x))) + Math.max(-x, 0);
    return (1 - t) * x + (1 + (p - 1) * t) * softplus;
  }

  @Test
  void everyBlockHasTheBitsOfTheDocumentedOrder() {
    for (int n : LENGTHS) {
      float[] x = RowModel.normal(n, 1, 0, 4);
      float[] t = targets(n, 2);
      double[] got = forward(x, t, 3, 0, LossBlocks.count(n));
      for (int b = 0; b < got.length; b++) {
        int first = b * LossBlocks.SIZE;
        float expected =
            RowModel.sum(
                Math.min(LossBlocks.SIZE, n - first),
                (sum, i) -> {
                  float v = x[first + i];
                  float c = v < 0 ? t[first + i] * 3 : 1 - t[first + i];
                  float w = t[first + i] * 3 + (1 - t[first + i]);
                  float soft = Log.log1p(Exp.exp(-Math.abs(v)));
                  return sum + Math.fma(c, Math.abs(v), w * soft);
                });
        assertEquals(expected, got[b], n + " elements");
      }
    }
  }

  @Test
  void lossesAndGradientsKeepTheirErrorBounds() {
    float scale = 0.3f;
    for (float p : WEIGHTS) {
      for (double sigma : new double[] {1, 30, 1e4}) {
        for (int n : LENGTHS) {
          float[] x = RowModel.normal(n, 3, 0, sigma);
          float[] t = targets(n, 4);
          double sum = 0;
          float[] dx = gradient(x, t, p, scale, 0);
          for (int i = 0; i < n; i++) {
            sum += stable(x[i], t[i], p);
            double e = StrictMath.exp(-Math.abs((double) x[i]));
            double w = (double) p * t[i] + (1 - (double) t[i]);
            double c = x[i] < 0 ? (double) p * t[i] : 1 - (double) t[i];
            double slope = (c - w * e / (1 + e)) * (x[i] < 0 ? -1 : 1) * scale;
            double bound =
                ((8 * w * e / (1 + e) + 2 * c) * U + 0x1p-99 * w) * scale + 2 * U * Math.abs(slope);
            assertEquals(slope, dx[i], bound, "x = " + x[i] + ", target " + t[i]);
          }
          double bound = (LossBlocks.SIZE / 32 + 16) * U * sum + n * 0x1p-97;
          try (GuardedDoubles sums =
              GuardedDoubles.copyOf(forward(x, t, p, 0, LossBlocks.count(n)))) {
            assertEquals(sum, LossBlocks.total(sums.segment(), n), bound);
          }
        }
      }
    }
  }

  /** The definition in a form that keeps its digits in double precision too. */
  private static double stable(double x, double t, double p) {
    double soft = StrictMath.log1p(StrictMath.exp(-Math.abs(x)));
    double w = p * t + (1 - t);
    return (x < 0 ? -p * t * x : (1 - t) * x) + w * soft;
  }

  /** Central differences of PyTorch's definition: h^2 / 6 and 2^-52 / h, then those of f32. */
  @Test
  void theGradientIsTheDerivativeOfTheDefinition() {
    double h = 1e-5;
    for (float p : WEIGHTS) {
      for (float t : new float[] {0, 0.3f, 1}) {
        for (float x : new float[] {-20, -2, -0.5f, 0, 0.5f, 2, 20}) {
          double difference = (exact(x + h, t, p) - exact(x - h, t, p)) / (2 * h);
          float got = gradient(new float[] {x}, new float[] {t}, p, 1, 0)[0];
          assertEquals(difference, got, 1e-8 + 20 * U);
          assertEquals(exact(x, t, p), forward(new float[] {x}, new float[] {t}, p, 0, 1)[0], 1e-5);
        }
      }
    }
  }

  @Test
  void specialsAreWhatTheDocumentationSays() {
    for (int n : new int[] {1, 70}) {
      for (int at : new int[] {0, n - 1}) {
        float[] x = new float[n];
        float[] t = new float[n];
        x[at] = Float.NaN;
        assertTrue(Double.isNaN(forward(x, t, 1, 0, 1)[0]));
        assertTrue(Float.isNaN(gradient(x, t, 1, 1, 0)[at]));
        x[at] = Float.POSITIVE_INFINITY;
        assertEquals(Double.POSITIVE_INFINITY, forward(x, t, 1, 0, 1)[0]);
        assertEquals(1f, gradient(x, t, 1, 1, 0)[at]);
        t[at] = 1;
        assertTrue(Double.isNaN(forward(x, t, 1, 0, 1)[0]));
        x[at] = Float.NEGATIVE_INFINITY;
        assertEquals(-2f, gradient(x, t, 2, 1, 0)[at]);
        x[at] = -70;
        t[at] = 0;
        assertEquals(0, gradient(x, t, 1, 1, 0)[at], 0);
      }
    }
  }

  @Test
  void theBlocksMayBeSplitAndDxMayBeEitherInput() {
    int n = 3 * LossBlocks.SIZE + 77;
    float[] x = RowModel.normal(n, 5, 0, 2);
    float[] t = targets(n, 6);
    double[] whole = forward(x, t, 2, 0, 4);
    for (int begin = 0; begin <= 4; begin++) {
      for (int end = begin; end <= 4; end++) {
        double[] expected = new double[4];
        System.arraycopy(whole, begin, expected, begin, end - begin);
        assertArrayEquals(expected, forward(x, t, 2, begin, end));
      }
    }
    float[] apart = gradient(x, t, 2, 0.5f, 0);
    assertArrayEquals(apart, gradient(x, t, 2, 0.5f, 1));
    assertArrayEquals(apart, gradient(x, t, 2, 0.5f, 2));
  }

  @Test
  void nothingIsAllocatedAndAHeapSegmentIsRejected() {
    int n = LossBlocks.SIZE + 333;
    MemorySegment heap = MemorySegment.ofArray(new float[n]);
    try (GuardedFloats x = GuardedFloats.copyOf(RowModel.normal(n, 7, 0, 1));
        GuardedFloats t = GuardedFloats.copyOf(targets(n, 8));
        GuardedFloats d = GuardedFloats.copyOf(new float[n]);
        GuardedDoubles p = GuardedDoubles.of(2)) {
      MemorySegment sx = x.segment();
      MemorySegment st = t.segment();
      MemorySegment sd = d.segment();
      MemorySegment sp = p.segment();
      assertEquals(
          0,
          AllocatedBytes.perCall(
              2_000, 1_000, () -> BinaryCrossEntropy.forward(sx, st, sp, 1, n, 0, 2)));
      assertEquals(
          0,
          AllocatedBytes.perCall(
              2_000,
              1_000,
              () -> BinaryCrossEntropy.forwardBackward(sx, st, sd, sp, 1, 0.5f, n, 0, 2)));
      assertThrows(
          IllegalArgumentException.class,
          () -> BinaryCrossEntropy.forward(sx, heap, sp, 1, n, 0, 2));
      assertThrows(
          IllegalArgumentException.class,
          () -> BinaryCrossEntropy.forwardBackward(sx, st, heap, sp, 1, 1, n, 0, 2));
    }
  }
}
