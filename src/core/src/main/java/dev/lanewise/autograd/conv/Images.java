package dev.lanewise.autograd.conv;

import dev.lanewise.autograd.Tensor;

/** The shapes that the ops on images ask for. */
final class Images {
  private Images() {}

  /** Checks that a tensor has four dimensions. */
  static void requireRank(String op, String name, Tensor x, String shape) {
    if (x.layout().rank() != 4) {
      throw new IllegalArgumentException(
          op + ": " + name + " is " + x.layout() + ": four dimensions are wanted, " + shape);
    }
  }

  /** Checks that a tensor has three dimensions. */
  static void requireSeries(String op, String name, Tensor x, String shape) {
    if (x.layout().rank() != 3) {
      throw new IllegalArgumentException(
          op + ": " + name + " is " + x.layout() + ": three dimensions are wanted, " + shape);
    }
  }

  /** One dimension. */
  static int size(Tensor x, int dimension) {
    long size = x.layout().dim(dimension);
    if (size > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a tensor of " + x.layout() + " has a dimension of 2^31 or more: split it");
    }
    return (int) size;
  }
}
