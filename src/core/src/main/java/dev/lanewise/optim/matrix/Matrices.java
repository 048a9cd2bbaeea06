package dev.lanewise.optim.matrix;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.memory.TensorLayout;
import java.util.List;

/** What methods for matrices ask of their parameters. */
final class Matrices {
  private Matrices() {}

  /**
   * Checks that a parameter is a matrix.
   *
   * @throws IllegalArgumentException if it is not, or has a side of 2^31 or more
   */
  static void require(String method, Parameter parameter) {
    TensorLayout layout = parameter.layout();
    if (layout.rank() != 2
        || layout.dim(0) > Integer.MAX_VALUE
        || layout.dim(1) > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          method
              + " is for matrices, \""
              + parameter.name()
              + "\" is "
              + layout
              + ": give it to another method, AdamW for instance");
    }
  }

  /** Elements of the largest of them. */
  static long mostElements(List<Parameter> matrices) {
    long most = 0;
    for (Parameter matrix : matrices) {
      most = Math.max(most, matrix.layout().elements());
    }
    return most;
  }

  /** The longest side of those that have elements. */
  static int longestSide(List<Parameter> matrices) {
    int longest = 0;
    for (Parameter matrix : matrices) {
      if (matrix.layout().elements() > 0) {
        longest = Math.max(longest, Math.max(rows(matrix), cols(matrix)));
      }
    }
    return longest;
  }

  static int rows(Parameter matrix) {
    return Math.toIntExact(matrix.layout().dim(0));
  }

  static int cols(Parameter matrix) {
    return Math.toIntExact(matrix.layout().dim(1));
  }
}
