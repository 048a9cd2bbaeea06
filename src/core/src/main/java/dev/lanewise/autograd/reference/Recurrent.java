package dev.lanewise.autograd.reference;

import static dev.lanewise.autograd.higher.Arithmetic.add;
import static dev.lanewise.autograd.higher.Arithmetic.mul;
import static dev.lanewise.autograd.higher.Arithmetic.sub;
import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;

import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Indexing;
import dev.lanewise.autograd.higher.Matrices;
import dev.lanewise.autograd.higher.Unary;
import dev.lanewise.memory.TensorLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Recurrent layers, one step after the other. With {@code x' = x ih' + biasIh} and {@code h' = h
 * hh' + biasHh}, whose columns are the gates side by side:
 *
 * <pre>
 * LSTM   i, f, o = sigmoid(x' + h'), g = tanh(x' + h'); c = f c + i g, h = o tanh(c)
 * GRU    r, z = sigmoid(x' + h'), n = tanh(x' + r h'); h = (1 - z) n + z h
 * TANH   h = tanh(x' + h')
 * RELU   h = max(x' + h', 0)
 * </pre>
 */
public final class Recurrent {
  /** What a step computes; the gates of an LSTM lie in the order i f g o, of a GRU r z n. */
  public enum Cell {
    LSTM(4),
    GRU(3),
    TANH(1),
    RELU(1);

    private final int gates;

    Cell(int gates) {
      this.gates = gates;
    }
  }

  /**
   * Parameters of one direction.
   *
   * @param ih [gates hidden, inputs]
   * @param hh [gates hidden, hidden]
   * @param biasIh [gates hidden]
   * @param biasHh [gates hidden]
   */
  public record Weights(
      DoubleTensor ih, DoubleTensor hh, DoubleTensor biasIh, DoubleTensor biasHh) {}

  /**
   * What a layer gives.
   *
   * @param y [steps, batch, directions hidden], 0 behind the last step of each row
   * @param h [directions, batch, hidden], behind the last step of each row
   * @param c the same of an LSTM, of others as it was
   */
  public record States(DoubleTensor y, DoubleTensor h, DoubleTensor c) {}

  /** The state of all rows between two steps, [batch, hidden]. */
  private record State(DoubleTensor h, DoubleTensor c) {}

  private Recurrent() {}

  /**
   * A layer.
   *
   * @param x [steps, batch, inputs], at least one step
   * @param directions parameters of the direction forwards, then, if there is one, backwards
   * @param h0 [directions, batch, hidden]
   * @param c0 shaped as h0; only an LSTM computes with it
   * @param lengths steps of each row of the batch
   */
  public static States layer(
      Cell cell,
      DoubleTensor x,
      List<Weights> directions,
      DoubleTensor h0,
      DoubleTensor c0,
      int... lengths) {
    int steps = Math.toIntExact(x.layout().dim(0));
    List<DoubleTensor> outputs = new ArrayList<>();
    List<DoubleTensor> lastH = new ArrayList<>();
    List<DoubleTensor> lastC = new ArrayList<>();
    for (int d = 0; d < directions.size(); d++) {
      State state = new State(at(h0, d), at(c0, d));
      DoubleTensor[] y = new DoubleTensor[steps];
      for (int s = 0; s < steps; s++) {
        int t = d == 0 ? s : steps - 1 - s;
        DoubleTensor active = active(x, lengths, t);
        State next = step(cell, at(x, t), directions.get(d), state);
        state = new State(chosen(active, next.h, state.h), chosen(active, next.c, state.c));
        y[t] = leading(mul(active, state.h));
      }
      outputs.add(Indexing.concat(0, y));
      lastH.add(leading(state.h));
      lastC.add(leading(state.c));
    }
    return new States(joined(2, outputs), joined(0, lastH), joined(0, lastC));
  }

  private static State step(Cell cell, DoubleTensor x, Weights weights, State before) {
    DoubleTensor input = affine(x, weights.ih, weights.biasIh);
    DoubleTensor state = affine(before.h, weights.hh, weights.biasHh);
    long hidden = input.layout().dim(1) / cell.gates;
    DoubleTensor sum = add(input, state);
    return switch (cell) {
      case LSTM -> {
        DoubleTensor i = Unary.sigmoid(gate(sum, 0, hidden));
        DoubleTensor f = Unary.sigmoid(gate(sum, 1, hidden));
        DoubleTensor g = Unary.tanh(gate(sum, 2, hidden));
        DoubleTensor o = Unary.sigmoid(gate(sum, 3, hidden));
        DoubleTensor c = add(mul(f, before.c), mul(i, g));
        yield new State(mul(o, Unary.tanh(c)), c);
      }
      case GRU -> {
        DoubleTensor r = Unary.sigmoid(gate(sum, 0, hidden));
        DoubleTensor z = Unary.sigmoid(gate(sum, 1, hidden));
        DoubleTensor n = Unary.tanh(add(gate(input, 2, hidden), mul(r, gate(state, 2, hidden))));
        yield new State(add(n, mul(z, sub(before.h, n))), before.c);
      }
      case TANH -> new State(Unary.tanh(sum), before.c);
      case RELU -> new State(Unary.relu(sum), before.c);
    };
  }

  private static DoubleTensor affine(DoubleTensor x, DoubleTensor weight, DoubleTensor bias) {
    return add(Matrices.matmul(x, NO_TRANS, weight, TRANS), bias);
  }

  private static DoubleTensor gate(DoubleTensor gates, int which, long hidden) {
    return Indexing.slice(gates, 1, which * hidden, hidden);
  }

  /** 1 for the rows that have step t, [batch, 1]. */
  private static DoubleTensor active(DoubleTensor x, int[] lengths, int t) {
    double[] active = new double[lengths.length];
    for (int row = 0; row < active.length; row++) {
      active[row] = t < lengths[row] ? 1 : 0;
    }
    return x.graph().constant(TensorLayout.of(active.length, 1), active);
  }

  private static DoubleTensor chosen(DoubleTensor active, DoubleTensor a, DoubleTensor b) {
    return add(b, mul(active, sub(a, b)));
  }

  /** Entry i of the first dimension, without it. */
  private static DoubleTensor at(DoubleTensor x, int i) {
    TensorLayout rest = TensorLayout.of(x.layout().dim(1), x.layout().dim(2));
    return Matrices.reshape(Indexing.slice(x, 0, i, 1), rest);
  }

  private static DoubleTensor leading(DoubleTensor x) {
    return Matrices.reshape(x, TensorLayout.of(1, x.layout().dim(0), x.layout().dim(1)));
  }

  private static DoubleTensor joined(int dim, List<DoubleTensor> parts) {
    return Indexing.concat(dim, parts.toArray(DoubleTensor[]::new));
  }
}
