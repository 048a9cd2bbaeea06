package dev.lanewise.cli.model;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.Embedding;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.Linear;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A language model over bytes: the vectors of the last {@code context} bytes side by side, hidden
 * layers with GELU, a linear layer to the logits of the next byte.
 *
 * <p>Source: Y. Bengio, R. Ducharme, P. Vincent, C. Jauvin: A Neural Probabilistic Language Model,
 * 2003, with GELU for tanh and bytes for words.
 */
public final class ByteModel {
  /** Small first logits: the training starts near the uniform distribution, 8 bits per byte. */
  private static final float OUTPUT_SCALE = 0.1f;

  private final Shape shape;
  private final Embedding embedding;
  private final List<Linear> hidden = new ArrayList<>();
  private final Linear output;

  private ByteModel(Slab slab, Shape shape, long seed) {
    this.shape = shape;
    embedding =
        Embedding.of(slab, "embedding", Shape.BYTES, shape.embedding(), Init.normal(seed, 1));
    for (int layer = 0; layer < shape.layers(); layer++) {
      String name = Shape.hiddenName(layer);
      hidden.add(
          Linear.of(slab, name, shape.inputs(layer), shape.hidden(), Init.kaimingNormal(seed)));
    }
    Init small = Init.kaimingNormal(seed).scaled(OUTPUT_SCALE);
    output = Linear.of(slab, "output", shape.hidden(), Shape.BYTES, small);
  }

  /** A model with random start values, the same bits for the same seed. */
  public static ByteModel random(Slab slab, Shape shape, long seed) {
    return new ByteModel(slab, shape, seed);
  }

  /** The hyper-parameters. */
  public Shape shape() {
    return shape;
  }

  /**
   * The logits of the byte after each context.
   *
   * @param contexts native int32 [rows, context], bytes as 0 to 255
   * @return [rows, 256]
   */
  public Tensor forward(Tape tape, MemorySegment contexts, int rows) {
    int context = shape.context();
    Tensor vectors = embedding.forward(tape, contexts, Math.multiplyExact((long) rows, context));
    Tensor x = ShapeOps.reshape(tape, vectors, rows, shape.inputs(0));
    for (Linear layer : hidden) {
      x = ElementwiseOps.gelu(tape, layer.forward(tape, x));
    }
    return output.forward(tape, x);
  }

  /** Every parameter, in the order of the forward pass. */
  public List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(embedding.parameters());
    hidden.forEach(layer -> all.addAll(layer.parameters()));
    all.addAll(output.parameters());
    return all;
  }

  /** The weights of the linear layers: what weight decay is for. */
  List<Parameter> decayed() {
    List<Parameter> weights = new ArrayList<>();
    hidden.forEach(layer -> weights.add(layer.weight()));
    weights.add(output.weight());
    return weights;
  }
}
