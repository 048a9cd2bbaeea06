package dev.lanewise.autograd.recurrent;

import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.shapes.SliceOps;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A layer and how it is called. */
record Problem(
    Cell cell,
    int steps,
    int batch,
    int inputs,
    int hidden,
    int directions,
    @Nullable List<Integer> lengths,
    boolean states,
    boolean bias) {
  /** x, then weights of each direction, then the initial states. */
  TensorLayout[] shapes() {
    List<TensorLayout> shapes = new ArrayList<>();
    shapes.add(TensorLayout.of(steps, batch, inputs));
    long rows = (long) cell.rows * hidden;
    for (int d = 0; d < directions; d++) {
      shapes.add(TensorLayout.of(rows, inputs));
      shapes.add(TensorLayout.of(rows, hidden));
      if (bias) {
        shapes.add(TensorLayout.of(rows));
        shapes.add(TensorLayout.of(rows));
      }
    }
    for (int i = 0; states && i < (cell == Cell.LSTM ? 2 : 1); i++) {
      shapes.add(TensorLayout.of(directions, batch, hidden));
    }
    return shapes.toArray(TensorLayout[]::new);
  }

  /** The length of each row: all steps where none are given. */
  int[] lengthsAsArray() {
    int[] array = new int[batch];
    for (int row = 0; row < batch; row++) {
      array[row] = lengths == null ? steps : lengths.get(row);
    }
    return array;
  }

  private int weights() {
    return bias ? 4 : 2;
  }

  List<Tensor> outputs(Tape tape, List<? extends Tensor> operands) {
    return outputs(tape, operands, lengths == null ? null : tape.ints(lengthsAsArray()));
  }

  List<Tensor> outputs(
      Tape tape, List<? extends Tensor> operands, @Nullable MemorySegment rowLengths) {
    List<RecurrentWeights> weights = new ArrayList<>();
    for (int d = 0; d < directions; d++) {
      int first = 1 + d * weights();
      weights.add(
          new RecurrentWeights(
              operands.get(first),
              operands.get(first + 1),
              bias ? operands.get(first + 2) : null,
              bias ? operands.get(first + 3) : null));
    }
    Tensor x = operands.get(0);
    int first = 1 + directions * weights();
    Tensor h0 = states ? operands.get(first) : null;
    if (cell == Cell.LSTM) {
      Tensor c0 = states ? operands.get(first + 1) : null;
      var result = RecurrentOps.lstm(tape, x, weights, h0, c0, rowLengths);
      return List.of(result.y(), result.h(), result.c());
    }
    var result =
        cell == Cell.GRU
            ? RecurrentOps.gru(tape, x, weights, h0, rowLengths)
            : RecurrentOps.rnn(tape, cell == Cell.RELU, x, weights, h0, rowLengths);
    return List.of(result.y(), result.h());
  }

  double[] oracle(double[][] operands) {
    var weights = new RecurrentOracle.Weights[directions];
    double[] none = new double[cell.rows * hidden];
    for (int d = 0; d < directions; d++) {
      int first = 1 + d * weights();
      weights[d] =
          new RecurrentOracle.Weights(
              operands[first],
              operands[first + 1],
              bias ? operands[first + 2] : none,
              bias ? operands[first + 3] : none);
    }
    int first = 1 + directions * weights();
    double[] zeros = new double[directions * batch * hidden];
    return new RecurrentOracle(cell, steps, batch, inputs, hidden, directions, lengthsAsArray())
        .run(
            operands[0],
            weights,
            states ? operands[first] : zeros,
            states && cell == Cell.LSTM ? operands[first + 1] : zeros);
  }

  void check() {
    OpCheck.check((tape, in) -> joined(tape, outputs(tape, in)), this::oracle, shapes());
  }

  /** All elements of all tensors in one vector. */
  static Tensor joined(Tape tape, List<Tensor> tensors) {
    Tensor[] flat = new Tensor[tensors.size()];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = ShapeOps.reshape(tape, tensors.get(i), tensors.get(i).layout().elements());
    }
    return flat.length == 1 ? flat[0] : SliceOps.concat(tape, 0, flat);
  }
}
