package dev.lanewise.kernel.gemm;

import dev.lanewise.simd.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel for 32 vector registers: a tile of 12 rows x 2 vectors.
 *
 * <p>12 row pointers would not fit the 16 general registers, so A is interleaved: the 12 rows of a
 * column lie side by side and one index serves all broadcasts. C2 keeps all 24 accumulators in
 * registers: 48 instructions for 24 multiply-adds, one branch, no spill.
 */
final class MicroKernel12 {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;
  private static final int NR = 2 * L;

  private MicroKernel12() {}

  /**
   * {@code tile[i][j] += sum over k of A[i][k] * B[k][j]}, a fused multiply-add each, k ascending.
   *
   * @param kc depth of the panels
   * @param ap packed A: column k of the panel is {@code ap[a0 + k * 12 ..]}
   * @param bp packed B: row k of the strip is {@code bp[b0 + k * NR ..]}
   * @param tile 12 rows of NR floats from {@code t0} on, accumulated into
   */
  static void run(int kc, float[] ap, int a0, float[] bp, int b0, float[] tile, int t0) {
    FloatVector c0l = FloatVector.fromArray(S, tile, t0);
    FloatVector c0r = FloatVector.fromArray(S, tile, t0 + L);
    FloatVector c1l = FloatVector.fromArray(S, tile, t0 + 2 * L);
    FloatVector c1r = FloatVector.fromArray(S, tile, t0 + 3 * L);
    FloatVector c2l = FloatVector.fromArray(S, tile, t0 + 4 * L);
    FloatVector c2r = FloatVector.fromArray(S, tile, t0 + 5 * L);
    FloatVector c3l = FloatVector.fromArray(S, tile, t0 + 6 * L);
    FloatVector c3r = FloatVector.fromArray(S, tile, t0 + 7 * L);
    FloatVector c4l = FloatVector.fromArray(S, tile, t0 + 8 * L);
    FloatVector c4r = FloatVector.fromArray(S, tile, t0 + 9 * L);
    FloatVector c5l = FloatVector.fromArray(S, tile, t0 + 10 * L);
    FloatVector c5r = FloatVector.fromArray(S, tile, t0 + 11 * L);
    FloatVector c6l = FloatVector.fromArray(S, tile, t0 + 12 * L);
    FloatVector c6r = FloatVector.fromArray(S, tile, t0 + 13 * L);
    FloatVector c7l = FloatVector.fromArray(S, tile, t0 + 14 * L);
    FloatVector c7r = FloatVector.fromArray(S, tile, t0 + 15 * L);
    FloatVector c8l = FloatVector.fromArray(S, tile, t0 + 16 * L);
    FloatVector c8r = FloatVector.fromArray(S, tile, t0 + 17 * L);
    FloatVector c9l = FloatVector.fromArray(S, tile, t0 + 18 * L);
    FloatVector c9r = FloatVector.fromArray(S, tile, t0 + 19 * L);
    FloatVector c10l = FloatVector.fromArray(S, tile, t0 + 20 * L);
    FloatVector c10r = FloatVector.fromArray(S, tile, t0 + 21 * L);
    FloatVector c11l = FloatVector.fromArray(S, tile, t0 + 22 * L);
    FloatVector c11r = FloatVector.fromArray(S, tile, t0 + 23 * L);
    for (int k = 0; k < kc; k++) {
      FloatVector bl = FloatVector.fromArray(S, bp, b0 + k * NR);
      FloatVector br = FloatVector.fromArray(S, bp, b0 + k * NR + L);
      FloatVector a = FloatVector.broadcast(S, ap[a0 + k * 12]);
      c0l = a.fma(bl, c0l);
      c0r = a.fma(br, c0r);
      a = FloatVector.broadcast(S, ap[a0 + k * 12 + 1]);
      c1l = a.fma(bl, c1l);
      c1r = a.fma(br, c1r);
      a = FloatVector.broadcast(S, ap[a0 + k * 12 + 2]);
      c2l = a.fma(bl, c2l);
      c2r = a.fma(br, c2r);
      a = FloatVector.broadcast(S, ap[a0 + k * 12 + 3]);
      c3l = a.fma(bl, c3l);
      c3r = a.fma(br, c3r);
      a = FloatVector.broadcast(S, ap[a0 + k * 12 + 4]);
      c4l = a.fma(bl, c4l);
      c4r = a.fma(br, c4r);
      a = FloatVector.broadcast(S, ap[a0 + k * 12 + 5]);
      c5l = a.fma(bl, c5l);
      c5r = a.fma(br, c5r);
      a = FloatVector.broadcast(S, ap[a0 + k * 12 + 6]);
      c6l = a.fma(bl, c6l);
      c6r = a.fma(br, c6r);
      a = FloatVector.broadcast(S, ap[a0 + k * 12 + 7]);
      c7l = a.fma(bl, c7l);
      c7r = a.fma(br, c7r);
      a = FloatVector.broadcast(S, ap[a0 + k * 12 + 8]);
      c8l = a.fma(bl, c8l);
      c8r = a.fma(br, c8r);
      a = FloatVector.broadcast(S, ap[a0 + k * 12 + 9]);
      c9l = a.fma(bl, c9l);
      c9r = a.fma(br, c9r);
      a = FloatVector.broadcast(S, ap[a0 + k * 12 + 10]);
      c10l = a.fma(bl, c10l);
      c10r = a.fma(br, c10r);
      a = FloatVector.broadcast(S, ap[a0 + k * 12 + 11]);
      c11l = a.fma(bl, c11l);
      c11r = a.fma(br, c11r);
    }
    c0l.intoArray(tile, t0);
    c0r.intoArray(tile, t0 + L);
    c1l.intoArray(tile, t0 + 2 * L);
    c1r.intoArray(tile, t0 + 3 * L);
    c2l.intoArray(tile, t0 + 4 * L);
    c2r.intoArray(tile, t0 + 5 * L);
    c3l.intoArray(tile, t0 + 6 * L);
    c3r.intoArray(tile, t0 + 7 * L);
    c4l.intoArray(tile, t0 + 8 * L);
    c4r.intoArray(tile, t0 + 9 * L);
    c5l.intoArray(tile, t0 + 10 * L);
    c5r.intoArray(tile, t0 + 11 * L);
    c6l.intoArray(tile, t0 + 12 * L);
    c6r.intoArray(tile, t0 + 13 * L);
    c7l.intoArray(tile, t0 + 14 * L);
    c7r.intoArray(tile, t0 + 15 * L);
    c8l.intoArray(tile, t0 + 16 * L);
    c8r.intoArray(tile, t0 + 17 * L);
    c9l.intoArray(tile, t0 + 18 * L);
    c9r.intoArray(tile, t0 + 19 * L);
    c10l.intoArray(tile, t0 + 20 * L);
    c10r.intoArray(tile, t0 + 21 * L);
    c11l.intoArray(tile, t0 + 22 * L);
    c11r.intoArray(tile, t0 + 23 * L);
  }
}
