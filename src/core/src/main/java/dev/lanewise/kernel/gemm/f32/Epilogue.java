package dev.lanewise.kernel.gemm.f32;

import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;

import dev.lanewise.kernel.elementwise.Gelu;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * What a product does to its elements after their last term, while they lie in the first-level
 * cache: adds one element of a bias to each column, rounded once, and applies an activation.
 *
 * <p>Bits: those of the sum of the finished product and the bias, then those of the activation as
 * the kernel of its name has them, whatever the vector width. NaN stays NaN.
 */
public final class Epilogue {
  /** Elements stay as they are. */
  public static final int NONE = 0;

  /** {@code c + bias}. */
  public static final int BIAS = 1;

  /** {@code c + bias > 0 ? c + bias : 0}. */
  public static final int RELU = 2;

  /** {@code gelu(c + bias)}, in single precision alone. */
  public static final int GELU = 3;

  private Epilogue() {}

  /**
   * Finishes rows of C.
   *
   * @param bias at {@link Panels#BIAS}, for the first column on
   * @param c finished in place, not where the bias lies
   * @param c0 the first element
   * @param ldc elements from one row to the next
   */
  static void run(int kind, float[] bias, float[] c, int c0, int ldc, int rows, int columns) {
    if (kind == NONE) {
      return;
    }
    int row = c0;
    for (int r = 0; r < rows; r++) {
      if (kind == RELU) {
        addAndCut(bias, c, row, columns);
      } else {
        add(bias, c, row, columns);
        if (kind == GELU) {
          Gelu.forward(c, row, row + columns);
        }
      }
      row += ldc;
    }
  }

  private static void add(float[] bias, float[] c, int row, int n) {
    int b = Panels.BIAS;
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      FloatVector sum =
          FloatVector.fromArray(F32, c, row + i).add(FloatVector.fromArray(F32, bias, b + i));
      sum.intoArray(c, row + i);
    }
    for (; i < n; i++) {
      c[row + i] += bias[b + i];
    }
  }

  /** As {@link #add}, then ReLU: compare and blend, as its kernel does. */
  private static void addAndCut(float[] bias, float[] c, int row, int n) {
    int b = Panels.BIAS;
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      FloatVector sum =
          FloatVector.fromArray(F32, c, row + i).add(FloatVector.fromArray(F32, bias, b + i));
      sum.blend(0, sum.compare(VectorOperators.LE, 0)).intoArray(c, row + i);
    }
    for (; i < n; i++) {
      float sum = c[row + i] + bias[b + i];
      c[row + i] = sum <= 0 ? 0 : sum;
    }
  }
}
