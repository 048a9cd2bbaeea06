package dev.lanewise.nn.transformer;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.attention.AttentionOps;
import dev.lanewise.autograd.rows.ColumnOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.Dropout;
import dev.lanewise.nn.DropoutStep;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.Linear;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Attention of the tokens of a sequence over themselves by several heads (A. Vaswani et al.:
 * Attention Is All You Need, 2017, section 3.2), which share the heads of keys and values in groups
 * where there are fewer of them (J. Ainslie et al.: GQA, 2023).
 *
 * <p>One projection makes queries, keys and values side by side, {@code name.c_attn}, one more the
 * output, {@code name.c_proj}, both with a bias and named as in GPT-2.
 */
public final class MultiHeadAttention {
  /**
   * The form of an attention.
   *
   * @param width elements of a token, a multiple of {@code heads}
   * @param heads heads of queries
   * @param keyHeads heads of keys and of values, a divisor of {@code heads}
   * @param causal whether a token sees only itself and those before it
   * @param rotary the positions that turn queries and keys, or null for none
   */
  public record Form(int width, int heads, int keyHeads, boolean causal, @Nullable Rotary rotary) {
    /** Checks what divides what. */
    public Form {
      if (heads < 1 || width < 1 || width % heads != 0) {
        throw new IllegalArgumentException(
            "attention of width = "
                + width
                + " with heads = "
                + heads
                + ": the width has to be a multiple of the heads, both at least 1");
      }
      if (keyHeads < 1 || heads % keyHeads != 0) {
        throw new IllegalArgumentException(
            "attention with heads = "
                + heads
                + " and keyHeads = "
                + keyHeads
                + ": keyHeads has to be a divisor of heads");
      }
      if (rotary != null && rotary.headWidth() != width / heads) {
        throw new IllegalArgumentException(
            "attention with heads of "
                + width / heads
                + " elements and a rotary embedding for "
                + rotary.headWidth()
                + ": both have to be the same");
      }
    }

    int headWidth() {
      return width / heads;
    }

    /** Heads of queries, keys and values of a token. */
    int packedHeads() {
      return Math.addExact(heads, Math.multiplyExact(2, keyHeads));
    }
  }

  private final Form form;
  private final Linear projection;
  private final Linear output;
  private final Dropout dropout;

  private MultiHeadAttention(Form form, Dropout dropout, Linear projection, Linear output) {
    this.form = form;
    this.dropout = dropout;
    this.projection = projection;
    this.output = output;
  }

  /** The same as below without dropout. */
  public static MultiHeadAttention of(
      Slab slab, String name, Form form, Init init, Init outputInit) {
    return of(slab, name, form, Dropout.NONE, init, outputInit);
  }

  /**
   * A layer whose biases start at zero.
   *
   * @param name prefix of the parameters' names
   * @param dropout of the probabilities
   * @param init start values of the projection to queries, keys and values
   * @param outputInit start values of the last matrix, mostly {@link Init#residual}
   */
  public static MultiHeadAttention of(
      Slab slab, String name, Form form, Dropout dropout, Init init, Init outputInit) {
    long packed = (long) form.packedHeads() * form.headWidth();
    return new MultiHeadAttention(
        form,
        dropout,
        Linear.of(slab, name + ".c_attn", form.width(), packed, init),
        Linear.of(slab, name + ".c_proj", form.width(), form.width(), outputInit));
  }

  /** Attention inside each sequence, nothing dropped. */
  public Tensor forward(Tape tape, Tensor x, int batch, int length) {
    return forward(tape, x, batch, length, DropoutStep.EVALUATION);
  }

  /**
   * Attention inside each sequence.
   *
   * @param x [batch * length, width]
   * @param step of the training
   * @return [batch * length, width]
   */
  public Tensor forward(Tape tape, Tensor x, int batch, int length, DropoutStep step) {
    Tensor qkv = project(tape, x, length, 0);
    Tensor heads = ShapeOps.reshape(tape, qkv, batch, length, form.packedHeads(), form.headWidth());
    Tensor y =
        AttentionOps.selfAttention(
            tape, heads, form.heads(), form.keyHeads(), form.causal(), dropout.mask(tape, step));
    return output.forward(tape, ShapeOps.reshape(tape, y, (long) batch * length, form.width()));
  }

  /**
   * Attention of the next tokens of a sequence over themselves and over those before, whose keys
   * and values are in the cache; those of the new tokens are put there.
   */
  Tensor next(Tape tape, Tensor x, KeyValueCache cache, int layer) {
    int rows = Math.toIntExact(x.layout().dim(0));
    Tensor qkv = project(tape, x, rows, cache.length());
    int keys = cache.put(tape, layer, qkv);
    TensorLayout shape = TensorLayout.of(1, keys, form.keyHeads(), form.headWidth());
    Tensor q =
        ShapeOps.reshape(
            tape,
            ColumnOps.slice(tape, qkv, 0, form.width()),
            1,
            rows,
            form.heads(),
            form.headWidth());
    Tensor y =
        AttentionOps.attention(
            tape,
            q,
            Tensor.constant(shape, cache.keys(layer, keys)),
            Tensor.constant(shape, cache.values(layer, keys)),
            true);
    return output.forward(tape, ShapeOps.reshape(tape, y, rows, form.width()));
  }

  /** Queries, keys and values of each token, the first two turned to its position. */
  private Tensor project(Tape tape, Tensor x, int sequence, int offset) {
    Tensor qkv = projection.forward(tape, x);
    Rotary rotary = form.rotary();
    return rotary == null
        ? qkv
        : rotary.turn(
            tape, qkv, form.packedHeads(), form.heads() + form.keyHeads(), sequence, offset);
  }

  /** The form. */
  public Form form() {
    return form;
  }

  /** Those of the projection, then those of the output. */
  public List<Parameter> parameters() {
    return Stream.of(projection, output).flatMap(layer -> layer.parameters().stream()).toList();
  }
}
