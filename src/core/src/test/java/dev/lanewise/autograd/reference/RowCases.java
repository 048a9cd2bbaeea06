package dev.lanewise.autograd.reference;

import static dev.lanewise.autograd.reference.Case.dims;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.LossOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.higher.Arithmetic;
import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Indexing;
import dev.lanewise.autograd.higher.Matrices;
import dev.lanewise.autograd.higher.Reductions;
import dev.lanewise.autograd.higher.TensorFunction;
import dev.lanewise.autograd.rows.BroadcastOps;
import dev.lanewise.autograd.rows.ColumnOps;
import dev.lanewise.autograd.rows.ColumnReduceOps;
import dev.lanewise.autograd.rows.LinearLossOps;
import dev.lanewise.autograd.rows.NormOps;
import dev.lanewise.autograd.rows.PlaneNormOps;
import dev.lanewise.autograd.rows.ReduceOps;
import dev.lanewise.autograd.rows.RotaryOps;
import dev.lanewise.autograd.rows.SoftmaxOps;
import dev.lanewise.blas.Transpose;
import dev.lanewise.memory.TensorLayout;
import java.util.ArrayList;
import java.util.List;

/** Ops on rows and on planes. */
final class RowCases {
  private static final double EPS = 0.125;
  private static final int[] TARGETS = {0, 2, 5, 2, 3};

  private RowCases() {}

  static List<Case> all() {
    List<Case> all = new ArrayList<>(reductions());
    all.addAll(columnReductions());
    all.addAll(broadcasts());
    all.addAll(norms());
    all.addAll(losses());
    return all;
  }

  /** Of one operand, whose rows have an element at least. */
  private static Case rows(String name, Case.Op op, TensorFunction form) {
    return Case.of(
        name,
        op,
        form,
        List.of(dims(5, 7)),
        List.of(dims(2, 3, 37)),
        List.of(dims(1, 1)),
        List.of(dims(0, 3)));
  }

  private static List<Case> columnReductions() {
    return List.of(
        columns(
            "ColumnReduceOps.columnSum",
            (t, x) -> ColumnReduceOps.columnSum(t, x.get(0)),
            x -> Columns.columnSum(x.get(0))),
        columns(
            "ColumnReduceOps.columnMean",
            (t, x) -> ColumnReduceOps.columnMean(t, x.get(0)),
            x -> Columns.columnMean(x.get(0))),
        columns(
            "ColumnReduceOps.columnVariance",
            (t, x) -> ColumnReduceOps.columnVariance(t, x.get(0), 0),
            x -> Columns.columnVariance(x.get(0), 0)),
        columns(
            "ColumnReduceOps.columnMax",
            (t, x) -> ColumnReduceOps.columnMax(t, x.get(0)),
            x -> Columns.columnMax(x.get(0))),
        columns(
            "ColumnReduceOps.columnNorm",
            (t, x) -> ColumnReduceOps.columnNorm(t, x.get(0)),
            x -> Columns.columnNorm(x.get(0))),
        columns(
            "ColumnReduceOps.columnLogSumExp",
            (t, x) -> ColumnReduceOps.columnLogSumExp(t, x.get(0)),
            x -> Columns.columnLogSumExp(x.get(0))));
  }

  /** Of one operand, whose columns have an element at least. */
  private static Case columns(String name, Case.Op op, TensorFunction form) {
    return Case.of(
        name,
        op,
        form,
        List.of(dims(5, 7)),
        List.of(dims(2, 3, 37)),
        List.of(dims(1, 1)),
        List.of(dims(3, 0)));
  }

  private static List<Case> reductions() {
    return List.of(
        Case.unary(
            "ReduceOps.sum", (t, x) -> ReduceOps.sum(t, x.get(0)), x -> Reductions.sum(x.get(0))),
        Case.of(
            "ReduceOps.mean",
            (t, x) -> ReduceOps.mean(t, x.get(0)),
            x -> Reductions.mean(x.get(0)),
            List.of(dims(5, 7)),
            List.of(dims(67)),
            List.of(dims())),
        rows(
            "ReduceOps.rowSum",
            (t, x) -> ReduceOps.rowSum(t, x.get(0)),
            x -> Rows.rowSum(x.get(0))),
        rows(
            "ReduceOps.rowMean",
            (t, x) -> ReduceOps.rowMean(t, x.get(0)),
            x -> Rows.rowMean(x.get(0))),
        rows(
            "ReduceOps.rowMax",
            (t, x) -> ReduceOps.rowMax(t, x.get(0)),
            x -> Rows.rowMax(x.get(0))),
        rows(
            "ReduceOps.rowNorm",
            (t, x) -> ReduceOps.rowNorm(t, x.get(0)),
            x -> Rows.rowNorm(x.get(0))),
        rows(
            "SoftmaxOps.softmax",
            (t, x) -> SoftmaxOps.softmax(t, x.get(0)),
            x -> Reductions.softmax(x.get(0))),
        rows(
            "SoftmaxOps.logSoftmax",
            (t, x) -> SoftmaxOps.logSoftmax(t, x.get(0)),
            x -> Reductions.logSoftmax(x.get(0))),
        rows(
            "SoftmaxOps.logSumExp",
            (t, x) -> SoftmaxOps.logSumExp(t, x.get(0)),
            x -> Rows.rowSum(Reductions.logSumExp(x.get(0)))),
        Case.of(
            "SoftmaxOps.causalSoftmax",
            (t, x) -> SoftmaxOps.causalSoftmax(t, x.get(0), 0.5f),
            x -> Rows.causalSoftmax(x.get(0), 0.5),
            List.of(dims(2, 5, 5)),
            List.of(dims(3, 37)),
            List.of(dims(4, 2)),
            List.of(dims(1, 1)),
            List.of(dims(0, 2, 3))));
  }

  private static Case withRow(String name, Case.Op op, TensorFunction form) {
    return Case.of(
        name,
        op,
        form,
        List.of(dims(5, 7), dims(7)),
        List.of(dims(2, 3, 37), dims(37)),
        List.of(dims(1, 1), dims(1)),
        List.of(dims(0, 3), dims(3)));
  }

  private static Case withColumn(String name, Case.Op op, TensorFunction form) {
    return Case.of(
        name,
        op,
        form,
        List.of(dims(5, 7), dims(5)),
        List.of(dims(2, 3, 37), dims(6)),
        List.of(dims(1, 1), dims(1)),
        List.of(dims(0, 3), dims(0)));
  }

  private static Case withScalar(String name, Case.Op op, TensorFunction form) {
    return Case.of(
        name,
        op,
        form,
        List.of(dims(5, 7), dims()),
        List.of(dims(67), dims(1)),
        List.of(dims(), dims()),
        List.of(dims(0, 3), dims()));
  }

  private static List<Case> broadcasts() {
    return List.of(
        withRow(
            "BroadcastOps.addRow",
            (t, x) -> BroadcastOps.addRow(t, x.get(0), x.get(1)),
            x -> Arithmetic.add(x.get(0), x.get(1))),
        withRow(
            "BroadcastOps.mulRow",
            (t, x) -> BroadcastOps.mulRow(t, x.get(0), x.get(1)),
            x -> Arithmetic.mul(x.get(0), x.get(1))),
        withColumn(
            "BroadcastOps.addColumn",
            (t, x) -> BroadcastOps.addColumn(t, x.get(0), x.get(1)),
            x -> Arithmetic.add(x.get(0), column(x.get(0), x.get(1)))),
        withColumn(
            "BroadcastOps.mulColumn",
            (t, x) -> BroadcastOps.mulColumn(t, x.get(0), x.get(1)),
            x -> Arithmetic.mul(x.get(0), column(x.get(0), x.get(1)))),
        withScalar(
            "BroadcastOps.addScalar",
            (t, x) -> BroadcastOps.addScalar(t, x.get(0), x.get(1)),
            x -> Arithmetic.add(x.get(0), scalar(x.get(1)))),
        withScalar(
            "BroadcastOps.mulScalar",
            (t, x) -> BroadcastOps.mulScalar(t, x.get(0), x.get(1)),
            x -> Arithmetic.mul(x.get(0), scalar(x.get(1)))),
        Case.of(
            "ColumnOps.slice",
            (t, x) -> ColumnOps.slice(t, x.get(0), 1, x.get(0).layout().dim(1) - 1),
            x -> Indexing.slice(x.get(0), 1, 1, x.get(0).layout().dim(1) - 1),
            List.of(dims(5, 7)),
            List.of(dims(3, 37)),
            List.of(dims(3, 1)),
            List.of(dims(0, 3))),
        Case.of(
            "ColumnOps.concat",
            (t, x) -> ColumnOps.concat(t, x.get(0), x.get(1)),
            x -> Indexing.concat(1, x.get(0), x.get(1)),
            List.of(dims(5, 7), dims(5, 3)),
            List.of(dims(1, 1), dims(1, 37)),
            List.of(dims(3, 0), dims(3, 2)),
            List.of(dims(0, 3), dims(0, 2))),
        rotary(
            "RotaryOps.split",
            (t, x) -> RotaryOps.split(t, x.get(0), angles(t, 1), angles(t, 2), 3, 4, 1),
            x -> rotary(x.get(0), 3, false)),
        rotary(
            "RotaryOps.interleaved",
            (t, x) -> RotaryOps.interleaved(t, x.get(0), angles(t, 1), angles(t, 2), 3, 4, 1),
            x -> rotary(x.get(0), 3, true)),
        rotary(
            "RotaryOps.packed",
            (t, x) -> RotaryOps.packed(t, x.get(0), angles(t, 1), angles(t, 2), 3, 2, 4, 1),
            x -> rotary(x.get(0), 2, false)));
  }

  /** Three heads of 4 elements, 4 rows of a sequence, the first of which is at position 1. */
  private static Case rotary(String name, Case.Op op, TensorFunction form) {
    return Case.of(
        name, op, form, List.of(dims(6, 12)), List.of(dims(1, 12)), List.of(dims(0, 12)));
  }

  private static Tensor angles(Tape tape, int seed) {
    return Case.fixed(tape, dims(5, 2), seed);
  }

  private static DoubleTensor rotary(DoubleTensor x, int turned, boolean neighbours) {
    DoubleTensor cos = Case.fixed(x.graph(), dims(5, 2), 1);
    DoubleTensor sin = Case.fixed(x.graph(), dims(5, 2), 2);
    return Rows.rotary(x, cos, sin, 3, turned, 4, 1, neighbours);
  }

  private static DoubleTensor column(DoubleTensor x, DoubleTensor column) {
    long[] dims = x.layout().dims();
    dims[dims.length - 1] = 1;
    return Matrices.reshape(column, TensorLayout.of(dims));
  }

  private static DoubleTensor scalar(DoubleTensor x) {
    return Matrices.reshape(x, dims());
  }

  private static List<Case> norms() {
    return List.of(
        Case.of(
            "NormOps.layerNorm",
            (t, x) -> NormOps.layerNorm(t, x.get(0), x.get(1), x.get(2), (float) EPS),
            x -> Norms.layerNorm(x.get(0), x.get(1), x.get(2), EPS),
            List.of(dims(5, 7), dims(7), dims(7)),
            List.of(dims(2, 3, 37), dims(37), dims(37)),
            List.of(dims(1, 1), dims(1), dims(1)),
            List.of(dims(0, 3), dims(3), dims(3))),
        Case.of(
            "NormOps.rmsNorm",
            (t, x) -> NormOps.rmsNorm(t, x.get(0), x.get(1), (float) EPS),
            x -> Norms.rmsNorm(x.get(0), x.get(1), EPS),
            List.of(dims(5, 7), dims(7)),
            List.of(dims(2, 3, 37), dims(37)),
            List.of(dims(1, 1), dims(1)),
            List.of(dims(0, 3), dims(3))),
        Case.of(
            "NormOps.residualLayerNorm",
            (t, x) ->
                both(
                    t,
                    NormOps.residualLayerNorm(
                        t, x.get(0), x.get(1), x.get(2), x.get(3), (float) EPS)),
            x -> {
              DoubleTensor sum = Arithmetic.add(x.get(0), x.get(1));
              return Arithmetic.mul(sum, Norms.layerNorm(sum, x.get(2), x.get(3), EPS));
            },
            List.of(dims(5, 7), dims(5, 7), dims(7), dims(7)),
            List.of(dims(1, 1), dims(1, 1), dims(1), dims(1)),
            List.of(dims(0, 3), dims(0, 3), dims(3), dims(3))),
        Case.of(
            "NormOps.residualRmsNorm",
            (t, x) ->
                both(t, NormOps.residualRmsNorm(t, x.get(0), x.get(1), x.get(2), (float) EPS)),
            x -> {
              DoubleTensor sum = Arithmetic.add(x.get(0), x.get(1));
              return Arithmetic.mul(sum, Norms.rmsNorm(sum, x.get(2), EPS));
            },
            List.of(dims(5, 7), dims(5, 7), dims(7)),
            List.of(dims(1, 1), dims(1, 1), dims(1)),
            List.of(dims(0, 3), dims(0, 3), dims(3))),
        Case.of(
            "PlaneNormOps.groupNorm",
            (t, x) -> PlaneNormOps.groupNorm(t, x.get(0), x.get(1), x.get(2), 2, (float) EPS),
            x -> Norms.groupNorm(x.get(0), x.get(1), x.get(2), 2, EPS),
            List.of(dims(2, 6, 3), dims(6), dims(6)),
            List.of(dims(1, 2, 1), dims(2), dims(2)),
            List.of(dims(0, 2, 3), dims(2), dims(2))),
        Case.of(
            "PlaneNormOps.batchNorm",
            (t, x) ->
                PlaneNormOps.batchNorm(
                    t,
                    x.get(0),
                    x.get(1),
                    x.get(2),
                    Case.fixed(t, x.get(1).layout(), 1).data(),
                    Case.fixed(t, x.get(1).layout(), 2).data(),
                    0.1f,
                    (float) EPS),
            x -> Norms.batchNorm(x.get(0), x.get(1), x.get(2), EPS),
            List.of(dims(2, 6, 3), dims(6), dims(6)),
            List.of(dims(1, 1, 1), dims(1), dims(1))),
        Case.of(
            "PlaneNormOps.batchNormInference",
            (t, x) ->
                PlaneNormOps.batchNormInference(
                    t,
                    x.get(0),
                    Case.fixed(t, channels(x.get(0).layout()), 3),
                    Case.fixed(t, channels(x.get(0).layout()), 4),
                    Case.fixed(t, channels(x.get(0).layout()), 1).data(),
                    Case.fixed(t, channels(x.get(0).layout()), 2).data(),
                    (float) EPS),
            x -> {
              TensorLayout channels = channels(x.get(0).layout());
              return Norms.batchNormInference(
                  x.get(0),
                  Case.fixed(x.get(0).graph(), channels, 3),
                  Case.fixed(x.get(0).graph(), channels, 4),
                  Case.fixed(x.get(0).graph(), channels, 1),
                  Case.fixed(x.get(0).graph(), channels, 2),
                  EPS);
            },
            List.of(dims(2, 6, 3)),
            List.of(dims(1, 1, 1))));
  }

  private static TensorLayout channels(TensorLayout planes) {
    return dims(planes.dim(1));
  }

  private static Tensor both(Tape tape, NormOps.Residual residual) {
    return ElementwiseOps.mul(tape, residual.sum(), residual.y());
  }

  private static List<Case> losses() {
    return List.of(
        Case.of(
            "LossOps.crossEntropyMean",
            (t, x) -> LossOps.crossEntropyMean(t, x.get(0), t.ints(targets(x.get(0).layout()))),
            x -> Reductions.crossEntropyMean(x.get(0), targets(x.get(0).layout())),
            List.of(dims(5, 7)),
            List.of(dims(2, 37)),
            List.of(dims(1, 1))),
        Case.of(
            "LinearLossOps.crossEntropyMean",
            (t, x) ->
                LinearLossOps.crossEntropyMean(t, x.get(0), x.get(1), x.get(2), t.ints(TARGETS)),
            x ->
                Reductions.crossEntropyMean(
                    Arithmetic.add(logits(x.get(0), x.get(1)), x.get(2)), TARGETS),
            List.of(dims(5, 7), dims(6, 7), dims(6)),
            List.of(dims(5, 1), dims(6, 1), dims(6))),
        Case.of(
            "LinearLossOps.crossEntropyMean",
            (t, x) ->
                LinearLossOps.crossEntropyMean(t, x.get(0), x.get(1), t.ints(TARGETS), 0.25f, 2),
            x -> Losses.crossEntropyMean(logits(x.get(0), x.get(1)), TARGETS, 0.25, 2),
            List.of(dims(5, 7), dims(6, 7))));
  }

  /** One for each row, all of which are classes. */
  private static int[] targets(TensorLayout logits) {
    int[] targets = new int[Math.toIntExact(logits.dim(0))];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = Math.toIntExact(3L * i % logits.dim(1));
    }
    return targets;
  }

  private static DoubleTensor logits(DoubleTensor x, DoubleTensor weight) {
    return Matrices.matmul(x, Transpose.NO_TRANS, weight, Transpose.TRANS);
  }
}
