package dev.lanewise.autograd.captured;

import static dev.lanewise.blas.Transpose.TRANS;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.IndexOps;
import dev.lanewise.autograd.LossOps;
import dev.lanewise.autograd.MatrixOps;
import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.attention.AttentionOps;
import dev.lanewise.autograd.conv.ConvOps;
import dev.lanewise.autograd.conv.ImageNormOps;
import dev.lanewise.autograd.conv.PoolOps;
import dev.lanewise.autograd.elementwise.ActivationOps;
import dev.lanewise.autograd.elementwise.ArithmeticOps;
import dev.lanewise.autograd.elementwise.DropoutMask;
import dev.lanewise.autograd.elementwise.DropoutOps;
import dev.lanewise.autograd.elementwise.ElementLossOps;
import dev.lanewise.autograd.elementwise.GatedOps;
import dev.lanewise.autograd.elementwise.UnaryOps;
import dev.lanewise.autograd.recurrent.RecurrentOps;
import dev.lanewise.autograd.recurrent.RecurrentWeights;
import dev.lanewise.autograd.rows.BroadcastOps;
import dev.lanewise.autograd.rows.ColumnOps;
import dev.lanewise.autograd.rows.ColumnReduceOps;
import dev.lanewise.autograd.rows.LinearLossOps;
import dev.lanewise.autograd.rows.NormOps;
import dev.lanewise.autograd.rows.PlaneNormOps;
import dev.lanewise.autograd.rows.ReduceOps;
import dev.lanewise.autograd.rows.RotaryOps;
import dev.lanewise.autograd.rows.SoftmaxOps;
import dev.lanewise.autograd.shapes.ExpandOps;
import dev.lanewise.autograd.shapes.SliceOps;
import dev.lanewise.autograd.shapes.TransposeOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.conv.PoolShape;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;

/** Each differentiable op with shapes that it takes. */
final class CapturedOps {
  private static final int R = 5;
  private static final int C = 7;

  /** The op. */
  interface Op {
    Tensor apply(Tape tape, List<Tensor> inputs);
  }

  /** An op with memory of its own. */
  interface Make {
    Op on(Slab slab);
  }

  /** Its name, the shapes of its inputs, whether they are positive, and the op. */
  record Case(String name, List<TensorLayout> shapes, boolean positive, Make make) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Case> CASES =
      List.of(
          new Case(
              "ElementwiseOps.gelu",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ElementwiseOps.gelu(t, x.get(0))),
          new Case(
              "ElementwiseOps.relu",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ElementwiseOps.relu(t, x.get(0))),
          new Case(
              "ElementwiseOps.add",
              List.of(dims(R, C), dims(R, C)),
              false,
              s -> (t, x) -> ElementwiseOps.add(t, x.get(0), x.get(1))),
          new Case(
              "ElementwiseOps.add",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ElementwiseOps.add(t, x.get(0), x.get(0))),
          new Case(
              "ElementwiseOps.mul",
              List.of(dims(R, C), dims(R, C)),
              false,
              s -> (t, x) -> ElementwiseOps.mul(t, x.get(0), x.get(1))),
          new Case(
              "ElementwiseOps.mul",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ElementwiseOps.mul(t, x.get(0), x.get(0))),
          new Case(
              "ActivationOps.sigmoid",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ActivationOps.sigmoid(t, x.get(0))),
          new Case(
              "ActivationOps.tanh",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ActivationOps.tanh(t, x.get(0))),
          new Case(
              "ActivationOps.silu",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ActivationOps.silu(t, x.get(0))),
          new Case(
              "ActivationOps.geluErf",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ActivationOps.geluErf(t, x.get(0))),
          new Case(
              "ActivationOps.mish",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ActivationOps.mish(t, x.get(0))),
          new Case(
              "ActivationOps.softplus",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ActivationOps.softplus(t, x.get(0))),
          new Case(
              "ActivationOps.hardswish",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ActivationOps.hardswish(t, x.get(0))),
          new Case(
              "ActivationOps.elu",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ActivationOps.elu(t, x.get(0), 0.3f)),
          new Case(
              "ActivationOps.leakyRelu",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ActivationOps.leakyRelu(t, x.get(0), 0.3f)),
          new Case(
              "UnaryOps.abs", List.of(dims(R, C)), false, s -> (t, x) -> UnaryOps.abs(t, x.get(0))),
          new Case(
              "UnaryOps.sqrt",
              List.of(dims(R, C)),
              true,
              s -> (t, x) -> UnaryOps.sqrt(t, x.get(0))),
          new Case(
              "UnaryOps.square",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> UnaryOps.square(t, x.get(0))),
          new Case(
              "UnaryOps.reciprocal",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> UnaryOps.reciprocal(t, x.get(0))),
          new Case(
              "UnaryOps.neg", List.of(dims(R, C)), false, s -> (t, x) -> UnaryOps.neg(t, x.get(0))),
          new Case(
              "UnaryOps.exp", List.of(dims(R, C)), false, s -> (t, x) -> UnaryOps.exp(t, x.get(0))),
          new Case(
              "UnaryOps.log", List.of(dims(R, C)), true, s -> (t, x) -> UnaryOps.log(t, x.get(0))),
          new Case(
              "UnaryOps.pow",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> UnaryOps.pow(t, x.get(0), 3)),
          new Case(
              "UnaryOps.scale",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> UnaryOps.scale(t, x.get(0), 3)),
          new Case(
              "UnaryOps.clamp",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> UnaryOps.clamp(t, x.get(0), -0.5f, 0.5f)),
          new Case(
              "ArithmeticOps.sub",
              List.of(dims(R, C), dims(R, C)),
              false,
              s -> (t, x) -> ArithmeticOps.sub(t, x.get(0), x.get(1))),
          new Case(
              "ArithmeticOps.div",
              List.of(dims(R, C), dims(R, C)),
              false,
              s -> (t, x) -> ArithmeticOps.div(t, x.get(0), x.get(1))),
          new Case(
              "ArithmeticOps.pow",
              List.of(dims(R, C), dims(R, C)),
              true,
              s -> (t, x) -> ArithmeticOps.pow(t, x.get(0), x.get(1))),
          new Case(
              "ArithmeticOps.min",
              List.of(dims(R, C), dims(R, C)),
              false,
              s -> (t, x) -> ArithmeticOps.min(t, x.get(0), x.get(1))),
          new Case(
              "ArithmeticOps.max",
              List.of(dims(R, C), dims(R, C)),
              false,
              s -> (t, x) -> ArithmeticOps.max(t, x.get(0), x.get(1))),
          new Case(
              "ArithmeticOps.where",
              List.of(dims(R, C), dims(R, C)),
              false,
              s -> (t, x) -> ArithmeticOps.where(t, mask(t, x.get(0)), x.get(0), x.get(1))),
          new Case(
              "ArithmeticOps.lerp",
              List.of(dims(R, C), dims(R, C), dims(R, C)),
              false,
              s -> (t, x) -> ArithmeticOps.lerp(t, x.get(0), x.get(1), x.get(2))),
          new Case(
              "GatedOps.swiglu",
              List.of(dims(R, C), dims(R, C)),
              false,
              s -> (t, x) -> GatedOps.swiglu(t, x.get(0), x.get(1))),
          new Case(
              "GatedOps.geglu",
              List.of(dims(R, C), dims(R, C)),
              false,
              s -> (t, x) -> GatedOps.geglu(t, x.get(0), x.get(1))),
          new Case(
              "GatedOps.gegluErf",
              List.of(dims(R, C), dims(R, C)),
              false,
              s -> (t, x) -> GatedOps.gegluErf(t, x.get(0), x.get(1))),
          new Case(
              "DropoutOps.dropout",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> DropoutOps.dropout(t, x.get(0), 0.4f, 7, 1, () -> 5)),
          new Case(
              "ElementLossOps.meanSquaredError",
              List.of(dims(R, C)),
              false,
              s ->
                  (t, x) ->
                      UnaryOps.scale(
                          t,
                          ElementLossOps.meanSquaredError(
                              t, x.get(0), UnaryOps.scale(t, half(t, x.get(0)), 1)),
                          3)),
          new Case(
              "ElementLossOps.meanAbsoluteError",
              List.of(dims(R, C)),
              false,
              s ->
                  (t, x) ->
                      UnaryOps.scale(
                          t,
                          ElementLossOps.meanAbsoluteError(
                              t, x.get(0), UnaryOps.scale(t, half(t, x.get(0)), 1)),
                          3)),
          new Case(
              "ElementLossOps.huber",
              List.of(dims(R, C)),
              false,
              s ->
                  (t, x) ->
                      UnaryOps.scale(
                          t,
                          ElementLossOps.huber(
                              t, x.get(0), UnaryOps.scale(t, half(t, x.get(0)), 1), 0.5f),
                          3)),
          new Case(
              "ElementLossOps.binaryCrossEntropy",
              List.of(dims(R, C)),
              false,
              s ->
                  (t, x) ->
                      UnaryOps.scale(
                          t,
                          ElementLossOps.binaryCrossEntropy(
                              t, x.get(0), UnaryOps.scale(t, half(t, x.get(0)), 1), 2),
                          3)),
          new Case(
              "BroadcastOps.addRow",
              List.of(dims(R, C), dims(C)),
              false,
              s -> (t, x) -> BroadcastOps.addRow(t, x.get(0), x.get(1))),
          new Case(
              "BroadcastOps.mulRow",
              List.of(dims(R, C), dims(C)),
              false,
              s -> (t, x) -> BroadcastOps.mulRow(t, x.get(0), x.get(1))),
          new Case(
              "BroadcastOps.addColumn",
              List.of(dims(R, C), dims(R)),
              false,
              s -> (t, x) -> BroadcastOps.addColumn(t, x.get(0), x.get(1))),
          new Case(
              "BroadcastOps.mulColumn",
              List.of(dims(R, C), dims(R)),
              false,
              s -> (t, x) -> BroadcastOps.mulColumn(t, x.get(0), x.get(1))),
          new Case(
              "BroadcastOps.addScalar",
              List.of(dims(R, C), dims()),
              false,
              s -> (t, x) -> BroadcastOps.addScalar(t, x.get(0), x.get(1))),
          new Case(
              "BroadcastOps.mulScalar",
              List.of(dims(R, C), dims()),
              false,
              s -> (t, x) -> BroadcastOps.mulScalar(t, x.get(0), x.get(1))),
          new Case(
              "ColumnOps.slice",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ColumnOps.slice(t, x.get(0), 2, 3)),
          new Case(
              "ColumnOps.concat",
              List.of(dims(R, C), dims(R, 3)),
              false,
              s -> (t, x) -> ColumnOps.concat(t, x.get(0), x.get(1))),
          new Case(
              "NormOps.layerNorm",
              List.of(dims(R, C), dims(C), dims(C)),
              false,
              s -> (t, x) -> NormOps.layerNorm(t, x.get(0), x.get(1), x.get(2), 0.1f)),
          new Case(
              "NormOps.rmsNorm",
              List.of(dims(R, C), dims(C)),
              false,
              s -> (t, x) -> NormOps.rmsNorm(t, x.get(0), x.get(1), 0.1f)),
          new Case(
              "NormOps.residualLayerNorm",
              List.of(dims(R, C), dims(R, C), dims(C), dims(C)),
              false,
              s ->
                  (t, x) ->
                      both(
                          t,
                          NormOps.residualLayerNorm(
                              t, x.get(0), x.get(1), x.get(2), x.get(3), 0.1f))),
          new Case(
              "NormOps.residualRmsNorm",
              List.of(dims(R, C), dims(R, C), dims(C)),
              false,
              s ->
                  (t, x) ->
                      both(t, NormOps.residualRmsNorm(t, x.get(0), x.get(1), x.get(2), 0.1f))),
          new Case(
              "PlaneNormOps.groupNorm",
              List.of(dims(2, 6, 3), dims(6), dims(6)),
              false,
              s -> (t, x) -> PlaneNormOps.groupNorm(t, x.get(0), x.get(1), x.get(2), 2, 0.1f)),
          new Case(
              "PlaneNormOps.batchNorm",
              List.of(dims(2, 6, 3), dims(6), dims(6)),
              false,
              s -> {
                MemorySegment mean = s.allocateFloats(6);
                MemorySegment variance = s.allocateFloats(6);
                return (t, x) ->
                    ElementwiseOps.add(
                        t,
                        PlaneNormOps.batchNorm(
                            t, x.get(0), x.get(1), x.get(2), mean, variance, 0.1f, 0.1f),
                        PlaneNormOps.batchNormInference(
                            t,
                            x.get(0),
                            t.constant(TensorLayout.of(6), 1, 2, 3, 4, 5, 6),
                            t.constant(TensorLayout.of(6), 1, 2, 3, 4, 5, 6),
                            mean,
                            variance,
                            0.1f));
              }),
          new Case(
              "PlaneNormOps.batchNormInference",
              List.of(dims(2, 6, 3)),
              false,
              s -> {
                MemorySegment mean = s.allocateFloats(6);
                MemorySegment variance = s.allocateFloats(6);
                return (t, x) ->
                    PlaneNormOps.batchNormInference(
                        t,
                        x.get(0),
                        t.constant(TensorLayout.of(6), 1, 2, 3, 4, 5, 6),
                        t.constant(TensorLayout.of(6), 1, 2, 3, 4, 5, 6),
                        mean,
                        variance,
                        0.1f);
              }),
          new Case(
              "ColumnReduceOps.columnSum",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ColumnReduceOps.columnSum(t, x.get(0))),
          new Case(
              "ColumnReduceOps.columnMean",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ColumnReduceOps.columnMean(t, x.get(0))),
          new Case(
              "ColumnReduceOps.columnVariance",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ColumnReduceOps.columnVariance(t, x.get(0), 1)),
          new Case(
              "ColumnReduceOps.columnMax",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ColumnReduceOps.columnMax(t, x.get(0))),
          new Case(
              "ColumnReduceOps.columnNorm",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ColumnReduceOps.columnNorm(t, x.get(0))),
          new Case(
              "ColumnReduceOps.columnLogSumExp",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ColumnReduceOps.columnLogSumExp(t, x.get(0))),
          new Case(
              "ReduceOps.sum",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ReduceOps.sum(t, x.get(0))),
          new Case(
              "ReduceOps.mean",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ReduceOps.mean(t, x.get(0))),
          new Case(
              "ReduceOps.rowSum",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ReduceOps.rowSum(t, x.get(0))),
          new Case(
              "ReduceOps.rowMean",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ReduceOps.rowMean(t, x.get(0))),
          new Case(
              "ReduceOps.rowMax",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ReduceOps.rowMax(t, x.get(0))),
          new Case(
              "ReduceOps.rowNorm",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ReduceOps.rowNorm(t, x.get(0))),
          new Case(
              "RotaryOps.split",
              List.of(dims(R, 8)),
              false,
              s -> (t, x) -> RotaryOps.split(t, x.get(0), angles(t, 0), angles(t, 1), 2, R, 0)),
          new Case(
              "RotaryOps.interleaved",
              List.of(dims(R, 8)),
              false,
              s ->
                  (t, x) ->
                      RotaryOps.interleaved(t, x.get(0), angles(t, 0), angles(t, 1), 2, R, 0)),
          new Case(
              "SoftmaxOps.softmax",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> SoftmaxOps.softmax(t, x.get(0))),
          new Case(
              "SoftmaxOps.logSoftmax",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> SoftmaxOps.logSoftmax(t, x.get(0))),
          new Case(
              "SoftmaxOps.logSumExp",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> SoftmaxOps.logSumExp(t, x.get(0))),
          new Case(
              "SoftmaxOps.causalSoftmax",
              List.of(dims(2, 5, 5)),
              false,
              s -> (t, x) -> SoftmaxOps.causalSoftmax(t, x.get(0), 0.5f)),
          new Case(
              "MatrixOps.linear",
              List.of(dims(R, 5), dims(C, 5), dims(C)),
              false,
              s -> (t, x) -> MatrixOps.linear(t, x.get(0), x.get(1), x.get(2))),
          new Case(
              "MatrixOps.linear",
              List.of(dims(R, 5), dims(C, 5)),
              false,
              s -> (t, x) -> MatrixOps.linear(t, x.get(0), x.get(1), null)),
          new Case(
              "MatrixOps.matmul",
              List.of(dims(R, 5), dims(5, C)),
              false,
              s -> (t, x) -> MatrixOps.matmul(t, x.get(0), x.get(1))),
          new Case(
              "MatrixOps.matmul",
              List.of(dims(5, 5)),
              false,
              s -> (t, x) -> MatrixOps.matmul(t, x.get(0), x.get(0))),
          new Case(
              "IndexOps.embedding",
              List.of(dims(4, C)),
              false,
              s -> (t, x) -> IndexOps.embedding(t, x.get(0), t.ints(0, 3, 3, 1), 4)),
          new Case(
              "ShapeOps.reshape",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> ShapeOps.reshape(t, x.get(0), C, R)),
          new Case(
              "LossOps.crossEntropyMean",
              List.of(dims(4, C)),
              false,
              s ->
                  (t, x) ->
                      UnaryOps.scale(
                          t, LossOps.crossEntropyMean(t, x.get(0), t.ints(0, 2, 2, 1)), 3)),
          new Case(
              "LossOps.crossEntropyMean",
              List.of(dims(4, C)),
              false,
              s ->
                  (t, x) ->
                      ElementwiseOps.add(
                          t,
                          LossOps.crossEntropyMean(
                              t, UnaryOps.exp(t, x.get(0)), t.ints(0, 2, 2, 1)),
                          ReduceOps.sum(t, x.get(0)))),
          new Case(
              "TransposeOps.permute",
              List.of(dims(2, R, C)),
              false,
              s -> (t, x) -> TransposeOps.permute(t, x.get(0), 2, 0, 1)),
          new Case(
              "TransposeOps.transpose",
              List.of(dims(R, C)),
              false,
              s -> (t, x) -> TransposeOps.transpose(t, x.get(0), 0, 1)),
          new Case(
              "SliceOps.slice",
              List.of(dims(2, R, C)),
              false,
              s -> (t, x) -> SliceOps.slice(t, x.get(0), 1, 1, 3)),
          new Case(
              "SliceOps.concat",
              List.of(dims(2, R, C), dims(2, 3, C)),
              false,
              s -> (t, x) -> SliceOps.concat(t, 1, x.get(0), x.get(1))),
          new Case(
              "SliceOps.split",
              List.of(dims(R, 6)),
              false,
              s ->
                  (t, x) -> {
                    List<Tensor> parts = SliceOps.split(t, x.get(0), 1, 3, 3);
                    return ElementwiseOps.mul(t, parts.get(0), parts.get(1));
                  }),
          new Case(
              "ExpandOps.expand",
              List.of(dims(R, 1, C)),
              false,
              s -> (t, x) -> ExpandOps.expand(t, x.get(0), 3, R, 4, C)),
          new Case(
              "ExpandOps.add",
              List.of(dims(R, 1, C), dims(3, 1)),
              false,
              s -> (t, x) -> ExpandOps.add(t, x.get(0), x.get(1))),
          new Case(
              "ExpandOps.sub",
              List.of(dims(R, 1, C), dims(3, 1)),
              false,
              s -> (t, x) -> ExpandOps.sub(t, x.get(0), x.get(1))),
          new Case(
              "ExpandOps.mul",
              List.of(dims(R, C), dims(1, C)),
              false,
              s -> (t, x) -> ExpandOps.mul(t, x.get(0), x.get(1))),
          new Case(
              "ExpandOps.div",
              List.of(dims(C), dims(R, 1)),
              true,
              s -> (t, x) -> ExpandOps.div(t, x.get(0), x.get(1))),
          new Case(
              "MatrixOps.matmul",
              List.of(dims(5, R), dims(C, 5)),
              false,
              s -> (t, x) -> MatrixOps.matmul(t, x.get(0), TRANS, x.get(1), TRANS)),
          new Case(
              "AttentionOps.attention",
              List.of(dims(2, 5, 4, 3), dims(2, 6, 2, 3), dims(2, 6, 2, 3)),
              false,
              s -> (t, x) -> AttentionOps.attention(t, x.get(0), x.get(1), x.get(2), true)),
          new Case(
              "AttentionOps.selfAttention",
              List.of(dims(2, 5, 8, 3)),
              false,
              s -> (t, x) -> AttentionOps.selfAttention(t, x.get(0), 4, 2, true)),
          new Case(
              "AttentionOps.selfAttention",
              List.of(dims(2, 5, 8, 3)),
              false,
              s ->
                  (t, x) ->
                      AttentionOps.selfAttention(
                          t, x.get(0), 4, 2, true, new DropoutMask(0.3f, 1, 2, () -> 3))),
          new Case(
              "ConvOps.conv2d",
              List.of(dims(2, 4, 3, 2), dims(4, 2, 2, 1), dims(4)),
              false,
              s ->
                  (t, x) ->
                      ConvOps.conv2d(
                          t,
                          x.get(0),
                          x.get(1),
                          x.get(2),
                          shape -> shape.stride(2, 1).padding(1, 0).groups(2))),
          new Case(
              "ConvOps.conv1d",
              List.of(dims(2, 5, 2), dims(3, 2, 2), dims(3)),
              false,
              s ->
                  (t, x) ->
                      ConvOps.conv1d(
                          t, x.get(0), x.get(1), x.get(2), shape -> shape.padding(0, 1))),
          new Case(
              "ConvOps.transposedConv2d",
              List.of(dims(2, 3, 2, 2), dims(2, 2, 3, 2), dims(2)),
              false,
              s ->
                  (t, x) ->
                      ConvOps.transposedConv2d(
                          t, x.get(0), x.get(1), x.get(2), 1, 0, shape -> shape.stride(2, 1))),
          new Case(
              "ImageNormOps.batchNorm",
              List.of(dims(2, 3, 2, 6), dims(6), dims(6)),
              false,
              s -> {
                MemorySegment mean = s.allocateFloats(6);
                MemorySegment variance = s.allocateFloats(6);
                return (t, x) ->
                    ElementwiseOps.add(
                        t,
                        ImageNormOps.batchNorm(
                            t, x.get(0), x.get(1), x.get(2), mean, variance, 0.1f, 0.1f, true),
                        ImageNormOps.batchNormInference(
                            t, x.get(0), x.get(1), x.get(2), mean, variance, 0.1f, false));
              }),
          new Case(
              "ImageNormOps.batchNormInference",
              List.of(dims(2, 3, 2, 6), dims(6), dims(6)),
              false,
              s -> {
                MemorySegment mean = s.allocateFloats(6);
                MemorySegment variance = s.allocateFloats(6);
                return (t, x) ->
                    ImageNormOps.batchNormInference(
                        t, x.get(0), x.get(1), x.get(2), mean, variance, 0.1f, true);
              }),
          new Case(
              "ImageNormOps.groupNorm",
              List.of(dims(2, 3, 2, 6), dims(6), dims(6)),
              false,
              s ->
                  (t, x) -> ImageNormOps.groupNorm(t, x.get(0), x.get(1), x.get(2), 2, 0.1f, true)),
          new Case(
              "PoolOps.maxPool",
              List.of(dims(2, 4, 4, 3)),
              false,
              s -> (t, x) -> PoolOps.maxPool(t, x.get(0), PoolShape.tiles(2, 4, 4, 3, 2))),
          new Case(
              "PoolOps.averagePool",
              List.of(dims(2, 4, 4, 3)),
              false,
              s ->
                  (t, x) ->
                      PoolOps.averagePool(t, x.get(0), PoolShape.tiles(2, 4, 4, 3, 2), false)),
          new Case(
              "PoolOps.adaptiveAveragePool",
              List.of(dims(2, 4, 5, 3)),
              false,
              s -> (t, x) -> PoolOps.adaptiveAveragePool(t, x.get(0), 3, 2)),
          new Case(
              "PoolOps.globalAveragePool",
              List.of(dims(2, 4, 4, 3)),
              false,
              s -> (t, x) -> PoolOps.globalAveragePool(t, x.get(0))),
          new Case(
              "LinearLossOps.crossEntropyMean",
              List.of(dims(R, C), dims(6, C)),
              false,
              s ->
                  (t, x) ->
                      LinearLossOps.crossEntropyMean(t, x.get(0), x.get(1), t.ints(0, 2, 5, 1, 3))),
          new Case(
              "LinearLossOps.crossEntropyMean",
              List.of(dims(R, C), dims(6, C)),
              false,
              s ->
                  (t, x) ->
                      LinearLossOps.crossEntropyMean(
                          t, x.get(0), x.get(1), t.ints(0, 2, 5, 1, 3), 0.1f, 2)),
          new Case(
              "LinearLossOps.crossEntropyMean",
              List.of(dims(R, C), dims(6, C), dims(6)),
              false,
              s ->
                  (t, x) ->
                      LinearLossOps.crossEntropyMean(
                          t, x.get(0), x.get(1), x.get(2), t.ints(0, 2, 5, 1, 3))),
          new Case(
              "RecurrentOps.lstm",
              List.of(dims(3, 2, 4), dims(12, 4), dims(12, 3), dims(12), dims(12), dims(1, 2, 3)),
              false,
              s ->
                  (t, x) -> {
                    var states =
                        RecurrentOps.lstm(
                            t, x.get(0), weights(x), x.get(5), x.get(5), t.ints(3, 2));
                    return SliceOps.concat(t, 0, states.y(), states.h(), states.c());
                  }),
          new Case(
              "RecurrentOps.lstm",
              List.of(dims(3, 2, 4), dims(12, 4), dims(12, 3), dims(12), dims(12)),
              false,
              s -> (t, x) -> RecurrentOps.lstm(t, x.get(0), weights(x), null, null, null).c()),
          new Case(
              "RecurrentOps.gru",
              List.of(dims(3, 2, 4), dims(9, 4), dims(9, 3), dims(9), dims(9), dims(1, 2, 3)),
              false,
              s ->
                  (t, x) -> {
                    var states = RecurrentOps.gru(t, x.get(0), weights(x), x.get(5), t.ints(1, 3));
                    return SliceOps.concat(t, 0, states.y(), states.h());
                  }),
          new Case(
              "RecurrentOps.rnn",
              List.of(dims(3, 2, 4), dims(3, 4), dims(3, 3), dims(3), dims(3), dims(1, 2, 3)),
              false,
              s -> (t, x) -> RecurrentOps.rnn(t, false, x.get(0), weights(x), x.get(5), null).y()),
          new Case(
              "RotaryOps.packed",
              List.of(dims(R, 12)),
              false,
              s ->
                  (t, x) -> RotaryOps.packed(t, x.get(0), angles(t, 1), angles(t, 2), 3, 2, R, 0)));

  private CapturedOps() {}

  private static TensorLayout dims(long... dims) {
    return TensorLayout.of(dims);
  }

  private static List<RecurrentWeights> weights(List<Tensor> x) {
    return List.of(new RecurrentWeights(x.get(1), x.get(2), x.get(3), x.get(4)));
  }

  private static Tensor both(Tape tape, NormOps.Residual residual) {
    return ElementwiseOps.mul(tape, residual.sum(), residual.y());
  }

  private static Tensor half(Tape tape, Tensor like) {
    float[] values = OpCheck.random(new Random(8), like.layout().elements());
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.5f + values[i] / 2;
    }
    return tape.constant(like.layout(), values);
  }

  private static Tensor mask(Tape tape, Tensor like) {
    float[] values = OpCheck.random(new Random(9), like.layout().elements());
    for (int i = 0; i < values.length; i++) {
      values[i] = values[i] > 0 ? 1 : 0;
    }
    return tape.constant(like.layout(), values);
  }

  private static Tensor angles(Tape tape, int seed) {
    return tape.constant(TensorLayout.of(R, 2), OpCheck.random(new Random(seed), 2 * R));
  }
}
