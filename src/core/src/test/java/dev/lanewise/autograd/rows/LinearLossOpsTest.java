package dev.lanewise.autograd.rows;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.LossOps;
import dev.lanewise.autograd.MatrixOps;
import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class LinearLossOpsTest {
  private static final double U = 0x1p-24;
  private static final int CLASSES = 7;
  private static final int WIDTH = 3;
  private static final int IGNORED = -100;
  private static final int[] TARGETS = {0, 6, 3, 3, 1};
  private static final TensorLayout X = TensorLayout.of(TARGETS.length, WIDTH);
  private static final TensorLayout WEIGHT = TensorLayout.of(CLASSES, WIDTH);

  /** Chunks of 5, of 2, 2 and 1, and of one row each. */
  private static final long[] CHUNKS = {LinearLossOps.CHUNK_BYTES, 2 * 7 * 4 + 3, 1};

  private static double[] oracle(
      double[] x, double[] weight, int[] targets, double smoothing, int ignored) {
    int classes = weight.length * targets.length / x.length;
    return oracle(x, weight, new double[classes], targets, smoothing, ignored);
  }

  private static double[] oracle(
      double[] x, double[] weight, double[] bias, int[] targets, double smoothing, int ignored) {
    int width = x.length / targets.length;
    int classes = weight.length / width;
    double sum = 0;
    int counted = 0;
    for (int r = 0; r < targets.length; r++) {
      if (targets[r] == ignored) {
        continue;
      }
      counted++;
      double[] z = new double[classes];
      double exps = 0;
      double all = 0;
      for (int c = 0; c < classes; c++) {
        z[c] = bias[c];
        for (int i = 0; i < width; i++) {
          z[c] += x[r * width + i] * weight[c * width + i];
        }
        exps += Math.exp(z[c]);
        all += z[c];
      }
      double lse = Math.log(exps);
      sum += (1 - smoothing) * (lse - z[targets[r]]) + smoothing * (lse - all / classes);
    }
    return new double[] {sum / counted};
  }

  @Test
  void gradientsAgreeWithCentralDifferencesInAnyNumberOfChunks() {
    for (long bytes : CHUNKS) {
      OpCheck.check(
          (tape, x) ->
              LinearLossOps.crossEntropyMean(
                  tape, x.get(0), x.get(1), null, tape.ints(TARGETS), 0, IGNORED, bytes),
          x -> oracle(x[0], x[1], TARGETS, 0, IGNORED),
          X,
          WEIGHT);
    }
    OpCheck.check(
        (tape, x) -> LinearLossOps.crossEntropyMean(tape, x.get(0), x.get(1), tape.ints(TARGETS)),
        x -> oracle(x[0], x[1], TARGETS, 0, IGNORED),
        X,
        WEIGHT);
  }

  @Test
  void aBiasIsPartOfEachLogitAndHasAGradient() {
    for (long bytes : CHUNKS) {
      OpCheck.check(
          (tape, x) ->
              LinearLossOps.crossEntropyMean(
                  tape, x.get(0), x.get(1), x.get(2), tape.ints(TARGETS), 0.3f, 3, bytes),
          x -> oracle(x[0], x[1], x[2], TARGETS, 0.3f, 3),
          X,
          WEIGHT,
          TensorLayout.of(CLASSES));
    }
    OpCheck.check(
        (tape, x) ->
            LinearLossOps.crossEntropyMean(tape, x.get(0), x.get(1), x.get(2), tape.ints(TARGETS)),
        x -> oracle(x[0], x[1], x[2], TARGETS, 0, IGNORED),
        X,
        WEIGHT,
        TensorLayout.of(CLASSES));
  }

  @Test
  void ignoredRowsAndSmoothingAreThoseOfTheDefinition() {
    for (long bytes : CHUNKS) {
      for (int ignored : new int[] {IGNORED, 3}) {
        int[] targets = {0, IGNORED, 3, 3, 1};
        targets[1] = ignored;
        OpCheck.check(
            (tape, x) ->
                LinearLossOps.crossEntropyMean(
                    tape, x.get(0), x.get(1), null, tape.ints(targets), 0.3f, ignored, bytes),
            x -> oracle(x[0], x[1], targets, 0.3f, ignored),
            X,
            WEIGHT);
      }
    }
  }

  @Test
  void theCotangentScalesTheGradientAndOtherOpsAddTheirs() {
    OpCheck.check(
        (tape, x) -> {
          Tensor loss =
              LinearLossOps.crossEntropyMean(tape, x.get(0), x.get(0), tape.ints(0, 2, 1));
          Tensor more =
              LinearLossOps.crossEntropyMean(tape, x.get(0), x.get(1), tape.ints(3, 2, 1));
          Tensor third = tape.constant(TensorLayout.of(), 1 / 3f);
          return ElementwiseOps.add(tape, ElementwiseOps.mul(tape, loss, third), more);
        },
        x -> {
          double first = oracle(x[0], x[0], new int[] {0, 2, 1}, 0, IGNORED)[0];
          double second = oracle(x[0], x[1], new int[] {3, 2, 1}, 0, IGNORED)[0];
          return new double[] {first * (1 / 3f) + second};
        },
        TensorLayout.of(3, WIDTH),
        WEIGHT);
  }

  @Test
  void aMeanOverNoRowIsNaNWithoutAGradient() {
    try (Slab slab = Slab.open("loss", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Tensor x = tape.variable(X, OpCheck.copy(slab, new float[15]));
      Tensor weight = tape.constant(WEIGHT, new float[21]);
      Tensor loss = LinearLossOps.crossEntropyMean(tape, x, weight, tape.ints(9, 9, 9, 9, 9), 0, 9);
      assertTrue(Float.isNaN(loss.item()));
      loss.backward();
      assertArrayEquals(new float[15], x.gradient().toArray(JAVA_FLOAT));
    }
  }

  /**
   * The logits of both are off by e = gamma(width) sum |x| |w| <= gamma(width) width, as all values
   * lie in [-1, 1]; the loss by 2 e and the kernel's own bound; a gradient, softmax being below 1,
   * by the error of softmax, (2 e + eps) / rows, summed over its row or column, and the rounding of
   * that sum.
   */
  @Property(tries = 25)
  void theValuesAreThoseOfTheTwoOpsInTurn(
      @ForAll @IntRange(min = 1, max = 70) int rows,
      @ForAll @IntRange(min = 1, max = 90) int classes,
      @ForAll @IntRange(min = 1, max = 40) int width,
      @ForAll @IntRange(min = 1, max = 20_000) int chunkBytes,
      @ForAll int seed) {
    Random random = new Random(seed);
    float[] x = OpCheck.random(random, (long) rows * width);
    float[] weight = OpCheck.random(random, (long) classes * width);
    int[] targets = random.ints(rows, 0, classes).toArray();
    float[][] fused = run(x, weight, targets, chunkBytes);
    float[][] plain = run(x, weight, targets, 0);
    double e = gamma(width) * width;
    double eps = (classes / 32.0 + 40 + Math.log(classes)) * U;
    double loss = 2 * e + eps + U * (Math.log(classes) + 2 * width);
    assertEquals(plain[0][0], fused[0][0], 2 * loss);
    double softmax = 2 * e + eps + (6 + Math.log(classes) + 2 * width) * U;
    assertArrayEquals(
        plain[1], fused[1], (float) (2 * classes * (softmax + gamma(classes)) / rows));
    assertArrayEquals(plain[2], fused[2], (float) (2 * rows * (softmax + gamma(rows)) / rows));
  }

  private static double gamma(int n) {
    return n * U / (1 - n * U);
  }

  /** Loss, dx and dWeight; by the plain ops where no size of chunks is given. */
  private static float[][] run(float[] x, float[] weight, int[] targets, int chunkBytes) {
    int width = x.length / targets.length;
    try (Slab slab = Slab.open("loss", 1 << 20);
        Tape tape = Tape.open(slab)) {
      TensorLayout layout = TensorLayout.of(weight.length / width, width);
      Tensor a = tape.variable(TensorLayout.of(targets.length, width), OpCheck.copy(slab, x));
      Tensor b = tape.variable(layout, OpCheck.copy(slab, weight));
      Tensor loss =
          chunkBytes == 0
              ? LossOps.crossEntropyMean(
                  tape, MatrixOps.linear(tape, a, b, null), tape.ints(targets))
              : LinearLossOps.crossEntropyMean(
                  tape, a, b, null, tape.ints(targets), 0, IGNORED, chunkBytes);
      loss.backward();
      return new float[][] {
        loss.toArray(), a.gradient().toArray(JAVA_FLOAT), b.gradient().toArray(JAVA_FLOAT)
      };
    }
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBits() {
    int rows = 200;
    int classes = 500;
    int width = 64;
    Random random = new Random(3);
    float[] x = OpCheck.random(random, (long) rows * width);
    float[] weight = OpCheck.random(random, (long) classes * width);
    float[] bias = OpCheck.random(random, classes);
    int[] targets = random.ints(rows, 0, classes).toArray();
    List<float[]> expected = List.of();
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads);
          Slab slab = Slab.open("loss", 1 << 20);
          Tape tape = Tape.open(slab, workers)) {
        Tensor a = tape.variable(TensorLayout.of(rows, width), OpCheck.copy(slab, x));
        Tensor b = tape.variable(TensorLayout.of(classes, width), OpCheck.copy(slab, weight));
        Tensor c = tape.variable(TensorLayout.of(classes), OpCheck.copy(slab, bias));
        Tensor loss =
            LinearLossOps.crossEntropyMean(
                tape, a, b, c, tape.ints(targets), 0.1f, 17, 80L * classes * Float.BYTES);
        loss.backward();
        List<float[]> actual =
            List.of(
                loss.toArray(),
                a.gradient().toArray(JAVA_FLOAT),
                b.gradient().toArray(JAVA_FLOAT),
                c.gradient().toArray(JAVA_FLOAT));
        expected = expected.isEmpty() ? actual : expected;
        for (int i = 0; i < 4; i++) {
          assertArrayEquals(expected.get(i), actual.get(i), i + " with " + threads + " threads");
        }
      }
    }
  }

  /** 4 MB of logits in chunks of 1 MB; beside them the gradients and the losses. */
  @Test
  void onlyTheLogitsOfAChunkExist() {
    int rows = 1_000;
    int classes = 1_000;
    int width = 4;
    long chunk = 1 << 20;
    try (Slab slab = Slab.open("loss", 1 << 24)) {
      MemorySegment a = slab.allocateFloats((long) rows * width);
      MemorySegment b = slab.allocateFloats((long) classes * width);
      MemorySegment targets = slab.allocateInts(rows);
      long before = slab.usedBytes();
      try (Tape tape = Tape.open(slab)) {
        Tensor x = tape.variable(TensorLayout.of(rows, width), a);
        Tensor weight = tape.variable(TensorLayout.of(classes, width), b);
        LinearLossOps.crossEntropyMean(tape, x, weight, null, targets, 0, IGNORED, chunk)
            .backward();
        long gradients = 4L * width * (rows + classes) + 4L * rows;
        long gaps = 8 * 8192;
        long used = slab.usedBytes() - before;
        assertTrue(used <= chunk + gradients + gaps, used + " bytes");
      }
      try (Tape tape = Tape.noGrad(slab)) {
        Tensor x = Tensor.constant(TensorLayout.of(rows, width), a);
        Tensor weight = Tensor.constant(TensorLayout.of(classes, width), b);
        LinearLossOps.crossEntropyMean(tape, x, weight, null, targets, 0, IGNORED, chunk);
        long used = slab.usedBytes() - before;
        assertTrue(used <= chunk + 4L * rows + 8 * 8192, used + " bytes without gradients");
      }
    }
  }

  @Test
  void chunksAreEvenAndFitTheirMemory() {
    long bytes = LinearLossOps.CHUNK_BYTES;
    assertEquals(8_192, LinearLossOps.chunkRows(8_192, 256, bytes), "a small vocabulary at once");
    assertEquals(256, LinearLossOps.chunkRows(1_024, 50_257, bytes));
    assertEquals(1, LinearLossOps.chunkRows(3, Integer.MAX_VALUE, bytes), "a row at least");
  }

  @Test
  void onlyTheGradientsThatAreNeededAreComputed() {
    Random random = new Random(4);
    float[] x = OpCheck.random(random, X.elements());
    float[] weight = OpCheck.random(random, WEIGHT.elements());
    float[][] both = run(x, weight, TARGETS, 60);
    List<float[]> alone = new ArrayList<>();
    try (Slab slab = Slab.open("loss", 1 << 20)) {
      for (boolean ofX : new boolean[] {true, false}) {
        try (Tape tape = Tape.open(slab)) {
          Tensor a = ofX ? tape.variable(X, OpCheck.copy(slab, x)) : tape.constant(X, x);
          Tensor b =
              ofX
                  ? tape.constant(WEIGHT, weight)
                  : tape.variable(WEIGHT, OpCheck.copy(slab, weight));
          LinearLossOps.crossEntropyMean(tape, a, b, null, tape.ints(TARGETS), 0, IGNORED, 60)
              .backward();
          alone.add((ofX ? a : b).gradient().toArray(JAVA_FLOAT));
        }
      }
    }
    assertArrayEquals(both[1], alone.get(0));
    assertArrayEquals(both[2], alone.get(1));
  }

  @Test
  void whatDoesNotFitIsNamed() {
    try (Slab slab = Slab.open("loss", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Tensor x = tape.variable(X, OpCheck.copy(slab, new float[15]));
      Tensor weight = tape.constant(WEIGHT, new float[21]);
      Tensor other = tape.constant(TensorLayout.of(7, 4), new float[28]);
      refuses(
          "crossEntropyMean: x is 5x3, weight is 7x4: [rows, width] and [classes, width] with at"
              + " least one row and one class are wanted",
          () -> LinearLossOps.crossEntropyMean(tape, x, other, tape.ints(TARGETS)));
      refuses(
          "crossEntropyMean: weight is 7x3, bias is 3: it needs one element for each of the 7"
              + " classes",
          () ->
              LinearLossOps.crossEntropyMean(
                  tape,
                  x,
                  weight,
                  tape.constant(TensorLayout.of(3), new float[3]),
                  tape.ints(TARGETS)));
      refuses(
          "targets[2] = 7: it must be from 0 to 6",
          () -> LinearLossOps.crossEntropyMean(tape, x, weight, tape.ints(0, 1, 7, 0, 0)));
      refuses(
          "targets[0] = -2147483648: it must be from 0 to 6",
          () ->
              LinearLossOps.crossEntropyMean(
                  tape, x, weight, tape.ints(Integer.MIN_VALUE, 1, 2, 0, 0)));
      refuses(
          "smoothing = 1.5: it must be from 0 to 1",
          () -> LinearLossOps.crossEntropyMean(tape, x, weight, tape.ints(TARGETS), 1.5f, IGNORED));
      assertThrows(
          IllegalArgumentException.class,
          () -> LinearLossOps.crossEntropyMean(tape, x, weight, tape.ints(0, 1)));
    }
  }

  private static void refuses(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
