package dev.lanewise.kernel.conv;

import dev.lanewise.simd.Lanes;
import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * A tile of three pairs of adjacent channels, each through a tap of its own, x 2 vectors of output
 * channels, for 16 vector registers, see {@link PixelKernel6}.
 */
final class WeightKernel6 {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;
  private static final int NR = 2 * L;
  private static final int X = Stencil.CHUNK;

  private WeightKernel6() {}

  /**
   * {@code tile[i][j] += sum over p of x[p][i] * dy[p][j]}, a fused multiply-add each, p ascending.
   *
   * @param pixels to sum over
   * @param places where each pixel lies in the packed images
   * @param packed holds everything: the gradient of a pixel every NR elements from {@code dy} on,
   *     pairs of channels at the distances {@code x0 ...} from each place
   */
  static void run(
      int pixels, int[] places, float[] packed, int dy, int x0, int x1, int x2, int tile) {
    FloatVector c0l = FloatVector.fromArray(S, packed, tile);
    FloatVector c0r = FloatVector.fromArray(S, packed, tile + L);
    FloatVector c1l = FloatVector.fromArray(S, packed, tile + NR);
    FloatVector c1r = FloatVector.fromArray(S, packed, tile + NR + L);
    FloatVector c2l = FloatVector.fromArray(S, packed, tile + 2 * NR);
    FloatVector c2r = FloatVector.fromArray(S, packed, tile + 2 * NR + L);
    FloatVector c3l = FloatVector.fromArray(S, packed, tile + 3 * NR);
    FloatVector c3r = FloatVector.fromArray(S, packed, tile + 3 * NR + L);
    FloatVector c4l = FloatVector.fromArray(S, packed, tile + 4 * NR);
    FloatVector c4r = FloatVector.fromArray(S, packed, tile + 4 * NR + L);
    FloatVector c5l = FloatVector.fromArray(S, packed, tile + 5 * NR);
    FloatVector c5r = FloatVector.fromArray(S, packed, tile + 5 * NR + L);
    for (int p = 0; p < pixels; p++) {
      int offset = places[p];
      int at0 = x0 + offset;
      FloatVector dl = FloatVector.fromArray(S, packed, dy + p * NR);
      FloatVector dr = FloatVector.fromArray(S, packed, dy + p * NR + L);
      FloatVector a = FloatVector.broadcast(S, packed[at0]);
      c0l = a.fma(dl, c0l);
      c0r = a.fma(dr, c0r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, packed[at0 + 1]);
      c1l = a.fma(dl, c1l);
      c1r = a.fma(dr, c1r);
      VarHandle.loadLoadFence();
      int at1 = x1 + offset;
      a = FloatVector.broadcast(S, packed[at1]);
      c2l = a.fma(dl, c2l);
      c2r = a.fma(dr, c2r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, packed[at1 + 1]);
      c3l = a.fma(dl, c3l);
      c3r = a.fma(dr, c3r);
      VarHandle.loadLoadFence();
      int at2 = x2 + offset;
      a = FloatVector.broadcast(S, packed[at2]);
      c4l = a.fma(dl, c4l);
      c4r = a.fma(dr, c4r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, packed[at2 + 1]);
      c5l = a.fma(dl, c5l);
      c5r = a.fma(dr, c5r);
      VarHandle.loadLoadFence();
    }
    c0l.intoArray(packed, tile);
    c0r.intoArray(packed, tile + L);
    c1l.intoArray(packed, tile + NR);
    c1r.intoArray(packed, tile + NR + L);
    c2l.intoArray(packed, tile + 2 * NR);
    c2r.intoArray(packed, tile + 2 * NR + L);
    c3l.intoArray(packed, tile + 3 * NR);
    c3r.intoArray(packed, tile + 3 * NR + L);
    c4l.intoArray(packed, tile + 4 * NR);
    c4r.intoArray(packed, tile + 4 * NR + L);
    c5l.intoArray(packed, tile + 5 * NR);
    c5r.intoArray(packed, tile + 5 * NR + L);
  }

  /**
   * As {@link #run}, for an even number of pixels of which the second of each two adjoins the
   * first.
   */
  static void runPairs(
      int pixels, int[] places, float[] packed, int dy, int x0, int x1, int x2, int tile) {
    FloatVector c0l = FloatVector.fromArray(S, packed, tile);
    FloatVector c0r = FloatVector.fromArray(S, packed, tile + L);
    FloatVector c1l = FloatVector.fromArray(S, packed, tile + NR);
    FloatVector c1r = FloatVector.fromArray(S, packed, tile + NR + L);
    FloatVector c2l = FloatVector.fromArray(S, packed, tile + 2 * NR);
    FloatVector c2r = FloatVector.fromArray(S, packed, tile + 2 * NR + L);
    FloatVector c3l = FloatVector.fromArray(S, packed, tile + 3 * NR);
    FloatVector c3r = FloatVector.fromArray(S, packed, tile + 3 * NR + L);
    FloatVector c4l = FloatVector.fromArray(S, packed, tile + 4 * NR);
    FloatVector c4r = FloatVector.fromArray(S, packed, tile + 4 * NR + L);
    FloatVector c5l = FloatVector.fromArray(S, packed, tile + 5 * NR);
    FloatVector c5r = FloatVector.fromArray(S, packed, tile + 5 * NR + L);
    for (int p = 0; p < pixels; p += 2) {
      int offset = places[p];
      int at0 = x0 + offset;
      FloatVector dl = FloatVector.fromArray(S, packed, dy + p * NR);
      FloatVector dr = FloatVector.fromArray(S, packed, dy + p * NR + L);
      FloatVector a = FloatVector.broadcast(S, packed[at0]);
      c0l = a.fma(dl, c0l);
      c0r = a.fma(dr, c0r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, packed[at0 + 1]);
      c1l = a.fma(dl, c1l);
      c1r = a.fma(dr, c1r);
      VarHandle.loadLoadFence();
      int at1 = x1 + offset;
      a = FloatVector.broadcast(S, packed[at1]);
      c2l = a.fma(dl, c2l);
      c2r = a.fma(dr, c2r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, packed[at1 + 1]);
      c3l = a.fma(dl, c3l);
      c3r = a.fma(dr, c3r);
      VarHandle.loadLoadFence();
      int at2 = x2 + offset;
      a = FloatVector.broadcast(S, packed[at2]);
      c4l = a.fma(dl, c4l);
      c4r = a.fma(dr, c4r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, packed[at2 + 1]);
      c5l = a.fma(dl, c5l);
      c5r = a.fma(dr, c5r);
      VarHandle.loadLoadFence();
      dl = FloatVector.fromArray(S, packed, dy + p * NR + NR);
      dr = FloatVector.fromArray(S, packed, dy + p * NR + NR + L);
      a = FloatVector.broadcast(S, packed[at0 + X]);
      c0l = a.fma(dl, c0l);
      c0r = a.fma(dr, c0r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, packed[at0 + X + 1]);
      c1l = a.fma(dl, c1l);
      c1r = a.fma(dr, c1r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, packed[at1 + X]);
      c2l = a.fma(dl, c2l);
      c2r = a.fma(dr, c2r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, packed[at1 + X + 1]);
      c3l = a.fma(dl, c3l);
      c3r = a.fma(dr, c3r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, packed[at2 + X]);
      c4l = a.fma(dl, c4l);
      c4r = a.fma(dr, c4r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, packed[at2 + X + 1]);
      c5l = a.fma(dl, c5l);
      c5r = a.fma(dr, c5r);
      VarHandle.loadLoadFence();
    }
    c0l.intoArray(packed, tile);
    c0r.intoArray(packed, tile + L);
    c1l.intoArray(packed, tile + NR);
    c1r.intoArray(packed, tile + NR + L);
    c2l.intoArray(packed, tile + 2 * NR);
    c2r.intoArray(packed, tile + 2 * NR + L);
    c3l.intoArray(packed, tile + 3 * NR);
    c3r.intoArray(packed, tile + 3 * NR + L);
    c4l.intoArray(packed, tile + 4 * NR);
    c4r.intoArray(packed, tile + 4 * NR + L);
    c5l.intoArray(packed, tile + 5 * NR);
    c5r.intoArray(packed, tile + 5 * NR + L);
  }
}
