package dev.lanewise.kernel.conv;

import dev.lanewise.simd.Lanes;
import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** A tile of 4 output channels x 2 vectors, for 16 vector registers, see {@code MicroKernel6}. */
final class WeightKernel4 {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;
  private static final int NR = 2 * L;
  private static final int DY = Stencil.CHUNK;

  private WeightKernel4() {}

  /**
   * {@code tile[i][j] += sum over p of dy[p][i] * x[p][j]}, a fused multiply-add each, p ascending.
   *
   * @param pixels to sum over
   * @param places where each pixel lies in the packed images
   * @param packed holds everything: the gradient of a pixel every DY elements from {@code dy} on,
   *     vectors at the distances {@code x0 ...} from each place
   */
  static void run(int pixels, int[] places, float[] packed, int dy, int x0, int x1, int tile) {
    FloatVector c00 = FloatVector.fromArray(S, packed, tile);
    FloatVector c01 = FloatVector.fromArray(S, packed, tile + L);
    FloatVector c10 = FloatVector.fromArray(S, packed, tile + NR);
    FloatVector c11 = FloatVector.fromArray(S, packed, tile + NR + L);
    FloatVector c20 = FloatVector.fromArray(S, packed, tile + 2 * NR);
    FloatVector c21 = FloatVector.fromArray(S, packed, tile + 2 * NR + L);
    FloatVector c30 = FloatVector.fromArray(S, packed, tile + 3 * NR);
    FloatVector c31 = FloatVector.fromArray(S, packed, tile + 3 * NR + L);
    for (int p = 0; p < pixels; p++) {
      int at = places[p];
      FloatVector v0 = FloatVector.fromArray(S, packed, at + x0);
      FloatVector v1 = FloatVector.fromArray(S, packed, at + x1);
      FloatVector a = FloatVector.broadcast(S, packed[dy + p * DY]);
      c00 = a.fma(v0, c00);
      c01 = a.fma(v1, c01);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, packed[dy + p * DY + 1]);
      c10 = a.fma(v0, c10);
      c11 = a.fma(v1, c11);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, packed[dy + p * DY + 2]);
      c20 = a.fma(v0, c20);
      c21 = a.fma(v1, c21);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, packed[dy + p * DY + 3]);
      c30 = a.fma(v0, c30);
      c31 = a.fma(v1, c31);
      VarHandle.loadLoadFence();
    }
    c00.intoArray(packed, tile);
    c01.intoArray(packed, tile + L);
    c10.intoArray(packed, tile + NR);
    c11.intoArray(packed, tile + NR + L);
    c20.intoArray(packed, tile + 2 * NR);
    c21.intoArray(packed, tile + 2 * NR + L);
    c30.intoArray(packed, tile + 3 * NR);
    c31.intoArray(packed, tile + 3 * NR + L);
  }
}
