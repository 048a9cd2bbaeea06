package dev.lanewise.nn.transformer;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.elementwise.GatedOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.Linear;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code y = (f(x g') * x u') d'} without biases (N. Shazeer: GLU Variants Improve Transformer,
 * 2020); the matrices are called {@code name.gate_proj}, {@code name.up_proj} and {@code
 * name.down_proj} as in Llama's files.
 */
public final class GatedMlp implements FeedForward {
  /** The function f of the gate. */
  public enum Gate {
    /** {@code f(a) = a sigmoid(a)}. */
    SWIGLU,
    /** {@code f(a) = gelu(a)} in its tanh form. */
    GEGLU
  }

  private final Gate gate;
  private final Linear gateProjection;
  private final Linear up;
  private final Linear down;

  private GatedMlp(Gate gate, Linear gateProjection, Linear up, Linear down) {
    this.gate = gate;
    this.gateProjection = gateProjection;
    this.up = up;
    this.down = down;
  }

  /**
   * A layer.
   *
   * @param name prefix of the parameters' names
   * @param width elements of a row of input and output
   * @param hidden elements in between; 8/3 width has as many parameters as an {@link Mlp} of 4
   *     width
   * @param init start values of the first two matrices
   * @param outputInit start values of the last, mostly {@link Init#residual}
   */
  public static GatedMlp of(
      Slab slab, String name, Gate gate, long width, long hidden, Init init, Init outputInit) {
    return new GatedMlp(
        gate,
        Linear.withoutBias(slab, name + ".gate_proj", width, hidden, init),
        Linear.withoutBias(slab, name + ".up_proj", width, hidden, init),
        Linear.withoutBias(slab, name + ".down_proj", hidden, width, outputInit));
  }

  @Override
  public Tensor forward(Tape tape, Tensor x) {
    Tensor a = gateProjection.forward(tape, x);
    Tensor b = up.forward(tape, x);
    return down.forward(
        tape,
        switch (gate) {
          case SWIGLU -> GatedOps.swiglu(tape, a, b);
          case GEGLU -> GatedOps.geglu(tape, a, b);
        });
  }

  @Override
  public List<Parameter> parameters() {
    return Stream.of(gateProjection, up, down)
        .flatMap(layer -> layer.parameters().stream())
        .toList();
  }
}
