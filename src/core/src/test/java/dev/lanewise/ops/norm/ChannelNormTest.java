package dev.lanewise.ops.norm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.GuardedCall;
import dev.lanewise.testing.RowModel;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Normalisation of channels that lie together, against its definition in double precision. */
class ChannelNormTest {
  private static final double U = 0x1p-24;
  private static final float EPS = 1e-5f;
  private static final Workers CALLER = Workers.of(1);

  /** Sets, rows of a set, channels of a row, groups of channels. */
  record Shape(int sets, int rows, int channels, int groups) {
    int elements() {
      return sets * rows * channels;
    }

    /** Rows of a block: at most 512, at least 64, of about 8,192 elements. */
    int block() {
      return Math.min(512, Math.max(64, 8_192 / channels));
    }

    int group(int element) {
      int channel = element % channels;
      return element / (rows * channels) * groups + channel / (channels / groups);
    }
  }

  static List<Shape> shapes() {
    return List.of(
        new Shape(1, 1, 1, 1),
        new Shape(1, 2, 3, 3),
        new Shape(1, 37, 17, 17),
        new Shape(1, 513, 16, 16),
        new Shape(1, 1_100, 5, 5),
        new Shape(1, 130, 256, 256),
        new Shape(3, 7, 6, 2),
        new Shape(2, 129, 70, 7),
        new Shape(2, 64, 33, 1),
        new Shape(0, 4, 6, 2));
  }

  /** Operands of one call in either direction. */
  private static final class Operands {
    final Shape d;
    final float[] x;
    final float[] weight;
    final float[] bias;
    final float[] dy;

    Operands(Shape d, double around) {
      this.d = d;
      x = RowModel.normal(d.elements(), 1, around, 1);
      weight = RowModel.normal(d.channels, 2, 1, 0.3);
      bias = RowModel.normal(d.channels, 3, 0, 1);
      dy = RowModel.normal(d.elements(), 4, 0.2, 1);
    }

    /** y, mean, variance, coefficients. */
    float[][] forward(boolean rectified) {
      int kept = (int) ChannelNorm.coefficientElements(d.sets, d.channels);
      int statistics = d.sets * d.groups;
      float[][] all =
          GuardedCall.run(
              s ->
                  ChannelNorm.forward(
                      s[0],
                      s[1],
                      s[2],
                      s[3],
                      s[4],
                      s[5],
                      s[6],
                      s[7],
                      d.sets,
                      d.rows,
                      d.channels,
                      d.groups,
                      EPS,
                      rectified,
                      CALLER),
              x,
              weight,
              bias,
              new float[x.length],
              new float[statistics],
              new float[statistics],
              new float[kept],
              scratch());
      return new float[][] {all[3], all[4], all[5], all[6]};
    }

    private float[] scratch() {
      return new float[(int) ChannelNorm.scratchElements(d.sets, d.rows, d.channels)];
    }

    /** dx, dWeight, dBias. */
    float[][] backward(float[][] saved, boolean rectified, boolean given) {
      float[][] all =
          GuardedCall.run(
              s ->
                  ChannelNorm.backward(
                      s[0],
                      s[1],
                      s[2],
                      s[3],
                      s[4],
                      s[5],
                      s[6],
                      s[7],
                      s[8],
                      d.sets,
                      d.rows,
                      d.channels,
                      d.groups,
                      EPS,
                      rectified,
                      given,
                      CALLER),
              x,
              weight,
              saved[2],
              dy,
              new float[x.length],
              saved[3],
              scratch(),
              new float[d.channels],
              new float[d.channels]);
      return new float[][] {all[4], all[7], all[8]};
    }
  }

  /** Statistics and means of each group of a set; xh and d of each element. */
  private static final class Exact {
    final double[] mean;
    final double[] variance;
    final double[] meanD;
    final double[] meanDxh;
    final double[] absD;
    final double[] absDxh;
    final double[] xh;
    final double[] d;

    Exact(Operands o, float[] y, boolean rectified) {
      int groups = o.d.sets * o.d.groups;
      mean = new double[groups];
      variance = new double[groups];
      meanD = new double[groups];
      meanDxh = new double[groups];
      absD = new double[groups];
      absDxh = new double[groups];
      xh = new double[o.x.length];
      d = new double[o.x.length];
      double n = (double) o.d.rows * o.d.channels / o.d.groups;
      for (int i = 0; i < o.x.length; i++) {
        mean[o.d.group(i)] += o.x[i] / n;
      }
      for (int i = 0; i < o.x.length; i++) {
        variance[o.d.group(i)] += Math.pow(o.x[i] - mean[o.d.group(i)], 2) / n;
      }
      for (int i = 0; i < o.x.length; i++) {
        int g = o.d.group(i);
        xh[i] = (o.x[i] - mean[g]) * rstd(g);
        d[i] = rectified && y[i] == 0 ? 0 : (double) o.weight[i % o.d.channels] * o.dy[i];
        meanD[g] += d[i] / n;
        meanDxh[g] += d[i] * xh[i] / n;
        absD[g] += Math.abs(d[i]) / n;
        absDxh[g] += Math.abs(d[i] * xh[i]) / n;
      }
    }

    double rstd(int g) {
      return 1 / Math.sqrt(variance[g] + EPS);
    }
  }

  /** Roundings of a sum over a block, and of what is done with it. */
  private static double roundings(Shape d) {
    return Math.min(d.rows, d.block()) / 2.0 + 8;
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void valuesAndStatisticsKeepTheirErrorBounds(Shape d) {
    for (double around : new double[] {0, 3, 1e4}) {
      Operands o = new Operands(d, around);
      float[][] got = o.forward(false);
      Exact exact = new Exact(o, got[0], false);
      double n = roundings(d);
      for (int g = 0; g < exact.mean.length; g++) {
        double spread = Math.sqrt(exact.variance[g]);
        assertEquals(exact.mean[g], got[1][g], U * Math.abs(exact.mean[g]) + n * U * spread);
        assertEquals(exact.variance[g], got[2][g], n * U * exact.variance[g]);
      }
      for (int i = 0; i < o.x.length; i++) {
        int g = d.group(i);
        float w = o.weight[i % d.channels];
        double y = exact.xh[i] * w + o.bias[i % d.channels];
        double moved = n * U * Math.sqrt(exact.variance[g]) * exact.rstd(g);
        double bound =
            Math.abs(w) * (moved + (n / 2 + 4) * U * Math.abs(exact.xh[i])) + 2 * U * Math.abs(y);
        assertEquals(y, got[0][i], bound + U * Math.abs(o.bias[i % d.channels]), d.toString());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void gradientsKeepTheirErrorBounds(Shape d) {
    for (boolean rectified : new boolean[] {false, true}) {
      for (double around : new double[] {0, 1e4}) {
        Operands o = new Operands(d, around);
        float[][] saved = o.forward(rectified);
        float[][] got = o.backward(saved, rectified, false);
        Exact exact = new Exact(o, saved[0], rectified);
        // xh is computed with the rounded mean.
        double n = 2 * roundings(d);
        double[] weight = new double[d.channels];
        double[] bias = new double[d.channels];
        double[] weightBound = new double[d.channels];
        double[] biasBound = new double[d.channels];
        for (int i = 0; i < o.x.length; i++) {
          int g = d.group(i);
          int c = i % d.channels;
          double xh = exact.xh[i];
          double off = U * Math.abs(exact.mean[g]) * exact.rstd(g);
          double dx = exact.rstd(g) * (exact.d[i] - exact.meanD[g] - xh * exact.meanDxh[g]);
          double terms =
              Math.abs(exact.d[i]) + exact.absD[g] + (Math.abs(xh) + 1) * (exact.absDxh[g] + off);
          double meanOff = off * (exact.absDxh[g] + Math.abs(xh) * exact.absD[g]);
          assertEquals(dx, got[0][i], exact.rstd(g) * (n * U * terms + meanOff), d.toString());
          double dy = exact.d[i] / o.weight[c];
          weight[c] += dy * xh;
          bias[c] += dy;
          weightBound[c] += Math.abs(dy) * (n * U * (Math.abs(xh) + 1) + off);
          biasBound[c] += Math.abs(dy) * n * U;
        }
        for (int c = 0; c < d.channels; c++) {
          assertEquals(weight[c], got[1][c], weightBound[c], d.toString());
          assertEquals(bias[c], got[2][c], biasBound[c], d.toString());
        }
      }
    }
  }

  @Test
  void aRectifierCutsOffWhatTheSameOpWithoutOneGivesBelowZero() {
    Operands o = new Operands(new Shape(2, 70, 37, 37), 0);
    float[] plain = o.forward(false)[0];
    float[] rectified = o.forward(true)[0];
    for (int i = 0; i < plain.length; i++) {
      assertEquals(plain[i] <= 0 ? 0 : plain[i], rectified[i]);
    }
  }

  @Test
  void givenStatisticsAreUsedAndDependOnNoElement() {
    Shape d = new Shape(1, 70, 37, 37);
    Operands o = new Operands(d, 0);
    float[] mean = RowModel.normal(37, 5, 0, 1);
    float[] variance = new float[37];
    Arrays.fill(variance, 0.25f);
    float[][] all =
        GuardedCall.run(
            s ->
                ChannelNorm.infer(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], 70, 37, 0, false, CALLER),
            o.x,
            o.weight,
            o.bias,
            mean,
            variance,
            new float[o.x.length],
            new float[5 * 37]);
    float[][] gradients = o.backward(new float[][] {all[5], mean, variance, all[6]}, false, true);
    for (int i = 0; i < o.x.length; i++) {
      int c = i % 37;
      // eps is 0, so rstd is 2: the product with it rounds nothing.
      double difference = (double) o.x[i] - mean[c];
      double y = difference * 2 * o.weight[c] + o.bias[c];
      assertEquals(y, all[5][i], 3 * U * (Math.abs(difference * 2 * o.weight[c]) + Math.abs(y)));
      double dx = 2.0 * o.weight[c] * o.dy[i];
      assertEquals(dx, gradients[0][i], 2 * U * Math.abs(dx));
    }
  }

  @Test
  void runningStatisticsTakeInTheMeanAndTheUnbiasedVariance() {
    float[][] all =
        GuardedCall.run(
            s -> ChannelNorm.updateRunning(s[0], s[1], s[2], s[3], 5, 2, 0.25f, CALLER),
            new float[] {4, -4},
            new float[] {8, 16},
            new float[] {0, 4},
            new float[] {2, 4});
    assertArrayEquals(new float[] {1, 2}, all[2]);
    assertArrayEquals(new float[] {4, 8}, all[3]);
  }

  @Test
  void aNanStaysInItsGroupOfItsSet() {
    Shape d = new Shape(2, 70, 38, 2);
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      Operands o = new Operands(d, 0);
      int place = 3 * d.channels + 20;
      o.x[place] = bad;
      float[][] saved = o.forward(true);
      float[] dx = o.backward(saved, true, false)[0];
      for (int i = 0; i < o.x.length; i++) {
        boolean together = d.group(i) == d.group(place);
        assertEquals(together, Float.isNaN(saved[0][i]), "element " + i);
        assertEquals(together, Float.isNaN(dx[i]), "gradient " + i);
      }
    }
  }

  @Test
  void inPlaceGivesTheSameBits() {
    Shape d = new Shape(2, 70, 37, 37);
    Operands o = new Operands(d, 0);
    float[][] apart = o.forward(true);
    float[] gradient = o.backward(apart, true, false)[0];
    int statistics = d.sets * d.groups;
    float[][] all =
        GuardedCall.run(
            s ->
                ChannelNorm.forward(
                    s[0], s[1], s[2], s[0], s[3], s[4], s[5], s[6], 2, 70, 37, 37, EPS, true,
                    CALLER),
            o.x,
            o.weight,
            o.bias,
            new float[statistics],
            new float[statistics],
            new float[apart[3].length],
            o.scratch());
    assertArrayEquals(apart[0], all[0]);
    float[][] back =
        GuardedCall.run(
            s ->
                ChannelNorm.backward(
                    s[0], s[1], s[2], s[3], s[3], s[4], s[5], s[6], s[7], 2, 70, 37, 37, EPS, true,
                    false, CALLER),
            o.x,
            o.weight,
            apart[2],
            o.dy,
            apart[3],
            o.scratch(),
            new float[37],
            new float[37]);
    assertArrayEquals(gradient, back[3]);
  }

  /** The order that the Javadoc promises, with one block: the same bits at every width. */
  @Test
  void theBitsAreThoseOfTheDocumentedOrder() {
    for (int channels : new int[] {1, 7, 16, 37}) {
      Shape d = new Shape(1, 61, channels, channels);
      Operands o = new Operands(d, 0.5);
      float[][] got = o.forward(false);
      float[][] gradients = o.backward(got, false, false);
      for (int c = 0; c < channels; c++) {
        Column column = new Column(o, c);
        assertEquals((float) column.mean, got[1][c]);
        assertEquals(column.variance, got[2][c]);
        float scale = (float) (o.weight[c] * column.rstd);
        double low = column.mean - (float) column.mean;
        float offset = (float) (o.bias[c] - low * (o.weight[c] * column.rstd));
        float[] sums = column.gradientSums((float) column.mean);
        double w = o.weight[c];
        float slope = (float) (-column.rstd * column.rstd * column.rstd * (w * sums[1]) / d.rows);
        float level = (float) (-column.rstd * (w * sums[0]) / d.rows);
        for (int r = 0; r < d.rows; r++) {
          float difference = column.x[r] - (float) column.mean;
          int at = r * channels + c;
          assertEquals(Math.fma(difference, scale, offset), got[0][at]);
          float dx = Math.fma(column.dy[r], scale, Math.fma(difference, slope, level));
          assertEquals(dx, gradients[0][at]);
        }
        assertEquals((float) (sums[1] * column.rstd), gradients[1][c]);
        assertEquals(sums[0], gradients[2][c]);
      }
    }
  }

  /** One column of at most 64 rows, summed by even and odd rows. */
  private static final class Column {
    final float[] x;
    final float[] dy;
    final double mean;
    final float variance;
    final double rstd;

    Column(Operands o, int c) {
      int n = o.d.rows;
      x = new float[n];
      dy = new float[n];
      for (int r = 0; r < n; r++) {
        x[r] = o.x[r * o.d.channels + c];
        dy[r] = o.dy[r * o.d.channels + c];
      }
      float[] sum = new float[2];
      for (int r = 0; r < n; r++) {
        sum[r % 2] += x[r];
      }
      float shift = (sum[0] + sum[1]) * (1f / n);
      float[] differences = new float[2];
      float[] squares = new float[2];
      for (int r = 0; r < n; r++) {
        float difference = x[r] - shift;
        differences[r % 2] += difference;
        squares[r % 2] = Math.fma(difference, difference, squares[r % 2]);
      }
      double rest = differences[0] + differences[1];
      mean = ((double) shift * n + rest) / n;
      double moved = shift - mean;
      double total = (squares[0] + squares[1]) + moved * (2 * rest + n * moved);
      variance = (float) (total / n);
      rstd = 1 / Math.sqrt((double) variance + EPS);
    }

    float[] gradientSums(float centre) {
      float[] sums = new float[2];
      float[] products = new float[2];
      for (int r = 0; r < x.length; r++) {
        sums[r % 2] += dy[r];
        products[r % 2] = Math.fma(dy[r], x[r] - centre, products[r % 2]);
      }
      return new float[] {sums[0] + sums[1], products[0] + products[1]};
    }
  }

  @Test
  void whatDoesNotFitIsNamed() {
    Operands o = new Operands(new Shape(1, 4, 6, 2), 0);
    refuses("6 channels, 4 groups: each group needs as many channels", o, 4, 6, 4, EPS);
    refuses("rows = 0", o, 0, 6, 2, EPS);
    refuses("channels = 0", o, 4, 0, 2, EPS);
    refuses("eps = -1.0", o, 4, 6, 2, -1);
    refuses("x has 30 elements from offset 0", o, 5, 6, 2, EPS);
  }

  private static void refuses(
      String part, Operands o, long rows, long channels, long groups, float eps) {
    Consumer<MemorySegment[]> call =
        s ->
            ChannelNorm.forward(
                s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], 1, rows, channels, groups, eps,
                false, CALLER);
    String message =
        String.valueOf(
            assertThrows(
                    IllegalArgumentException.class,
                    () ->
                        GuardedCall.run(
                            call,
                            o.x,
                            o.weight,
                            o.bias,
                            new float[24],
                            new float[6],
                            new float[6],
                            new float[30],
                            new float[36]))
                .getMessage());
    assertTrue(message.contains(part), message);
  }
}
