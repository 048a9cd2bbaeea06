package dev.lanewise.autograd.recurrent;

import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.TensorLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sizes of a recurrent layer.
 *
 * @param steps of the longest sequence, at least 1
 * @param batch sequences
 * @param inputs elements of an input
 * @param hidden elements of a state, at least 1
 * @param directions 1 or 2
 */
record Sizes(int steps, int batch, int inputs, int hidden, int directions) {

  /** Reads them off the operands, which have to agree. */
  static Sizes of(String op, Cell cell, Tensor x, List<RecurrentWeights> directions) {
    TensorLayout shape = x.layout();
    if (shape.rank() != 3 || shape.dim(0) < 1) {
      throw new IllegalArgumentException(
          op + ": x is " + shape + ": [steps, batch, inputs] with at least one step is wanted");
    }
    if (directions.isEmpty() || directions.size() > 2) {
      throw new IllegalArgumentException(
          op
              + ": weights of "
              + directions.size()
              + " directions are given: give those of one, or of both");
    }
    TensorLayout recurrent = directions.getFirst().weightHh().layout();
    if (recurrent.rank() != 2 || recurrent.dim(1) < 1) {
      throw new IllegalArgumentException(
          op + ": weightHh is " + recurrent + ": [gates hidden, hidden] is wanted");
    }
    long hidden = recurrent.dim(1);
    for (RecurrentWeights weights : directions) {
      requireWeights(op, cell, weights, shape.dim(2), hidden);
    }
    requireSmall(op, shape, Math.multiplyExact(shape.dim(0), shape.dim(1)));
    requireSmall(op, shape, shape.dim(2));
    requireSmall(op, recurrent, Math.multiplyExact(hidden, 4));
    return new Sizes(
        (int) shape.dim(0),
        (int) shape.dim(1),
        (int) shape.dim(2),
        (int) hidden,
        directions.size());
  }

  private static void requireWeights(
      String op, Cell cell, RecurrentWeights weights, long inputs, long hidden) {
    long rows = Math.multiplyExact(cell.rows, hidden);
    requireShape(op, "weightHh", weights.weightHh(), TensorLayout.of(rows, hidden));
    requireShape(op, "weightIh", weights.weightIh(), TensorLayout.of(rows, inputs));
    Tensor biasIh = weights.biasIh();
    Tensor biasHh = weights.biasHh();
    if ((biasIh == null) != (biasHh == null)) {
      throw new IllegalArgumentException(
          op + ": one of biasIh and biasHh is null, the other is not: give both or none");
    }
    if (biasIh != null && biasHh != null) {
      requireShape(op, "biasIh", biasIh, TensorLayout.of(rows));
      requireShape(op, "biasHh", biasHh, TensorLayout.of(rows));
    }
  }

  /** Checks an initial state, if one is given. */
  void requireState(String op, String name, @Nullable Tensor state) {
    if (state != null) {
      requireShape(op, name, state, state());
    }
  }

  private static void requireShape(String op, String name, Tensor tensor, TensorLayout wanted) {
    if (!tensor.layout().equals(wanted)) {
      throw new IllegalArgumentException(
          op + ": " + name + " is " + tensor.layout() + ", by the other operands it is " + wanted);
    }
  }

  private static void requireSmall(String op, TensorLayout shape, long edge) {
    if (edge > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          op
              + ": an operand is "
              + shape
              + ": an edge of a product would be "
              + edge
              + ", the largest is "
              + Integer.MAX_VALUE);
    }
  }

  /** The shape of a state, before or after all steps. */
  TensorLayout state() {
    return TensorLayout.of(directions, batch, hidden);
  }

  /** The shape of all outputs. */
  TensorLayout output() {
    return TensorLayout.of(steps, batch, width());
  }

  /** Elements of a row of the output. */
  long width() {
    return (long) directions * hidden;
  }

  /** Rows of all steps. */
  int rows() {
    return Math.multiplyExact(steps, batch);
  }

  /** Elements of a state of one direction. */
  long stateElements() {
    return (long) batch * hidden;
  }
}
