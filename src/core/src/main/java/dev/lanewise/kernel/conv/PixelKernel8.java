package dev.lanewise.kernel.conv;

import dev.lanewise.simd.Lanes;
import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * A tile of 8 pixels x 2 vectors, for 32 vector registers. The fence behind each row keeps the load
 * of the next one where it is written, see {@code MicroKernel6}.
 */
final class PixelKernel8 {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;
  private static final int NR = 2 * L;
  private static final int X = Stencil.CHUNK;

  private PixelKernel8() {}

  /**
   * {@code tile[i][j] = start[i][j] + sum over k of x[i][k] * w[k][j] + bias[j]}, a fused
   * multiply-add each, k ascending, and an addition.
   *
   * @param terms of an element
   * @param offsets where each term lies, seen from its pixel
   * @param x packed images, in which the first pixel is at {@code x0}, and the two tiles
   * @param w packed weights: row k of the strip is {@code w[w0 + k * NR ..]}, and a last row the
   *     bias
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
    FloatVector c4l = FloatVector.fromArray(S, x, start + 4 * NR);
    FloatVector c4r = FloatVector.fromArray(S, x, start + 4 * NR + L);
    FloatVector c5l = FloatVector.fromArray(S, x, start + 5 * NR);
    FloatVector c5r = FloatVector.fromArray(S, x, start + 5 * NR + L);
    FloatVector c6l = FloatVector.fromArray(S, x, start + 6 * NR);
    FloatVector c6r = FloatVector.fromArray(S, x, start + 6 * NR + L);
    FloatVector c7l = FloatVector.fromArray(S, x, start + 7 * NR);
    FloatVector c7r = FloatVector.fromArray(S, x, start + 7 * NR + L);
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
      a = FloatVector.broadcast(S, x[at + 4 * X]);
      c4l = a.fma(wl, c4l);
      c4r = a.fma(wr, c4r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at + 5 * X]);
      c5l = a.fma(wl, c5l);
      c5r = a.fma(wr, c5r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at + 6 * X]);
      c6l = a.fma(wl, c6l);
      c6r = a.fma(wr, c6r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at + 7 * X]);
      c7l = a.fma(wl, c7l);
      c7r = a.fma(wr, c7r);
      VarHandle.loadLoadFence();
    }
    FloatVector bl = FloatVector.fromArray(S, w, w0 + terms * NR);
    FloatVector br = FloatVector.fromArray(S, w, w0 + terms * NR + L);
    c0l.add(bl).intoArray(x, tile);
    c0r.add(br).intoArray(x, tile + L);
    c1l.add(bl).intoArray(x, tile + NR);
    c1r.add(br).intoArray(x, tile + NR + L);
    c2l.add(bl).intoArray(x, tile + 2 * NR);
    c2r.add(br).intoArray(x, tile + 2 * NR + L);
    c3l.add(bl).intoArray(x, tile + 3 * NR);
    c3r.add(br).intoArray(x, tile + 3 * NR + L);
    c4l.add(bl).intoArray(x, tile + 4 * NR);
    c4r.add(br).intoArray(x, tile + 4 * NR + L);
    c5l.add(bl).intoArray(x, tile + 5 * NR);
    c5r.add(br).intoArray(x, tile + 5 * NR + L);
    c6l.add(bl).intoArray(x, tile + 6 * NR);
    c6r.add(br).intoArray(x, tile + 6 * NR + L);
    c7l.add(bl).intoArray(x, tile + 7 * NR);
    c7r.add(br).intoArray(x, tile + 7 * NR + L);
  }
}
