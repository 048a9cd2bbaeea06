package dev.lanewise.kernel.conv;

import dev.lanewise.simd.Lanes;
import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** A tile of 4 pixels x 2 vectors, for 16 vector registers, see {@link PixelKernel8}. */
final class PixelKernel4 {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;
  private static final int NR = 2 * L;
  private static final int X = Stencil.CHUNK;

  private PixelKernel4() {}

  /**
   * {@code tile[i][j] = start[i][j] + sum over k of x[i][k] * w[k][j]}, a fused multiply-add each,
   * k ascending.
   *
   * @param terms of an element
   * @param offsets where each term lies, seen from its pixel
   * @param x packed images, in which the first pixel is at {@code x0}, and the two tiles
   * @param w packed weights: row k of the strip is {@code w[w0 + k * NR ..]}
   */
  static void run(
      int terms, int[] offsets, float[] x, int x0, float[] w, int w0, int start, int tile) {
    FloatVector c0l = FloatVector.fromArray(S, x, start);
    FloatVector c0r = FloatVector.fromArray(S, x, start + L);
    FloatVector c1l = FloatVector.fromArray(S, x, start + NR);
    FloatVector c1r = FloatVector.fromArray(S, x, start + NR + L);
    FloatVector c2l = FloatVector.fromArray(S, x, start + 2 * NR);
    FloatVector c2r = FloatVector.fromArray(S, x, start + 2 * NR + L);
    FloatVector c3l = FloatVector.fromArray(S, x, start + 3 * NR);
    FloatVector c3r = FloatVector.fromArray(S, x, start + 3 * NR + L);
    for (int k = 0; k < terms; k++) {
      int at = x0 + offsets[k];
      FloatVector wl = FloatVector.fromArray(S, w, w0 + k * NR);
      FloatVector wr = FloatVector.fromArray(S, w, w0 + k * NR + L);
      FloatVector a = FloatVector.broadcast(S, x[at]);
      c0l = a.fma(wl, c0l);
      c0r = a.fma(wr, c0r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at + X]);
      c1l = a.fma(wl, c1l);
      c1r = a.fma(wr, c1r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at + 2 * X]);
      c2l = a.fma(wl, c2l);
      c2r = a.fma(wr, c2r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at + 3 * X]);
      c3l = a.fma(wl, c3l);
      c3r = a.fma(wr, c3r);
      VarHandle.loadLoadFence();
    }
    c0l.intoArray(x, tile);
    c0r.intoArray(x, tile + L);
    c1l.intoArray(x, tile + NR);
    c1r.intoArray(x, tile + NR + L);
    c2l.intoArray(x, tile + 2 * NR);
    c2r.intoArray(x, tile + 2 * NR + L);
    c3l.intoArray(x, tile + 3 * NR);
    c3r.intoArray(x, tile + 3 * NR + L);
  }
}
