package dev.lanewise.autograd.recurrent;

/** A recurrent layer in double precision, one number after the other, as its formulas have it. */
final class RecurrentOracle {
  private final Cell cell;
  private final int steps;
  private final int batch;
  private final int inputs;
  private final int hidden;
  private final int directions;
  private final int[] lengths;

  /**
   * A layer.
   *
   * @param lengths steps of each row
   */
  RecurrentOracle(
      Cell cell, int steps, int batch, int inputs, int hidden, int directions, int... lengths) {
    this.cell = cell;
    this.steps = steps;
    this.batch = batch;
    this.inputs = inputs;
    this.hidden = hidden;
    this.directions = directions;
    this.lengths = lengths.clone();
  }

  /** Parameters of a direction. */
  static final class Weights {
    final double[] ih;
    final double[] hh;
    final double[] biasIh;
    final double[] biasHh;

    Weights(double[] ih, double[] hh, double[] biasIh, double[] biasHh) {
      this.ih = ih;
      this.hh = hh;
      this.biasIh = biasIh;
      this.biasHh = biasHh;
    }
  }

  /** The outputs, then the last states of h, then, of an LSTM, of c. */
  double[] run(double[] x, Weights[] weights, double[] h0, double[] c0) {
    int states = directions * batch * hidden;
    int outputs = steps * states;
    double[] result = new double[outputs + states + (cell == Cell.LSTM ? states : 0)];
    for (int d = 0; d < directions; d++) {
      for (int n = 0; n < batch; n++) {
        double[] h = new double[hidden];
        double[] c = new double[hidden];
        System.arraycopy(h0, (d * batch + n) * hidden, h, 0, hidden);
        System.arraycopy(c0, (d * batch + n) * hidden, c, 0, hidden);
        int length = lengths[n];
        for (int s = 0; s < length; s++) {
          int t = d == 0 ? s : length - 1 - s;
          step(weights[d], x, (t * batch + n) * inputs, h, c);
          System.arraycopy(h, 0, result, ((t * batch + n) * directions + d) * hidden, hidden);
        }
        System.arraycopy(h, 0, result, outputs + (d * batch + n) * hidden, hidden);
        if (cell == Cell.LSTM) {
          System.arraycopy(c, 0, result, outputs + states + (d * batch + n) * hidden, hidden);
        }
      }
    }
    return result;
  }

  private void step(Weights weights, double[] x, int at, double[] h, double[] c) {
    double[] before = h.clone();
    for (int j = 0; j < hidden; j++) {
      switch (cell) {
        case LSTM -> {
          double i = sigmoid(sum(weights, x, at, before, j));
          double f = sigmoid(sum(weights, x, at, before, hidden + j));
          double g = Math.tanh(sum(weights, x, at, before, 2 * hidden + j));
          double o = sigmoid(sum(weights, x, at, before, 3 * hidden + j));
          c[j] = f * c[j] + i * g;
          h[j] = o * Math.tanh(c[j]);
        }
        case GRU -> {
          double r = sigmoid(sum(weights, x, at, before, j));
          double z = sigmoid(sum(weights, x, at, before, hidden + j));
          double n =
              Math.tanh(
                  input(weights, x, at, 2 * hidden + j)
                      + r * state(weights, before, 2 * hidden + j));
          h[j] = (1 - z) * n + z * before[j];
        }
        case TANH -> h[j] = Math.tanh(sum(weights, x, at, before, j));
        case RELU -> h[j] = Math.max(sum(weights, x, at, before, j), 0);
      }
    }
  }

  private double sum(Weights weights, double[] x, int at, double[] h, int row) {
    return input(weights, x, at, row) + state(weights, h, row);
  }

  private double input(Weights weights, double[] x, int at, int row) {
    double sum = weights.biasIh[row];
    for (int k = 0; k < inputs; k++) {
      sum += weights.ih[row * inputs + k] * x[at + k];
    }
    return sum;
  }

  private double state(Weights weights, double[] h, int row) {
    double sum = weights.biasHh[row];
    for (int k = 0; k < hidden; k++) {
      sum += weights.hh[row * hidden + k] * h[k];
    }
    return sum;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
