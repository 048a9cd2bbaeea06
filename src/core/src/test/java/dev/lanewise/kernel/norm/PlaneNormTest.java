package dev.lanewise.kernel.norm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.norm.segments.BatchNorm;
import dev.lanewise.kernel.norm.segments.GroupNorm;
import dev.lanewise.kernel.norm.segments.LayerNorm;
import dev.lanewise.simd.Lanes;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.GuardedCall;
import dev.lanewise.testing.GuardedFloats;
import dev.lanewise.testing.RowModel;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Batch and group normalisation: samples of channels of planes. */
class PlaneNormTest {
  private static final double U = 0x1p-24;
  private static final float EPS = 1e-5f;
  private static final float MOMENTUM = 0.1f;
  private static final int[] SPATIAL = {1, 2, 7, 15, 16, 17, 31, 32, 33, 49, 101, 260};

  /** Samples, channels, elements of a plane. */
  private record Shape(int samples, int channels, int spatial) {
    int elements() {
      return samples * channels * spatial;
    }
  }

  /** y, mean, rstd, running mean, running variance. */
  private static float[][] batch(
      Shape d, float[] x, float[] w, float[] b, float[] rm, float[] rv, int begin, int end) {
    float[][] all =
        GuardedCall.run(
            s ->
                BatchNorm.forward(
                    s[0],
                    s[1],
                    s[2],
                    s[3],
                    s[4],
                    s[5],
                    s[6],
                    s[7],
                    MOMENTUM,
                    EPS,
                    d.samples,
                    d.channels,
                    d.spatial,
                    begin,
                    end),
            x,
            w,
            b,
            rm,
            rv,
            new float[x.length],
            new float[d.channels],
            new float[d.channels]);
    return new float[][] {all[5], all[6], all[7], all[3], all[4]};
  }

  /** dx, dWeight, dBias, the last two added to what is given. */
  private static float[][] batchBackward(
      Shape d, float[] x, float[] w, float[][] saved, float[] dy, float[] dw, int begin, int end) {
    float[][] all =
        GuardedCall.run(
            s ->
                BatchNorm.backward(
                    s[0],
                    s[1],
                    s[2],
                    s[3],
                    s[4],
                    s[5],
                    s[6],
                    s[7],
                    d.samples,
                    d.channels,
                    d.spatial,
                    begin,
                    end),
            x,
            w,
            saved[1],
            saved[2],
            dy,
            new float[x.length],
            dw,
            dw);
    return new float[][] {all[5], all[6], all[7]};
  }

  /** y, mean, rstd. */
  private static float[][] group(
      Shape d, int groups, float[] x, float[] w, float[] b, int begin, int end) {
    float[][] all =
        GuardedCall.run(
            s ->
                GroupNorm.forward(
                    s[0],
                    s[1],
                    s[2],
                    s[3],
                    s[4],
                    s[5],
                    EPS,
                    d.channels,
                    groups,
                    d.spatial,
                    begin,
                    end),
            x,
            w,
            b,
            new float[x.length],
            new float[d.samples * groups],
            new float[d.samples * groups]);
    return new float[][] {all[3], all[4], all[5]};
  }

  /** dx, dWeights, dBiases by sample. */
  private static float[][] groupBackward(
      Shape d, int groups, float[] x, float[] w, float[][] saved, float[] dy, int begin, int end) {
    float[][] all =
        GuardedCall.run(
            s ->
                GroupNorm.backward(
                    s[0],
                    s[1],
                    s[2],
                    s[3],
                    s[4],
                    s[5],
                    s[6],
                    s[7],
                    d.channels,
                    groups,
                    d.spatial,
                    begin,
                    end),
            x,
            w,
            saved[1],
            saved[2],
            dy,
            new float[x.length],
            new float[d.samples * d.channels],
            new float[d.samples * d.channels]);
    return new float[][] {all[5], all[6], all[7]};
  }

  /** Where the elements of channel c lie, in order of the samples. */
  private static int[] ofChannel(Shape d, int c) {
    int[] places = new int[d.samples * d.spatial];
    for (int s = 0; s < d.samples; s++) {
      for (int i = 0; i < d.spatial; i++) {
        places[s * d.spatial + i] = (s * d.channels + c) * d.spatial + i;
      }
    }
    return places;
  }

  private static int[] ofGroup(int elements, int r) {
    int[] places = new int[elements];
    Arrays.setAll(places, i -> r * elements + i);
    return places;
  }

  /** The mean distance from the first of the given elements. */
  private static double spread(float[] x, int[] places) {
    double sum = 0;
    for (int place : places) {
      sum += Math.abs((double) x[place] - x[places[0]]);
    }
    return sum / places.length;
  }

  private static int channel(Shape d, int place) {
    return place / d.spatial % d.channels;
  }

  /**
   * y and dx of the elements that are normalised together, against the oracle; {@code forward} and
   * {@code backward} are the roundings of the sums.
   */
  private static NormOracle assertTogether(
      Shape d,
      int[] places,
      float[] x,
      float[] w,
      float[] b,
      float[] dy,
      float[] y,
      float[] dx,
      double forward,
      double backward) {
    int n = places.length;
    double[] row = new double[n];
    double[] g = new double[n];
    for (int i = 0; i < n; i++) {
      row[i] = x[places[i]];
      g[i] = (double) w[channel(d, places[i])] * dy[places[i]];
    }
    NormOracle exact = NormOracle.of(row, EPS, true);
    double[] gradient = exact.dx(g, true);
    double delta = (forward + 2) * U * spread(x, places);
    double absD = 0;
    double absDxh = 0;
    double absDq = 0;
    double[] q = new double[n];
    for (int i = 0; i < n; i++) {
      q[i] =
          (forward / 2 + 4) * U * Math.abs(exact.xh[i])
              + exact.rstd * (delta + U * Math.abs(exact.mean));
      absD += Math.abs(g[i]) / n;
      absDxh += Math.abs(g[i] * exact.xh[i]) / n;
      absDq += Math.abs(g[i]) * q[i] / n;
    }
    for (int i = 0; i < n; i++) {
      int c = channel(d, places[i]);
      double xh = exact.xh[i];
      double value = xh * w[c] + b[c];
      double bound =
          Math.abs(w[c]) * exact.rstd * delta * (1 + xh * xh * exact.rstd * delta)
              + (forward / 2 + 8) * U * Math.abs(w[c] * xh)
              + U * Math.abs(value);
      assertEquals(value, y[places[i]], bound, d.toString());
      double off =
          exact.rstd
                  * ((backward + 8) * U * (Math.abs(g[i]) + absD + Math.abs(xh) * absDxh)
                      + q[i] * absDxh
                      + Math.abs(xh) * absDq)
              + (forward / 2 + 4) * U * Math.abs(gradient[i]);
      assertEquals(gradient[i], dx[places[i]], off, d.toString());
    }
    return exact;
  }

  /** The gradients of the parameters of channel c over the given elements. */
  private static void assertParameters(
      int[] places,
      NormOracle exact,
      int[] within,
      float[] x,
      float[] dy,
      double n,
      float dw,
      float db) {
    double delta = (n + 2) * U * spread(x, places);
    double weight = 0;
    double bias = 0;
    double boundW = 0;
    double boundB = 0;
    for (int i : within) {
      double g = dy[places[i]];
      double xh = exact.xh[i];
      weight += g * xh;
      bias += g;
      boundW +=
          Math.abs(g)
              * ((n / 2 + 4) * U * Math.abs(xh) + exact.rstd * (delta + U * Math.abs(exact.mean)));
      boundW += (n + 2) * U * Math.abs(g * xh);
      boundB += n * U * Math.abs(g);
    }
    assertEquals(weight, dw, boundW);
    assertEquals(bias, db, boundB);
  }

  @Test
  void batchNormKeepsItsErrorBounds() {
    for (double around : new double[] {0, 3, 1e4}) {
      for (int spatial : SPATIAL) {
        Shape d = new Shape(4, 3, spatial);
        float[] x = RowModel.normal(d.elements(), 1, around, 1);
        float[] w = RowModel.normal(3, 2, 1, 0.3);
        float[] b = RowModel.normal(3, 3, 0, 1);
        float[] dy = RowModel.normal(d.elements(), 4, 0.2, 1);
        float[][] got = batch(d, x, w, b, new float[3], new float[3], 0, 3);
        float[][] gradients = batchBackward(d, x, w, got, dy, new float[3], 0, 3);
        double n = RowModel.roundings(spatial) + 1;
        for (int c = 0; c < 3; c++) {
          int[] places = ofChannel(d, c);
          NormOracle exact = assertTogether(d, places, x, w, b, dy, got[0], gradients[0], n, n);
          assertEquals(
              exact.mean, got[1][c], (n + 2) * U * spread(x, places) + U * Math.abs(exact.mean));
          int[] all = new int[places.length];
          Arrays.setAll(all, i -> i);
          assertParameters(places, exact, all, x, dy, n, gradients[1][c], gradients[2][c]);
        }
      }
    }
  }

  @Test
  void groupNormKeepsItsErrorBounds() {
    for (double around : new double[] {0, 3, 1e4}) {
      for (int spatial : SPATIAL) {
        for (int groups : new int[] {1, 2, 6}) {
          Shape d = new Shape(2, 6, spatial);
          float[] x = RowModel.normal(d.elements(), 5, around, 1);
          float[] w = RowModel.normal(6, 6, 1, 0.3);
          float[] b = RowModel.normal(6, 7, 0, 1);
          float[] dy = RowModel.normal(d.elements(), 8, 0.2, 1);
          float[][] got = group(d, groups, x, w, b, 0, 2 * groups);
          float[][] gradients = groupBackward(d, groups, x, w, got, dy, 0, 2 * groups);
          int members = 6 / groups;
          double plane = RowModel.roundings(spatial) + 1;
          for (int r = 0; r < 2 * groups; r++) {
            int[] places = ofGroup(members * spatial, r);
            double n = RowModel.roundings(places.length);
            NormOracle exact =
                assertTogether(d, places, x, w, b, dy, got[0], gradients[0], n, plane);
            for (int k = 0; k < members; k++) {
              int[] within = new int[spatial];
              int first = k * spatial;
              Arrays.setAll(within, i -> first + i);
              int at = r * members + k;
              assertParameters(
                  places, exact, within, x, dy, n + plane, gradients[1][at], gradients[2][at]);
            }
          }
        }
      }
    }
  }

  /** The order that the Javadoc promises. */
  @Test
  void aChannelHasTheBitsOfTheDocumentedOrder() {
    for (int spatial : SPATIAL) {
      Shape d = new Shape(3, 1, spatial);
      float[] x = RowModel.normal(d.elements(), 9, 2, 1);
      float[] w = {1.25f};
      float[] b = {-0.5f};
      float[] dy = RowModel.normal(d.elements(), 10, 0.2, 1);
      int m = d.elements();
      double differences = 0;
      for (int s = 0; s < 3; s++) {
        int at = s * spatial;
        differences += RowModel.sum(spatial, (sum, i) -> sum + (x[at + i] - x[0]));
      }
      double mean = x[0] + differences / m;
      float high = (float) mean;
      float low = (float) (mean - high);
      double squares = 0;
      for (int s = 0; s < 3; s++) {
        int at = s * spatial;
        squares +=
            RowModel.sum(
                spatial,
                (sum, i) -> {
                  float distance = x[at + i] - high - low;
                  return Math.fma(distance, distance, sum);
                });
      }
      float rstd = (float) (1 / Math.sqrt(squares / m + EPS));
      float[] y = new float[m];
      float[] xh = new float[m];
      for (int i = 0; i < m; i++) {
        y[i] = Math.fma((x[i] - high - low) * rstd, w[0], b[0]);
        xh[i] = (x[i] - high) * rstd;
      }
      float[][] got = batch(d, x, w, b, new float[] {3}, new float[] {5}, 0, 1);
      assertArrayEquals(y, got[0]);
      assertEquals((float) (3 + MOMENTUM * (mean - 3)), got[3][0]);
      assertEquals((float) (5 + MOMENTUM * (squares / (m - 1) - 5)), got[4][0]);

      double sumDy = 0;
      double sumDyXh = 0;
      for (int s = 0; s < 3; s++) {
        int at = s * spatial;
        sumDy += RowModel.sum(spatial, (sum, i) -> sum + dy[at + i]);
        sumDyXh += RowModel.sum(spatial, (sum, i) -> Math.fma(dy[at + i], xh[at + i], sum));
      }
      float meanD = (float) (w[0] * sumDy / m);
      float meanDxh = (float) (w[0] * sumDyXh / m);
      float[] dx = new float[m];
      for (int i = 0; i < m; i++) {
        dx[i] = Math.fma(xh[i], -meanDxh, Math.fma(dy[i], w[0], -meanD)) * rstd;
      }
      float[][] gradients = batchBackward(d, x, w, got, dy, new float[] {7}, 0, 1);
      assertArrayEquals(dx, gradients[0]);
      assertEquals((float) (7 + sumDyXh), gradients[1][0]);
      assertEquals((float) (7 + sumDy), gradients[2][0]);
    }
  }

  @Test
  void oneGroupIsTheLayerNormOfASampleAndManyAreInstanceNorms() {
    Shape d = new Shape(2, 6, 37);
    float[] x = RowModel.normal(d.elements(), 11, 1, 2);
    float[] w = RowModel.normal(6, 12, 1, 0.3);
    float[] b = RowModel.normal(6, 13, 0, 1);
    float[] perElementW = new float[6 * 37];
    float[] perElementB = new float[6 * 37];
    for (int i = 0; i < perElementW.length; i++) {
      perElementW[i] = w[i / 37];
      perElementB[i] = b[i / 37];
    }
    float[] layer =
        GuardedCall.run(
            s -> LayerNorm.forward(s[0], s[1], s[2], s[3], s[4], s[5], EPS, 0, 2, 6 * 37),
            x,
            perElementW,
            perElementB,
            new float[x.length],
            new float[2],
            new float[2])[3];
    assertArrayEquals(layer, group(d, 1, x, w, b, 0, 2)[0]);

    // One sample with its planes as channels of a batch of one.
    float[] instance = group(d, 6, x, w, b, 0, 6)[0];
    float[] first = Arrays.copyOf(x, 6 * 37);
    float[] batch = batch(new Shape(1, 6, 37), first, w, b, new float[6], new float[6], 0, 6)[0];
    assertArrayEquals(batch, Arrays.copyOf(instance, 6 * 37));
  }

  @Test
  void inUseTheRunningStatisticsNormalise() {
    Shape d = new Shape(2, 3, 35);
    float[] x = RowModel.normal(d.elements(), 14, 1, 2);
    float[] w = RowModel.normal(3, 15, 1, 0.3);
    float[] b = RowModel.normal(3, 16, 0, 1);
    float[] rm = {0.5f, -1, 2};
    float[] rv = {4, 0.25f, 0};
    float[] y =
        GuardedCall.run(
            s -> BatchNorm.infer(s[0], s[1], s[2], s[3], s[4], s[5], EPS, 2, 3, 35, 0, 3),
            x,
            w,
            b,
            rm,
            rv,
            new float[x.length])[5];
    for (int i = 0; i < x.length; i++) {
      int c = channel(d, i);
      double xh = ((double) x[i] - rm[c]) / Math.sqrt((double) rv[c] + EPS);
      double exact = xh * w[c] + b[c];
      assertEquals(exact, y[i], 5 * U * Math.abs(xh * w[c]) + U * Math.abs(exact));
    }
  }

  @Test
  void everySplitGivesTheSameBitsAndANanStaysInItsChannelOrGroup() {
    Shape d = new Shape(3, 4, 2 * Lanes.F32_LANES + 5);
    float[] x = RowModel.normal(d.elements(), 17, 1, 2);
    float[] w = RowModel.normal(4, 18, 1, 0.3);
    float[] b = RowModel.normal(4, 19, 0, 1);
    float[] dy = RowModel.normal(d.elements(), 20, 0, 1);
    float[][] wholeBatch = batch(d, x, w, b, new float[4], new float[4], 0, 4);
    float[][] wholeBack = batchBackward(d, x, w, wholeBatch, dy, new float[4], 0, 4);
    float[][] wholeGroup = group(d, 2, x, w, b, 0, 6);
    float[][] wholeGroupBack = groupBackward(d, 2, x, w, wholeGroup, dy, 0, 6);
    for (int begin = 0; begin <= 4; begin++) {
      for (int end = begin; end <= 4; end++) {
        float[][] part = batch(d, x, w, b, new float[4], new float[4], begin, end);
        float[][] back = batchBackward(d, x, w, wholeBatch, dy, new float[4], begin, end);
        for (int i = 0; i < x.length; i++) {
          boolean inside = begin <= channel(d, i) && channel(d, i) < end;
          assertEquals(inside ? wholeBatch[0][i] : 0, part[0][i]);
          assertEquals(inside ? wholeBack[0][i] : 0, back[0][i]);
        }
        for (int c = 0; c < 4; c++) {
          boolean inside = begin <= c && c < end;
          assertEquals(inside ? wholeBatch[4][c] : 0, part[4][c]);
          assertEquals(inside ? wholeBack[1][c] : 0, back[1][c]);
        }
      }
    }
    int n = 2 * d.spatial;
    for (int begin = 0; begin <= 6; begin++) {
      for (int end = begin; end <= 6; end++) {
        float[][] part = group(d, 2, x, w, b, begin, end);
        float[][] back = groupBackward(d, 2, x, w, wholeGroup, dy, begin, end);
        for (int i = 0; i < x.length; i++) {
          boolean inside = begin <= i / n && i / n < end;
          assertEquals(inside ? wholeGroup[0][i] : 0, part[0][i]);
          assertEquals(inside ? wholeGroupBack[0][i] : 0, back[0][i]);
        }
      }
    }
    float[] dirty = x.clone();
    dirty[d.spatial + 3] = Float.NaN;
    float[] dirtyBatch = batch(d, dirty, w, b, new float[4], new float[4], 0, 4)[0];
    float[] dirtyGroup = group(d, 2, dirty, w, b, 0, 6)[0];
    for (int i = 0; i < x.length; i++) {
      if (channel(d, i) == 1) {
        assertTrue(Float.isNaN(dirtyBatch[i]));
      } else {
        assertEquals(wholeBatch[0][i], dirtyBatch[i]);
      }
      if (i / n == 0) {
        assertTrue(Float.isNaN(dirtyGroup[i]));
      } else {
        assertEquals(wholeGroup[0][i], dirtyGroup[i]);
      }
    }
  }

  @Test
  void outputsMayBeTheirInputs() {
    Shape d = new Shape(2, 4, 37);
    float[] x = RowModel.normal(d.elements(), 21, 1, 2);
    float[] w = RowModel.normal(4, 22, 1, 0.3);
    float[] dy = RowModel.normal(d.elements(), 23, 0, 1);
    float[][] saved = group(d, 2, x, w, new float[4], 0, 4);
    float[] expected = groupBackward(d, 2, x, w, saved, dy, 0, 4)[0];
    float[][] savedBatch = batch(d, x, w, new float[4], new float[4], new float[4], 0, 4);
    float[] expectedBatch = batchBackward(d, x, w, savedBatch, dy, new float[4], 0, 4)[0];
    for (int alias : new int[] {0, 4}) {
      float[][] grouped =
          GuardedCall.run(
              s ->
                  GroupNorm.backward(
                      s[0], s[1], s[2], s[3], s[4], s[alias], s[5], s[6], 4, 2, 37, 0, 4),
              x,
              w,
              saved[1],
              saved[2],
              dy,
              new float[8],
              new float[8]);
      assertArrayEquals(expected, grouped[alias]);
      float[][] batched =
          GuardedCall.run(
              s ->
                  BatchNorm.backward(
                      s[0], s[1], s[2], s[3], s[4], s[alias], s[5], s[6], 2, 4, 37, 0, 4),
              x,
              w,
              savedBatch[1],
              savedBatch[2],
              dy,
              new float[4],
              new float[4]);
      assertArrayEquals(expectedBatch, batched[alias]);
    }
  }

  @Test
  void oneElementPerChannelHasNoUnbiasedVariance() {
    float[][] got =
        batch(
            new Shape(1, 1, 1),
            new float[] {7},
            new float[] {2},
            new float[] {3},
            new float[] {7},
            new float[] {1},
            0,
            1);
    assertEquals(3f, got[0][0]);
    assertEquals(7f, got[3][0]);
    assertTrue(Float.isNaN(got[4][0]));
  }

  @Test
  void nothingIsAllocatedAndAHeapSegmentIsRejected() {
    int n = 2 * 4 * 131;
    MemorySegment heap = MemorySegment.ofArray(new float[n]);
    try (GuardedFloats x = GuardedFloats.copyOf(RowModel.normal(n, 24, 0, 1));
        GuardedFloats y = GuardedFloats.copyOf(new float[n]);
        GuardedFloats c = GuardedFloats.copyOf(new float[8])) {
      MemorySegment sx = x.segment();
      MemorySegment sy = y.segment();
      MemorySegment sc = c.segment();
      assertEquals(
          0,
          AllocatedBytes.perCall(
              2_000,
              1_000,
              () -> {
                BatchNorm.forward(sx, sc, sc, sc, sc, sy, sc, sc, 0.1f, EPS, 2, 4, 131, 0, 4);
                BatchNorm.backward(sx, sc, sc, sc, sx, sy, sc, sc, 2, 4, 131, 0, 4);
                BatchNorm.infer(sx, sc, sc, sc, sc, sy, EPS, 2, 4, 131, 0, 4);
                GroupNorm.forward(sx, sc, sc, sy, sc, sc, EPS, 4, 2, 131, 0, 4);
                GroupNorm.backward(sx, sc, sc, sc, sx, sy, sc, sc, 4, 2, 131, 0, 4);
              }));
      assertThrows(
          IllegalArgumentException.class,
          () -> GroupNorm.forward(sx, sc, sc, heap, sc, sc, EPS, 4, 2, 131, 0, 4));
      assertThrows(
          IllegalArgumentException.class,
          () -> BatchNorm.backward(sx, sc, sc, sc, heap, sy, sc, sc, 2, 4, 131, 0, 4));
      assertThrows(
          IllegalArgumentException.class,
          () -> BatchNorm.infer(heap, sc, sc, sc, sc, sy, EPS, 2, 4, 131, 0, 4));
    }
  }
}
