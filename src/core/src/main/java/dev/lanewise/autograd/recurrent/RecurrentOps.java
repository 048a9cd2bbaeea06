package dev.lanewise.autograd.recurrent;

import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Recurrent layers over whole sequences, with the formulas, gates and parameters of PyTorch.
 *
 * <pre>
 * op     gates, each of x' = weightIh x + biasIh and h' = weightHh h + biasHh     next state
 * lstm   i, f, o = sigmoid(x' + h'), g = tanh(x' + h')                            c = f c + i g, h = o tanh(c)
 * gru    r, z = sigmoid(x' + h'), n = tanh(x'_n + r h'_n)                         h = (1 - z) n + z h
 * rnn    -                                                                        h = tanh(x' + h') or max(x' + h', 0)
 * </pre>
 *
 * <p>The output of a step is h; with two directions, whose states never meet, that of the second,
 * which reads each sequence from its end, stands behind it in the row. The product of the input is
 * one for all steps, those of the state are one for each step; backward, the gradients of both
 * weights are one product for all steps each.
 *
 * <p>Sequences of different length: row n has the first {@code lengths[n]} steps, as in PyTorch's
 * packed sequences. Its outputs behind them are 0, its last states are those of its last step, the
 * reverse direction begins there; inputs behind them are read but neither change a result nor get a
 * gradient, as long as they are finite. A row of length 0 hands its initial states on.
 *
 * <p>NaN and infinities follow IEEE 754 and stay in their row of the batch, forward and in the
 * gradients of inputs and states. The bits depend neither on the number of workers nor on the
 * vector width. Errors: those of a product of {@code Gemm} and of a step, which is {@code
 * LstmGates}, {@code GruGates} or {@code RnnStep}, from state to state; the steps pass them on.
 */
public final class RecurrentOps {
  /**
   * What an LSTM gives.
   *
   * @param y [steps, batch, directions hidden]
   * @param h [directions, batch, hidden], behind the last step of each row
   * @param c [directions, batch, hidden], alike
   */
  public record LstmStates(Tensor y, Tensor h, Tensor c) {}

  /**
   * What the other layers give.
   *
   * @param y [steps, batch, directions hidden]
   * @param h [directions, batch, hidden], behind the last step of each row
   */
  public record States(Tensor y, Tensor h) {}

  private RecurrentOps() {}

  /**
   * A layer of long short-term memory; gates {@code i f g o}.
   *
   * @param x [steps, batch, inputs], at least one step
   * @param directions parameters of one direction, or of both
   * @param h0 [directions, batch, hidden], or null for zeros
   * @param c0 [directions, batch, hidden], or null for zeros
   * @param lengths native int32, one for each row of the batch, each from 0 to steps, or null where
   *     all rows have all steps; not changed before backward, in a captured step anew for each run
   */
  public static LstmStates lstm(
      Tape tape,
      Tensor x,
      List<RecurrentWeights> directions,
      @Nullable Tensor h0,
      @Nullable Tensor c0,
      @Nullable MemorySegment lengths) {
    Sizes sizes = Sizes.of("lstm", Cell.LSTM, x, directions);
    sizes.requireState("lstm", "h0", h0);
    sizes.requireState("lstm", "c0", c0);
    Layer layer = new Layer("lstm", tape, sizes, x, directions, h0, c0);
    Tensor y = layer.forward(Cell.LSTM, lengths);
    Tensor h = layer.lastH(y);
    return new LstmStates(y, h, layer.lastC(y));
  }

  /**
   * A layer of gated recurrent units; gates {@code r z n}, the reset gate on the product with its
   * bias.
   *
   * @param x [steps, batch, inputs], at least one step
   * @param directions parameters of one direction, or of both
   * @param h0 [directions, batch, hidden], or null for zeros
   * @param lengths as in {@link #lstm}
   */
  public static States gru(
      Tape tape,
      Tensor x,
      List<RecurrentWeights> directions,
      @Nullable Tensor h0,
      @Nullable MemorySegment lengths) {
    return states("gru", Cell.GRU, tape, x, directions, h0, lengths);
  }

  /**
   * A plain recurrent layer.
   *
   * @param rectified whether the state is {@code max(x' + h', 0)} instead of the hyperbolic tangent
   * @param x [steps, batch, inputs], at least one step
   * @param directions parameters of one direction, or of both
   * @param h0 [directions, batch, hidden], or null for zeros
   * @param lengths as in {@link #lstm}
   */
  public static States rnn(
      Tape tape,
      boolean rectified,
      Tensor x,
      List<RecurrentWeights> directions,
      @Nullable Tensor h0,
      @Nullable MemorySegment lengths) {
    Cell cell = rectified ? Cell.RELU : Cell.TANH;
    return states("rnn", cell, tape, x, directions, h0, lengths);
  }

  private static States states(
      String op,
      Cell cell,
      Tape tape,
      Tensor x,
      List<RecurrentWeights> directions,
      @Nullable Tensor h0,
      @Nullable MemorySegment lengths) {
    Sizes sizes = Sizes.of(op, cell, x, directions);
    sizes.requireState(op, "h0", h0);
    Layer layer = new Layer(op, tape, sizes, x, directions, h0, null);
    Tensor y = layer.forward(cell, lengths);
    return new States(y, layer.lastH(y));
  }
}
