package dev.lanewise.nn.transformer;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.Linear;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code y = gelu(x w' + b) v' + c} with GELU in its tanh form, as in GPT-2; the parameters are
 * called {@code name.c_fc} and {@code name.c_proj} as there.
 */
public final class Mlp implements FeedForward {
  private final Linear up;
  private final Linear down;

  private Mlp(Linear up, Linear down) {
    this.up = up;
    this.down = down;
  }

  /**
   * A layer whose biases start at zero.
   *
   * @param name prefix of the parameters' names
   * @param width elements of a row of input and output
   * @param hidden elements in between; 4 width in GPT-2
   * @param init start values of the first matrix
   * @param outputInit start values of the second, mostly {@link Init#residual}
   */
  public static Mlp of(
      Slab slab, String name, long width, long hidden, Init init, Init outputInit) {
    return new Mlp(
        Linear.of(slab, name + ".c_fc", width, hidden, init),
        Linear.of(slab, name + ".c_proj", hidden, width, outputInit));
  }

  @Override
  public Tensor forward(Tape tape, Tensor x) {
    return down.forward(tape, ElementwiseOps.gelu(tape, up.forward(tape, x)));
  }

  @Override
  public List<Parameter> parameters() {
    return Stream.of(up, down).flatMap(layer -> layer.parameters().stream()).toList();
  }
}
