package dev.lanewise.kernel.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.GuardedCall;
import dev.lanewise.testing.GuardedFloats;
import dev.lanewise.testing.RowModel;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AttentionTest {
  /** Where y, dy and lse stand among the operands of a call. */
  private static final int Y = 3;

  private static final int LSE = 4;
  private static final int DY = 5;
  private static final int DQ = 6;
  private static final int DK = 7;
  private static final int DV = 8;

  private static final long STEP = 5;
  private static final AttentionDropout DROPOUT = new AttentionDropout(0.3f, 77, 2);

  private static AttentionShape causal(
      int batch, int heads, int keyHeads, int queries, int keys, int width) {
    float scale = (float) (1 / Math.sqrt(width));
    return new AttentionShape(
        batch, heads, keyHeads, queries, keys, width, scale, (long) keys - queries);
  }

  private static AttentionShape full(
      int batch, int heads, int keyHeads, int queries, int keys, int width) {
    float scale = (float) (1 / Math.sqrt(width));
    return new AttentionShape(batch, heads, keyHeads, queries, keys, width, scale, keys);
  }

  /**
   * One, primes, around the tiles of 128 queries and 512 keys, shared heads, more keys or fewer.
   */
  static Stream<AttentionShape> shapes() {
    return Stream.of(
        full(1, 1, 1, 1, 1, 1),
        causal(1, 1, 1, 1, 1, 1),
        full(2, 3, 1, 5, 7, 3),
        causal(2, 3, 3, 7, 7, 5),
        causal(1, 4, 2, 37, 37, 16),
        causal(1, 2, 1, 129, 129, 17),
        full(1, 1, 1, 128, 512, 32),
        full(1, 2, 2, 127, 513, 8),
        causal(1, 1, 1, 130, 1030, 8),
        causal(1, 1, 1, 600, 600, 4),
        causal(1, 2, 1, 1, 521, 64),
        causal(1, 1, 1, 9, 5, 6));
  }

  private static Heads heads(MemorySegment memory, int heads, int tokens, int width) {
    long batchStride = (long) tokens * heads * width;
    return new Heads(memory, 0, batchStride, width, heads * width);
  }

  private static Heads ofQueries(AttentionShape shape, MemorySegment memory) {
    return heads(memory, shape.heads(), shape.queries(), shape.width());
  }

  private static Heads ofKeys(AttentionShape shape, MemorySegment memory) {
    return heads(memory, shape.keyHeads(), shape.keys(), shape.width());
  }

  /** q, k, v, and dy as the last one. */
  private static float[][] inputs(AttentionShape shape, double sigma) {
    int ofQueries = shape.batch() * shape.queries() * shape.heads() * shape.width();
    int ofKeys = shape.batch() * shape.keys() * shape.keyHeads() * shape.width();
    return new float[][] {
      RowModel.normal(ofQueries, 1, 0, sigma),
      RowModel.normal(ofKeys, 2, 0, sigma),
      RowModel.normal(ofKeys, 3, 0.5, 1),
      RowModel.normal(ofQueries, 4, 0, 1)
    };
  }

  private static void forward(
      AttentionShape shape, AttentionDropout dropout, MemorySegment[] s, long begin, long end) {
    AttentionForward.run(
        shape,
        dropout,
        STEP,
        ofQueries(shape, s[0]),
        ofKeys(shape, s[1]),
        ofKeys(shape, s[2]),
        ofQueries(shape, s[Y]),
        s[LSE],
        begin,
        end);
  }

  private static void backward(
      AttentionShape shape, AttentionDropout dropout, MemorySegment[] s, long begin, long end) {
    AttentionBackward.ofHeads(
        shape,
        dropout,
        STEP,
        ofQueries(shape, s[0]),
        ofKeys(shape, s[1]),
        ofKeys(shape, s[2]),
        ofQueries(shape, s[Y]),
        s[DY],
        s[LSE],
        ofQueries(shape, s[DQ]),
        ofKeys(shape, s[DK]),
        ofKeys(shape, s[DV]),
        begin,
        end);
  }

  private static void inTwoPasses(
      AttentionShape shape, AttentionDropout dropout, MemorySegment[] s) {
    Heads q = ofQueries(shape, s[0]);
    Heads k = ofKeys(shape, s[1]);
    Heads v = ofKeys(shape, s[2]);
    Heads y = ofQueries(shape, s[Y]);
    for (long unit = shape.keyUnits() - 1; unit >= 0; unit--) {
      AttentionBackward.ofKeys(
          shape,
          dropout,
          STEP,
          q,
          k,
          v,
          y,
          s[DY],
          s[LSE],
          ofKeys(shape, s[DK]),
          ofKeys(shape, s[DV]),
          unit,
          unit + 1);
    }
    for (long unit = shape.queryUnits() - 1; unit >= 0; unit--) {
      AttentionBackward.ofQueries(
          shape, dropout, STEP, q, k, v, y, s[DY], s[LSE], ofQueries(shape, s[DQ]), unit, unit + 1);
    }
  }

  /**
   * The operands of a call: y and lse hold NaN before, the gradients what they are to be added to.
   */
  private static float[][] operands(AttentionShape shape, float[][] in, float gradient) {
    float[] y = filled(in[0].length, Float.NaN);
    float[] lse = filled(shape.batch() * shape.heads() * shape.queries(), Float.NaN);
    return new float[][] {
      in[0],
      in[1],
      in[2],
      y,
      lse,
      in[3],
      filled(in[0].length, gradient),
      filled(in[1].length, gradient),
      filled(in[2].length, gradient)
    };
  }

  private static float[] filled(int n, float value) {
    float[] values = new float[n];
    Arrays.fill(values, value);
    return values;
  }

  private static float[][] run(AttentionShape shape, float[][] in, float gradient) {
    return run(shape, AttentionDropout.NONE, in, gradient);
  }

  private static float[][] run(
      AttentionShape shape, AttentionDropout dropout, float[][] in, float gradient) {
    return GuardedCall.run(
        s -> {
          forward(shape, dropout, s, 0, shape.queryUnits());
          backward(shape, dropout, s, 0, shape.headUnits());
        },
        operands(shape, in, gradient));
  }

  private static void assertWithin(
      double[] exact, double[] bound, float[] got, double offset, String name) {
    assertEquals(exact.length, got.length);
    for (int i = 0; i < exact.length; i++) {
      // What is added to first rounds, and with it each partial sum.
      double allowed = bound[i] + 1024 * Math.ulp((float) offset) + Double.MIN_VALUE;
      assertEquals(exact[i] + offset, got[i], allowed, name + " at " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void valuesAndGradientsKeepTheirErrorBounds(AttentionShape shape) {
    assertWithinBounds(shape, AttentionDropout.NONE);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void withDropoutValuesAndGradientsKeepTheirErrorBounds(AttentionShape shape) {
    assertWithinBounds(shape, DROPOUT);
  }

  private static void assertWithinBounds(AttentionShape shape, AttentionDropout dropout) {
    float[][] in = inputs(shape, 1.5);
    AttentionOracle oracle = new AttentionOracle(shape, dropout, STEP, in[0], in[1], in[2], in[3]);
    float[][] got = run(shape, dropout, in, 0);
    assertWithin(oracle.y, oracle.yBound, got[Y], 0, "y");
    for (int i = 0; i < oracle.lse.length; i++) {
      if (oracle.lse[i] == Double.NEGATIVE_INFINITY) {
        assertEquals(Float.NEGATIVE_INFINITY, got[LSE][i]);
      } else {
        assertEquals(oracle.lse[i], got[LSE][i], oracle.lseBound[i], "lse at " + i);
      }
    }
    assertWithin(oracle.dq, oracle.dqBound, got[DQ], 0, "dq");
    assertWithin(oracle.dk, oracle.dkBound, got[DK], 0, "dk");
    assertWithin(oracle.dv, oracle.dvBound, got[DV], 0, "dv");
  }

  /** Values of one: an output is the sum of what is kept of the probabilities, here all equal. */
  @Test
  void theExpectedPartIsDroppedAndTheRestScaled() {
    AttentionShape shape = full(1, 2, 1, 50, 800, 1);
    float[][] in = inputs(shape, 0);
    Arrays.fill(in[2], 1);
    float[] y = run(shape, DROPOUT, in, 0)[Y];
    double mean = 0;
    for (float value : y) {
      double kept = value * 800 * 0.7;
      assertEquals(Math.rint(kept), kept, 1e-2, "a number of keys");
      mean += value / y.length;
    }
    assertEquals(1, mean, 5 * Math.sqrt(0.3 / 0.7 / (800.0 * y.length)));
  }

  @Test
  void anotherStepStreamOrSeedDropsOtherKeys() {
    AttentionShape shape = full(1, 1, 1, 3, 40, 4);
    float[][] in = inputs(shape, 1);
    float[] y = run(shape, DROPOUT, in, 0)[Y];
    assertArrayEquals(y, run(shape, new AttentionDropout(0.3f, 77, 2), in, 0)[Y]);
    assertFalse(Arrays.equals(y, run(shape, new AttentionDropout(0.3f, 77, 3), in, 0)[Y]));
    assertFalse(Arrays.equals(y, run(shape, new AttentionDropout(0.3f, 78, 2), in, 0)[Y]));
    float[][] other =
        GuardedCall.run(
            s ->
                AttentionForward.run(
                    shape,
                    DROPOUT,
                    STEP + 1,
                    ofQueries(shape, s[0]),
                    ofKeys(shape, s[1]),
                    ofKeys(shape, s[2]),
                    ofQueries(shape, s[Y]),
                    s[LSE],
                    0,
                    shape.queryUnits()),
            operands(shape, in, 0));
    assertFalse(Arrays.equals(y, other[Y]));
  }

  @Test
  void gradientsAreAddedToWhatIsThere() {
    AttentionShape shape = causal(1, 4, 2, 37, 41, 8);
    float[][] in = inputs(shape, 1);
    AttentionOracle oracle = new AttentionOracle(shape, in[0], in[1], in[2], in[3]);
    float[][] got = run(shape, in, 2);
    assertWithin(oracle.dq, oracle.dqBound, got[DQ], 2, "dq");
    assertWithin(oracle.dk, oracle.dkBound, got[DK], 2, "dk");
    assertWithin(oracle.dv, oracle.dvBound, got[DV], 2, "dv");
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void theBitsDependNeitherOnTheSplitNorOnTheNumberOfPasses(AttentionShape shape) {
    float[][] in = inputs(shape, 1);
    for (AttentionDropout dropout : List.of(AttentionDropout.NONE, DROPOUT)) {
      float[][] whole = run(shape, dropout, in, 1);
      float[][] split =
          GuardedCall.run(
              s -> {
                for (long unit = shape.queryUnits() - 1; unit >= 0; unit--) {
                  forward(shape, dropout, s, unit, unit + 1);
                }
                for (long unit = shape.headUnits() - 1; unit >= 0; unit--) {
                  backward(shape, dropout, s, unit, unit + 1);
                }
              },
              operands(shape, in, 1));
      float[][] twoPasses =
          GuardedCall.run(
              s -> {
                forward(shape, dropout, s, 0, shape.queryUnits());
                inTwoPasses(shape, dropout, s);
              },
              operands(shape, in, 1));
      for (int i = 0; i < whole.length; i++) {
        assertArrayEquals(whole[i], split[i], "operand " + i);
        assertArrayEquals(whole[i], twoPasses[i], "operand " + i);
      }
    }
  }

  /**
   * The order that the documentation promises: no width and no tile of the product can change it.
   */
  @Test
  void theOutputHasTheBitsOfTheDocumentedOrder() {
    AttentionShape shape = causal(1, 1, 1, 131, 700, 11);
    float[][] in = inputs(shape, 2);
    float[] y = run(shape, in, 0)[Y];
    for (int t = 0; t < shape.queries(); t++) {
      float[] row = Arrays.copyOfRange(y, t * 11, t * 11 + 11);
      assertArrayEquals(rowInOrder(shape, in, t), row, "row " + t);
    }
  }

  private static float[] rowInOrder(AttentionShape shape, float[][] in, int t) {
    int width = shape.width();
    int visible = shape.visible(t);
    float[] out = new float[width];
    float max = Float.NEGATIVE_INFINITY;
    float sum = 0;
    for (int first = 0; first < visible; first += 512) {
      int n = Math.min(512, visible - first);
      float[] score = new float[n];
      for (int j = 0; j < n; j++) {
        for (int e = 0; e < width; e++) {
          score[j] = Math.fma(in[0][t * width + e], in[1][(first + j) * width + e], score[j]);
        }
      }
      float before = max;
      for (float s : score) {
        max = Math.max(max, s);
      }
      if (first > 0) {
        float factor = before < max ? exp((before - max) * shape.scale()) : 1;
        sum *= factor;
        for (int e = 0; e < width; e++) {
          out[e] *= factor;
        }
      }
      float[] p = new float[n];
      for (int j = 0; j < n; j++) {
        p[j] = exp((score[j] - max) * shape.scale());
        for (int e = 0; e < width; e++) {
          out[e] = Math.fma(p[j], in[2][(first + j) * width + e], out[e]);
        }
      }
      sum += RowModel.sum(n, (s, j) -> s + p[j]);
    }
    for (int e = 0; e < width; e++) {
      out[e] *= 1 / sum;
    }
    return out;
  }

  private static float exp(float d) {
    return d < -69 ? 0 : dev.lanewise.simd.math.Exp.share(d);
  }

  @Test
  void packedProjectionsAndHeadMajorCachesAreReadWhereTheyLie() {
    AttentionShape shape = causal(2, 4, 2, 33, 33, 8);
    float[][] in = inputs(shape, 1);
    float[][] apart = run(shape, in, 0);
    // One row of a token holds its queries, keys and values side by side.
    int rowSize = 8 * (4 + 2 + 2);
    float[] packed = new float[2 * 33 * rowSize];
    for (int token = 0; token < 2 * 33; token++) {
      System.arraycopy(in[0], token * 32, packed, token * rowSize, 32);
      System.arraycopy(in[1], token * 16, packed, token * rowSize + 32, 16);
      System.arraycopy(in[2], token * 16, packed, token * rowSize + 48, 16);
    }
    // [batch, heads, tokens, width]
    float[] headMajor = new float[in[0].length];
    float[][] together =
        GuardedCall.run(
            s -> {
              long batch = 33L * rowSize;
              Heads q = new Heads(s[0], 0, batch, 8, rowSize);
              Heads k = new Heads(s[0], 32, batch, 8, rowSize);
              Heads v = new Heads(s[0], 48, batch, 8, rowSize);
              Heads y = new Heads(s[1], 0, 4 * 33 * 8, 33 * 8, 8);
              AttentionForward.run(
                  shape, AttentionDropout.NONE, STEP, q, k, v, y, s[2], 0, shape.queryUnits());
            },
            packed,
            headMajor,
            new float[2 * 4 * 33]);
    for (int b = 0; b < 2; b++) {
      for (int h = 0; h < 4; h++) {
        for (int t = 0; t < 33; t++) {
          int from = ((b * 4 + h) * 33 + t) * 8;
          int to = ((b * 33 + t) * 4 + h) * 8;
          assertArrayEquals(
              Arrays.copyOfRange(apart[Y], to, to + 8),
              Arrays.copyOfRange(together[1], from, from + 8));
        }
      }
    }
  }

  @Test
  void aQueryWithoutAKeyIsZeroAndGivesNothing() {
    AttentionShape shape = causal(1, 1, 1, 300, 40, 8);
    float[][] got = run(shape, inputs(shape, 1), 0);
    for (int t = 0; t < 260; t++) {
      assertEquals(Float.NEGATIVE_INFINITY, got[LSE][t]);
      for (int e = 0; e < 8; e++) {
        assertEquals(0, got[Y][t * 8 + e]);
        assertEquals(0, got[DQ][t * 8 + e]);
      }
    }
    assertTrue(Float.isFinite(got[LSE][260]));
  }

  @Test
  void aHiddenKeyIsNotReadByTheSoftmaxWhateverItHolds() {
    AttentionShape shape = causal(1, 1, 1, 20, 20, 4);
    float[][] in = inputs(shape, 1);
    float[] y = run(shape, in, 0)[Y];
    for (float poison : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      float[][] poisoned = List.of(in[0], in[1].clone(), in[2], in[3]).toArray(float[][]::new);
      Arrays.fill(poisoned[1], 19 * 4, 20 * 4, poison);
      float[] got = run(shape, poisoned, 0)[Y];
      assertArrayEquals(Arrays.copyOf(y, 19 * 4), Arrays.copyOf(got, 19 * 4));
      assertTrue(Float.isNaN(got[19 * 4]));
    }
  }

  @Test
  void aNaNInAQueryStaysInItsRow() {
    AttentionShape shape = full(1, 1, 1, 20, 30, 4);
    float[][] in = inputs(shape, 1);
    float[] y = run(shape, in, 0)[Y];
    in[0][5 * 4] = Float.NaN;
    float[][] got = run(shape, in, 0);
    assertTrue(Float.isNaN(got[LSE][5]));
    for (int i = 0; i < y.length; i++) {
      assertEquals(i / 4 == 5 ? Float.NaN : y[i], got[Y][i]);
    }
  }

  /** Scores of 10^4 and more: a naive exp would overflow, and most probabilities are 0. */
  @Test
  void hugeScoresChooseTheLargest() {
    AttentionShape shape = full(1, 1, 1, 17, 600, 4);
    float[][] in = inputs(shape, 100);
    float[][] got = run(shape, in, 0);
    for (int operand : new int[] {Y, LSE, DQ, DK, DV}) {
      for (float value : got[operand]) {
        assertTrue(Float.isFinite(value));
      }
    }
    for (int t = 0; t < 17; t++) {
      double best = Double.NEGATIVE_INFINITY;
      for (int j = 0; j < 600; j++) {
        double score = 0;
        for (int e = 0; e < 4; e++) {
          score += (double) in[0][t * 4 + e] * in[1][j * 4 + e];
        }
        best = Math.max(best, score);
      }
      assertEquals(best * shape.scale(), got[LSE][t], 1e-6 * best + 7);
    }
  }

  @Test
  void nothingIsAllocated() {
    AttentionShape shape = causal(1, 2, 1, 150, 150, 24);
    float[][] operands = operands(shape, inputs(shape, 1), 0);
    GuardedFloats[] guarded = new GuardedFloats[operands.length];
    MemorySegment[] s = new MemorySegment[operands.length];
    for (int i = 0; i < operands.length; i++) {
      guarded[i] = GuardedFloats.copyOf(operands[i]);
      s[i] = guarded[i].segment();
    }
    Heads q = ofQueries(shape, s[0]);
    Heads k = ofKeys(shape, s[1]);
    Heads v = ofKeys(shape, s[2]);
    Heads y = ofQueries(shape, s[Y]);
    Heads dq = ofQueries(shape, s[DQ]);
    Heads dk = ofKeys(shape, s[DK]);
    Heads dv = ofKeys(shape, s[DV]);
    try {
      long bytes =
          AllocatedBytes.perCall(
              300,
              20,
              () -> {
                AttentionForward.run(
                    shape, DROPOUT, STEP, q, k, v, y, s[LSE], 0, shape.queryUnits());
                AttentionBackward.ofHeads(
                    shape,
                    DROPOUT,
                    STEP,
                    q,
                    k,
                    v,
                    y,
                    s[DY],
                    s[LSE],
                    dq,
                    dk,
                    dv,
                    0,
                    shape.headUnits());
              });
      assertEquals(0, bytes);
    } finally {
      for (GuardedFloats floats : guarded) {
        floats.close();
      }
    }
  }
}
