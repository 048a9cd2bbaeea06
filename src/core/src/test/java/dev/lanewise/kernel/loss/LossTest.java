package dev.lanewise.kernel.loss;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.loss.segments.Huber;
import dev.lanewise.kernel.loss.segments.MeanAbsoluteError;
import dev.lanewise.kernel.loss.segments.MeanSquaredError;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedDoubles;
import dev.lanewise.testing.GuardedFloats;
import dev.lanewise.testing.RowModel;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What all losses over elements keep. */
class LossTest {
  private static final double U = 0x1p-24;
  private static final float INF = Float.POSITIVE_INFINITY;
  private static final float DELTA = 0.75f;

  /** One element's share of a sum, in single precision as the kernel joins it. */
  interface Join {
    float join(float sum, float x, float target);
  }

  interface Forward {
    void run(
        MemorySegment x,
        MemorySegment target,
        MemorySegment partials,
        long n,
        long begin,
        long end);
  }

  interface Both {
    void run(
        MemorySegment x,
        MemorySegment target,
        MemorySegment dx,
        MemorySegment partials,
        float scale,
        long n,
        long begin,
        long end);
  }

  /**
   * A loss, its oracle in double precision and its bounds in units of u: of the sum beyond its
   * additions, and of the gradient.
   */
  record Loss(
      String name,
      Forward forward,
      Both both,
      Join join,
      DoubleBinaryOperator exact,
      DoubleBinaryOperator gradient,
      double roundings,
      double gradientRoundings) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static double clamp(double d) {
    return Math.clamp(d, -DELTA, DELTA);
  }

  static List<Loss> losses() {
    return List.of(
        new Loss(
            "squared error",
            MeanSquaredError::forward,
            MeanSquaredError::forwardBackward,
            (sum, x, t) -> Math.fma(x - t, x - t, sum),
            (x, t) -> (x - t) * (x - t),
            (x, t) -> 2 * (x - t),
            8,
            2),
        new Loss(
            "absolute error",
            MeanAbsoluteError::forward,
            MeanAbsoluteError::forwardBackward,
            (sum, x, t) -> sum + Math.abs(x - t),
            (x, t) -> Math.abs(x - t),
            (x, t) -> Math.signum(x - t),
            7,
            0),
        new Loss(
            "Huber",
            (x, t, p, n, b, e) -> Huber.forward(x, t, p, DELTA, n, b, e),
            (x, t, dx, p, scale, n, b, e) ->
                Huber.forwardBackward(x, t, dx, p, DELTA, scale, n, b, e),
            (sum, x, t) -> {
              float c = Math.clamp(x - t, -DELTA, DELTA);
              return Math.fma(c, Math.fma(c, -0.5f, x - t), sum);
            },
            (x, t) ->
                Math.abs(x - t) <= DELTA
                    ? (x - t) * (x - t) / 2
                    : DELTA * (Math.abs(x - t) - 0.5 * DELTA),
            (x, t) -> clamp(x - t),
            10,
            2));
  }

  private static int[] lengths() {
    return IntStream.concat(
            IntStream.of(AwkwardSizes.lengths()), IntStream.of(1023, 1024, 1025, 1055, 1056, 3000))
        .toArray();
  }

  private static double[] forward(Loss loss, float[] x, float[] target, long begin, long end) {
    try (GuardedFloats gx = GuardedFloats.copyOf(x);
        GuardedFloats gt = GuardedFloats.copyOf(target);
        GuardedDoubles partials =
            GuardedDoubles.copyOf(new double[(int) LossBlocks.count(x.length)])) {
      loss.forward().run(gx.segment(), gt.segment(), partials.segment(), x.length, begin, end);
      partials.assertGuardsIntact();
      assertArrayEquals(x, gx.toArray());
      return partials.toArray();
    }
  }

  /** The gradient, after a check that the losses have the bits of the forward pass. */
  private static float[] gradient(Loss loss, float[] x, float[] target, float scale) {
    long blocks = LossBlocks.count(x.length);
    try (GuardedFloats gx = GuardedFloats.copyOf(x);
        GuardedFloats gt = GuardedFloats.copyOf(target);
        GuardedFloats dx = GuardedFloats.copyOf(new float[x.length]);
        GuardedDoubles partials = GuardedDoubles.copyOf(new double[(int) blocks])) {
      loss.both()
          .run(
              gx.segment(),
              gt.segment(),
              dx.segment(),
              partials.segment(),
              scale,
              x.length,
              0,
              blocks);
      dx.assertGuardsIntact();
      assertArrayEquals(forward(loss, x, target, 0, blocks), partials.toArray());
      return dx.toArray();
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void everyBlockHasTheBitsOfTheDocumentedOrder(Loss loss) {
    for (int n : lengths()) {
      float[] x = RowModel.normal(n, 1, 0, 1);
      float[] t = RowModel.normal(n, 2, 0.1, 1);
      double[] partials = forward(loss, x, t, 0, LossBlocks.count(n));
      for (int b = 0; b < partials.length; b++) {
        int first = b * LossBlocks.SIZE;
        int size = Math.min(LossBlocks.SIZE, n - first);
        float expected =
            RowModel.sum(size, (sum, i) -> loss.join().join(sum, x[first + i], t[first + i]));
        assertEquals(expected, partials[b], n + " elements");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void lossesAndGradientsKeepTheirErrorBounds(Loss loss) {
    for (int n : lengths()) {
      float[] x = RowModel.normal(n, 3, 0, 1);
      float[] t = RowModel.normal(n, 4, 0.1, 1);
      double[] partials = forward(loss, x, t, 0, LossBlocks.count(n));
      double exact = 0;
      for (int i = 0; i < n; i++) {
        exact += loss.exact().applyAsDouble(x[i], t[i]);
      }
      double bound = (LossBlocks.SIZE / 32 + loss.roundings()) * U * exact;
      try (GuardedDoubles sums = GuardedDoubles.copyOf(partials)) {
        assertEquals(exact, LossBlocks.total(sums.segment(), n), bound);
      }
      float scale = 0.3f;
      float[] dx = gradient(loss, x, t, scale);
      for (int i = 0; i < n; i++) {
        double gradient = loss.gradient().applyAsDouble(x[i], t[i]) * scale;
        assertEquals(gradient, dx[i], loss.gradientRoundings() * U * Math.abs(gradient));
      }
    }
  }

  /** Central differences of the oracle away from its kinks: h^2 and 2^-52 / h. */
  @ParameterizedTest
  @MethodSource("losses")
  void theGradientIsTheDerivative(Loss loss) {
    double h = 1e-6;
    for (double d : new double[] {-3, -0.5, -0.01, 0.01, 0.5, 3}) {
      float[] dx = gradient(loss, new float[] {(float) (1 + d)}, new float[] {1}, 1);
      double up = loss.exact().applyAsDouble(1 + d + h, 1);
      double down = loss.exact().applyAsDouble(1 + d - h, 1);
      assertEquals((up - down) / (2 * h), dx[0], 1e-6);
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void everySplitOfTheBlocksGivesTheSameBitsAndTouchesNoOthers(Loss loss) {
    int n = 3 * LossBlocks.SIZE + 77;
    float[] x = RowModel.normal(n, 5, 0, 1);
    float[] t = RowModel.normal(n, 6, 0, 1);
    double[] whole = forward(loss, x, t, 0, 4);
    for (int begin = 0; begin <= 4; begin++) {
      for (int end = begin; end <= 4; end++) {
        double[] expected = new double[4];
        System.arraycopy(whole, begin, expected, begin, end - begin);
        assertArrayEquals(expected, forward(loss, x, t, begin, end));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void dxMayBeEitherInput(Loss loss) {
    int n = LossBlocks.SIZE + 45;
    float[] x = RowModel.normal(n, 7, 0, 1);
    float[] t = RowModel.normal(n, 8, 0, 1);
    float[] expected = gradient(loss, x, t, 0.5f);
    for (boolean overX : new boolean[] {true, false}) {
      try (GuardedFloats gx = GuardedFloats.copyOf(x);
          GuardedFloats gt = GuardedFloats.copyOf(t);
          GuardedDoubles partials = GuardedDoubles.of(2)) {
        MemorySegment dx = overX ? gx.segment() : gt.segment();
        loss.both().run(gx.segment(), gt.segment(), dx, partials.segment(), 0.5f, n, 0, 2);
        assertArrayEquals(expected, dx.toArray(JAVA_FLOAT));
        assertArrayEquals(forward(loss, x, t, 0, 2), partials.segment().toArray(JAVA_DOUBLE));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void specialsAreWhatTheDocumentationSays(Loss loss) {
    for (int n : new int[] {1, 70}) {
      for (int at : new int[] {0, n - 1}) {
        float[] x = new float[n];
        float[] t = new float[n];
        x[at] = Float.NaN;
        assertTrue(Double.isNaN(forward(loss, x, t, 0, 1)[0]));
        assertTrue(Float.isNaN(gradient(loss, x, t, 1)[at]));
        x[at] = -INF;
        assertEquals(INF, forward(loss, x, t, 0, 1)[0]);
        assertEquals((float) loss.gradient().applyAsDouble(-INF, 0), gradient(loss, x, t, 1)[at]);
        t[at] = -INF;
        assertTrue(Double.isNaN(forward(loss, x, t, 0, 1)[0]));
        x[at] = 2;
        t[at] = 2;
        assertEquals(0, forward(loss, x, t, 0, 1)[0]);
        assertEquals(0, gradient(loss, x, t, 1)[at], 0);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void nothingIsAllocated(Loss loss) {
    int n = LossBlocks.SIZE + 333;
    try (GuardedFloats x = GuardedFloats.copyOf(RowModel.normal(n, 9, 0, 1));
        GuardedFloats t = GuardedFloats.copyOf(RowModel.normal(n, 10, 0, 1));
        GuardedDoubles p = GuardedDoubles.of(2)) {
      MemorySegment sx = x.segment();
      MemorySegment st = t.segment();
      MemorySegment sp = p.segment();
      assertEquals(
          0, AllocatedBytes.perCall(2_000, 1_000, () -> loss.forward().run(sx, st, sp, n, 0, 2)));
      assertEquals(
          0,
          AllocatedBytes.perCall(
              2_000, 1_000, () -> loss.both().run(sx, st, sx, sp, 0.5f, n, 0, 2)));
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void aHeapSegmentIsRejected(Loss loss) {
    MemorySegment heap = MemorySegment.ofArray(new float[40]);
    try (GuardedFloats x = GuardedFloats.copyOf(new float[40]);
        GuardedDoubles p = GuardedDoubles.of(1)) {
      MemorySegment sx = x.segment();
      MemorySegment sp = p.segment();
      assertThrows(
          IllegalArgumentException.class, () -> loss.forward().run(sx, heap, sp, 40, 0, 1));
      assertThrows(
          IllegalArgumentException.class, () -> loss.both().run(sx, sx, heap, sp, 1, 40, 0, 1));
    }
  }
}
