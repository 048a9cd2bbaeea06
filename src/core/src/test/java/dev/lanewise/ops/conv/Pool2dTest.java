package dev.lanewise.ops.conv;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pooling against its definition, bits, ties, NaN and errors. */
class Pool2dTest {
  private static final double ULP = 0x1p-24;
  private static final Workers ONE = Workers.of(1);

  /** Lines or columns of one window. */
  record Bounds(int begin, int end) {}

  /** One pooling, its window bounds written out for the oracle. */
  record Case(
      PoolShape shape, int height, int width, List<Bounds> lines, List<Bounds> columns, int area) {
    static Case of(int n, int h, int w, int c, int window, int stride, int padding) {
      PoolShape shape = PoolShape.of(n, h, w, c, window, window, stride, stride, padding, padding);
      return new Case(
          shape,
          h,
          w,
          bounds(h, shape.outHeight(), window, stride, padding),
          bounds(w, shape.outWidth(), window, stride, padding),
          window * window);
    }

    static Case adaptive(int n, int h, int w, int c, int outHeight, int outWidth) {
      return new Case(
          PoolShape.adaptive(n, h, w, c, outHeight, outWidth),
          h,
          w,
          even(h, outHeight),
          even(w, outWidth),
          0);
    }

    private static List<Bounds> bounds(int size, int out, int window, int stride, int padding) {
      List<Bounds> bounds = new ArrayList<>();
      for (int i = 0; i < out; i++) {
        int begin = i * stride - padding;
        bounds.add(new Bounds(Math.max(0, begin), Math.min(size, begin + window)));
      }
      return bounds;
    }

    private static List<Bounds> even(int size, int out) {
      List<Bounds> bounds = new ArrayList<>();
      for (int i = 0; i < out; i++) {
        int begin = (int) Math.floor((double) i * size / out);
        bounds.add(new Bounds(begin, (int) Math.ceil((i + 1.0) * size / out)));
      }
      return bounds;
    }

    int x(int n, int h, int w, int c) {
      return ((n * height + h) * width + w) * shape.channels() + c;
    }

    int y(int n, int i, int j, int c) {
      return ((n * lines.size() + i) * columns.size() + j) * shape.channels() + c;
    }
  }

  @FunctionalInterface
  private interface Visitor {
    /** The elements of x of one window, in order. */
    void visit(int y, int[] xs);
  }

  private static void visit(Case pool, Visitor visitor) {
    for (int n = 0; n < pool.shape.samples(); n++) {
      for (int i = 0; i < pool.lines.size(); i++) {
        for (int j = 0; j < pool.columns.size(); j++) {
          for (int c = 0; c < pool.shape.channels(); c++) {
            List<Integer> xs = new ArrayList<>();
            for (int h = pool.lines.get(i).begin; h < pool.lines.get(i).end; h++) {
              for (int w = pool.columns.get(j).begin; w < pool.columns.get(j).end; w++) {
                xs.add(pool.x(n, h, w, c));
              }
            }
            visitor.visit(pool.y(n, i, j, c), xs.stream().mapToInt(Integer::intValue).toArray());
          }
        }
      }
    }
  }

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (int channels : new int[] {1, 3, 15, 16, 17, 40}) {
      cases.add(Case.of(2, 6, 7, channels, 2, 2, 0));
      cases.add(Case.of(2, 7, 6, channels, 3, 1, 1));
      cases.add(Case.of(1, 9, 8, channels, 3, 2, 1));
      cases.add(Case.adaptive(2, 7, 5, channels, 3, 2));
      cases.add(Case.adaptive(3, 4, 4, channels, 1, 1));
    }
    cases.add(Case.of(2, 5, 5, 4, 2, 3, 1));
    cases.add(Case.adaptive(1, 2, 3, 2, 5, 4));
    cases.add(Case.of(0, 5, 5, 4, 2, 2, 0));
    return cases;
  }

  private static float[] random(long n, long seed) {
    float[] values = new float[(int) n];
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (2 * random.nextDouble() - 1);
    }
    return values;
  }

  private static float[] maxForward(PoolShape shape, float[] x, Workers workers) {
    try (GuardedFloats xs = GuardedFloats.copyOf(x);
        GuardedFloats ys = GuardedFloats.of((int) shape.outputElements())) {
      MaxPool2d.forward(shape, xs.segment(), ys.segment(), workers);
      ys.assertGuardsIntact();
      return ys.toArray();
    }
  }

  private static float[] maxBackward(
      PoolShape shape, float[] x, float[] y, float[] dy, Workers workers) {
    try (GuardedFloats xs = GuardedFloats.copyOf(x);
        GuardedFloats ys = GuardedFloats.copyOf(y);
        GuardedFloats dys = GuardedFloats.copyOf(dy);
        GuardedFloats dxs = GuardedFloats.of((int) shape.inputElements())) {
      MaxPool2d.backward(shape, xs.segment(), ys.segment(), dys.segment(), dxs.segment(), workers);
      dxs.assertGuardsIntact();
      return dxs.toArray();
    }
  }

  private static float[] averageForward(
      PoolShape shape, float[] x, boolean countPadding, Workers workers) {
    try (GuardedFloats xs = GuardedFloats.copyOf(x);
        GuardedFloats ys = GuardedFloats.of((int) shape.outputElements())) {
      AveragePool2d.forward(shape, xs.segment(), ys.segment(), countPadding, workers);
      ys.assertGuardsIntact();
      return ys.toArray();
    }
  }

  private static float[] averageBackward(
      PoolShape shape, float[] dy, boolean countPadding, Workers workers) {
    try (GuardedFloats dys = GuardedFloats.copyOf(dy);
        GuardedFloats dxs = GuardedFloats.of((int) shape.inputElements())) {
      AveragePool2d.backward(shape, dys.segment(), dxs.segment(), countPadding, workers);
      dxs.assertGuardsIntact();
      return dxs.toArray();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void maxTakesTheLargestAndSendsTheGradientThere(Case pool) {
    float[] x = random(pool.shape.inputElements(), 1);
    float[] dy = random(pool.shape.outputElements(), 2);
    float[] y = new float[dy.length];
    double[] dx = new double[x.length];
    double[] magnitude = new double[x.length];
    visit(
        pool,
        (out, xs) -> {
          int best = xs[0];
          for (int at : xs) {
            best = x[at] > x[best] ? at : best;
          }
          y[out] = x[best];
          dx[best] += dy[out];
          magnitude[best] += Math.abs(dy[out]);
        });
    assertArrayEquals(y, maxForward(pool.shape, x, ONE));
    float[] gradient = maxBackward(pool.shape, x, y, dy, ONE);
    for (int i = 0; i < x.length; i++) {
      assertEquals(dx[i], gradient[i], 9 * ULP * magnitude[i], "dx " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void averageDividesTheSumByItsCount(Case pool) {
    float[] x = random(pool.shape.inputElements(), 3);
    float[] dy = random(pool.shape.outputElements(), 4);
    for (boolean countPadding : new boolean[] {false, true}) {
      double[] y = new double[dy.length];
      double[] magnitudeY = new double[dy.length];
      double[] dx = new double[x.length];
      double[] magnitudeX = new double[x.length];
      visit(
          pool,
          (out, xs) -> {
            double count = countPadding && pool.area > 0 ? pool.area : xs.length;
            for (int at : xs) {
              y[out] += x[at] / count;
              magnitudeY[out] += Math.abs(x[at]) / count;
              dx[at] += dy[out] / count;
              magnitudeX[at] += Math.abs(dy[out]) / count;
            }
          });
      float[] actual = averageForward(pool.shape, x, countPadding, ONE);
      for (int i = 0; i < y.length; i++) {
        assertEquals(y[i], actual[i], 20 * ULP * magnitudeY[i], "y " + i);
      }
      float[] gradient = averageBackward(pool.shape, dy, countPadding, ONE);
      for (int i = 0; i < x.length; i++) {
        assertEquals(dx[i], gradient[i], 22 * ULP * magnitudeX[i], "dx " + i);
      }
    }
  }

  @Test
  void ofEqualElementsTheFirstOneGetsTheGradientAndNaNIsTheLargest() {
    PoolShape shape = PoolShape.tiles(1, 2, 2, 3, 2);
    float[] x = {1, -0f, 2, 1, 0f, Float.NaN, 0, -0f, 3, 1, 0f, Float.NaN};
    float[] y = maxForward(shape, x, ONE);
    assertArrayEquals(new float[] {1, 0f, Float.NaN}, y);
    assertArrayEquals(
        new float[] {5, 6, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0},
        maxBackward(shape, x, y, new float[] {5, 6, 7}, ONE));
  }

  @Test
  void threadsChangeNoBit() {
    PoolShape shape = PoolShape.of(16, 30, 31, 33, 3, 3, 2, 2, 1, 1);
    float[] x = random(shape.inputElements(), 5);
    float[] dy = random(shape.outputElements(), 6);
    float[] y = maxForward(shape, x, ONE);
    float[] mean = averageForward(shape, x, true, ONE);
    float[] dx = maxBackward(shape, x, y, dy, ONE);
    float[] dMean = averageBackward(shape, dy, true, ONE);
    for (int threads : new int[] {2, 3, 7}) {
      try (Workers workers = Workers.of(threads)) {
        assertArrayEquals(y, maxForward(shape, x, workers));
        assertArrayEquals(mean, averageForward(shape, x, true, workers));
        assertArrayEquals(dx, maxBackward(shape, x, y, dy, workers));
        assertArrayEquals(dMean, averageBackward(shape, dy, true, workers));
      }
    }
  }

  @Test
  void nothingIsAllocated() {
    PoolShape shape = PoolShape.tiles(2, 16, 16, 37, 2);
    try (GuardedFloats x = GuardedFloats.copyOf(random(shape.inputElements(), 7));
        GuardedFloats y = GuardedFloats.copyOf(random(shape.outputElements(), 8))) {
      MemorySegment xs = x.segment();
      MemorySegment ys = y.segment();
      assertEquals(
          0,
          AllocatedBytes.perCall(
              1000,
              500,
              () -> {
                MaxPool2d.forward(shape, xs, ys, ONE);
                AveragePool2d.forward(shape, xs, ys, false, ONE);
                AveragePool2d.backward(shape, ys, xs, false, ONE);
              }));
    }
  }

  @Test
  void whatDoesNotFitIsNamed() {
    assertMessage("padY = 2 is more than half", () -> PoolShape.of(1, 8, 8, 1, 3, 3, 1, 1, 2, 1));
    assertMessage(
        "width = 2 with 0 of padding on each side is less than the window's 3",
        () -> PoolShape.of(1, 8, 2, 1, 3, 3, 1, 1, 0, 0));
    assertMessage("strideX = 0", () -> PoolShape.of(1, 8, 8, 1, 3, 3, 1, 0, 0, 0));
    assertMessage("outHeight = 0", () -> PoolShape.adaptive(1, 8, 8, 1, 0, 1));
    assertMessage("channels = 0", () -> PoolShape.tiles(1, 8, 8, 0, 2));
    assertMessage("samples = -1", () -> PoolShape.tiles(-1, 8, 8, 1, 2));
    PoolShape shape = PoolShape.tiles(1, 4, 4, 2, 2);
    try (GuardedFloats x = GuardedFloats.of(32);
        GuardedFloats y = GuardedFloats.of(8)) {
      MemorySegment xs = x.segment();
      MemorySegment ys = y.segment();
      float[] before = x.toArray();
      assertMessage("x", () -> MaxPool2d.forward(shape, ys, ys, ONE));
      assertMessage("y", () -> AveragePool2d.forward(shape, xs, ys.asSlice(0, 28), true, ONE));
      assertMessage("share elements", () -> MaxPool2d.forward(shape, xs, xs, ONE));
      assertMessage("share elements", () -> MaxPool2d.backward(shape, xs, ys, ys, xs, ONE));
      assertTrue(Arrays.equals(before, xs.toArray(JAVA_FLOAT)));
    }
  }

  private static void assertMessage(String part, Runnable call) {
    String message =
        String.valueOf(assertThrows(IllegalArgumentException.class, call::run).getMessage());
    assertTrue(message.contains(part), message);
  }
}
