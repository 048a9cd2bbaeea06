package dev.lanewise.kernel.activation;

import java.util.function.DoubleUnaryOperator;

/**
 * An activation in double precision, and the kernel's promise about it.
 *
 * @param value the formula
 * @param derivative its derivative with respect to x
 * @param valueBound the error that the documentation allows at x
 * @param derivativeBound the error that the documentation allows at x per |dy|
 */
record Curve(
    String name,
    Forward forward,
    Backward backward,
    DoubleUnaryOperator value,
    DoubleUnaryOperator derivative,
    DoubleUnaryOperator valueBound,
    DoubleUnaryOperator derivativeBound) {

  /** A kernel on arrays; the contract test holds the one on segments to the same bits. */
  @FunctionalInterface
  interface Forward {
    void run(float[] x, int xOffset, float[] y, int yOffset, int begin, int end);
  }

  /** The backward pass. */
  @FunctionalInterface
  interface Backward {
    void run(
        float[] x,
        int xOffset,
        float[] dy,
        int dyOffset,
        float[] dx,
        int dxOffset,
        int begin,
        int end);
  }

  @Override
  public String toString() {
    return name;
  }
}
