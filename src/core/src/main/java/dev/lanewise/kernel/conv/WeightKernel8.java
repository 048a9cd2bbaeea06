package dev.lanewise.kernel.conv;

import dev.lanewise.simd.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * A tile of 8 output channels x 3 vectors, for 32 vector registers: 3 divides the taps of most
 * kernels. With fences between the rows C2 sends an accumulator through the stack at each step.
 */
final class WeightKernel8 {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;
  private static final int NR = 3 * L;
  private static final int DY = Stencil.CHUNK;
  private static final int X = Stencil.CHUNK;

  private WeightKernel8() {}

  /**
   * {@code tile[i][j] += sum over p of dy[p][i] * x[p][j]}, a fused multiply-add each, p ascending.
   *
   * @param pixels to sum over
   * @param places where each pixel lies in the packed images
   * @param packed holds everything: the gradient of a pixel every DY elements from {@code dy} on,
   *     vectors at the distances {@code x0 ...} from each place
   */
  static void run(
      int pixels, int[] places, float[] packed, int dy, int x0, int x1, int x2, int tile) {
    FloatVector c00 = FloatVector.fromArray(S, packed, tile);
    FloatVector c01 = FloatVector.fromArray(S, packed, tile + L);
    FloatVector c02 = FloatVector.fromArray(S, packed, tile + 2 * L);
    FloatVector c10 = FloatVector.fromArray(S, packed, tile + NR);
    FloatVector c11 = FloatVector.fromArray(S, packed, tile + NR + L);
    FloatVector c12 = FloatVector.fromArray(S, packed, tile + NR + 2 * L);
    FloatVector c20 = FloatVector.fromArray(S, packed, tile + 2 * NR);
    FloatVector c21 = FloatVector.fromArray(S, packed, tile + 2 * NR + L);
    FloatVector c22 = FloatVector.fromArray(S, packed, tile + 2 * NR + 2 * L);
    FloatVector c30 = FloatVector.fromArray(S, packed, tile + 3 * NR);
    FloatVector c31 = FloatVector.fromArray(S, packed, tile + 3 * NR + L);
    FloatVector c32 = FloatVector.fromArray(S, packed, tile + 3 * NR + 2 * L);
    FloatVector c40 = FloatVector.fromArray(S, packed, tile + 4 * NR);
    FloatVector c41 = FloatVector.fromArray(S, packed, tile + 4 * NR + L);
    FloatVector c42 = FloatVector.fromArray(S, packed, tile + 4 * NR + 2 * L);
    FloatVector c50 = FloatVector.fromArray(S, packed, tile + 5 * NR);
    FloatVector c51 = FloatVector.fromArray(S, packed, tile + 5 * NR + L);
    FloatVector c52 = FloatVector.fromArray(S, packed, tile + 5 * NR + 2 * L);
    FloatVector c60 = FloatVector.fromArray(S, packed, tile + 6 * NR);
    FloatVector c61 = FloatVector.fromArray(S, packed, tile + 6 * NR + L);
    FloatVector c62 = FloatVector.fromArray(S, packed, tile + 6 * NR + 2 * L);
    FloatVector c70 = FloatVector.fromArray(S, packed, tile + 7 * NR);
    FloatVector c71 = FloatVector.fromArray(S, packed, tile + 7 * NR + L);
    FloatVector c72 = FloatVector.fromArray(S, packed, tile + 7 * NR + 2 * L);
    for (int p = 0; p < pixels; p++) {
      int at = places[p];
      FloatVector v0 = FloatVector.fromArray(S, packed, at + x0);
      FloatVector v1 = FloatVector.fromArray(S, packed, at + x1);
      FloatVector v2 = FloatVector.fromArray(S, packed, at + x2);
      FloatVector a = FloatVector.broadcast(S, packed[dy + p * DY]);
      c00 = a.fma(v0, c00);
      c01 = a.fma(v1, c01);
      c02 = a.fma(v2, c02);
      a = FloatVector.broadcast(S, packed[dy + p * DY + 1]);
      c10 = a.fma(v0, c10);
      c11 = a.fma(v1, c11);
      c12 = a.fma(v2, c12);
      a = FloatVector.broadcast(S, packed[dy + p * DY + 2]);
      c20 = a.fma(v0, c20);
      c21 = a.fma(v1, c21);
      c22 = a.fma(v2, c22);
      a = FloatVector.broadcast(S, packed[dy + p * DY + 3]);
      c30 = a.fma(v0, c30);
      c31 = a.fma(v1, c31);
      c32 = a.fma(v2, c32);
      a = FloatVector.broadcast(S, packed[dy + p * DY + 4]);
      c40 = a.fma(v0, c40);
      c41 = a.fma(v1, c41);
      c42 = a.fma(v2, c42);
      a = FloatVector.broadcast(S, packed[dy + p * DY + 5]);
      c50 = a.fma(v0, c50);
      c51 = a.fma(v1, c51);
      c52 = a.fma(v2, c52);
      a = FloatVector.broadcast(S, packed[dy + p * DY + 6]);
      c60 = a.fma(v0, c60);
      c61 = a.fma(v1, c61);
      c62 = a.fma(v2, c62);
      a = FloatVector.broadcast(S, packed[dy + p * DY + 7]);
      c70 = a.fma(v0, c70);
      c71 = a.fma(v1, c71);
      c72 = a.fma(v2, c72);
    }
    c00.intoArray(packed, tile);
    c01.intoArray(packed, tile + L);
    c02.intoArray(packed, tile + 2 * L);
    c10.intoArray(packed, tile + NR);
    c11.intoArray(packed, tile + NR + L);
    c12.intoArray(packed, tile + NR + 2 * L);
    c20.intoArray(packed, tile + 2 * NR);
    c21.intoArray(packed, tile + 2 * NR + L);
    c22.intoArray(packed, tile + 2 * NR + 2 * L);
    c30.intoArray(packed, tile + 3 * NR);
    c31.intoArray(packed, tile + 3 * NR + L);
    c32.intoArray(packed, tile + 3 * NR + 2 * L);
    c40.intoArray(packed, tile + 4 * NR);
    c41.intoArray(packed, tile + 4 * NR + L);
    c42.intoArray(packed, tile + 4 * NR + 2 * L);
    c50.intoArray(packed, tile + 5 * NR);
    c51.intoArray(packed, tile + 5 * NR + L);
    c52.intoArray(packed, tile + 5 * NR + 2 * L);
    c60.intoArray(packed, tile + 6 * NR);
    c61.intoArray(packed, tile + 6 * NR + L);
    c62.intoArray(packed, tile + 6 * NR + 2 * L);
    c70.intoArray(packed, tile + 7 * NR);
    c71.intoArray(packed, tile + 7 * NR + L);
    c72.intoArray(packed, tile + 7 * NR + 2 * L);
  }

  /**
   * As {@link #run} for vectors of adjacent pixels, and output pixels in pairs that are adjacent
   * too: a vector that both see is loaded once, which leaves 20 loads for 48 multiply-adds instead
   * of 22.
   *
   * @param pixels a multiple of 2
   * @param x the distance of the first of the three vectors; the others follow CHUNK elements apart
   */
  static void runPairs(int pixels, int[] places, float[] packed, int dy, int x, int tile) {
    FloatVector c00 = FloatVector.fromArray(S, packed, tile);
    FloatVector c01 = FloatVector.fromArray(S, packed, tile + L);
    FloatVector c02 = FloatVector.fromArray(S, packed, tile + 2 * L);
    FloatVector c10 = FloatVector.fromArray(S, packed, tile + NR);
    FloatVector c11 = FloatVector.fromArray(S, packed, tile + NR + L);
    FloatVector c12 = FloatVector.fromArray(S, packed, tile + NR + 2 * L);
    FloatVector c20 = FloatVector.fromArray(S, packed, tile + 2 * NR);
    FloatVector c21 = FloatVector.fromArray(S, packed, tile + 2 * NR + L);
    FloatVector c22 = FloatVector.fromArray(S, packed, tile + 2 * NR + 2 * L);
    FloatVector c30 = FloatVector.fromArray(S, packed, tile + 3 * NR);
    FloatVector c31 = FloatVector.fromArray(S, packed, tile + 3 * NR + L);
    FloatVector c32 = FloatVector.fromArray(S, packed, tile + 3 * NR + 2 * L);
    FloatVector c40 = FloatVector.fromArray(S, packed, tile + 4 * NR);
    FloatVector c41 = FloatVector.fromArray(S, packed, tile + 4 * NR + L);
    FloatVector c42 = FloatVector.fromArray(S, packed, tile + 4 * NR + 2 * L);
    FloatVector c50 = FloatVector.fromArray(S, packed, tile + 5 * NR);
    FloatVector c51 = FloatVector.fromArray(S, packed, tile + 5 * NR + L);
    FloatVector c52 = FloatVector.fromArray(S, packed, tile + 5 * NR + 2 * L);
    FloatVector c60 = FloatVector.fromArray(S, packed, tile + 6 * NR);
    FloatVector c61 = FloatVector.fromArray(S, packed, tile + 6 * NR + L);
    FloatVector c62 = FloatVector.fromArray(S, packed, tile + 6 * NR + 2 * L);
    FloatVector c70 = FloatVector.fromArray(S, packed, tile + 7 * NR);
    FloatVector c71 = FloatVector.fromArray(S, packed, tile + 7 * NR + L);
    FloatVector c72 = FloatVector.fromArray(S, packed, tile + 7 * NR + 2 * L);
    for (int p = 0; p < pixels; p += 2) {
      int at = places[p];
      FloatVector v0 = FloatVector.fromArray(S, packed, at + x);
      FloatVector v1 = FloatVector.fromArray(S, packed, at + x + X);
      FloatVector v2 = FloatVector.fromArray(S, packed, at + x + 2 * X);
      FloatVector v3 = FloatVector.fromArray(S, packed, at + x + 3 * X);
      FloatVector a = FloatVector.broadcast(S, packed[dy + p * DY]);
      c00 = a.fma(v0, c00);
      c01 = a.fma(v1, c01);
      c02 = a.fma(v2, c02);
      a = FloatVector.broadcast(S, packed[dy + p * DY + 1]);
      c10 = a.fma(v0, c10);
      c11 = a.fma(v1, c11);
      c12 = a.fma(v2, c12);
      a = FloatVector.broadcast(S, packed[dy + p * DY + 2]);
      c20 = a.fma(v0, c20);
      c21 = a.fma(v1, c21);
      c22 = a.fma(v2, c22);
      a = FloatVector.broadcast(S, packed[dy + p * DY + 3]);
      c30 = a.fma(v0, c30);
      c31 = a.fma(v1, c31);
      c32 = a.fma(v2, c32);
      a = FloatVector.broadcast(S, packed[dy + p * DY + 4]);
      c40 = a.fma(v0, c40);
      c41 = a.fma(v1, c41);
      c42 = a.fma(v2, c42);
      a = FloatVector.broadcast(S, packed[dy + p * DY + 5]);
      c50 = a.fma(v0, c50);
      c51 = a.fma(v1, c51);
      c52 = a.fma(v2, c52);
      a = FloatVector.broadcast(S, packed[dy + p * DY + 6]);
      c60 = a.fma(v0, c60);
      c61 = a.fma(v1, c61);
      c62 = a.fma(v2, c62);
      a = FloatVector.broadcast(S, packed[dy + p * DY + 7]);
      c70 = a.fma(v0, c70);
      c71 = a.fma(v1, c71);
      c72 = a.fma(v2, c72);
      a = FloatVector.broadcast(S, packed[dy + p * DY + DY]);
      c00 = a.fma(v1, c00);
      c01 = a.fma(v2, c01);
      c02 = a.fma(v3, c02);
      a = FloatVector.broadcast(S, packed[dy + p * DY + DY + 1]);
      c10 = a.fma(v1, c10);
      c11 = a.fma(v2, c11);
      c12 = a.fma(v3, c12);
      a = FloatVector.broadcast(S, packed[dy + p * DY + DY + 2]);
      c20 = a.fma(v1, c20);
      c21 = a.fma(v2, c21);
      c22 = a.fma(v3, c22);
      a = FloatVector.broadcast(S, packed[dy + p * DY + DY + 3]);
      c30 = a.fma(v1, c30);
      c31 = a.fma(v2, c31);
      c32 = a.fma(v3, c32);
      a = FloatVector.broadcast(S, packed[dy + p * DY + DY + 4]);
      c40 = a.fma(v1, c40);
      c41 = a.fma(v2, c41);
      c42 = a.fma(v3, c42);
      a = FloatVector.broadcast(S, packed[dy + p * DY + DY + 5]);
      c50 = a.fma(v1, c50);
      c51 = a.fma(v2, c51);
      c52 = a.fma(v3, c52);
      a = FloatVector.broadcast(S, packed[dy + p * DY + DY + 6]);
      c60 = a.fma(v1, c60);
      c61 = a.fma(v2, c61);
      c62 = a.fma(v3, c62);
      a = FloatVector.broadcast(S, packed[dy + p * DY + DY + 7]);
      c70 = a.fma(v1, c70);
      c71 = a.fma(v2, c71);
      c72 = a.fma(v3, c72);
    }
    c00.intoArray(packed, tile);
    c01.intoArray(packed, tile + L);
    c02.intoArray(packed, tile + 2 * L);
    c10.intoArray(packed, tile + NR);
    c11.intoArray(packed, tile + NR + L);
    c12.intoArray(packed, tile + NR + 2 * L);
    c20.intoArray(packed, tile + 2 * NR);
    c21.intoArray(packed, tile + 2 * NR + L);
    c22.intoArray(packed, tile + 2 * NR + 2 * L);
    c30.intoArray(packed, tile + 3 * NR);
    c31.intoArray(packed, tile + 3 * NR + L);
    c32.intoArray(packed, tile + 3 * NR + 2 * L);
    c40.intoArray(packed, tile + 4 * NR);
    c41.intoArray(packed, tile + 4 * NR + L);
    c42.intoArray(packed, tile + 4 * NR + 2 * L);
    c50.intoArray(packed, tile + 5 * NR);
    c51.intoArray(packed, tile + 5 * NR + L);
    c52.intoArray(packed, tile + 5 * NR + 2 * L);
    c60.intoArray(packed, tile + 6 * NR);
    c61.intoArray(packed, tile + 6 * NR + L);
    c62.intoArray(packed, tile + 6 * NR + 2 * L);
    c70.intoArray(packed, tile + 7 * NR);
    c71.intoArray(packed, tile + 7 * NR + L);
    c72.intoArray(packed, tile + 7 * NR + 2 * L);
  }
}
