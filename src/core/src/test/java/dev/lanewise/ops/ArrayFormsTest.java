package dev.lanewise.ops;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.loop.RowBlocks;
import dev.lanewise.kernel.loss.LossBlocks;
import dev.lanewise.ops.loss.BinaryCrossEntropy;
import dev.lanewise.ops.loss.Huber;
import dev.lanewise.ops.loss.MeanAbsoluteError;
import dev.lanewise.ops.loss.MeanSquaredError;
import dev.lanewise.ops.norm.BatchNorm;
import dev.lanewise.ops.norm.GroupNorm;
import dev.lanewise.ops.norm.LayerNorm;
import dev.lanewise.ops.norm.ResidualLayerNorm;
import dev.lanewise.ops.norm.RmsNorm;
import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Norms and losses on arrays: the bits of the same op on segments, and the same refusals. */
class ArrayFormsTest {
  private static final float EPS = 1e-5f;
  private static final int GUARD = 37;

  /** Elements of a plane: more than a vector of 512 bits, and a tail. */
  private static final int SPATIAL = 19;

  private static final float UNTOUCHED = -77.25f;

  interface OnSegments {
    double run(MemorySegment[] s, MemorySegment partials, int rows, int cols, Workers workers);
  }

  interface OnArrays {
    double run(float[][] a, int[] o, double[] partials, int rows, int cols, Workers workers);
  }

  /**
   * An op.
   *
   * @param shapes of its operands: m for a matrix, r for one element per row, c for one per column,
   *     b for a row per block of rows, p for a plane per element of a matrix
   * @param inputs how many of them are read alone; they come first
   */
  record Case(String name, String shapes, int inputs, OnSegments segments, OnArrays arrays) {
    int elements(int operand, int rows, int cols) {
      return switch (shapes.charAt(operand)) {
        case 'm' -> Math.multiplyExact(rows, cols);
        case 'p' -> Math.multiplyExact(Math.multiplyExact(rows, cols), SPATIAL);
        case 'r' -> rows;
        case 'c' -> cols;
        default -> Math.multiplyExact(Math.toIntExact(RowBlocks.count(rows)), cols);
      };
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static int n(int rows, int cols) {
    return Math.multiplyExact(rows, cols);
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case(
            "LayerNorm.forward",
            "mccmrr",
            3,
            (s, p, r, c, w) -> {
              LayerNorm.forward(s[0], s[1], s[2], s[3], s[4], s[5], r, c, EPS, w);
              return 0;
            },
            (a, o, p, r, c, w) -> {
              LayerNorm.forward(
                  a[0], o[0], a[1], o[1], a[2], o[2], a[3], o[3], a[4], o[4], a[5], o[5], r, c, EPS,
                  w);
              return 0;
            }),
        new Case(
            "LayerNorm.backward",
            "mcrrmmbbcc",
            5,
            (s, p, r, c, w) -> {
              LayerNorm.backward(
                  s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], r, c, w);
              return 0;
            },
            (a, o, p, r, c, w) -> {
              LayerNorm.backward(
                  a[0], o[0], a[1], o[1], a[2], o[2], a[3], o[3], a[4], o[4], a[5], o[5], a[6],
                  o[6], a[7], o[7], a[8], o[8], a[9], o[9], r, c, w);
              return 0;
            }),
        new Case(
            "LayerNorm.backwardInput",
            "mcrrmm",
            5,
            (s, p, r, c, w) -> {
              LayerNorm.backwardInput(s[0], s[1], s[2], s[3], s[4], s[5], r, c, w);
              return 0;
            },
            (a, o, p, r, c, w) -> {
              LayerNorm.backwardInput(
                  a[0], o[0], a[1], o[1], a[2], o[2], a[3], o[3], a[4], o[4], a[5], o[5], r, c, w);
              return 0;
            }),
        new Case(
            "RmsNorm.forward",
            "mcmr",
            2,
            (s, p, r, c, w) -> {
              RmsNorm.forward(s[0], s[1], s[2], s[3], r, c, EPS, w);
              return 0;
            },
            (a, o, p, r, c, w) -> {
              RmsNorm.forward(a[0], o[0], a[1], o[1], a[2], o[2], a[3], o[3], r, c, EPS, w);
              return 0;
            }),
        new Case(
            "RmsNorm.backward",
            "mcrmmbc",
            4,
            (s, p, r, c, w) -> {
              RmsNorm.backward(s[0], s[1], s[2], s[3], s[4], s[5], s[6], r, c, w);
              return 0;
            },
            (a, o, p, r, c, w) -> {
              RmsNorm.backward(
                  a[0], o[0], a[1], o[1], a[2], o[2], a[3], o[3], a[4], o[4], a[5], o[5], a[6],
                  o[6], r, c, w);
              return 0;
            }),
        new Case(
            "RmsNorm.backwardInput",
            "mcrmm",
            4,
            (s, p, r, c, w) -> {
              RmsNorm.backwardInput(s[0], s[1], s[2], s[3], s[4], r, c, w);
              return 0;
            },
            (a, o, p, r, c, w) -> {
              RmsNorm.backwardInput(
                  a[0], o[0], a[1], o[1], a[2], o[2], a[3], o[3], a[4], o[4], r, c, w);
              return 0;
            }),
        new Case(
            "ResidualLayerNorm.forward",
            "mmccmmrr",
            4,
            (s, p, r, c, w) -> {
              ResidualLayerNorm.forward(
                  s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], r, c, EPS, w);
              return 0;
            },
            (a, o, p, r, c, w) -> {
              ResidualLayerNorm.forward(
                  a[0], o[0], a[1], o[1], a[2], o[2], a[3], o[3], a[4], o[4], a[5], o[5], a[6],
                  o[6], a[7], o[7], r, c, EPS, w);
              return 0;
            }),
        new Case(
            "ResidualLayerNorm.backward",
            "mcrrmmmbbcc",
            6,
            (s, p, r, c, w) -> {
              ResidualLayerNorm.backward(
                  s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], r, c, w);
              return 0;
            },
            (a, o, p, r, c, w) -> {
              ResidualLayerNorm.backward(
                  a[0], o[0], a[1], o[1], a[2], o[2], a[3], o[3], a[4], o[4], a[5], o[5], a[6],
                  o[6], a[7], o[7], a[8], o[8], a[9], o[9], a[10], o[10], r, c, w);
              return 0;
            }),
        new Case(
            "ResidualLayerNorm.backwardInput",
            "mcrrmmm",
            6,
            (s, p, r, c, w) -> {
              ResidualLayerNorm.backwardInput(s[0], s[1], s[2], s[3], s[4], s[5], s[6], r, c, w);
              return 0;
            },
            (a, o, p, r, c, w) -> {
              ResidualLayerNorm.backwardInput(
                  a[0], o[0], a[1], o[1], a[2], o[2], a[3], o[3], a[4], o[4], a[5], o[5], a[6],
                  o[6], r, c, w);
              return 0;
            }),
        new Case(
            "GroupNorm.forward, one group",
            "pccprr",
            3,
            (s, p, r, c, w) -> {
              GroupNorm.forward(s[0], s[1], s[2], s[3], s[4], s[5], r, c, SPATIAL, 1, EPS, w);
              return 0;
            },
            (a, o, p, r, c, w) -> {
              GroupNorm.forward(
                  a[0], o[0], a[1], o[1], a[2], o[2], a[3], o[3], a[4], o[4], a[5], o[5], r, c,
                  SPATIAL, 1, EPS, w);
              return 0;
            }),
        new Case(
            "GroupNorm.forward, a group per channel",
            "pccpmm",
            3,
            (s, p, r, c, w) -> {
              GroupNorm.forward(s[0], s[1], s[2], s[3], s[4], s[5], r, c, SPATIAL, c, EPS, w);
              return 0;
            },
            (a, o, p, r, c, w) -> {
              GroupNorm.forward(
                  a[0], o[0], a[1], o[1], a[2], o[2], a[3], o[3], a[4], o[4], a[5], o[5], r, c,
                  SPATIAL, c, EPS, w);
              return 0;
            }),
        new Case(
            "GroupNorm.backward, one group",
            "pcrrppmmcc",
            5,
            (s, p, r, c, w) -> {
              GroupNorm.backward(
                  s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], r, c, SPATIAL, 1, w);
              return 0;
            },
            (a, o, p, r, c, w) -> {
              GroupNorm.backward(
                  a[0], o[0], a[1], o[1], a[2], o[2], a[3], o[3], a[4], o[4], a[5], o[5], a[6],
                  o[6], a[7], o[7], a[8], o[8], a[9], o[9], r, c, SPATIAL, 1, w);
              return 0;
            }),
        new Case(
            "GroupNorm.backward, a group per channel",
            "pcmmppmmcc",
            5,
            (s, p, r, c, w) -> {
              GroupNorm.backward(
                  s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], r, c, SPATIAL, c, w);
              return 0;
            },
            (a, o, p, r, c, w) -> {
              GroupNorm.backward(
                  a[0], o[0], a[1], o[1], a[2], o[2], a[3], o[3], a[4], o[4], a[5], o[5], a[6],
                  o[6], a[7], o[7], a[8], o[8], a[9], o[9], r, c, SPATIAL, c, w);
              return 0;
            }),
        new Case(
            "BatchNorm.forward",
            "pccccpcc",
            3,
            (s, p, r, c, w) -> {
              BatchNorm.forward(
                  s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], r, c, SPATIAL, 0.1f, EPS, w);
              return 0;
            },
            (a, o, p, r, c, w) -> {
              BatchNorm.forward(
                  a[0], o[0], a[1], o[1], a[2], o[2], a[3], o[3], a[4], o[4], a[5], o[5], a[6],
                  o[6], a[7], o[7], r, c, SPATIAL, 0.1f, EPS, w);
              return 0;
            }),
        new Case(
            "BatchNorm.infer",
            "pccccp",
            5,
            (s, p, r, c, w) -> {
              BatchNorm.infer(s[0], s[1], s[2], s[3], s[4], s[5], r, c, SPATIAL, EPS, w);
              return 0;
            },
            (a, o, p, r, c, w) -> {
              BatchNorm.infer(
                  a[0], o[0], a[1], o[1], a[2], o[2], a[3], o[3], a[4], o[4], a[5], o[5], r, c,
                  SPATIAL, EPS, w);
              return 0;
            }),
        new Case(
            "BatchNorm.backward",
            "pcccppcc",
            5,
            (s, p, r, c, w) -> {
              BatchNorm.backward(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], r, c, SPATIAL, w);
              return 0;
            },
            (a, o, p, r, c, w) -> {
              BatchNorm.backward(
                  a[0], o[0], a[1], o[1], a[2], o[2], a[3], o[3], a[4], o[4], a[5], o[5], a[6],
                  o[6], a[7], o[7], r, c, SPATIAL, w);
              return 0;
            }),
        new Case(
            "MeanSquaredError.forward",
            "mm",
            2,
            (s, p, r, c, w) -> MeanSquaredError.forward(s[0], s[1], p, n(r, c), w),
            (a, o, p, r, c, w) ->
                MeanSquaredError.forward(a[0], o[0], a[1], o[1], p, 3, n(r, c), w)),
        new Case(
            "MeanSquaredError.forwardBackward",
            "mmm",
            2,
            (s, p, r, c, w) ->
                MeanSquaredError.forwardBackward(s[0], s[1], s[2], p, n(r, c), 0.3f, w),
            (a, o, p, r, c, w) ->
                MeanSquaredError.forwardBackward(
                    a[0], o[0], a[1], o[1], a[2], o[2], p, 3, n(r, c), 0.3f, w)),
        new Case(
            "MeanAbsoluteError.forward",
            "mm",
            2,
            (s, p, r, c, w) -> MeanAbsoluteError.forward(s[0], s[1], p, n(r, c), w),
            (a, o, p, r, c, w) ->
                MeanAbsoluteError.forward(a[0], o[0], a[1], o[1], p, 3, n(r, c), w)),
        new Case(
            "MeanAbsoluteError.forwardBackward",
            "mmm",
            2,
            (s, p, r, c, w) ->
                MeanAbsoluteError.forwardBackward(s[0], s[1], s[2], p, n(r, c), 0.3f, w),
            (a, o, p, r, c, w) ->
                MeanAbsoluteError.forwardBackward(
                    a[0], o[0], a[1], o[1], a[2], o[2], p, 3, n(r, c), 0.3f, w)),
        new Case(
            "Huber.forward",
            "mm",
            2,
            (s, p, r, c, w) -> Huber.forward(s[0], s[1], p, n(r, c), 0.7f, w),
            (a, o, p, r, c, w) -> Huber.forward(a[0], o[0], a[1], o[1], p, 3, n(r, c), 0.7f, w)),
        new Case(
            "Huber.forwardBackward",
            "mmm",
            2,
            (s, p, r, c, w) -> Huber.forwardBackward(s[0], s[1], s[2], p, n(r, c), 0.7f, 0.3f, w),
            (a, o, p, r, c, w) ->
                Huber.forwardBackward(
                    a[0], o[0], a[1], o[1], a[2], o[2], p, 3, n(r, c), 0.7f, 0.3f, w)),
        new Case(
            "BinaryCrossEntropy.forward",
            "mm",
            2,
            (s, p, r, c, w) -> BinaryCrossEntropy.forward(s[0], s[1], p, n(r, c), 2, w),
            (a, o, p, r, c, w) ->
                BinaryCrossEntropy.forward(a[0], o[0], a[1], o[1], p, 3, n(r, c), 2, w)),
        new Case(
            "BinaryCrossEntropy.forwardBackward",
            "mmm",
            2,
            (s, p, r, c, w) ->
                BinaryCrossEntropy.forwardBackward(s[0], s[1], s[2], p, n(r, c), 2, 0.3f, w),
            (a, o, p, r, c, w) ->
                BinaryCrossEntropy.forwardBackward(
                    a[0], o[0], a[1], o[1], a[2], o[2], p, 3, n(r, c), 2, 0.3f, w)));
  }

  /** The operands of a call in arrays, each between elements that nobody may touch. */
  private static final class Values {
    final float[][] values;
    final int[] offsets;
    final double[] partials;

    Values(Case test, int rows, int cols) {
      int operands = test.shapes().length();
      values = new float[operands][];
      offsets = new int[operands];
      partials = new double[3 + Math.toIntExact(LossBlocks.count(n(rows, cols)))];
      SplittableRandom random = new SplittableRandom(rows + cols);
      for (int i = 0; i < operands; i++) {
        int n = test.elements(i, rows, cols);
        offsets[i] = GUARD + i;
        values[i] = new float[n + 2 * GUARD + i];
        Arrays.fill(values[i], UNTOUCHED);
        for (int j = 0; j < n; j++) {
          values[i][offsets[i] + j] = random.nextFloat();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void arraysHaveTheBitsOfSegmentsOnAnyNumberOfThreads(Case test) {
    for (int[] size : new int[][] {{1, 1}, {3, 31}, {5, 64}, {33, 257}, {197, 509}}) {
      int rows = size[0];
      int cols = size[1];
      for (int threads : new int[] {1, 3}) {
        Values arrays = new Values(test, rows, cols);
        try (Workers workers = Workers.of(threads);
            Arena arena = Arena.ofShared()) {
          MemorySegment[] segments = new MemorySegment[test.shapes().length()];
          for (int i = 0; i < segments.length; i++) {
            segments[i] = arena.allocateFrom(JAVA_FLOAT, arrays.values[i]);
          }
          MemorySegment[] exact = new MemorySegment[segments.length];
          for (int i = 0; i < exact.length; i++) {
            exact[i] =
                segments[i].asSlice(4L * arrays.offsets[i], 4L * test.elements(i, rows, cols));
          }
          MemorySegment partials = arena.allocate(8L * arrays.partials.length, 8);
          double expected = test.segments().run(exact, partials, rows, cols, workers);
          double got =
              test.arrays()
                  .run(arrays.values, arrays.offsets, arrays.partials, rows, cols, workers);
          String what = rows + " x " + cols + ", " + threads + " threads";
          assertEquals(expected, got, what);
          for (int i = 0; i < segments.length; i++) {
            assertArrayEquals(segments[i].toArray(JAVA_FLOAT), arrays.values[i], what);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatDoesNotFitOrSharesElementsIsRefused(Case test) {
    int rows = 3;
    int cols = 40;
    for (int i = 0; i < test.shapes().length(); i++) {
      Values arrays = new Values(test, rows, cols);
      int n = test.elements(i, rows, cols);
      arrays.values[i] = new float[arrays.offsets[i] + n - 1];
      refuses(test, arrays, rows, cols, " has " + n + " elements from offset ");
    }
    for (int i = test.inputs(); i < test.shapes().length(); i++) {
      Values arrays = new Values(test, rows, cols);
      arrays.values[i] = arrays.values[1];
      arrays.offsets[i] = 1;
      arrays.offsets[1] = 0;
      arrays.values[1] = new float[3000];
      arrays.values[i] = arrays.values[1];
      refuses(test, arrays, rows, cols, " share elements");
    }
  }

  private static void refuses(Case test, Values arrays, int rows, int cols, String reason) {
    List<float[]> before = Stream.of(arrays.values).map(float[]::clone).toList();
    String message =
        String.valueOf(
            assertThrows(
                    IllegalArgumentException.class,
                    () ->
                        test.arrays()
                            .run(
                                arrays.values,
                                arrays.offsets,
                                arrays.partials,
                                rows,
                                cols,
                                Workers.shared()))
                .getMessage());
    assertTrue(message.contains(reason), message);
    for (int i = 0; i < arrays.values.length; i++) {
      assertArrayEquals(before.get(i), arrays.values[i]);
    }
  }

  @Tag("once")
  @ParameterizedTest
  @MethodSource("cases")
  void nothingIsAllocated(Case test) {
    int rows = 9;
    int cols = 130;
    Values arrays = new Values(test, rows, cols);
    try (Workers workers = Workers.of(1)) {
      assertEquals(
          0,
          AllocatedBytes.perCall(
              2_000,
              1_000,
              () ->
                  test.arrays()
                      .run(arrays.values, arrays.offsets, arrays.partials, rows, cols, workers)));
    }
  }
}
