package dev.lanewise.kernel.gemm.f32;

import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;

import dev.lanewise.kernel.gemm.micro.f32.RowGelu;
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

  /** Elements stay as they are, and their column sums are added to what is called the bias. */
  public static final int COLUMN_SUMS = 4;

  private Epilogue() {}

  /** Whether elements are changed, by a bias first of all. */
  static boolean changes(int kind) {
    return kind != NONE && kind != COLUMN_SUMS;
  }

  /**
   * Finishes rows of C.
   *
   * @param bias at {@code b0} for the first column on
   * @param c finished in place, not where the bias lies
   * @param c0 the first element
   * @param ldc elements from one row to the next
   */
  public static void run(
      int kind, float[] bias, int b0, float[] c, int c0, int ldc, int rows, int columns) {
    if (!changes(kind)) {
      return;
    }
    int row = c0;
    for (int r = 0; r < rows; r++) {
      if (kind == RELU) {
        addAndCut(bias, b0, c, row, columns);
      } else {
        add(bias, b0, c, row, columns);
        if (kind == GELU) {
          RowGelu.run(c, row, row + columns);
        }
      }
      row += ldc;
    }
  }

  /** Elements that go as vectors: two lanes gain nothing, and C2 was seen to box them here. */
  private static int whole(int n) {
    return F32_LANES < 4 ? 0 : n - n % F32_LANES;
  }

  private static void add(float[] bias, int b0, float[] c, int row, int n) {
    int whole = whole(n);
    if (whole > 0) {
      addWhole(bias, b0, c, row, whole);
    }
    for (int i = whole; i < n; i++) {
      c[row + i] += bias[b0 + i];
    }
  }

  /**
   * The whole vectors of a row, in a method of their own that runs at least one, so that C2 takes
   * none of its calls for cold and boxes their vectors.
   */
  private static void addWhole(float[] bias, int b0, float[] c, int row, int whole) {
    for (int i = 0; i < whole; i += F32_LANES) {
      FloatVector vb = FloatVector.fromArray(F32, bias, b0 + i);
      FloatVector.fromArray(F32, c, row + i).add(vb).intoArray(c, row + i);
    }
  }

  /** As {@link #add}, then ReLU: compare and blend, as its kernel does. */
  private static void addAndCut(float[] bias, int b0, float[] c, int row, int n) {
    int whole = whole(n);
    if (whole > 0) {
      addAndCutWhole(bias, b0, c, row, whole);
    }
    for (int i = whole; i < n; i++) {
      float sum = c[row + i] + bias[b0 + i];
      c[row + i] = sum <= 0 ? 0 : sum;
    }
  }

  /** As {@link #addWhole}. */
  private static void addAndCutWhole(float[] bias, int b0, float[] c, int row, int whole) {
    FloatVector zero = FloatVector.zero(F32);
    for (int i = 0; i < whole; i += F32_LANES) {
      FloatVector vb = FloatVector.fromArray(F32, bias, b0 + i);
      FloatVector sum = FloatVector.fromArray(F32, c, row + i).add(vb);
      sum.blend(zero, sum.compare(VectorOperators.LE, zero)).intoArray(c, row + i);
    }
  }
}
