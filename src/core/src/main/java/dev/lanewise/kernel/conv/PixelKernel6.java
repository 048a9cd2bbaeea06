package dev.lanewise.kernel.conv;

import dev.lanewise.simd.Lanes;
import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * A tile of three pairs of pixels x 2 vectors, for 16 vector registers: 12 accumulators, as many
 * pixels as the tile of {@code MicroKernel6} has rows, with its fences. Each pair lies where it
 * likes. C2 checks the index of each, which is half as much for each multiply-add when two terms go
 * together.
 */
final class PixelKernel6 {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;
  private static final int NR = 2 * L;
  private static final int X = Stencil.CHUNK;

  private PixelKernel6() {}

  /**
   * {@code tile[i][j] = start[i][j] + sum over k of x[i][k] * w[k][j] + bias[j]}, a fused
   * multiply-add each, k ascending, and an addition.
   *
   * @param terms of an element
   * @param offsets where each term lies, seen from its pixel
   * @param x packed images, in which the pairs begin at {@code x0 ...}, and the two tiles
   * @param w packed weights: row k of the strip is {@code w[w0 + k * NR ..]}, and the bias lies at
   *     {@code bias}
   */
  static void run(
      int terms,
      int[] offsets,
      float[] x,
      int x0,
      int x1,
      int x2,
      float[] w,
      int w0,
      int bias,
      int start,
      int tile) {
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
    for (int k = 0; k < terms; k++) {
      int offset = offsets[k];
      int at0 = x0 + offset;
      FloatVector wl = FloatVector.fromArray(S, w, w0 + k * NR);
      FloatVector wr = FloatVector.fromArray(S, w, w0 + k * NR + L);
      FloatVector a = FloatVector.broadcast(S, x[at0]);
      c0l = a.fma(wl, c0l);
      c0r = a.fma(wr, c0r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at0 + X]);
      c1l = a.fma(wl, c1l);
      c1r = a.fma(wr, c1r);
      VarHandle.loadLoadFence();
      int at1 = x1 + offset;
      a = FloatVector.broadcast(S, x[at1]);
      c2l = a.fma(wl, c2l);
      c2r = a.fma(wr, c2r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at1 + X]);
      c3l = a.fma(wl, c3l);
      c3r = a.fma(wr, c3r);
      VarHandle.loadLoadFence();
      int at2 = x2 + offset;
      a = FloatVector.broadcast(S, x[at2]);
      c4l = a.fma(wl, c4l);
      c4r = a.fma(wr, c4r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at2 + X]);
      c5l = a.fma(wl, c5l);
      c5r = a.fma(wr, c5r);
      VarHandle.loadLoadFence();
    }
    FloatVector bl = FloatVector.fromArray(S, w, bias);
    FloatVector br = FloatVector.fromArray(S, w, bias + L);
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
  }

  /**
   * As {@link #run}, for an even number of terms of which the second of each two follows the first.
   */
  static void runPairs(
      int terms,
      int[] offsets,
      float[] x,
      int x0,
      int x1,
      int x2,
      float[] w,
      int w0,
      int bias,
      int start,
      int tile) {
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
    for (int k = 0; k < terms; k += 2) {
      int offset = offsets[k];
      int at0 = x0 + offset;
      FloatVector wl = FloatVector.fromArray(S, w, w0 + k * NR);
      FloatVector wr = FloatVector.fromArray(S, w, w0 + k * NR + L);
      FloatVector a = FloatVector.broadcast(S, x[at0]);
      c0l = a.fma(wl, c0l);
      c0r = a.fma(wr, c0r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at0 + X]);
      c1l = a.fma(wl, c1l);
      c1r = a.fma(wr, c1r);
      VarHandle.loadLoadFence();
      int at1 = x1 + offset;
      a = FloatVector.broadcast(S, x[at1]);
      c2l = a.fma(wl, c2l);
      c2r = a.fma(wr, c2r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at1 + X]);
      c3l = a.fma(wl, c3l);
      c3r = a.fma(wr, c3r);
      VarHandle.loadLoadFence();
      int at2 = x2 + offset;
      a = FloatVector.broadcast(S, x[at2]);
      c4l = a.fma(wl, c4l);
      c4r = a.fma(wr, c4r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at2 + X]);
      c5l = a.fma(wl, c5l);
      c5r = a.fma(wr, c5r);
      VarHandle.loadLoadFence();
      wl = FloatVector.fromArray(S, w, w0 + k * NR + NR);
      wr = FloatVector.fromArray(S, w, w0 + k * NR + NR + L);
      a = FloatVector.broadcast(S, x[at0 + 1]);
      c0l = a.fma(wl, c0l);
      c0r = a.fma(wr, c0r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at0 + X + 1]);
      c1l = a.fma(wl, c1l);
      c1r = a.fma(wr, c1r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at1 + 1]);
      c2l = a.fma(wl, c2l);
      c2r = a.fma(wr, c2r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at1 + X + 1]);
      c3l = a.fma(wl, c3l);
      c3r = a.fma(wr, c3r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at2 + 1]);
      c4l = a.fma(wl, c4l);
      c4r = a.fma(wr, c4r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at2 + X + 1]);
      c5l = a.fma(wl, c5l);
      c5r = a.fma(wr, c5r);
      VarHandle.loadLoadFence();
    }
    FloatVector bl = FloatVector.fromArray(S, w, bias);
    FloatVector br = FloatVector.fromArray(S, w, bias + L);
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
  }

  /**
   * As {@link #run}, for terms that go by triples, of which the other two follow the first as the
   * pixels do.
   */
  static void runTriples(
      int terms,
      int[] offsets,
      float[] x,
      int x0,
      int x1,
      int x2,
      float[] w,
      int w0,
      int bias,
      int start,
      int tile) {
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
    for (int k = 0; k < terms; k += 3) {
      int offset = offsets[k];
      int at0 = x0 + offset;
      FloatVector wl = FloatVector.fromArray(S, w, w0 + k * NR);
      FloatVector wr = FloatVector.fromArray(S, w, w0 + k * NR + L);
      FloatVector a = FloatVector.broadcast(S, x[at0]);
      c0l = a.fma(wl, c0l);
      c0r = a.fma(wr, c0r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at0 + X]);
      c1l = a.fma(wl, c1l);
      c1r = a.fma(wr, c1r);
      VarHandle.loadLoadFence();
      int at1 = x1 + offset;
      a = FloatVector.broadcast(S, x[at1]);
      c2l = a.fma(wl, c2l);
      c2r = a.fma(wr, c2r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at1 + X]);
      c3l = a.fma(wl, c3l);
      c3r = a.fma(wr, c3r);
      VarHandle.loadLoadFence();
      int at2 = x2 + offset;
      a = FloatVector.broadcast(S, x[at2]);
      c4l = a.fma(wl, c4l);
      c4r = a.fma(wr, c4r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at2 + X]);
      c5l = a.fma(wl, c5l);
      c5r = a.fma(wr, c5r);
      VarHandle.loadLoadFence();
      wl = FloatVector.fromArray(S, w, w0 + k * NR + NR);
      wr = FloatVector.fromArray(S, w, w0 + k * NR + NR + L);
      a = FloatVector.broadcast(S, x[at0 + X]);
      c0l = a.fma(wl, c0l);
      c0r = a.fma(wr, c0r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at0 + 2 * X]);
      c1l = a.fma(wl, c1l);
      c1r = a.fma(wr, c1r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at1 + X]);
      c2l = a.fma(wl, c2l);
      c2r = a.fma(wr, c2r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at1 + 2 * X]);
      c3l = a.fma(wl, c3l);
      c3r = a.fma(wr, c3r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at2 + X]);
      c4l = a.fma(wl, c4l);
      c4r = a.fma(wr, c4r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at2 + 2 * X]);
      c5l = a.fma(wl, c5l);
      c5r = a.fma(wr, c5r);
      VarHandle.loadLoadFence();
      wl = FloatVector.fromArray(S, w, w0 + k * NR + 2 * NR);
      wr = FloatVector.fromArray(S, w, w0 + k * NR + 2 * NR + L);
      a = FloatVector.broadcast(S, x[at0 + 2 * X]);
      c0l = a.fma(wl, c0l);
      c0r = a.fma(wr, c0r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at0 + 3 * X]);
      c1l = a.fma(wl, c1l);
      c1r = a.fma(wr, c1r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at1 + 2 * X]);
      c2l = a.fma(wl, c2l);
      c2r = a.fma(wr, c2r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at1 + 3 * X]);
      c3l = a.fma(wl, c3l);
      c3r = a.fma(wr, c3r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at2 + 2 * X]);
      c4l = a.fma(wl, c4l);
      c4r = a.fma(wr, c4r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, x[at2 + 3 * X]);
      c5l = a.fma(wl, c5l);
      c5r = a.fma(wr, c5r);
      VarHandle.loadLoadFence();
    }
    FloatVector bl = FloatVector.fromArray(S, w, bias);
    FloatVector br = FloatVector.fromArray(S, w, bias + L);
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
  }
}
