package dev.lanewise.ops;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.loop.RowBlocks;
import dev.lanewise.kernel.norm.channels.ChannelAffine;
import dev.lanewise.kernel.norm.channels.ChannelGradient;
import dev.lanewise.kernel.norm.channels.ChannelMoments;
import dev.lanewise.kernel.norm.channels.RunningMoments;
import dev.lanewise.kernel.norm.channels.SetBlocks;
import dev.lanewise.kernel.reduce.segments.ColumnSum;
import dev.lanewise.ops.fused.BiasGelu;
import dev.lanewise.ops.gather.ColumnSlice;
import dev.lanewise.ops.gather.Embedding;
import dev.lanewise.ops.gather.Rope;
import dev.lanewise.ops.loss.BinaryCrossEntropy;
import dev.lanewise.ops.loss.Huber;
import dev.lanewise.ops.loss.MeanAbsoluteError;
import dev.lanewise.ops.loss.MeanSquaredError;
import dev.lanewise.ops.norm.BatchNorm;
import dev.lanewise.ops.norm.ChannelNorm;
import dev.lanewise.ops.norm.GroupNorm;
import dev.lanewise.ops.norm.LayerNorm;
import dev.lanewise.ops.norm.ResidualLayerNorm;
import dev.lanewise.ops.norm.ResidualRmsNorm;
import dev.lanewise.ops.norm.RmsNorm;
import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds on segments for the public ops that are not derived: norms, losses, rows by index. */
class SegmentOpsContractTest {
  private static final int ROWS = 197;
  private static final int COLS = 509;
  private static final int BLOCKS = Math.toIntExact(RowBlocks.count(ROWS));
  private static final int MATRIX = ROWS * COLS;
  private static final float EPS = 1e-5f;

  /** Samples, channels, elements of a plane, groups. */
  private static final int N = 5;

  private static final int C = 12;
  private static final int S = 1021;
  private static final int G = 3;
  private static final int PLANES = N * C * S;

  private static final int HEADS = 3;
  private static final int DIM = 66;
  private static final int HEAD_ROWS = 401;
  private static final int SEQUENCE = 100;
  private static final int ANGLES = (7 + SEQUENCE) * DIM / 2;

  interface Kernel {
    void run(MemorySegment[] s);
  }

  interface Op {
    void run(MemorySegment[] s, Workers workers);
  }

  /**
   * An op.
   *
   * @param operands words {@code name:elements}; {@code #} before the elements: int32 below 7
   */
  record Case(String name, List<String> operands, Kernel kernel, Op op) {
    static Case of(String name, String operands, Kernel kernel, Op op) {
      return new Case(name, List.of(operands.split(" ", -1)), kernel, op);
    }

    String operand(int i) {
      return operands.get(i).substring(0, operands.get(i).indexOf(':'));
    }

    int elements(int i) {
      return Integer.parseInt(operands.get(i).replaceFirst(".*:#?", ""));
    }

    boolean holdsIndices(int i) {
      return operands.get(i).contains("#");
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static String matrix(String... names) {
    return each(MATRIX, names);
  }

  private static String each(int elements, String... names) {
    return String.join(
        " ", List.of(names).stream().map(name -> name + ":" + elements).toArray(String[]::new));
  }

  static List<Case> cases() {
    List<Case> all = new ArrayList<>();
    norms(all);
    planes(all);
    channels(all);
    losses(all);
    gathers(all);
    return all;
  }

  private static void sums(MemorySegment scratch, MemorySegment sum) {
    ColumnSum.accumulate(scratch, sum, BLOCKS, COLS, 0, COLS);
  }

  private static void norms(List<Case> all) {
    String stats = each(ROWS, "mean", "rstd");
    String scratch = each(BLOCKS * COLS, "dWeights", "dBiases");
    String gradients = each(COLS, "dWeight", "dBias");
    all.add(
        Case.of(
            "LayerNorm.forward",
            matrix("x") + " " + each(COLS, "weight", "bias") + " " + matrix("y") + " " + stats,
            s ->
                dev.lanewise.kernel.norm.segments.LayerNorm.forward(
                    s[0], s[1], s[2], s[3], s[4], s[5], EPS, 0, ROWS, COLS),
            (s, w) -> LayerNorm.forward(s[0], s[1], s[2], s[3], s[4], s[5], ROWS, COLS, EPS, w)));
    all.add(
        Case.of(
            "LayerNorm.backward",
            String.join(
                " ",
                matrix("x"),
                each(COLS, "weight"),
                stats,
                matrix("dy", "dx"),
                scratch,
                gradients),
            s -> {
              dev.lanewise.kernel.norm.segments.LayerNorm.backward(
                  s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], ROWS, COLS, 0, BLOCKS);
              sums(s[6], s[8]);
              sums(s[7], s[9]);
            },
            (s, w) ->
                LayerNorm.backward(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], ROWS, COLS, w)));
    all.add(
        Case.of(
            "LayerNorm.backwardInput",
            String.join(" ", matrix("x"), each(COLS, "weight"), stats, matrix("dy", "dx")),
            s ->
                dev.lanewise.kernel.norm.segments.LayerNorm.backwardInput(
                    s[0], s[1], s[2], s[3], s[4], s[5], 0, ROWS, COLS),
            (s, w) -> LayerNorm.backwardInput(s[0], s[1], s[2], s[3], s[4], s[5], ROWS, COLS, w)));
    all.add(
        Case.of(
            "ResidualLayerNorm.forward",
            String.join(
                " ",
                matrix("x", "residual"),
                each(COLS, "weight", "bias"),
                matrix("sum", "y"),
                stats),
            s ->
                dev.lanewise.kernel.norm.segments.ResidualLayerNorm.forward(
                    s[0], s[1], s[4], s[2], s[3], s[5], s[6], s[7], EPS, 0, ROWS, COLS),
            (s, w) ->
                ResidualLayerNorm.forward(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], ROWS, COLS, EPS, w)));
    all.add(
        Case.of(
            "ResidualLayerNorm.backward",
            String.join(
                " ",
                matrix("sum"),
                each(COLS, "weight"),
                stats,
                matrix("dy", "dSum", "dx"),
                scratch,
                gradients),
            s -> {
              dev.lanewise.kernel.norm.segments.ResidualLayerNorm.backward(
                  s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], ROWS, COLS, 0, BLOCKS);
              sums(s[7], s[9]);
              sums(s[8], s[10]);
            },
            (s, w) ->
                ResidualLayerNorm.backward(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], ROWS, COLS,
                    w)));
    all.add(
        Case.of(
            "ResidualLayerNorm.backwardInput",
            String.join(
                " ", matrix("sum"), each(COLS, "weight"), stats, matrix("dy", "dSum", "dx")),
            s ->
                dev.lanewise.kernel.norm.segments.ResidualLayerNorm.backwardInput(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], 0, ROWS, COLS),
            (s, w) ->
                ResidualLayerNorm.backwardInput(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], ROWS, COLS, w)));
    all.add(
        Case.of(
            "RmsNorm.forward",
            String.join(" ", matrix("x"), each(COLS, "weight"), matrix("y"), each(ROWS, "rstd")),
            s ->
                dev.lanewise.kernel.norm.segments.RmsNorm.forward(
                    s[0], s[1], s[2], s[3], EPS, 0, ROWS, COLS),
            (s, w) -> RmsNorm.forward(s[0], s[1], s[2], s[3], ROWS, COLS, EPS, w)));
    all.add(
        Case.of(
            "RmsNorm.backward",
            String.join(
                " ",
                matrix("x"),
                each(COLS, "weight"),
                each(ROWS, "rstd"),
                matrix("dy", "dx"),
                each(BLOCKS * COLS, "dWeights"),
                each(COLS, "dWeight")),
            s -> {
              dev.lanewise.kernel.norm.segments.RmsNorm.backward(
                  s[0], s[1], s[2], s[3], s[4], s[5], ROWS, COLS, 0, BLOCKS);
              sums(s[5], s[6]);
            },
            (s, w) -> RmsNorm.backward(s[0], s[1], s[2], s[3], s[4], s[5], s[6], ROWS, COLS, w)));
    all.add(
        Case.of(
            "RmsNorm.backwardInput",
            String.join(
                " ", matrix("x"), each(COLS, "weight"), each(ROWS, "rstd"), matrix("dy", "dx")),
            s ->
                dev.lanewise.kernel.norm.segments.RmsNorm.backwardInput(
                    s[0], s[1], s[2], s[3], s[4], 0, ROWS, COLS),
            (s, w) -> RmsNorm.backwardInput(s[0], s[1], s[2], s[3], s[4], ROWS, COLS, w)));
    all.add(
        Case.of(
            "ResidualRmsNorm.forward",
            String.join(
                " ",
                matrix("x", "residual"),
                each(COLS, "weight"),
                matrix("sum", "y"),
                each(ROWS, "rstd")),
            s ->
                dev.lanewise.kernel.norm.segments.ResidualRmsNorm.forward(
                    s[0], s[1], s[3], s[2], s[4], s[5], EPS, 0, ROWS, COLS),
            (s, w) ->
                ResidualRmsNorm.forward(s[0], s[1], s[2], s[3], s[4], s[5], ROWS, COLS, EPS, w)));
    all.add(
        Case.of(
            "ResidualRmsNorm.backward",
            String.join(
                " ",
                matrix("sum"),
                each(COLS, "weight"),
                each(ROWS, "rstd"),
                matrix("dy", "dSum", "dx"),
                each(BLOCKS * COLS, "dWeights"),
                each(COLS, "dWeight")),
            s -> {
              dev.lanewise.kernel.norm.segments.ResidualRmsNorm.backward(
                  s[0], s[1], s[2], s[3], s[4], s[5], s[6], ROWS, COLS, 0, BLOCKS);
              sums(s[6], s[7]);
            },
            (s, w) ->
                ResidualRmsNorm.backward(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], ROWS, COLS, w)));
    all.add(
        Case.of(
            "ResidualRmsNorm.backwardInput",
            String.join(
                " ",
                matrix("sum"),
                each(COLS, "weight"),
                each(ROWS, "rstd"),
                matrix("dy", "dSum", "dx")),
            s ->
                dev.lanewise.kernel.norm.segments.ResidualRmsNorm.backwardInput(
                    s[0], s[1], s[2], s[3], s[4], s[5], 0, ROWS, COLS),
            (s, w) ->
                ResidualRmsNorm.backwardInput(s[0], s[1], s[2], s[3], s[4], s[5], ROWS, COLS, w)));
    all.add(
        Case.of(
            "BiasGelu.forward",
            String.join(" ", matrix("x"), each(COLS, "bias"), matrix("y")),
            s -> dev.lanewise.kernel.fused.BiasGelu.forward(s[0], s[1], s[2], 0, ROWS, COLS),
            (s, w) -> BiasGelu.forward(s[0], s[1], s[2], ROWS, COLS, w)));
    all.add(
        Case.of(
            "BiasGelu.backward",
            String.join(
                " ",
                matrix("x"),
                each(COLS, "bias"),
                matrix("dy", "dx"),
                each(BLOCKS * COLS, "dBiases"),
                each(COLS, "dBias")),
            s -> {
              dev.lanewise.kernel.fused.BiasGelu.backward(
                  s[0], s[1], s[2], s[3], s[4], ROWS, COLS, 0, BLOCKS);
              sums(s[4], s[5]);
            },
            (s, w) -> BiasGelu.backward(s[0], s[1], s[2], s[3], s[4], s[5], ROWS, COLS, w)));
  }

  private static void planes(List<Case> all) {
    all.add(
        Case.of(
            "BatchNorm.forward",
            String.join(
                " ",
                each(PLANES, "x"),
                each(C, "weight", "bias", "runningMean", "runningVariance"),
                each(PLANES, "y"),
                each(C, "mean", "rstd")),
            s ->
                dev.lanewise.kernel.norm.segments.BatchNorm.forward(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], 0.1f, EPS, N, C, S, 0, C),
            (s, w) ->
                BatchNorm.forward(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], N, C, S, 0.1f, EPS, w)));
    all.add(
        Case.of(
            "BatchNorm.infer",
            String.join(
                " ",
                each(PLANES, "x"),
                each(C, "weight", "bias", "runningMean", "runningVariance"),
                each(PLANES, "y")),
            s ->
                dev.lanewise.kernel.norm.segments.BatchNorm.infer(
                    s[0], s[1], s[2], s[3], s[4], s[5], EPS, N, C, S, 0, C),
            (s, w) -> BatchNorm.infer(s[0], s[1], s[2], s[3], s[4], s[5], N, C, S, EPS, w)));
    all.add(
        Case.of(
            "BatchNorm.backward",
            String.join(
                " ",
                each(PLANES, "x"),
                each(C, "weight", "mean", "rstd"),
                each(PLANES, "dy", "dx"),
                each(C, "dWeight", "dBias")),
            s ->
                dev.lanewise.kernel.norm.segments.BatchNorm.backward(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], N, C, S, 0, C),
            (s, w) ->
                BatchNorm.backward(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], N, C, S, w)));
    all.add(
        Case.of(
            "GroupNorm.forward",
            String.join(
                " ",
                each(PLANES, "x"),
                each(C, "weight", "bias"),
                each(PLANES, "y"),
                each(N * G, "mean", "rstd")),
            s ->
                dev.lanewise.kernel.norm.segments.GroupNorm.forward(
                    s[0], s[1], s[2], s[3], s[4], s[5], EPS, C, G, S, 0, N * G),
            (s, w) -> GroupNorm.forward(s[0], s[1], s[2], s[3], s[4], s[5], N, C, S, G, EPS, w)));
    all.add(
        Case.of(
            "GroupNorm.backward",
            String.join(
                " ",
                each(PLANES, "x"),
                each(C, "weight"),
                each(N * G, "mean", "rstd"),
                each(PLANES, "dy", "dx"),
                each(N * C, "dWeights", "dBiases"),
                each(C, "dWeight", "dBias")),
            s -> {
              dev.lanewise.kernel.norm.segments.GroupNorm.backward(
                  s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], C, G, S, 0, N * G);
              ColumnSum.accumulate(s[6], s[8], N, C, 0, C);
              ColumnSum.accumulate(s[7], s[9], N, C, 0, C);
            },
            (s, w) ->
                GroupNorm.backward(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], N, C, S, G, w)));
  }

  private static void channels(List<Case> all) {
    int kept = Math.toIntExact(ChannelNorm.coefficientElements(N, C));
    int scratch = Math.toIntExact(ChannelNorm.scratchElements(N, S, C));
    long blocks = N * SetBlocks.perSet(S, C);
    all.add(
        Case.of(
            "ChannelNorm.forward",
            String.join(
                " ",
                each(PLANES, "x"),
                each(C, "weight", "bias"),
                each(PLANES, "y"),
                each(N * G, "mean", "variance"),
                each(kept, "coefficients"),
                each(scratch, "scratch")),
            s -> {
              ChannelMoments.partials(s[0], s[7], S, C, 0, blocks);
              ChannelMoments.statistics(s[7], s[1], s[2], s[4], s[5], s[6], EPS, S, C, G, 0, N * G);
              ChannelAffine.apply(s[0], s[3], s[6], ChannelAffine.RECTIFIED, S, C, 0, blocks);
            },
            (s, w) ->
                ChannelNorm.forward(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], N, S, C, G, EPS, true, w)));
    all.add(
        Case.of(
            "ChannelNorm.infer",
            String.join(
                " ",
                each(PLANES, "x"),
                each(C, "weight", "bias", "mean", "variance"),
                each(PLANES, "y"),
                each(5 * C, "coefficients")),
            s -> {
              ChannelAffine.given(s[1], s[2], s[3], s[4], s[6], EPS, C, 0, C);
              long rows = (long) N * S;
              long inOneSet = SetBlocks.perSet(rows, C);
              ChannelAffine.apply(s[0], s[5], s[6], ChannelAffine.UNBOUNDED, rows, C, 0, inOneSet);
            },
            (s, w) ->
                ChannelNorm.infer(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], (long) N * S, C, EPS, false, w)));
    all.add(
        Case.of(
            "ChannelNorm.backward",
            String.join(
                " ",
                each(PLANES, "x"),
                each(C, "weight"),
                each(N * G, "variance"),
                each(PLANES, "dy", "dx"),
                each(kept, "coefficients"),
                each(scratch, "scratch"),
                each(C, "dWeight", "dBias")),
            s -> {
              ChannelGradient.partials(
                  s[0], s[3], s[5], s[6], ChannelAffine.RECTIFIED, S, C, 0, blocks);
              ChannelGradient.parameters(s[6], s[2], s[7], s[8], EPS, N, S, C, G, 0, C);
              ChannelGradient.coefficients(s[6], s[1], s[2], s[5], EPS, S, C, G, false, 0, N * G);
              ChannelGradient.apply(
                  s[0], s[3], s[4], s[5], ChannelAffine.RECTIFIED, S, C, 0, blocks);
            },
            (s, w) ->
                ChannelNorm.backward(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], N, S, C, G, EPS, true,
                    false, w)));
    all.add(
        Case.of(
            "ChannelNorm.updateRunning",
            each(C, "mean", "variance", "runningMean", "runningVariance"),
            s -> RunningMoments.update(s[0], s[1], s[2], s[3], 0.1f, S, 0, C),
            (s, w) -> ChannelNorm.updateRunning(s[0], s[1], s[2], s[3], S, C, 0.1f, w)));
  }

  private static void losses(List<Case> all) {
    int blocks = Math.toIntExact(Huber.blocks(MATRIX));
    String in = matrix("x", "target");
    String partials = " partials:" + 2 * blocks;
    all.add(
        Case.of(
            "MeanSquaredError.forward",
            in + partials,
            s ->
                dev.lanewise.kernel.loss.segments.MeanSquaredError.forward(
                    s[0], s[1], s[2], MATRIX, 0, blocks),
            (s, w) -> MeanSquaredError.forward(s[0], s[1], s[2], MATRIX, w)));
    all.add(
        Case.of(
            "MeanSquaredError.forwardBackward",
            in + " " + matrix("dx") + partials,
            s ->
                dev.lanewise.kernel.loss.segments.MeanSquaredError.forwardBackward(
                    s[0], s[1], s[2], s[3], 0.3f, MATRIX, 0, blocks),
            (s, w) -> MeanSquaredError.forwardBackward(s[0], s[1], s[2], s[3], MATRIX, 0.3f, w)));
    all.add(
        Case.of(
            "MeanAbsoluteError.forward",
            in + partials,
            s ->
                dev.lanewise.kernel.loss.segments.MeanAbsoluteError.forward(
                    s[0], s[1], s[2], MATRIX, 0, blocks),
            (s, w) -> MeanAbsoluteError.forward(s[0], s[1], s[2], MATRIX, w)));
    all.add(
        Case.of(
            "MeanAbsoluteError.forwardBackward",
            in + " " + matrix("dx") + partials,
            s ->
                dev.lanewise.kernel.loss.segments.MeanAbsoluteError.forwardBackward(
                    s[0], s[1], s[2], s[3], 0.3f, MATRIX, 0, blocks),
            (s, w) -> MeanAbsoluteError.forwardBackward(s[0], s[1], s[2], s[3], MATRIX, 0.3f, w)));
    all.add(
        Case.of(
            "Huber.forward",
            in + partials,
            s ->
                dev.lanewise.kernel.loss.segments.Huber.forward(
                    s[0], s[1], s[2], 0.7f, MATRIX, 0, blocks),
            (s, w) -> Huber.forward(s[0], s[1], s[2], MATRIX, 0.7f, w)));
    all.add(
        Case.of(
            "Huber.forwardBackward",
            in + " " + matrix("dx") + partials,
            s ->
                dev.lanewise.kernel.loss.segments.Huber.forwardBackward(
                    s[0], s[1], s[2], s[3], 0.7f, 0.3f, MATRIX, 0, blocks),
            (s, w) -> Huber.forwardBackward(s[0], s[1], s[2], s[3], MATRIX, 0.7f, 0.3f, w)));
    all.add(
        Case.of(
            "BinaryCrossEntropy.forward",
            in + partials,
            s ->
                dev.lanewise.kernel.loss.segments.BinaryCrossEntropy.forward(
                    s[0], s[1], s[2], 1.5f, MATRIX, 0, blocks),
            (s, w) -> BinaryCrossEntropy.forward(s[0], s[1], s[2], MATRIX, 1.5f, w)));
    all.add(
        Case.of(
            "BinaryCrossEntropy.forwardBackward",
            in + " " + matrix("dx") + partials,
            s ->
                dev.lanewise.kernel.loss.segments.BinaryCrossEntropy.forwardBackward(
                    s[0], s[1], s[2], s[3], 1.5f, 0.3f, MATRIX, 0, blocks),
            (s, w) ->
                BinaryCrossEntropy.forwardBackward(s[0], s[1], s[2], s[3], MATRIX, 1.5f, 0.3f, w)));
  }

  private static void gathers(List<Case> all) {
    int heads = HEAD_ROWS * HEADS * DIM;
    String rotation = each(ANGLES, "cos", "sin");
    all.add(
        Case.of(
            "Rope.table",
            each(MATRIX / 2 * 2, "cos", "sin"),
            s -> dev.lanewise.kernel.gather.Rope.table(s[0], s[1], DIM, 10_000, 0, 3_000),
            (s, w) -> Rope.table(s[0], s[1], 3_000, DIM, 10_000, w)));
    all.add(
        Case.of(
            "Rope.forwardSplit",
            each(heads, "x") + " " + rotation + " " + each(heads, "y"),
            s ->
                dev.lanewise.kernel.gather.Rope.forwardSplit(
                    s[0], s[1], s[2], s[3], HEADS, DIM, SEQUENCE, 7, 0, HEAD_ROWS),
            (s, w) ->
                Rope.forwardSplit(s[0], s[1], s[2], s[3], HEAD_ROWS, HEADS, DIM, SEQUENCE, 7, w)));
    all.add(
        Case.of(
            "Rope.backwardSplit",
            each(heads, "dy") + " " + rotation + " " + each(heads, "dx"),
            s ->
                dev.lanewise.kernel.gather.Rope.backwardSplit(
                    s[0], s[1], s[2], s[3], HEADS, DIM, SEQUENCE, 7, 0, HEAD_ROWS),
            (s, w) ->
                Rope.backwardSplit(s[0], s[1], s[2], s[3], HEAD_ROWS, HEADS, DIM, SEQUENCE, 7, w)));
    all.add(
        Case.of(
            "Rope.forwardPacked",
            each(heads, "x") + " " + rotation + " " + each(heads, "y"),
            s ->
                dev.lanewise.kernel.gather.Rope.forwardPacked(
                    s[0], s[1], s[2], s[3], HEADS, HEADS - 1, DIM, SEQUENCE, 7, 0, HEAD_ROWS),
            (s, w) ->
                Rope.forwardPacked(
                    s[0], s[1], s[2], s[3], HEAD_ROWS, HEADS, HEADS - 1, DIM, SEQUENCE, 7, w)));
    all.add(
        Case.of(
            "Rope.backwardPacked",
            each(heads, "dy") + " " + rotation + " " + each(heads, "dx"),
            s ->
                dev.lanewise.kernel.gather.Rope.backwardPacked(
                    s[0], s[1], s[2], s[3], HEADS, HEADS - 1, DIM, SEQUENCE, 7, 0, HEAD_ROWS),
            (s, w) ->
                Rope.backwardPacked(
                    s[0], s[1], s[2], s[3], HEAD_ROWS, HEADS, HEADS - 1, DIM, SEQUENCE, 7, w)));
    all.add(
        Case.of(
            "Rope.forwardInterleaved",
            each(heads, "x") + " " + rotation + " " + each(heads, "y"),
            s ->
                dev.lanewise.kernel.gather.Rope.forwardInterleaved(
                    s[0], s[1], s[2], s[3], HEADS, DIM, SEQUENCE, 7, 0, HEAD_ROWS),
            (s, w) ->
                Rope.forwardInterleaved(
                    s[0], s[1], s[2], s[3], HEAD_ROWS, HEADS, DIM, SEQUENCE, 7, w)));
    all.add(
        Case.of(
            "Rope.backwardInterleaved",
            each(heads, "dy") + " " + rotation + " " + each(heads, "dx"),
            s ->
                dev.lanewise.kernel.gather.Rope.backwardInterleaved(
                    s[0], s[1], s[2], s[3], HEADS, DIM, SEQUENCE, 7, 0, HEAD_ROWS),
            (s, w) ->
                Rope.backwardInterleaved(
                    s[0], s[1], s[2], s[3], HEAD_ROWS, HEADS, DIM, SEQUENCE, 7, w)));
    all.add(
        Case.of(
            "ColumnSlice.copy",
            each(MATRIX, "x") + " " + each(ROWS * 900, "y"),
            s ->
                dev.lanewise.kernel.gather.ColumnSlice.copy(
                    s[0], COLS, 3, s[1], 900, 8, 501, 0, ROWS),
            (s, w) -> ColumnSlice.copy(s[0], s[1], ROWS, COLS, 3, 900, 8, 501, w)));
    all.add(
        Case.of(
            "Embedding.forward",
            each(7 * COLS, "table") + " indices:#" + ROWS + " " + matrix("y"),
            s -> dev.lanewise.kernel.gather.Embedding.forward(s[0], s[1], s[2], 0, ROWS, COLS),
            (s, w) -> Embedding.forward(s[0], s[1], s[2], ROWS, 7, COLS, w)));
    all.add(
        Case.of(
            "Embedding.backward",
            "indices:#" + ROWS + " " + matrix("dy") + " " + each(7 * COLS, "dTable"),
            s -> dev.lanewise.kernel.gather.Embedding.backward(s[0], s[1], s[2], ROWS, COLS, 0, 7),
            (s, w) -> Embedding.backward(s[0], s[1], s[2], ROWS, 7, COLS, w)));
  }

  /** The operands of one call between guard zones. */
  private static final class Operands implements AutoCloseable {
    final GuardedFloats[] guarded;
    final MemorySegment[] segments;

    Operands(Case test) {
      int n = test.operands().size();
      guarded = new GuardedFloats[n];
      segments = new MemorySegment[n];
      for (int i = 0; i < n; i++) {
        SplittableRandom random = new SplittableRandom(17 * i + 3);
        float[] values = new float[test.elements(i)];
        for (int k = 0; k < values.length; k++) {
          values[k] =
              test.holdsIndices(i)
                  ? Float.intBitsToFloat(random.nextInt(7))
                  : (float) random.nextDouble();
        }
        guarded[i] = GuardedFloats.copyOf(values);
        segments[i] = guarded[i].segment();
      }
    }

    void assertSameAs(Operands expected, String what) {
      for (int i = 0; i < segments.length; i++) {
        guarded[i].assertGuardsIntact();
        assertArrayEquals(
            expected.guarded[i].segment().toArray(JAVA_INT),
            guarded[i].segment().toArray(JAVA_INT),
            what + ", operand " + i);
      }
    }

    @Override
    public void close() {
      for (GuardedFloats operand : guarded) {
        operand.close();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void anyNumberOfThreadsGivesTheBitsOfTheKernel(Case test) {
    try (Operands expected = new Operands(test)) {
      test.kernel().run(expected.segments);
      for (int threads : new int[] {1, 2, 3, 7}) {
        try (Workers workers = Workers.of(threads);
            Operands operands = new Operands(test)) {
          test.op().run(operands.segments, workers);
          operands.assertSameAs(expected, threads + " threads");
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatDoesNotFitIsNamedAndNothingIsWritten(Case test) {
    for (int i = 0; i < test.operands().size(); i++) {
      if (test.name().equals("Rope.table")) {
        continue; // its operands here are longer than what it needs
      }
      int n = test.elements(i);
      boolean doubles = test.operand(i).equals("partials");
      MemorySegment heap = MemorySegment.ofArray(new float[n]);
      refuses(test, i, MemorySegment.ofArray(new float[n]), "lies in a heap array");
      assertEquals(0, heap.get(JAVA_FLOAT, 0));
      try (GuardedFloats shorter = GuardedFloats.of(n - 1)) {
        refuses(
            test, i, shorter.segment(), "has " + (doubles ? n / 2 : n) + " elements from offset 0");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatIsWrittenSharesNoElementUnlessTheDocumentationSaysSo(Case test) {
    int last = test.operands().size() - 1;
    try (Operands operands = new Operands(test);
        Operands untouched = new Operands(test);
        Workers workers = Workers.of(1)) {
      for (int i = 0; i < last; i++) {
        long bytes = Math.min(operands.segments[i].byteSize(), operands.segments[last].byteSize());
        if (operands.segments[i].byteSize() == bytes) {
          continue; // an output that may be this input: others tell
        }
        MemorySegment[] segments = operands.segments.clone();
        segments[last] = operands.segments[i].asSlice(0, operands.segments[last].byteSize());
        String message =
            String.valueOf(
                assertThrows(IllegalArgumentException.class, () -> test.op().run(segments, workers))
                    .getMessage());
        assertTrue(message.contains("share elements"), message);
      }
      operands.assertSameAs(untouched, "after a refusal");
    }
  }

  private static void refuses(Case test, int i, MemorySegment by, String text) {
    try (Operands operands = new Operands(test);
        Operands untouched = new Operands(test);
        Workers workers = Workers.of(1)) {
      MemorySegment[] segments = operands.segments.clone();
      segments[i] = by;
      String message =
          String.valueOf(
              assertThrows(IllegalArgumentException.class, () -> test.op().run(segments, workers))
                  .getMessage());
      assertTrue(message.startsWith(test.operand(i) + " " + text), message);
      operands.assertSameAs(untouched, "after a refusal");
    }
  }

  @Tag("once")
  @ParameterizedTest
  @MethodSource("cases")
  void nothingIsAllocated(Case test) {
    if (test.name().equals("Rope.table")) {
      return; // the sine of the JDK allocates
    }
    try (Operands operands = new Operands(test);
        Workers workers = Workers.of(2)) {
      assertEquals(
          0, AllocatedBytes.perCall(100, 100, () -> test.op().run(operands.segments, workers)));
    }
  }
}
