package dev.lanewise.autograd.recurrent;

import java.util.List;

/** What is computed between the products of a step, and how its gates lie. */
enum Cell {
  /** Columns i f g o: the sums, the gates, or the gradients of the sums. */
  LSTM(4, 4),
  /** Columns n r z and the state's part of n, which the reset gate multiplies. */
  GRU(3, 4),
  /** One column: the sums, or their gradients. */
  TANH(1, 1),
  /** The same. */
  RELU(1, 1);

  /**
   * Which columns belong to which rows of a weight; counted in blocks of hidden.
   *
   * @param row first row of the weight
   * @param column first column of the gates
   * @param count rows, and columns
   */
  record Part(int row, int column, int count) {}

  private static final Part STATE_OF_GRU = new Part(0, 1, 3);
  private static final List<Part> INPUT_OF_GRU = List.of(new Part(0, 1, 2), new Part(2, 0, 1));

  /** Rows of a weight, in blocks of hidden. */
  final int rows;

  /** Columns of the gates, in blocks of hidden. */
  final int columns;

  Cell(int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
  }

  /** Where the product of the input goes. */
  List<Part> input() {
    return this == GRU ? INPUT_OF_GRU : List.of(state());
  }

  /** Where the product of the state goes: one part, as there is one product for each step. */
  Part state() {
    return this == GRU ? STATE_OF_GRU : new Part(0, 0, rows);
  }
}
