package dev.lanewise.nn.transformer;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.lanewise.autograd.MatrixOps;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.rows.BroadcastOps;
import dev.lanewise.autograd.rows.LinearLossOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.Dropout;
import dev.lanewise.nn.DropoutStep;
import dev.lanewise.nn.Embedding;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.LayerNorm;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.transformer.MultiHeadAttention.Form;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A language model: embeddings of tokens and positions, {@link TransformerBlock}s with layer
 * normalisation and {@link Mlp}, one more normalisation, logits of the next token (A. Radford et
 * al.: Language Models are Unsupervised Multitask Learners, 2019).
 *
 * <p>The parameters are named as in GPT-2's checkpoints, {@code h.0.attn.c_attn.weight} and so on,
 * with {@code lm_head.weight} where the weights are not tied. Matrices are [out, in]; GPT-2's own
 * files have them transposed. Dropout is that of the embeddings, of the probabilities of attention
 * and of both branches of a block.
 */
public final class Gpt {
  private static final double INIT = 0.02;
  private static final double POSITION_INIT = 0.01;

  private final GptConfig config;
  private final Embedding tokens;
  private final @Nullable Embedding positions;
  private final Dropout dropout;
  private final List<TransformerBlock> blocks = new ArrayList<>();
  private final LayerNorm norm;
  private final @Nullable Linear head;

  /** 0, 1, 2 and so on, to look up vectors of positions with. */
  private final MemorySegment counting;

  private Gpt(Slab slab, GptConfig config, long seed) {
    this.config = config;
    Init init = Init.normal(seed, INIT);
    Init last = init.residual(config.layers());
    tokens = Embedding.of(slab, "wte", config.vocabulary(), config.width(), init);
    positions =
        config.positions() == Positions.LEARNED
            ? Embedding.of(
                slab, "wpe", config.context(), config.width(), Init.normal(seed, POSITION_INIT))
            : null;
    counting = slab.allocateInts(positions == null ? 0 : config.context());
    for (int i = 0; i < counting.byteSize() / Integer.BYTES; i++) {
      counting.setAtIndex(JAVA_INT, i, i);
    }
    dropout = new Dropout(config.dropout(), seed, 0);
    Form form = form(slab, config);
    for (int layer = 0; layer < config.layers(); layer++) {
      blocks.add(block(slab, config, form, seed, layer, init, last));
    }
    norm = LayerNorm.of(slab, "ln_f", config.width());
    head =
        config.tiedWeights()
            ? null
            : Linear.withoutBias(slab, "lm_head", config.width(), config.vocabulary(), init);
  }

  private static Form form(Slab slab, GptConfig config) {
    Rotary rotary =
        config.positions() == Positions.ROTARY
            ? Rotary.of(slab, config.context(), config.headWidth(), Rotary.BASE)
            : null;
    return new Form(config.width(), config.heads(), config.keyHeads(), true, rotary);
  }

  private static TransformerBlock block(
      Slab slab, GptConfig config, Form form, long seed, int layer, Init init, Init last) {
    String name = "h." + layer;
    int width = config.width();
    int stream = 2 * config.layers() + 1 + layer;
    Dropout probabilities = new Dropout(config.attentionDropout(), seed, stream);
    return TransformerBlock.of(
        LayerNorm.of(slab, name + ".ln_1", width),
        MultiHeadAttention.of(slab, name + ".attn", form, probabilities, init, last),
        new Dropout(config.dropout(), seed, 2 * layer + 1),
        LayerNorm.of(slab, name + ".ln_2", width),
        Mlp.of(slab, name + ".mlp", width, (long) GptConfig.EXPANSION * width, init, last),
        new Dropout(config.dropout(), seed, 2 * layer + 2));
  }

  /**
   * A model with the start values of GPT-2: normal with standard deviation 0.02, 0.01 for
   * positions, the last matrix of each branch divided by {@code sqrt(2 layers)}, biases 0, gains 1.
   * The same bits for the same seed, which is also that of dropout.
   */
  public static Gpt of(Slab slab, GptConfig config, long seed) {
    return new Gpt(slab, config, seed);
  }

  /** Name and layout of each parameter of such a model, in the order of {@link #parameters}. */
  public static SequencedMap<String, TensorLayout> layouts(GptConfig config) {
    int width = config.width();
    long hidden = (long) GptConfig.EXPANSION * width;
    long packed = width + 2L * config.keyHeads() * config.headWidth();
    SequencedMap<String, TensorLayout> all = new LinkedHashMap<>();
    all.put("wte.weight", TensorLayout.of(config.vocabulary(), width));
    if (config.positions() == Positions.LEARNED) {
      all.put("wpe.weight", TensorLayout.of(config.context(), width));
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      String name = "h." + layer;
      putVectors(all, name + ".ln_1", width);
      putLinear(all, name + ".attn.c_attn", packed, width);
      putLinear(all, name + ".attn.c_proj", width, width);
      putVectors(all, name + ".ln_2", width);
      putLinear(all, name + ".mlp.c_fc", hidden, width);
      putLinear(all, name + ".mlp.c_proj", width, hidden);
    }
    putVectors(all, "ln_f", width);
    if (!config.tiedWeights()) {
      all.put("lm_head.weight", TensorLayout.of(config.vocabulary(), width));
    }
    return all;
  }

  private static void putVectors(
      SequencedMap<String, TensorLayout> all, String name, long elements) {
    all.put(name + ".weight", TensorLayout.of(elements));
    all.put(name + ".bias", TensorLayout.of(elements));
  }

  private static void putLinear(
      SequencedMap<String, TensorLayout> all, String name, long out, long in) {
    all.put(name + ".weight", TensorLayout.of(out, in));
    all.put(name + ".bias", TensorLayout.of(out));
  }

  /** The hyper-parameters. */
  public GptConfig config() {
    return config;
  }

  /** Every parameter, in the order of the forward pass; tied weights once. */
  public List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(tokens.parameters());
    if (positions != null) {
      all.addAll(positions.parameters());
    }
    blocks.forEach(block -> all.addAll(block.parameters()));
    all.addAll(norm.parameters());
    if (head != null) {
      all.addAll(head.parameters());
    }
    return List.copyOf(all);
  }

  /**
   * What weight decay is for: the matrices, embeddings of tokens included; not the embeddings of
   * positions, gains and biases.
   */
  public List<Parameter> decayed() {
    return parameters().stream()
        .filter(parameter -> parameter.layout().rank() == 2)
        .filter(parameter -> positions == null || parameter != positions.weight())
        .toList();
  }

  /**
   * The logits of the token after each one, without dropout. Those at a place depend on the tokens
   * up to it alone.
   *
   * @param tokens native int32 [batch, length], each in {@code [0, vocabulary)}; not to be changed
   *     before backward
   * @param length at least 1 and at most the context
   * @return [batch * length, vocabulary]
   */
  public Tensor logits(Tape tape, MemorySegment tokens, int batch, int length) {
    Tensor x = hidden(tape, tokens, batch, length, DropoutStep.EVALUATION);
    return MatrixOps.linear(tape, x, outputWeight(), null);
  }

  /**
   * The mean cross-entropy, in nats, of the token after each one. The logits are never stored as a
   * whole, see {@link LinearLossOps}.
   *
   * @param tokens as for {@link #logits}
   * @param targets native int32 [batch, length]: the token after each one
   * @param step of the training: what dropout drops is a function of it; on a tape without
   *     gradients nothing is dropped
   * @return a scalar
   */
  public Tensor loss(
      Tape tape,
      MemorySegment tokens,
      MemorySegment targets,
      int batch,
      int length,
      DropoutStep step) {
    Tensor x = hidden(tape, tokens, batch, length, step);
    return LinearLossOps.crossEntropyMean(tape, x, outputWeight(), targets);
  }

  /** The same for a fixed step, from 0 on. */
  public Tensor loss(
      Tape tape, MemorySegment tokens, MemorySegment targets, int batch, int length, long step) {
    return loss(tape, tokens, targets, batch, length, DropoutStep.at(step));
  }

  /** A cache for {@link #next}, empty, in a frame of this slab. */
  public KeyValueCache cache(Slab slab) {
    return new KeyValueCache(slab, config);
  }

  /**
   * The logits of the token after the next ones of a text, which the cache then holds; without
   * dropout.
   *
   * @param tape one without gradients
   * @param cache the tokens before; unchanged if this call fails
   * @param tokens native int32, the next tokens: a whole text at first, then one by one
   * @param length how many, at least 1 and at most {@link KeyValueCache#room}
   * @return [1, vocabulary]
   */
  public Tensor next(Tape tape, KeyValueCache cache, MemorySegment tokens, int length) {
    if (tape.isRecording()) {
      throw new IllegalStateException(
          "this tape was opened with gradients, the values in a cache have none: open it with"
              + " Tape.noGrad");
    }
    if (!cache.config().equals(config)) {
      throw new IllegalArgumentException(
          "the cache is for " + cache.config() + ", the model is " + config + ": make one for it");
    }
    if (length < 1 || length > cache.room()) {
      throw new IllegalArgumentException(
          "length = "
              + length
              + " with "
              + cache.length()
              + " tokens in the cache and a context of "
              + config.context()
              + ": at least 1 and at most "
              + cache.room()
              + " are possible, or clear the cache and start again with the end of the text");
    }
    ResidualStream stream = ResidualStream.of(embed(tape, tokens, 1, length, cache.length()));
    for (int layer = 0; layer < blocks.size(); layer++) {
      stream = blocks.get(layer).next(tape, stream, cache, layer);
    }
    Tensor last = lastRow(stream.sum(tape));
    Tensor logits = MatrixOps.linear(tape, norm.forward(tape, last), outputWeight(), null);
    cache.advance(length);
    return logits;
  }

  /** What the logits are products with: [batch * length, width]. */
  private Tensor hidden(Tape tape, MemorySegment tokens, int batch, int length, DropoutStep step) {
    if (batch < 1 || length < 1 || length > config.context()) {
      throw new IllegalArgumentException(
          "batch = "
              + batch
              + " and length = "
              + length
              + ": both have to be at least 1, the length at most the context of "
              + config.context());
    }
    Tensor x = dropout.forward(tape, embed(tape, tokens, batch, length, 0), step);
    ResidualStream stream = ResidualStream.of(x);
    for (TransformerBlock block : blocks) {
      stream = block.forward(tape, stream, batch, length, step);
    }
    return stream.normalized(tape, norm).y();
  }

  /** The vectors of tokens, with those of their positions added where these are learned. */
  private Tensor embed(Tape tape, MemorySegment ids, int batch, int length, int offset) {
    Tensor x = tokens.forward(tape, ids, (long) batch * length);
    if (positions == null) {
      return x;
    }
    long cols = (long) length * config.width();
    MemorySegment places = counting.asSlice((long) offset * Integer.BYTES);
    Tensor vectors = ShapeOps.reshape(tape, positions.forward(tape, places, length), cols);
    Tensor sum = BroadcastOps.addRow(tape, ShapeOps.reshape(tape, x, batch, cols), vectors);
    return ShapeOps.reshape(tape, sum, (long) batch * length, config.width());
  }

  private static Tensor lastRow(Tensor x) {
    long cols = x.layout().dim(1);
    long bytes = cols * Float.BYTES;
    MemorySegment row = x.data().asSlice(x.layout().bytes() - bytes, bytes);
    return Tensor.constant(TensorLayout.of(1, cols), row);
  }

  private Parameter outputWeight() {
    return head == null ? tokens.weight() : head.weight();
  }
}
