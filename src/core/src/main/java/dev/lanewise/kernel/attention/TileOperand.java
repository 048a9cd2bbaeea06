package dev.lanewise.kernel.attention;

import dev.lanewise.kernel.gemm.f32.MacroKernel;
import dev.lanewise.kernel.gemm.f32.Matrix;
import dev.lanewise.kernel.gemm.f32.PackedB;
import dev.lanewise.memory.MemoryBudget;

/**
 * The right operand of the products of a tile. Where the diagonal cuts the tile into strips, it is
 * packed once for the products of all of them.
 */
final class TileOperand {
  /** All rows of the head. */
  final Matrix matrix = new Matrix();

  private final PackedB packed = new PackedB();
  private boolean shared;
  private long shift;

  /** Elements from one row, as it lies in memory, to the next. */
  int ld() {
    return matrix.ld();
  }

  /** Bytes of its memory. */
  long bytes() {
    return packed.bytes();
  }

  /**
   * Points at the block of k rows and n columns that a tile uses.
   *
   * @param shift its first element
   * @param shared whether several products are to come
   */
  void set(long shift, int k, int n, boolean shared) {
    this.shift = shift;
    this.shared = shared;
    if (shared) {
      long more = packed.bytesFor(k, n) - packed.bytes();
      if (more > 0) {
        MemoryBudget.global().charge(Scores.OWNER, more);
      }
      packed.setSize(k, n);
      packed.pack(matrix, shift, 0, packed.strips());
    }
  }

  /** {@code C[m0:m1, 0:n1] = A[:, k0:k1] B[k0:k1, :] + beta C}, see {@link PackedB#multiply}. */
  void multiply(
      int m0, int m1, int n1, int k0, int k1, Matrix a, long atA, float beta, Matrix c, long atC) {
    if (shared) {
      packed.multiply(m0, m1, 0, n1, k0, k1, a, atA, beta, c, atC);
    } else {
      MacroKernel.run(m0, m1, 0, n1, k1, 1, a, atA, matrix, shift, beta, c, atC);
    }
  }
}
