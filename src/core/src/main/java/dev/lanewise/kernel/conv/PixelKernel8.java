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
   * @param w packed weights: row k of the strip is {@code w[w0 + k * NR ..]}, and the bias lies at
   *     {@code bias}
   */
  static void run(
      int terms,
      int[] offsets,
      float[] x,
      int x0,
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
    c6l.add(bl).intoArray(x, tile + 6 * NR);
    c6r.add(br).intoArray(x, tile + 6 * NR + L);
    c7l.add(bl).intoArray(x, tile + 7 * NR);
    c7r.add(br).intoArray(x, tile + 7 * NR + L);
  }

  /**
   * As {@link #run}, for terms that go by triples: each pixel is spread over the lanes once for the
   * three output pixels that see it, which leaves 16 loads for 48 multiply-adds.
   *
   * @param left whether the pixel before the first one is multiplied, which only the first output
   *     pixel sees
   * @param right the same for the pixel behind the last one
   */
  static void runTriples(
      int terms,
      int[] offsets,
      float[] x,
      int x0,
      float[] w,
      int w0,
      int bias,
      int start,
      int tile,
      boolean left,
      boolean right) {
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
    for (int k = 0; k < terms; k += 3) {
      int at = x0 + offsets[k];
      int row = w0 + k * NR;
      FloatVector w0l = FloatVector.fromArray(S, w, row);
      FloatVector w0r = FloatVector.fromArray(S, w, row + L);
      FloatVector w1l = FloatVector.fromArray(S, w, row + NR);
      FloatVector w1r = FloatVector.fromArray(S, w, row + NR + L);
      FloatVector w2l = FloatVector.fromArray(S, w, row + 2 * NR);
      FloatVector w2r = FloatVector.fromArray(S, w, row + 2 * NR + L);
      if (left) {
        FloatVector b = FloatVector.broadcast(S, x[at]);
        c0l = b.fma(w0l, c0l);
        c0r = b.fma(w0r, c0r);
      }
      FloatVector a = FloatVector.broadcast(S, x[at + X]);
      c1l = a.fma(w0l, c1l);
      c1r = a.fma(w0r, c1r);
      c0l = a.fma(w1l, c0l);
      c0r = a.fma(w1r, c0r);
      a = FloatVector.broadcast(S, x[at + 2 * X]);
      c2l = a.fma(w0l, c2l);
      c2r = a.fma(w0r, c2r);
      c1l = a.fma(w1l, c1l);
      c1r = a.fma(w1r, c1r);
      c0l = a.fma(w2l, c0l);
      c0r = a.fma(w2r, c0r);
      a = FloatVector.broadcast(S, x[at + 3 * X]);
      c3l = a.fma(w0l, c3l);
      c3r = a.fma(w0r, c3r);
      c2l = a.fma(w1l, c2l);
      c2r = a.fma(w1r, c2r);
      c1l = a.fma(w2l, c1l);
      c1r = a.fma(w2r, c1r);
      a = FloatVector.broadcast(S, x[at + 4 * X]);
      c4l = a.fma(w0l, c4l);
      c4r = a.fma(w0r, c4r);
      c3l = a.fma(w1l, c3l);
      c3r = a.fma(w1r, c3r);
      c2l = a.fma(w2l, c2l);
      c2r = a.fma(w2r, c2r);
      a = FloatVector.broadcast(S, x[at + 5 * X]);
      c5l = a.fma(w0l, c5l);
      c5r = a.fma(w0r, c5r);
      c4l = a.fma(w1l, c4l);
      c4r = a.fma(w1r, c4r);
      c3l = a.fma(w2l, c3l);
      c3r = a.fma(w2r, c3r);
      a = FloatVector.broadcast(S, x[at + 6 * X]);
      c6l = a.fma(w0l, c6l);
      c6r = a.fma(w0r, c6r);
      c5l = a.fma(w1l, c5l);
      c5r = a.fma(w1r, c5r);
      c4l = a.fma(w2l, c4l);
      c4r = a.fma(w2r, c4r);
      a = FloatVector.broadcast(S, x[at + 7 * X]);
      c7l = a.fma(w0l, c7l);
      c7r = a.fma(w0r, c7r);
      c6l = a.fma(w1l, c6l);
      c6r = a.fma(w1r, c6r);
      c5l = a.fma(w2l, c5l);
      c5r = a.fma(w2r, c5r);
      a = FloatVector.broadcast(S, x[at + 8 * X]);
      c7l = a.fma(w1l, c7l);
      c7r = a.fma(w1r, c7r);
      c6l = a.fma(w2l, c6l);
      c6r = a.fma(w2r, c6r);
      if (right) {
        FloatVector b = FloatVector.broadcast(S, x[at + 9 * X]);
        c7l = b.fma(w2l, c7l);
        c7r = b.fma(w2r, c7r);
      }
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
    c6l.add(bl).intoArray(x, tile + 6 * NR);
    c6r.add(br).intoArray(x, tile + 6 * NR + L);
    c7l.add(bl).intoArray(x, tile + 7 * NR);
    c7r.add(br).intoArray(x, tile + 7 * NR + L);
  }
}
