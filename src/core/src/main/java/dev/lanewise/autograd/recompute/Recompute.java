package dev.lanewise.autograd.recompute;

import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import java.util.List;

/**
 * Activation checkpointing (Chen, Xu, Zhang, Guestrin: Training deep nets with sublinear memory
 * cost, 2016): of a part of the network only the inputs and the output are kept; backward computes
 * the part again, on a tape of its own, and differentiates that.
 *
 * <pre>{@code
 * Tensor h = Recompute.of(tape, (inner, x) -> block.forward(inner, x.get(0)), embedded);
 * Tensor y = Recompute.sequence(tape, blocks, embedded, RecomputePlan.ofSquareRoot(blocks.size()));
 * }</pre>
 *
 * <p>Outputs and gradients are those of the plain network, bit for bit: the same computations run
 * in the same order, and gradients are added in the same order too. So a part has to compute the
 * same twice: a dropout gives the same mask, as it is a function of seed, stream and step. What a
 * part changes besides, such as the running statistics of a batch normalisation, it changes twice.
 *
 * <p>The price is one more forward pass of the part. Works on all tapes, in captured steps and
 * inside other parts.
 */
public final class Recompute {
  /** A part of a network. */
  @FunctionalInterface
  public interface Part {
    /**
     * Computes the output. Called on a tape of its own, once forward and once in backward.
     *
     * @param tape for all ops of the part
     * @param inputs stand for the tensors that were given; parameters can be used besides, tensors
     *     of other tapes cannot
     */
    Tensor forward(Tape tape, List<Tensor> inputs);
  }

  /** One of a sequence of layers. */
  @FunctionalInterface
  public interface Layer {
    /** Computes the output on {@code tape}. */
    Tensor forward(Tape tape, Tensor x);
  }

  private Recompute() {}

  /**
   * The output of a part, whose values inside are not kept.
   *
   * @param inputs what the part uses of this tape; not changed in place before backward
   */
  public static Tensor of(Tape tape, Part part, Tensor... inputs) {
    Tensor[] kept = inputs.clone();
    Tensor y;
    try (Tape inner = tape.nested(false, kept)) {
      y = inner.closeReturning(part.forward(inner, inner.inputs()));
    }
    if (y.requiresGrad()) {
      for (Tensor input : kept) {
        input.keep();
      }
      tape.record(
          "recompute",
          y,
          dy -> {
            try (Tape inner = tape.nested(true, kept)) {
              Tensor again = part.forward(inner, inner.inputs());
              again.backward(Tensor.constant(again.layout(), dy));
            }
          });
    }
    return y;
  }

  /**
   * The layers one after the other: the first {@link RecomputePlan#recomputed} of them in {@link
   * RecomputePlan#segments} parts, each of which keeps its input alone, the others as usual.
   */
  public static Tensor sequence(
      Tape tape, List<? extends Layer> layers, Tensor x, RecomputePlan plan) {
    if (plan.layers() != layers.size()) {
      throw new IllegalArgumentException(
          "the plan is for "
              + plan.layers()
              + " layers, "
              + layers.size()
              + " are given: make a plan for their number");
    }
    Tensor h = x;
    for (int segment = 0; segment < plan.segments(); segment++) {
      List<? extends Layer> part = layers.subList(plan.begin(segment), plan.begin(segment + 1));
      h = of(tape, (inner, inputs) -> run(inner, part, inputs.get(0)), h);
    }
    return run(tape, layers.subList(plan.recomputed(), layers.size()), h);
  }

  private static Tensor run(Tape tape, List<? extends Layer> layers, Tensor x) {
    Tensor h = x;
    for (Layer layer : layers) {
      h = layer.forward(tape, h);
    }
    return h;
  }
}
