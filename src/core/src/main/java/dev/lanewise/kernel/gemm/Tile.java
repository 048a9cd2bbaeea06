package dev.lanewise.kernel.gemm;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.nio.ByteOrder.nativeOrder;

import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Moves a tile of C between memory and the scratch tile of the micro-kernel. The scratch tile is
 * what makes edges, every kind of segment and beta one case for the micro-kernel.
 */
final class Tile {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;
  private static final int MR = Blocking.MR;
  private static final int NR = Blocking.NR;

  private Tile() {}

  /**
   * {@code tile = beta * C[0:mr, 0:nr]}; with beta = 0 C is not read.
   *
   * @param c0 element of C's segment at which the tile begins
   */
  static void load(
      MemorySegment c, long c0, int ldc, int mr, int nr, float beta, float[] tile, int t0) {
    if (beta == 0f) {
      Arrays.fill(tile, t0, t0 + MR * NR, 0f);
      return;
    }
    if (nr == NR && c.getClass() == NATIVE) {
      loadNative(c, c0, ldc, mr, tile, t0);
    } else {
      for (int i = 0; i < mr; i++) {
        MemorySegment.copy(c, JAVA_FLOAT, 4 * (c0 + (long) i * ldc), tile, t0 + i * NR, nr);
      }
    }
    if (beta != 1f) {
      for (int i = t0; i < t0 + MR * NR; i++) {
        tile[i] *= beta;
      }
    }
  }

  /** {@code C[0:mr, 0:nr] = tile}. */
  static void store(float[] tile, int t0, MemorySegment c, long c0, int ldc, int mr, int nr) {
    if (nr == NR && c.getClass() == NATIVE) {
      storeNative(tile, t0, c, c0, ldc, mr);
    } else {
      for (int i = 0; i < mr; i++) {
        MemorySegment.copy(tile, t0 + i * NR, c, JAVA_FLOAT, 4 * (c0 + (long) i * ldc), nr);
      }
    }
  }

  private static void loadNative(MemorySegment c, long c0, int ldc, int mr, float[] tile, int t0) {
    if (c.getClass() != NATIVE) {
      throw new AssertionError();
    }
    for (int i = 0; i < mr; i++) {
      long row = 4 * (c0 + (long) i * ldc);
      FloatVector.fromMemorySegment(S, c, row, nativeOrder()).intoArray(tile, t0 + i * NR);
      FloatVector.fromMemorySegment(S, c, row + 4L * L, nativeOrder())
          .intoArray(tile, t0 + i * NR + L);
    }
  }

  private static void storeNative(float[] tile, int t0, MemorySegment c, long c0, int ldc, int mr) {
    if (c.getClass() != NATIVE) {
      throw new AssertionError();
    }
    for (int i = 0; i < mr; i++) {
      long row = 4 * (c0 + (long) i * ldc);
      FloatVector.fromArray(S, tile, t0 + i * NR).intoMemorySegment(c, row, nativeOrder());
      FloatVector.fromArray(S, tile, t0 + i * NR + L)
          .intoMemorySegment(c, row + 4L * L, nativeOrder());
    }
  }
}
