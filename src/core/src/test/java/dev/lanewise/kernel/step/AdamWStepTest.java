package dev.lanewise.kernel.step;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.simd.Lanes;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AdamWStepTest {
  private static final double U = 0x1p-24;
  private static final float LR = 1e-3f;
  private static final float BETA1 = 0.9f;
  private static final float BETA2 = 0.999f;
  private static final float EPS = 1e-8f;
  private static final float DECAY = 0.01f;

  /** The four operands of a step on n parameters. */
  private static final class State implements AutoCloseable {
    final GuardedFloats w;
    final GuardedFloats g;
    final GuardedFloats m;
    final GuardedFloats v;

    State(int n) {
      SplittableRandom random = new SplittableRandom(n);
      float[] w = new float[n];
      float[] g = new float[n];
      float[] m = new float[n];
      float[] v = new float[n];
      for (int i = 0; i < n; i++) {
        w[i] = (float) random.nextGaussian();
        g[i] = (float) random.nextGaussian();
        m[i] = (float) random.nextGaussian();
        v[i] = (float) random.nextDouble();
      }
      this.w = GuardedFloats.copyOf(w);
      this.g = GuardedFloats.copyOf(g);
      this.m = GuardedFloats.copyOf(m);
      this.v = GuardedFloats.copyOf(v);
    }

    State(float[] w, float[] g) {
      this.w = GuardedFloats.copyOf(w);
      this.g = GuardedFloats.copyOf(g);
      m = GuardedFloats.copyOf(new float[w.length]);
      v = GuardedFloats.copyOf(new float[w.length]);
    }

    void step(int t, int begin, int end, float decay, float gradScale, boolean zeroGrads) {
      AdamWStep.step(
          w.segment(),
          g.segment(),
          m.segment(),
          v.segment(),
          begin,
          end,
          LR,
          BETA1,
          BETA2,
          EPS,
          decay,
          correction(BETA1, t),
          correction(BETA2, t),
          gradScale,
          zeroGrads);
    }

    void assertSameAs(State other) {
      assertArrayEquals(other.w.toArray(), w.toArray());
      assertArrayEquals(other.g.toArray(), g.toArray());
      assertArrayEquals(other.m.toArray(), m.toArray());
      assertArrayEquals(other.v.toArray(), v.toArray());
    }

    void assertGuardsIntact() {
      w.assertGuardsIntact();
      g.assertGuardsIntact();
      m.assertGuardsIntact();
      v.assertGuardsIntact();
    }

    @Override
    public void close() {
      w.close();
      g.close();
      m.close();
      v.close();
    }
  }

  private static float correction(float beta, int t) {
    return (float) (1 - Math.pow(beta, t));
  }

  /**
   * Per step, in units of u: m is off by at most (10 + 3) G relative to its correction (each of its
   * roundings fades by beta1, which adds up to 10 of them), G = 2 the largest gradient; v by at
   * most t + 3 of its own size, half of that under the root; the root is at least the smallest
   * gradient, 0.5. So m / root, at most 4, is off by 13 * 2 / 0.5 + (103 / 2 + 6) * 4 < 300, and w
   * moves by lr of that. Decay and update round w once each.
   */
  @Test
  void aHundredStepsStayWithinTheDerivedBoundOfDoublePrecision() {
    int n = 2 * Lanes.F32_LANES + 3;
    int steps = 100;
    float gradScale = 0.8f;
    SplittableRandom random = new SplittableRandom(1);
    float[] start = new float[n];
    for (int i = 0; i < n; i++) {
      start[i] = (float) random.nextGaussian();
    }
    double[] w = new double[n];
    double[] m = new double[n];
    double[] v = new double[n];
    double largest = 0;
    for (int i = 0; i < n; i++) {
      w[i] = start[i];
    }
    try (State state = new State(start, new float[n])) {
      for (int t = 1; t <= steps; t++) {
        float[] g = new float[n];
        for (int i = 0; i < n; i++) {
          double scaled = (0.5 + 1.5 * random.nextDouble()) * (random.nextInt(3) == 0 ? -1 : 1);
          g[i] = (float) (scaled / gradScale);
          double exact = (double) g[i] * gradScale;
          w[i] *= 1 - (double) LR * DECAY;
          m[i] = BETA1 * m[i] + (1 - (double) BETA1) * exact;
          v[i] = BETA2 * v[i] + (1 - (double) BETA2) * exact * exact;
          double mHat = m[i] / (1 - Math.pow(BETA1, t));
          double vHat = v[i] / (1 - Math.pow(BETA2, t));
          w[i] -= LR * mHat / (Math.sqrt(vHat) + EPS);
          largest = Math.max(largest, Math.abs(w[i]));
        }
        MemorySegment.copy(g, 0, state.g.segment(), JAVA_FLOAT, 0, n);
        state.step(t, 0, n, DECAY, gradScale, false);
      }
      float[] got = state.w.toArray();
      double bound = steps * U * (2 * (largest + LR) + 300 * LR);
      double worst = 0;
      for (int i = 0; i < n; i++) {
        assertEquals(w[i], got[i], bound);
        worst = Math.max(worst, Math.abs(w[i] - got[i]));
        assertEquals(m[i], state.m.toArray()[i], 13 * 2 * U);
        assertEquals(v[i], state.v.toArray()[i], (steps + 3) * U * v[i]);
      }
      double ratio = worst / bound;
      assertTrue(ratio > 1e-3, () -> "a bound that is never approached says nothing: " + ratio);
    }
  }

  @Test
  void everySizeHasTheBitsOfOneParameterAtATimeInBothModes() {
    for (int n : AwkwardSizes.lengths()) {
      for (boolean zeroGrads : new boolean[] {false, true}) {
        try (State whole = new State(n);
            State single = new State(n)) {
          whole.step(3, 0, n, DECAY, 0.5f, zeroGrads);
          for (int i = 0; i < n; i++) {
            single.step(3, i, i + 1, DECAY, 0.5f, zeroGrads);
          }
          whole.assertSameAs(single);
          whole.assertGuardsIntact();
          float[] g = whole.g.toArray();
          try (State before = new State(n)) {
            assertArrayEquals(zeroGrads ? new float[n] : before.g.toArray(), g);
          }
        }
      }
    }
  }

  @Test
  void theLoopOverBlocksJoinsThemWithoutAGap() {
    int n = 3 * 4096 + Lanes.F32_LANES + 5;
    try (State whole = new State(n);
        State pieces = new State(n)) {
      whole.step(1, 3, n, DECAY, 1, true);
      for (int i = 3; i < n; i += 1_001) {
        pieces.step(1, i, Math.min(n, i + 1_001), DECAY, 1, true);
      }
      whole.assertSameAs(pieces);
      whole.assertGuardsIntact();
    }
  }

  @Test
  void aRangeLeavesEverythingOutsideItUntouched() {
    int n = 3 * Lanes.F32_LANES + 5;
    for (int begin = 0; begin <= n; begin += 3) {
      for (int end = begin; end <= n; end += 4) {
        try (State all = new State(n);
            State before = new State(n);
            State part = new State(n)) {
          all.step(2, 0, n, DECAY, 1, true);
          part.step(2, begin, end, DECAY, 1, true);
          for (int i = 0; i < n; i++) {
            State expected = begin <= i && i < end ? all : before;
            assertEquals(expected.w.toArray()[i], part.w.toArray()[i]);
            assertEquals(expected.g.toArray()[i], part.g.toArray()[i]);
            assertEquals(expected.m.toArray()[i], part.m.toArray()[i]);
            assertEquals(expected.v.toArray()[i], part.v.toArray()[i]);
          }
        }
      }
    }
  }

  /**
   * With both corrections the first step is lr in the direction of the gradient, whatever its size.
   */
  @Test
  void theFirstStepMovesEachParameterByTheLearningRateAgainstItsGradient() {
    float[] g = {
      1e-3f, -1e-3f, 7, -7, 1e4f, -1e4f, 0.5f, -0.5f, 3, -3, 2, -2, 40, -40, 1, -1, 5, -5, 6
    };
    float[] w = new float[g.length];
    try (State state = new State(w, g)) {
      state.step(1, 0, w.length, DECAY, 1, false);
      float[] got = state.w.toArray();
      for (int i = 0; i < w.length; i++) {
        // eps / |g| of the step is missing: 1e-5 at most.
        assertEquals(-LR * Math.signum(g[i]), got[i], LR * (EPS / Math.abs(g[i]) + 16 * U));
      }
    }
  }

  @Test
  void withoutAGradientOnlyTheDecayActsAndWithoutDecayNothing() {
    int n = Lanes.F32_LANES + 3;
    try (State state = new State(new State(n).w.toArray(), new float[n])) {
      float[] before = state.w.toArray();
      state.step(1, 0, n, 0, 1, false);
      assertArrayEquals(before, state.w.toArray());
      state.step(2, 0, n, DECAY, 1, false);
      float[] after = state.w.toArray();
      for (int i = 0; i < n; i++) {
        assertEquals(
            (float) (before[i] - (double) before[i] * LR * DECAY), after[i], Math.ulp(before[i]));
      }
    }
  }

  @Test
  void aNanGradientReachesItsOwnParameterAlone() {
    int n = 2 * Lanes.F32_LANES + 3;
    for (int at = 0; at < n; at++) {
      float[] g = new State(n).g.toArray();
      g[at] = Float.NaN;
      try (State state = new State(new float[n], g)) {
        state.step(1, 0, n, DECAY, 1, true);
        for (int i = 0; i < n; i++) {
          assertEquals(i == at, Float.isNaN(state.w.toArray()[i]));
          assertEquals(i == at, Float.isNaN(state.m.toArray()[i]));
          assertEquals(i == at, Float.isNaN(state.v.toArray()[i]));
          assertEquals(0f, state.g.toArray()[i]);
        }
      }
    }
  }

  @Test
  void nothingIsAllocated() {
    int n = 4096 + 77;
    try (State state = new State(n)) {
      MemorySegment w = state.w.segment();
      MemorySegment g = state.g.segment();
      MemorySegment m = state.m.segment();
      MemorySegment v = state.v.segment();
      for (boolean zeroGrads : new boolean[] {false, true}) {
        assertEquals(
            0,
            AllocatedBytes.perCall(
                1_000,
                1_000,
                () ->
                    AdamWStep.step(
                        w, g, m, v, 0, n, LR, BETA1, BETA2, EPS, DECAY, 0.1f, 0.001f, 1,
                        zeroGrads)));
      }
    }
  }

  @Test
  void aHeapSegmentIsRejectedBeforeAnythingIsWritten() {
    int n = 40;
    try (State state = new State(n);
        State before = new State(n)) {
      MemorySegment heap = MemorySegment.ofArray(new float[n]);
      MemorySegment w = state.w.segment();
      MemorySegment g = state.g.segment();
      MemorySegment m = state.m.segment();
      assertThrows(
          IllegalArgumentException.class,
          () ->
              AdamWStep.step(
                  w, g, m, heap, 0, n, LR, BETA1, BETA2, EPS, DECAY, 0.1f, 0.001f, 1, true));
      state.assertSameAs(before);
    }
  }
}
