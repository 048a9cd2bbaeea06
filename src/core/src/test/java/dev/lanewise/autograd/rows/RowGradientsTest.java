package dev.lanewise.autograd.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.gather.Rope;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each op on rows against its definition and central differences. */
class RowGradientsTest {
  private static final int ROWS = 5;
  private static final float EPS = 0.1f;

  /** One row, and what else belongs to it. */
  private interface RowFormula {
    void apply(double[] x, int base, int cols, double[] y);
  }

  private static double[] eachRow(double[] x, int cols, RowFormula formula) {
    double[] y = new double[x.length];
    for (int base = 0; base < x.length; base += cols) {
      formula.apply(x, base, cols, y);
    }
    return y;
  }

  private static double logSumExp(double[] x, int base, int cols) {
    double sum = 0;
    for (int c = 0; c < cols; c++) {
      sum += Math.exp(x[base + c]);
    }
    return Math.log(sum);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 13})
  void broadcastsSumTheirGradientOverWhatTheyWereSpreadOver(int cols) {
    TensorLayout matrix = TensorLayout.of(ROWS, cols);
    TensorLayout row = TensorLayout.of(cols);
    TensorLayout column = TensorLayout.of(ROWS);
    OpCheck.check(
        (tape, x) -> BroadcastOps.addRow(tape, x.get(0), x.get(1)),
        x -> spread(x[0], cols, (v, r, c) -> v + x[1][c]),
        matrix,
        row);
    OpCheck.check(
        (tape, x) -> BroadcastOps.mulRow(tape, x.get(0), x.get(1)),
        x -> spread(x[0], cols, (v, r, c) -> v * x[1][c]),
        matrix,
        row);
    OpCheck.check(
        (tape, x) -> BroadcastOps.addColumn(tape, x.get(0), x.get(1)),
        x -> spread(x[0], cols, (v, r, c) -> v + x[1][r]),
        matrix,
        column);
    OpCheck.check(
        (tape, x) -> BroadcastOps.mulColumn(tape, x.get(0), x.get(1)),
        x -> spread(x[0], cols, (v, r, c) -> v * x[1][r]),
        matrix,
        column);
    OpCheck.check(
        (tape, x) -> BroadcastOps.addScalar(tape, x.get(0), x.get(1)),
        x -> spread(x[0], cols, (v, r, c) -> v + x[1][0]),
        matrix,
        TensorLayout.of());
    OpCheck.check(
        (tape, x) -> BroadcastOps.mulScalar(tape, x.get(0), x.get(1)),
        x -> spread(x[0], cols, (v, r, c) -> v * x[1][0]),
        matrix,
        TensorLayout.of());
  }

  private interface Element {
    double apply(double value, int row, int column);
  }

  private static double[] spread(double[] x, int cols, Element element) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = element.apply(x[i], i / cols, i % cols);
    }
    return y;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 13})
  void softmaxAndItsRelatives(int cols) {
    TensorLayout shape = TensorLayout.of(ROWS, cols);
    OpCheck.check(
        (tape, x) -> SoftmaxOps.softmax(tape, x.get(0)),
        x -> spread(x[0], cols, (v, r, c) -> Math.exp(v - logSumExp(x[0], r * cols, cols))),
        shape);
    OpCheck.check(
        (tape, x) -> SoftmaxOps.logSoftmax(tape, x.get(0)),
        x -> spread(x[0], cols, (v, r, c) -> v - logSumExp(x[0], r * cols, cols)),
        shape);
    OpCheck.check(
        (tape, x) -> SoftmaxOps.logSumExp(tape, x.get(0)),
        x -> perRow(x[0], cols, RowGradientsTest::logSumExp),
        shape);
    int queries = 3;
    OpCheck.check(
        (tape, x) -> SoftmaxOps.causalSoftmax(tape, x.get(0), 0.5f),
        x ->
            eachRow(
                x[0],
                cols,
                (in, base, n, y) -> {
                  int visible = Math.clamp(base / n % queries + n - queries + 1, 0, n);
                  double sum = 0;
                  for (int c = 0; c < visible; c++) {
                    sum += Math.exp(0.5 * in[base + c]);
                  }
                  for (int c = 0; c < visible; c++) {
                    y[base + c] = Math.exp(0.5 * in[base + c]) / sum;
                  }
                }),
        TensorLayout.of(2, queries, cols));
  }

  private interface Reduction {
    double apply(double[] x, int base, int cols);
  }

  private static double[] perRow(double[] x, int cols, Reduction reduction) {
    double[] y = new double[x.length / cols];
    for (int r = 0; r < y.length; r++) {
      y[r] = reduction.apply(x, r * cols, cols);
    }
    return y;
  }

  private static double sum(double[] x, int base, int cols) {
    double sum = 0;
    for (int c = 0; c < cols; c++) {
      sum += x[base + c];
    }
    return sum;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 13})
  void reductionsSpreadTheirGradient(int cols) {
    TensorLayout shape = TensorLayout.of(ROWS, cols);
    OpCheck.check(
        (tape, x) -> ReduceOps.rowSum(tape, x.get(0)),
        x -> perRow(x[0], cols, RowGradientsTest::sum),
        shape);
    OpCheck.check(
        (tape, x) -> ReduceOps.rowMean(tape, x.get(0)),
        x -> perRow(x[0], cols, (in, base, n) -> sum(in, base, n) / n),
        shape);
    OpCheck.check(
        (tape, x) -> ReduceOps.rowMax(tape, x.get(0)),
        x ->
            perRow(
                x[0],
                cols,
                (in, base, n) -> {
                  double max = in[base];
                  for (int c = 1; c < n; c++) {
                    max = Math.max(max, in[base + c]);
                  }
                  return max;
                }),
        shape);
    OpCheck.check(
        (tape, x) -> ReduceOps.rowNorm(tape, x.get(0)),
        x ->
            perRow(
                x[0],
                cols,
                (in, base, n) -> {
                  double squares = 0;
                  for (int c = 0; c < n; c++) {
                    squares += in[base + c] * in[base + c];
                  }
                  return Math.sqrt(squares);
                }),
        shape);
    OpCheck.check(
        (tape, x) -> ReduceOps.sum(tape, x.get(0)),
        x -> new double[] {sum(x[0], 0, x[0].length)},
        shape);
    OpCheck.check(
        (tape, x) -> ReduceOps.mean(tape, x.get(0)),
        x -> new double[] {sum(x[0], 0, x[0].length) / x[0].length},
        shape);
  }

  private static double[] layerNorm(double[] x, double[] w, double[] b) {
    int cols = w.length;
    return eachRow(
        x,
        cols,
        (in, base, n, y) -> {
          double mean = sum(in, base, n) / n;
          double variance = 0;
          for (int c = 0; c < n; c++) {
            variance += (in[base + c] - mean) * (in[base + c] - mean) / n;
          }
          for (int c = 0; c < n; c++) {
            y[base + c] = (in[base + c] - mean) / Math.sqrt(variance + EPS) * w[c] + b[c];
          }
        });
  }

  private static double[] rmsNorm(double[] x, double[] w) {
    return eachRow(
        x,
        w.length,
        (in, base, n, y) -> {
          double squares = 0;
          for (int c = 0; c < n; c++) {
            squares += in[base + c] * in[base + c] / n;
          }
          for (int c = 0; c < n; c++) {
            y[base + c] = in[base + c] / Math.sqrt(squares + EPS) * w[c];
          }
        });
  }

  private static double[] plus(double[] a, double[] b) {
    double[] y = a.clone();
    for (int i = 0; i < y.length; i++) {
      y[i] += b[i];
    }
    return y;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 7, 13})
  void normalisationsOfRows(int cols) {
    TensorLayout shape = TensorLayout.of(ROWS, cols);
    TensorLayout row = TensorLayout.of(cols);
    OpCheck.check(
        (tape, x) -> NormOps.layerNorm(tape, x.get(0), x.get(1), x.get(2), EPS),
        x -> layerNorm(x[0], x[1], x[2]),
        shape,
        row,
        row);
    OpCheck.check(
        (tape, x) -> NormOps.rmsNorm(tape, x.get(0), x.get(1), EPS),
        x -> rmsNorm(x[0], x[1]),
        shape,
        row);
    OpCheck.check(
        (tape, x) -> {
          NormOps.Residual both =
              NormOps.residualLayerNorm(tape, x.get(0), x.get(1), x.get(2), x.get(3), EPS);
          return BroadcastOps.addRow(
              tape, ColumnOps.concat(tape, both.sum(), both.y()), zeros(tape, 2 * cols));
        },
        x -> {
          double[] sum = plus(x[0], x[1]);
          return beside(sum, layerNorm(sum, x[2], x[3]), cols);
        },
        shape,
        shape,
        row,
        row);
    OpCheck.check(
        (tape, x) -> {
          NormOps.Residual both = NormOps.residualRmsNorm(tape, x.get(0), x.get(1), x.get(2), EPS);
          return ColumnOps.concat(tape, both.y(), both.sum());
        },
        x -> {
          double[] sum = plus(x[0], x[1]);
          return beside(rmsNorm(sum, x[2]), sum, cols);
        },
        shape,
        shape,
        row);
  }

  @Test
  void aConstantGainNeedsNoGradient() {
    float[] ones = {1, 1, 1, 1, 1, 1, 1};
    TensorLayout row = TensorLayout.of(7);
    double[] w = {1, 1, 1, 1, 1, 1, 1};
    OpCheck.check(
        (tape, x) ->
            NormOps.layerNorm(
                tape, x.get(0), tape.constant(row, ones), tape.constant(row, ones), EPS),
        x -> layerNorm(x[0], w, w),
        TensorLayout.of(ROWS, 7));
    OpCheck.check(
        (tape, x) -> NormOps.rmsNorm(tape, x.get(0), tape.constant(row, ones), EPS),
        x -> rmsNorm(x[0], w),
        TensorLayout.of(ROWS, 7));
  }

  private static Tensor zeros(Tape tape, int n) {
    return tape.constant(TensorLayout.of(n), new float[n]);
  }

  private static double[] beside(double[] a, double[] b, int cols) {
    double[] y = new double[a.length + b.length];
    for (int r = 0; r < a.length / cols; r++) {
      System.arraycopy(a, r * cols, y, 2 * r * cols, cols);
      System.arraycopy(b, r * cols, y, (2 * r + 1) * cols, cols);
    }
    return y;
  }

  @Test
  void columnsAreCutAndJoined() {
    OpCheck.check(
        (tape, x) -> ColumnOps.slice(tape, x.get(0), 2, 3),
        x -> {
          double[] y = new double[15];
          for (int r = 0; r < 5; r++) {
            System.arraycopy(x[0], 7 * r + 2, y, 3 * r, 3);
          }
          return y;
        },
        TensorLayout.of(5, 7));
    OpCheck.check(
        (tape, x) -> ColumnOps.concat(tape, x.get(0), x.get(1), x.get(0)),
        x -> {
          double[] y = new double[5 * 8];
          for (int r = 0; r < 5; r++) {
            System.arraycopy(x[0], 3 * r, y, 8 * r, 3);
            System.arraycopy(x[1], 2 * r, y, 8 * r + 3, 2);
            System.arraycopy(x[0], 3 * r, y, 8 * r + 5, 3);
          }
          return y;
        },
        TensorLayout.of(5, 3),
        TensorLayout.of(5, 2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"split", "interleaved", "packed"})
  void rotationsTurnTheirGradientBack(String form) {
    boolean interleaved = form.equals("interleaved");
    int heads = 2;
    int turned = form.equals("packed") ? 1 : heads;
    int dim = 6;
    int half = dim / 2;
    int rows = 4;
    int sequence = 2;
    OpCheck.check(
        (tape, x) -> {
          MemorySegment cos = tape.allocateFloats(5L * half);
          MemorySegment sin = tape.allocateFloats(5L * half);
          Rope.table(cos, sin, 5, dim, 100);
          Tensor c = Tensor.constant(TensorLayout.of(5, half), cos);
          Tensor s = Tensor.constant(TensorLayout.of(5, half), sin);
          return switch (form) {
            case "interleaved" -> RotaryOps.interleaved(tape, x.get(0), c, s, heads, sequence, 1);
            case "packed" -> RotaryOps.packed(tape, x.get(0), c, s, heads, turned, sequence, 1);
            default -> RotaryOps.split(tape, x.get(0), c, s, heads, sequence, 1);
          };
        },
        x -> {
          double[] y = x[0].clone();
          for (int r = 0; r < rows; r++) {
            for (int h = 0; h < turned; h++) {
              for (int i = 0; i < half; i++) {
                double angle = (r % sequence + 1) * Math.pow(100, -2.0 * i / dim);
                int base = (r * heads + h) * dim;
                int a = base + (interleaved ? 2 * i : i);
                int b = base + (interleaved ? 2 * i + 1 : i + half);
                y[a] = x[0][a] * Math.cos(angle) - x[0][b] * Math.sin(angle);
                y[b] = x[0][a] * Math.sin(angle) + x[0][b] * Math.cos(angle);
              }
            }
          }
          return y;
        },
        TensorLayout.of(rows, (long) heads * dim));
  }

  /** Normalised over the elements of which {@code group} says the same. */
  private interface Group {
    int of(int sample, int channel);
  }

  private static double[] planes(
      double[] x, double[] w, double[] b, int channels, int spatial, int groups, Group group) {
    int samples = x.length / channels / spatial;
    double[] count = new double[groups];
    double[] mean = new double[groups];
    double[] variance = new double[groups];
    for (int pass = 0; pass < 2; pass++) {
      for (int i = 0; i < x.length; i++) {
        int g = group.of(i / spatial / channels, i / spatial % channels);
        if (pass == 0) {
          count[g]++;
          mean[g] += x[i];
        } else {
          double d = x[i] - mean[g] / count[g];
          variance[g] += d * d;
        }
      }
    }
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      int channel = i / spatial % channels;
      int g = group.of(i / spatial / channels, channel);
      y[i] =
          (x[i] - mean[g] / count[g]) / Math.sqrt(variance[g] / count[g] + EPS) * w[channel]
              + b[channel];
    }
    assertEquals(x.length, samples * channels * spatial);
    return y;
  }

  @Test
  void normalisationsOfPlanes() {
    int channels = 4;
    TensorLayout shape = TensorLayout.of(3, channels, 5);
    TensorLayout perChannel = TensorLayout.of(channels);
    OpCheck.check(
        (tape, x) -> PlaneNormOps.groupNorm(tape, x.get(0), x.get(1), x.get(2), 2, EPS),
        x ->
            planes(x[0], x[1], x[2], channels, 5, 6, (sample, channel) -> 2 * sample + channel / 2),
        shape,
        perChannel,
        perChannel);
    OpCheck.check(
        (tape, x) ->
            PlaneNormOps.batchNorm(
                tape,
                x.get(0),
                x.get(1),
                x.get(2),
                tape.allocateFloats(channels).fill((byte) 0),
                tape.allocateFloats(channels).fill((byte) 0),
                0.1f,
                EPS),
        x -> planes(x[0], x[1], x[2], channels, 5, channels, (sample, channel) -> channel),
        shape,
        perChannel,
        perChannel);
    float[] w = {1, -0.5f, 2, 0.25f};
    OpCheck.check(
        (tape, x) -> {
          Tensor weight = tape.constant(perChannel, w);
          MemorySegment mean = tape.constant(perChannel, 0.5f, 0.1f, -0.2f, 0).data();
          MemorySegment variance = tape.constant(perChannel, 1, 2, 0.5f, 0.25f).data();
          return PlaneNormOps.batchNormInference(
              tape, x.get(0), weight, weight, mean, variance, EPS);
        },
        x ->
            spread(
                x[0],
                5,
                (v, r, c) -> {
                  int channel = r % channels;
                  double mean = new float[] {0.5f, 0.1f, -0.2f, 0}[channel];
                  double variance = new float[] {1, 2, 0.5f, 0.25f}[channel];
                  return (v - mean) / Math.sqrt(variance + EPS) * w[channel] + w[channel];
                }),
        shape);
  }

  @Test
  void whatDoesNotFitIsNamed() {
    try (Slab slab = Slab.open("op", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Tensor x = tape.constant(TensorLayout.of(2, 3), new float[6]);
      Tensor two = tape.constant(TensorLayout.of(2), 1, 1);
      refuses(
          "addRow: row is 2: one element for each of the 3 columns is wanted",
          () -> BroadcastOps.addRow(tape, x, two));
      refuses(
          "layerNorm: weight is 2: one element for each of the 3 columns is wanted",
          () -> NormOps.layerNorm(tape, x, two, two, EPS));
      refuses(
          "softmax: x is a scalar: a tensor with at least one dimension is wanted",
          () -> SoftmaxOps.softmax(tape, tape.constant(TensorLayout.of(), 1)));
      refuses(
          "concat: part 0 is 2x3, part 1 is 2: all but the last dimension must be the same",
          () -> ColumnOps.concat(tape, x, two));
      refuses(
          "x has 3 columns, the slice is of 2 from 2 on: it must lie within them",
          () -> ColumnOps.slice(tape, x, 2, 2));
      refuses(
          "rope: x is 2x3 with 2 heads: the columns must be a multiple of them",
          () -> RotaryOps.split(tape, x, two, two, 2, 1, 0));
      refuses(
          "groupNorm: weight is 2: one element for each of the 3 channels is wanted",
          () -> PlaneNormOps.groupNorm(tape, x, two, two, 1, EPS));
    }
  }

  private static void refuses(String message, org.junit.jupiter.api.function.Executable op) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, op).getMessage());
  }
}
