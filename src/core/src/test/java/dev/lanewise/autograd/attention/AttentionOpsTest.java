package dev.lanewise.autograd.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.elementwise.DropoutMask;
import dev.lanewise.kernel.random.Philox;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class AttentionOpsTest {
  private static final DropoutMask NONE = new DropoutMask(0, 0, 0, () -> 0);

  /** Token-major: [batch, tokens, heads, width]; at most 512 keys. */
  private static double[] oracle(
      double[] q,
      double[] k,
      double[] v,
      int batch,
      int queries,
      int keys,
      int heads,
      int keyHeads,
      int width,
      boolean causal,
      DropoutMask mask) {
    double[] y = new double[q.length];
    for (int b = 0; b < batch; b++) {
      for (int h = 0; h < heads; h++) {
        int keyHead = h * keyHeads / heads;
        for (int t = 0; t < queries; t++) {
          int visible = causal ? Math.clamp(t + 1L + keys - queries, 0, keys) : keys;
          int row = ((b * queries + t) * heads + h) * width;
          double[] e = new double[visible];
          double sum = 0;
          for (int j = 0; j < visible; j++) {
            int at = ((b * keys + j) * keyHeads + keyHead) * width;
            double score = 0;
            for (int i = 0; i < width; i++) {
              score += q[row + i] * k[at + i];
            }
            e[j] = Math.exp(score / Math.sqrt(width));
            sum += e[j];
          }
          long place = (long) ((b * heads + h) * queries + t) << 32 | mask.step().getAsLong();
          for (int j = 0; j < visible; j++) {
            int at = ((b * keys + j) * keyHeads + keyHead) * width;
            int word = Philox.word(mask.seed(), mask.stream(), place, j) >>> 8;
            double factor = word < mask.p() * 0x1p24 ? 0 : 1 / (1 - (double) mask.p());
            for (int i = 0; i < width; i++) {
              y[row + i] += factor * e[j] / sum * v[at + i];
            }
          }
        }
      }
    }
    return y;
  }

  @Test
  void gradientsAgreeWithCentralDifferences() {
    for (boolean causal : new boolean[] {false, true}) {
      OpCheck.check(
          (tape, x) -> AttentionOps.attention(tape, x.get(0), x.get(1), x.get(2), causal),
          x -> oracle(x[0], x[1], x[2], 2, 3, 5, 4, 2, 3, causal, NONE),
          TensorLayout.of(2, 3, 4, 3),
          TensorLayout.of(2, 5, 2, 3),
          TensorLayout.of(2, 5, 2, 3));
    }
  }

  @Test
  void gradientsOfPackedProjectionsAgreeWithCentralDifferences() {
    OpCheck.check(
        (tape, x) -> AttentionOps.selfAttention(tape, x.get(0), 2, 1, true),
        x -> {
          // 5 tokens of 2 + 1 + 1 heads of 3.
          double[] q = new double[5 * 6];
          double[] k = new double[5 * 3];
          double[] v = new double[5 * 3];
          for (int t = 0; t < 5; t++) {
            System.arraycopy(x[0], t * 12, q, t * 6, 6);
            System.arraycopy(x[0], t * 12 + 6, k, t * 3, 3);
            System.arraycopy(x[0], t * 12 + 9, v, t * 3, 3);
          }
          return oracle(q, k, v, 1, 5, 5, 2, 1, 3, true, NONE);
        },
        TensorLayout.of(1, 5, 4, 3));
  }

  @Test
  void withDropoutTheGradientsAreThoseOfTheSameMask() {
    DropoutMask mask = new DropoutMask(0.4f, 9, 3, () -> 6);
    for (boolean causal : new boolean[] {false, true}) {
      OpCheck.check(
          (tape, x) -> AttentionOps.attention(tape, x.get(0), x.get(1), x.get(2), causal, mask),
          x -> oracle(x[0], x[1], x[2], 2, 3, 5, 4, 2, 3, causal, mask),
          TensorLayout.of(2, 3, 4, 3),
          TensorLayout.of(2, 5, 2, 3),
          TensorLayout.of(2, 5, 2, 3));
    }
  }

  /** One tensor in all three places: its gradient is the sum of three. */
  @Test
  void aTensorMayAttendToItself() {
    OpCheck.check(
        (tape, x) -> AttentionOps.attention(tape, x.get(0), x.get(0), x.get(0), true),
        x -> oracle(x[0], x[0], x[0], 1, 4, 4, 1, 1, 2, true, NONE),
        TensorLayout.of(1, 4, 1, 2));
  }

  @Test
  void onlyTheGradientsThatAreNeededAreComputed() {
    TensorLayout layout = TensorLayout.of(1, 3, 1, 2);
    Random random = new Random(1);
    float[] values = OpCheck.random(random, 6);
    List<float[]> all = gradients(layout, values, true, true, true);
    for (int which = 0; which < 3; which++) {
      List<float[]> one = gradients(layout, values, which == 0, which == 1, which == 2);
      assertArrayEquals(all.get(which), one.get(0));
    }
  }

  private static List<float[]> gradients(TensorLayout layout, float[] values, boolean... variable) {
    try (Slab slab = Slab.open("attention", 1 << 20);
        Tape tape = Tape.open(slab)) {
      List<Tensor> inputs = new ArrayList<>();
      for (boolean needed : variable) {
        inputs.add(
            needed
                ? tape.variable(layout, OpCheck.copy(slab, values))
                : tape.constant(layout, values));
      }
      Tensor y = AttentionOps.attention(tape, inputs.get(0), inputs.get(1), inputs.get(2), true);
      y.backward(tape.constant(layout, 1, 2, 3, 4, 5, 6));
      return inputs.stream()
          .filter(Tensor::requiresGrad)
          .map(x -> x.gradient().toArray(JAVA_FLOAT))
          .toList();
    }
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBits() {
    TensorLayout layout = TensorLayout.of(1, 300, 4, 8);
    float[] values = OpCheck.random(new Random(2), layout.elements());
    float[][] expected = null;
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads);
          Slab slab = Slab.open("attention", 1 << 20);
          Tape tape = Tape.open(slab, workers)) {
        Tensor x = tape.variable(layout, OpCheck.copy(slab, values));
        DropoutMask mask = DropoutMask.at(tape, 0.2f, 5, 1, 4);
        Tensor y = AttentionOps.selfAttention(tape, x, 2, 1, true, mask);
        y.backward(tape.constant(y.layout(), OpCheck.random(new Random(3), y.layout().elements())));
        float[][] got = {y.toArray(), x.gradient().toArray(JAVA_FLOAT)};
        expected = Objects.requireNonNullElse(expected, got);
        assertArrayEquals(expected[0], got[0], threads + " threads");
        assertArrayEquals(expected[1], got[1], threads + " threads");
      }
    }
  }

  @Test
  void emptySequencesGiveEmptyOrZeroOutputs() {
    try (Slab slab = Slab.open("attention", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Tensor q = tape.constant(TensorLayout.of(1, 2, 1, 2), 1, 2, 3, 4);
      Tensor none = tape.constant(TensorLayout.of(1, 0, 1, 2));
      assertArrayEquals(new float[4], AttentionOps.attention(tape, q, none, none, false).toArray());
      assertEquals(0, AttentionOps.attention(tape, none, q, q, true).layout().elements());
    }
  }

  @Test
  void shapesThatDoNotFitAreRefusedWithBothSides() {
    try (Slab slab = Slab.open("attention", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Tensor q = zeros(tape, 1, 2, 3, 4);
      refused("rank 2", () -> AttentionOps.attention(tape, zeros(tape, 2, 3), q, q, true));
      refused(
          "both need the same shape",
          () -> AttentionOps.attention(tape, q, q, zeros(tape, 1, 2, 3, 5), true));
      refused(
          "batch and width",
          () ->
              AttentionOps.attention(
                  tape, q, zeros(tape, 2, 2, 3, 4), zeros(tape, 2, 2, 3, 4), true));
      refused(
          "3 heads of queries cannot share 2",
          () ->
              AttentionOps.attention(
                  tape, q, zeros(tape, 1, 2, 2, 4), zeros(tape, 1, 2, 2, 4), true));
      refused(
          "with 3 heads: 2 of queries and 1 each of keys and values are 4",
          () -> AttentionOps.selfAttention(tape, q, 2, 1, true));
      refused(
          "1 heads of queries cannot share 2",
          () -> AttentionOps.selfAttention(tape, zeros(tape, 1, 2, 5, 4), 1, 2, true));
    }
  }

  @Test
  void aDropoutThatCannotBeIsRefused() {
    try (Slab slab = Slab.open("attention", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Tensor q = zeros(tape, 1, 2, 3, 4);
      refused(
          "dropout with p = 1 leaves no probability",
          () -> attention(tape, q, new DropoutMask(1, 0, 0, () -> 0)));
      refused(
          "attention: dropout at step -1: a step from 0 to 4294967295 is wanted",
          () -> attention(tape, q, new DropoutMask(0.5f, 0, 0, () -> -1)));
      refused(
          "attention: dropout at step 4294967296: a step from 0 to 4294967295 is wanted",
          () -> attention(tape, q, new DropoutMask(0.5f, 0, 0, () -> 1L << 32)));
      refused("p = -0.5: it must be from 0 to 1", () -> new DropoutMask(-0.5f, 0, 0, () -> 0));
    }
  }

  private static Tensor attention(Tape tape, Tensor x, DropoutMask mask) {
    return AttentionOps.attention(tape, x, x, x, true, mask);
  }

  private static Tensor zeros(Tape tape, long... dims) {
    TensorLayout layout = TensorLayout.of(dims);
    return tape.constant(layout, new float[Math.toIntExact(layout.elements())]);
  }

  private static void refused(String part, Runnable call) {
    IllegalArgumentException thrown = assertThrows(IllegalArgumentException.class, call::run);
    String message = Objects.requireNonNull(thrown.getMessage());
    assertTrue(message.contains(part), message);
  }
}
