package dev.lanewise.kernel.gemm.small.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.nio.ByteOrder.nativeOrder;

import dev.lanewise.memory.MemoryBudget;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.parallel.Pool;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Scratch for a tile's height of A, its rows a constant apart; 7 KB of heap in single precision,
 * counted in the memory budget and borrowed for the time of a call.
 */
public final class Panel {
  /** Under this name the memory budget counts them. */
  private static final String OWNER = "small matrix product";

  /** Most elements of a row. */
  public static final int DEPTH = 256;

  /** Elements from one row to the next; the gap keeps them off the same cache sets. */
  static final int STRIDE = DEPTH + 16;

  /** Rows of the higher tile: 12 sums, 2 vectors of B and a broadcast fit in 16 registers. */
  static final int SIX = 6;

  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;
  private static final Pool<Panel> POOL = new Pool<>();

  /** Row i of the tile begins at {@code i * STRIDE}. */
  final float[] rows = new float[SIX * STRIDE];

  private Panel() {}

  public static Panel borrow() {
    Panel panel = POOL.poll();
    if (panel == null) {
      panel = new Panel();
      MemoryBudget.global().charge(OWNER, bytes());
    }
    return panel;
  }

  public void giveBack() {
    if (!POOL.give(this)) {
      MemoryBudget.global().release(OWNER, bytes());
    }
  }

  private static long bytes() {
    return (long) Float.BYTES * SIX * STRIDE;
  }

  /** The height of the next tile: 6 and 4 together leave at most one row of 3 or more idle. */
  public static int height(int left) {
    return left >= 9 || left == 6 || left == 5 ? SIX : 4;
  }

  /** Copies {@code count} rows of A, {@code k} elements each; the last vector begins early. */
  public void read(float[] a, int a0, int lda, int count, int k) {
    int from = a0;
    int to = 0;
    for (int i = 0; i < count; i++) {
      if (k < L) {
        for (int p = 0; p < k; p++) {
          rows[to + p] = a[from + p];
        }
      } else {
        for (int p = 0; p < k - L; p += L) {
          FloatVector.fromArray(S, a, from + p).intoArray(rows, to + p);
        }
        FloatVector.fromArray(S, a, from + k - L).intoArray(rows, to + k - L);
      }
      from += lda;
      to += STRIDE;
    }
  }

  /** The same from memory of an arena; offset and leading dimension in bytes. */
  public void read(MemorySegment a, long a0, long lda, int count, int k) {
    if (a.getClass() != NATIVE) {
      throw SegmentClass.notNative(a);
    }
    long bytes = Float.BYTES;
    long from = a0;
    int to = 0;
    for (int i = 0; i < count; i++) {
      if (k < L) {
        for (int p = 0; p < k; p++) {
          rows[to + p] = a.get(ValueLayout.JAVA_FLOAT_UNALIGNED, from + bytes * p);
        }
      } else {
        for (int p = 0; p < k - L; p += L) {
          FloatVector.fromMemorySegment(S, a, from + bytes * p, nativeOrder())
              .intoArray(rows, to + p);
        }
        FloatVector.fromMemorySegment(S, a, from + bytes * (k - L), nativeOrder())
            .intoArray(rows, to + k - L);
      }
      from += lda;
      to += STRIDE;
    }
  }

  /**
   * {@code C = A * B + beta * C} for the rows of the panel; rows of C and B are longer than a
   * vector.
   */
  public void multiply(
      int count, int n, int k, float[] b, int b0, int ldb, float beta, float[] c, int c0, int ldc) {
    ArrayStrips.row(count, n, k, rows, b, b0, ldb, beta, c, c0, ldc);
  }
}
