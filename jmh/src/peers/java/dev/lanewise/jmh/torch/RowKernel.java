package dev.lanewise.jmh.torch;

import dev.lanewise.kernel.loop.RowBlocks;
import dev.lanewise.kernel.norm.segments.LayerNorm;
import dev.lanewise.kernel.reduce.segments.ColumnSum;
import dev.lanewise.kernel.softmax.segments.LogSoftmax;
import dev.lanewise.kernel.softmax.segments.Softmax;
import dev.lanewise.kernel.softmax.segments.SoftmaxCrossEntropy;
import dev.lanewise.kernel.unary.segments.Fill;

/** Operations on the rows of a matrix that both have. */
public enum RowKernel {
  SOFTMAX(
      2,
      o -> o.rows((r, e) -> Softmax.forward(o.x, o.y, r, e, o.cols)),
      (t, v) -> t.softmax("_softmax_out", v.x(), v.y())),
  SOFTMAX_BACKWARD(
      3,
      o -> o.rows((r, e) -> Softmax.backward(o.p, o.dy, o.y, 1, r, e, o.cols)),
      (t, v) -> t.softmaxBackward(v.dy(), v.p(), v.y())),
  LOG_SOFTMAX(
      2,
      o -> o.rows((r, e) -> LogSoftmax.forward(o.x, o.y, r, e, o.cols)),
      (t, v) -> t.softmax("_log_softmax_out", v.x(), v.y())),
  LAYER_NORM(
      2,
      o ->
          o.rows(
              (r, e) ->
                  LayerNorm.forward(
                      o.x, o.weight, o.bias, o.y, o.mean, o.rstd, 1e-5f, r, e, o.cols)),
      RowOperands::layerNorm),
  /** With the gradients of weight and bias. */
  LAYER_NORM_BACKWARD(
      3,
      o -> {
        long blocks = RowBlocks.count(o.rows);
        Call pass =
            o.parts(
                blocks,
                (b, e) ->
                    LayerNorm.backward(
                        o.x,
                        o.weight,
                        o.mean,
                        o.rstd,
                        o.dy,
                        o.y,
                        o.dWeights,
                        o.dBiases,
                        o.rows,
                        o.cols,
                        b,
                        e));
        return () -> {
          pass.run();
          Fill.fill(0f, o.dWeight, 0, o.cols);
          Fill.fill(0f, o.dBias, 0, o.cols);
          ColumnSum.accumulate(o.dWeights, o.dWeight, blocks, o.cols, 0, o.cols);
          ColumnSum.accumulate(o.dBiases, o.dBias, blocks, o.cols, 0, o.cols);
        };
      },
      RowOperands::layerNormBackward),
  /** The loss and the gradient of the logits: ours in their place, libtorch's by its autograd. */
  CROSS_ENTROPY(
      2,
      o ->
          o.rows(
              (r, e) ->
                  SoftmaxCrossEntropy.forwardBackward(
                      o.y, o.targets, o.losses, 1f / o.rows, r, e, o.cols)),
      RowOperands::crossEntropy);

  /** Our call. */
  interface Ours {
    Call over(RowOperands operands);
  }

  /** Their call. */
  interface Theirs {
    Call over(Torch torch, RowOperands.Views views);
  }

  /** Operands that have to be moved for each element. */
  final int streams;

  @SuppressWarnings("ImmutableEnumChecker") // a lambda without state
  final Ours ours;

  @SuppressWarnings("ImmutableEnumChecker") // a lambda without state
  final Theirs theirs;

  RowKernel(int streams, Ours ours, Theirs theirs) {
    this.streams = streams;
    this.ours = ours;
    this.theirs = theirs;
  }
}
