package dev.lanewise.nn.transformer;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.rows.NormOps;
import dev.lanewise.nn.Dropout;
import dev.lanewise.nn.DropoutStep;
import dev.lanewise.nn.Norm;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code h = x + dropout(attention(norm(x)))}, {@code y = h + dropout(mlp(norm(h)))}: a block with
 * the normalisations before the branches (R. Xiong et al.: On Layer Normalization in the
 * Transformer Architecture, 2020).
 */
public final class TransformerBlock {
  private final Norm attentionNorm;
  private final MultiHeadAttention attention;
  private final Dropout attentionDropout;
  private final Norm mlpNorm;
  private final FeedForward mlp;
  private final Dropout mlpDropout;

  private TransformerBlock(
      Norm attentionNorm,
      MultiHeadAttention attention,
      Dropout attentionDropout,
      Norm mlpNorm,
      FeedForward mlp,
      Dropout mlpDropout) {
    this.attentionNorm = attentionNorm;
    this.attention = attention;
    this.attentionDropout = attentionDropout;
    this.mlpNorm = mlpNorm;
    this.mlp = mlp;
    this.mlpDropout = mlpDropout;
  }

  /** A block of these parts, all of the width of the attention. */
  public static TransformerBlock of(
      Norm attentionNorm,
      MultiHeadAttention attention,
      Dropout attentionDropout,
      Norm mlpNorm,
      FeedForward mlp,
      Dropout mlpDropout) {
    int width = attention.form().width();
    if (attentionNorm.width() != width || mlpNorm.width() != width) {
      throw new IllegalArgumentException(
          "a block with attention of width "
              + width
              + " and normalisations of "
              + attentionNorm.width()
              + " and "
              + mlpNorm.width()
              + " elements: all have to be the same");
    }
    return new TransformerBlock(
        attentionNorm, attention, attentionDropout, mlpNorm, mlp, mlpDropout);
  }

  /**
   * The block by itself.
   *
   * @param x [batch * length, width]
   * @param step of the training
   * @return [batch * length, width]
   */
  public Tensor forward(Tape tape, Tensor x, int batch, int length, DropoutStep step) {
    return forward(tape, ResidualStream.of(x), batch, length, step).sum(tape);
  }

  /** The block between others: the next one adds what the last branch gave. */
  public ResidualStream forward(
      Tape tape, ResidualStream stream, int batch, int length, DropoutStep step) {
    NormOps.Residual before = stream.normalized(tape, attentionNorm);
    Tensor attended = attention.forward(tape, before.y(), batch, length, step);
    return mlp(tape, before.sum(), attentionDropout.forward(tape, attended, step), step);
  }

  /** The block on the next tokens of a sequence whose keys and values are in the cache. */
  ResidualStream next(Tape tape, ResidualStream stream, KeyValueCache cache, int layer) {
    NormOps.Residual before = stream.normalized(tape, attentionNorm);
    Tensor attended = attention.next(tape, before.y(), cache, layer);
    return mlp(tape, before.sum(), attended, DropoutStep.EVALUATION);
  }

  private ResidualStream mlp(Tape tape, Tensor x, Tensor attended, DropoutStep step) {
    NormOps.Residual between = new ResidualStream(x, attended).normalized(tape, mlpNorm);
    Tensor y = mlp.forward(tape, between.y());
    return new ResidualStream(between.sum(), mlpDropout.forward(tape, y, step));
  }

  /** All parameters, in the order of the forward pass. */
  public List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(attentionNorm.parameters());
    all.addAll(attention.parameters());
    all.addAll(mlpNorm.parameters());
    all.addAll(mlp.parameters());
    return all;
  }
}
