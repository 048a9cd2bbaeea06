package dev.lanewise.kernel.conv;

import dev.lanewise.simd.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * A tile of 16 pixels x 1 vector, for 32 vector registers: few columns leave no lane idle, at a
 * load for each multiply-add, or 21 for 48 where terms go by triples. Between fences, or with two
 * steps of k in a loop, C2 loads the elements and spreads them over the lanes by an instruction of
 * its own, which takes half as long again.
 */
final class PixelKernel16 {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int NR = Lanes.F32_LANES;
  private static final int X = Stencil.CHUNK;

  private PixelKernel16() {}

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
    FloatVector c0 = FloatVector.fromArray(S, x, start);
    FloatVector c1 = FloatVector.fromArray(S, x, start + NR);
    FloatVector c2 = FloatVector.fromArray(S, x, start + 2 * NR);
    FloatVector c3 = FloatVector.fromArray(S, x, start + 3 * NR);
    FloatVector c4 = FloatVector.fromArray(S, x, start + 4 * NR);
    FloatVector c5 = FloatVector.fromArray(S, x, start + 5 * NR);
    FloatVector c6 = FloatVector.fromArray(S, x, start + 6 * NR);
    FloatVector c7 = FloatVector.fromArray(S, x, start + 7 * NR);
    FloatVector c8 = FloatVector.fromArray(S, x, start + 8 * NR);
    FloatVector c9 = FloatVector.fromArray(S, x, start + 9 * NR);
    FloatVector c10 = FloatVector.fromArray(S, x, start + 10 * NR);
    FloatVector c11 = FloatVector.fromArray(S, x, start + 11 * NR);
    FloatVector c12 = FloatVector.fromArray(S, x, start + 12 * NR);
    FloatVector c13 = FloatVector.fromArray(S, x, start + 13 * NR);
    FloatVector c14 = FloatVector.fromArray(S, x, start + 14 * NR);
    FloatVector c15 = FloatVector.fromArray(S, x, start + 15 * NR);
    for (int k = 0; k < terms; k++) {
      int at = x0 + offsets[k];
      FloatVector wk = FloatVector.fromArray(S, w, w0 + k * NR);
      FloatVector a = FloatVector.broadcast(S, x[at]);
      c0 = a.fma(wk, c0);
      a = FloatVector.broadcast(S, x[at + X]);
      c1 = a.fma(wk, c1);
      a = FloatVector.broadcast(S, x[at + 2 * X]);
      c2 = a.fma(wk, c2);
      a = FloatVector.broadcast(S, x[at + 3 * X]);
      c3 = a.fma(wk, c3);
      a = FloatVector.broadcast(S, x[at + 4 * X]);
      c4 = a.fma(wk, c4);
      a = FloatVector.broadcast(S, x[at + 5 * X]);
      c5 = a.fma(wk, c5);
      a = FloatVector.broadcast(S, x[at + 6 * X]);
      c6 = a.fma(wk, c6);
      a = FloatVector.broadcast(S, x[at + 7 * X]);
      c7 = a.fma(wk, c7);
      a = FloatVector.broadcast(S, x[at + 8 * X]);
      c8 = a.fma(wk, c8);
      a = FloatVector.broadcast(S, x[at + 9 * X]);
      c9 = a.fma(wk, c9);
      a = FloatVector.broadcast(S, x[at + 10 * X]);
      c10 = a.fma(wk, c10);
      a = FloatVector.broadcast(S, x[at + 11 * X]);
      c11 = a.fma(wk, c11);
      a = FloatVector.broadcast(S, x[at + 12 * X]);
      c12 = a.fma(wk, c12);
      a = FloatVector.broadcast(S, x[at + 13 * X]);
      c13 = a.fma(wk, c13);
      a = FloatVector.broadcast(S, x[at + 14 * X]);
      c14 = a.fma(wk, c14);
      a = FloatVector.broadcast(S, x[at + 15 * X]);
      c15 = a.fma(wk, c15);
    }
    FloatVector b = FloatVector.fromArray(S, w, bias);
    c0.add(b).intoArray(x, tile);
    c1.add(b).intoArray(x, tile + NR);
    c2.add(b).intoArray(x, tile + 2 * NR);
    c3.add(b).intoArray(x, tile + 3 * NR);
    c4.add(b).intoArray(x, tile + 4 * NR);
    c5.add(b).intoArray(x, tile + 5 * NR);
    c6.add(b).intoArray(x, tile + 6 * NR);
    c7.add(b).intoArray(x, tile + 7 * NR);
    c8.add(b).intoArray(x, tile + 8 * NR);
    c9.add(b).intoArray(x, tile + 9 * NR);
    c10.add(b).intoArray(x, tile + 10 * NR);
    c11.add(b).intoArray(x, tile + 11 * NR);
    c12.add(b).intoArray(x, tile + 12 * NR);
    c13.add(b).intoArray(x, tile + 13 * NR);
    c14.add(b).intoArray(x, tile + 14 * NR);
    c15.add(b).intoArray(x, tile + 15 * NR);
  }

  /**
   * As {@link #run}, for terms that go by triples: each pixel is spread over the lanes once for the
   * three output pixels that see it, which leaves 21 loads for 48 multiply-adds.
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
    FloatVector c0 = FloatVector.fromArray(S, x, start);
    FloatVector c1 = FloatVector.fromArray(S, x, start + NR);
    FloatVector c2 = FloatVector.fromArray(S, x, start + 2 * NR);
    FloatVector c3 = FloatVector.fromArray(S, x, start + 3 * NR);
    FloatVector c4 = FloatVector.fromArray(S, x, start + 4 * NR);
    FloatVector c5 = FloatVector.fromArray(S, x, start + 5 * NR);
    FloatVector c6 = FloatVector.fromArray(S, x, start + 6 * NR);
    FloatVector c7 = FloatVector.fromArray(S, x, start + 7 * NR);
    FloatVector c8 = FloatVector.fromArray(S, x, start + 8 * NR);
    FloatVector c9 = FloatVector.fromArray(S, x, start + 9 * NR);
    FloatVector c10 = FloatVector.fromArray(S, x, start + 10 * NR);
    FloatVector c11 = FloatVector.fromArray(S, x, start + 11 * NR);
    FloatVector c12 = FloatVector.fromArray(S, x, start + 12 * NR);
    FloatVector c13 = FloatVector.fromArray(S, x, start + 13 * NR);
    FloatVector c14 = FloatVector.fromArray(S, x, start + 14 * NR);
    FloatVector c15 = FloatVector.fromArray(S, x, start + 15 * NR);
    for (int k = 0; k < terms; k += 3) {
      int at = x0 + offsets[k];
      int row = w0 + k * NR;
      FloatVector wk0 = FloatVector.fromArray(S, w, row);
      FloatVector wk1 = FloatVector.fromArray(S, w, row + NR);
      FloatVector wk2 = FloatVector.fromArray(S, w, row + 2 * NR);
      if (left) {
        c0 = FloatVector.broadcast(S, x[at]).fma(wk0, c0);
      }
      FloatVector a = FloatVector.broadcast(S, x[at + X]);
      c1 = a.fma(wk0, c1);
      c0 = a.fma(wk1, c0);
      a = FloatVector.broadcast(S, x[at + 2 * X]);
      c2 = a.fma(wk0, c2);
      c1 = a.fma(wk1, c1);
      c0 = a.fma(wk2, c0);
      a = FloatVector.broadcast(S, x[at + 3 * X]);
      c3 = a.fma(wk0, c3);
      c2 = a.fma(wk1, c2);
      c1 = a.fma(wk2, c1);
      a = FloatVector.broadcast(S, x[at + 4 * X]);
      c4 = a.fma(wk0, c4);
      c3 = a.fma(wk1, c3);
      c2 = a.fma(wk2, c2);
      a = FloatVector.broadcast(S, x[at + 5 * X]);
      c5 = a.fma(wk0, c5);
      c4 = a.fma(wk1, c4);
      c3 = a.fma(wk2, c3);
      a = FloatVector.broadcast(S, x[at + 6 * X]);
      c6 = a.fma(wk0, c6);
      c5 = a.fma(wk1, c5);
      c4 = a.fma(wk2, c4);
      a = FloatVector.broadcast(S, x[at + 7 * X]);
      c7 = a.fma(wk0, c7);
      c6 = a.fma(wk1, c6);
      c5 = a.fma(wk2, c5);
      a = FloatVector.broadcast(S, x[at + 8 * X]);
      c8 = a.fma(wk0, c8);
      c7 = a.fma(wk1, c7);
      c6 = a.fma(wk2, c6);
      a = FloatVector.broadcast(S, x[at + 9 * X]);
      c9 = a.fma(wk0, c9);
      c8 = a.fma(wk1, c8);
      c7 = a.fma(wk2, c7);
      a = FloatVector.broadcast(S, x[at + 10 * X]);
      c10 = a.fma(wk0, c10);
      c9 = a.fma(wk1, c9);
      c8 = a.fma(wk2, c8);
      a = FloatVector.broadcast(S, x[at + 11 * X]);
      c11 = a.fma(wk0, c11);
      c10 = a.fma(wk1, c10);
      c9 = a.fma(wk2, c9);
      a = FloatVector.broadcast(S, x[at + 12 * X]);
      c12 = a.fma(wk0, c12);
      c11 = a.fma(wk1, c11);
      c10 = a.fma(wk2, c10);
      a = FloatVector.broadcast(S, x[at + 13 * X]);
      c13 = a.fma(wk0, c13);
      c12 = a.fma(wk1, c12);
      c11 = a.fma(wk2, c11);
      a = FloatVector.broadcast(S, x[at + 14 * X]);
      c14 = a.fma(wk0, c14);
      c13 = a.fma(wk1, c13);
      c12 = a.fma(wk2, c12);
      a = FloatVector.broadcast(S, x[at + 15 * X]);
      c15 = a.fma(wk0, c15);
      c14 = a.fma(wk1, c14);
      c13 = a.fma(wk2, c13);
      a = FloatVector.broadcast(S, x[at + 16 * X]);
      c15 = a.fma(wk1, c15);
      c14 = a.fma(wk2, c14);
      if (right) {
        c15 = FloatVector.broadcast(S, x[at + 17 * X]).fma(wk2, c15);
      }
    }
    FloatVector b = FloatVector.fromArray(S, w, bias);
    c0.add(b).intoArray(x, tile);
    c1.add(b).intoArray(x, tile + NR);
    c2.add(b).intoArray(x, tile + 2 * NR);
    c3.add(b).intoArray(x, tile + 3 * NR);
    c4.add(b).intoArray(x, tile + 4 * NR);
    c5.add(b).intoArray(x, tile + 5 * NR);
    c6.add(b).intoArray(x, tile + 6 * NR);
    c7.add(b).intoArray(x, tile + 7 * NR);
    c8.add(b).intoArray(x, tile + 8 * NR);
    c9.add(b).intoArray(x, tile + 9 * NR);
    c10.add(b).intoArray(x, tile + 10 * NR);
    c11.add(b).intoArray(x, tile + 11 * NR);
    c12.add(b).intoArray(x, tile + 12 * NR);
    c13.add(b).intoArray(x, tile + 13 * NR);
    c14.add(b).intoArray(x, tile + 14 * NR);
    c15.add(b).intoArray(x, tile + 15 * NR);
  }
}
