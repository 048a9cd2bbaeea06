package dev.lanewise.ops.softmax;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.RowModel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The cross-entropy on arrays and on segments, held to its kernel. */
class SoftmaxCrossEntropyFormsTest {
  private static final int IGNORED = -100;
  private static final float SMOOTHING = 0.1f;
  private static final float SCALE = 0.3f;

  private static int[] targets(int rows, int cols, boolean ignoreSome) {
    int[] targets = new int[rows];
    for (int r = 0; r < rows; r++) {
      targets[r] = ignoreSome && r % 3 == 1 ? IGNORED : (int) (r * 7_919L % cols);
    }
    return targets;
  }

  /** Losses and gradients of the kernel on segments. */
  private static float[][] kernel(float[] logits, int[] targets, float[] weights, int cols) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment x = arena.allocateFrom(JAVA_FLOAT, logits);
      MemorySegment t = arena.allocateFrom(JAVA_INT, targets);
      MemorySegment w = arena.allocateFrom(JAVA_FLOAT, weights);
      MemorySegment losses = arena.allocate(JAVA_FLOAT, targets.length);
      dev.lanewise.kernel.softmax.segments.SoftmaxCrossEntropy.forwardBackward(
          x, t, w, losses, SMOOTHING, IGNORED, SCALE, 0, targets.length, cols);
      return new float[][] {losses.toArray(JAVA_FLOAT), x.toArray(JAVA_FLOAT)};
    }
  }

  @Test
  void everyFormGivesTheBitsOfTheKernelForAnyNumberOfThreads() {
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads)) {
        for (int cols : AwkwardSizes.lengths()) {
          if (cols > 0) {
            check(5, cols, workers);
          }
        }
        check(97, 1021, workers);
      }
    }
  }

  private static void check(int rows, int cols, Workers workers) {
    float[] logits = RowModel.normal(rows * cols, cols, 0, 3);
    float[] weights = RowModel.normal(cols, 7, 1, 0.2);
    int[] targets = targets(rows, cols, true);
    float[][] expected = kernel(logits, targets, weights, cols);

    int at = 3;
    float[] x = shifted(logits, at);
    float[] w = shifted(weights, 2);
    int[] t = new int[rows + 1];
    System.arraycopy(targets, 0, t, 1, rows);
    float[] losses = new float[rows + 2];
    SoftmaxCrossEntropy.forward(
        x, at, t, 1, w, 2, losses, 1, rows, cols, SMOOTHING, IGNORED, workers);
    assertArrayEquals(shifted(logits, at), x);
    assertArrayEquals(expected[0], Arrays.copyOfRange(losses, 1, 1 + rows));
    assertEquals(0, losses[0] + losses[rows + 1]);
    Arrays.fill(losses, 0);
    SoftmaxCrossEntropy.forwardBackward(
        x, at, t, 1, w, 2, losses, 1, rows, cols, SMOOTHING, IGNORED, SCALE, workers);
    assertArrayEquals(expected[0], Arrays.copyOfRange(losses, 1, 1 + rows));
    assertArrayEquals(shifted(expected[1], at), x);

    try (Arena arena = Arena.ofShared()) {
      MemorySegment xs = arena.allocateFrom(JAVA_FLOAT, logits);
      MemorySegment ts = arena.allocateFrom(JAVA_INT, targets);
      MemorySegment ws = arena.allocateFrom(JAVA_FLOAT, weights);
      MemorySegment ls = arena.allocate(JAVA_FLOAT, rows);
      SoftmaxCrossEntropy.forward(xs, ts, ws, ls, rows, cols, SMOOTHING, IGNORED, workers);
      assertArrayEquals(expected[0], ls.toArray(JAVA_FLOAT));
      ls.fill((byte) 0);
      SoftmaxCrossEntropy.forwardBackward(
          xs, ts, ws, ls, rows, cols, SMOOTHING, IGNORED, SCALE, workers);
      assertArrayEquals(expected[0], ls.toArray(JAVA_FLOAT));
      assertArrayEquals(expected[1], xs.toArray(JAVA_FLOAT));
      assertEquals(
          SoftmaxCrossEntropy.totalWeight(targets, weights, IGNORED),
          SoftmaxCrossEntropy.totalWeight(ts, ws, IGNORED, rows));
    }
  }

  private static float[] shifted(float[] values, int by) {
    float[] shifted = new float[values.length + by + 1];
    System.arraycopy(values, 0, shifted, by, values.length);
    return shifted;
  }

  @Test
  void thePlainFormsAreTheOnesWithoutOptions() {
    int rows = 5;
    int cols = 67;
    float[] logits = RowModel.normal(rows * cols, 1, 0, 3);
    int[] targets = targets(rows, cols, false);
    float[] losses = new float[rows];
    float[] plain = new float[rows];
    SoftmaxCrossEntropy.forward(
        logits, 0, targets, 0, null, 0, losses, 0, rows, cols, 0, IGNORED, Workers.shared());
    SoftmaxCrossEntropy.forward(logits, targets, plain, rows, cols);
    assertArrayEquals(losses, plain);
    float[] gradient = logits.clone();
    SoftmaxCrossEntropy.forwardBackward(gradient, targets, plain, rows, cols, SCALE);
    assertArrayEquals(losses, plain);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment xs = arena.allocateFrom(JAVA_FLOAT, logits);
      MemorySegment ts = arena.allocateFrom(JAVA_INT, targets);
      MemorySegment ls = arena.allocate(JAVA_FLOAT, rows);
      SoftmaxCrossEntropy.forward(xs, ts, ls, rows, cols);
      assertArrayEquals(losses, ls.toArray(JAVA_FLOAT));
      SoftmaxCrossEntropy.forwardBackward(xs, ts, ls, rows, cols, SCALE);
      assertArrayEquals(gradient, xs.toArray(JAVA_FLOAT));
      assertEquals(rows, SoftmaxCrossEntropy.totalWeight(targets, null, IGNORED));
    }
  }

  @Test
  void whatDoesNotFitIsNamedBeforeAnythingIsWritten() {
    float[] logits = RowModel.normal(12, 1, 0, 3);
    float[] before = logits.clone();
    refuses("targets[1] = 4: it must be from 0 to 3", logits, new int[] {0, 4, 1}, 3, 4);
    refuses("targets[2] = -1: it must be from 0 to 3", logits, new int[] {0, 3, -1}, 3, 4);
    refuses("logits has 20 elements from offset 0", logits, new int[5], 5, 4);
    refuses("rows = 3, cols = 0: a row needs at least one element", logits, new int[3], 3, 0);
    for (float smoothing : new float[] {-0.1f, 1.1f, Float.NaN}) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () ->
                      SoftmaxCrossEntropy.forwardBackward(
                          logits,
                          0,
                          new int[3],
                          0,
                          null,
                          0,
                          new float[3],
                          0,
                          3,
                          4,
                          smoothing,
                          IGNORED,
                          1,
                          Workers.shared()))
              .getMessage();
      assertEquals("smoothing = " + (double) smoothing + ": it must be from 0 to 1", message);
    }
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    SoftmaxCrossEntropy.forward(
                        logits, 0, new int[3], 0, null, 0, logits, 9, 3, 4, 0, 0, Workers.shared()))
            .getMessage();
    assertEquals(
        "losses and logits share elements: what is written would change what is still to be read,"
            + " give losses memory of its own",
        message);
    assertArrayEquals(before, logits);
  }

  private static void refuses(String text, float[] logits, int[] targets, int rows, int cols) {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    SoftmaxCrossEntropy.forwardBackward(
                        logits, targets, new float[rows], rows, cols, 1))
            .getMessage();
    assertEquals(text, String.valueOf(message).substring(0, text.length()));
  }

  @Tag("once")
  @Test
  void nothingIsAllocated() {
    int rows = 97;
    int cols = 1021;
    float[] logits = RowModel.normal(rows * cols, 1, 0, 3);
    int[] targets = targets(rows, cols, false);
    float[] losses = new float[rows];
    assertEquals(
        0,
        AllocatedBytes.perCall(
            200, 200, () -> SoftmaxCrossEntropy.forward(logits, targets, losses, rows, cols)));
    int[] few = targets(3, 37, false);
    assertEquals(
        0,
        AllocatedBytes.perCall(
            500, 500, () -> SoftmaxCrossEntropy.forward(logits, few, losses, 3, 37)));
  }
}
