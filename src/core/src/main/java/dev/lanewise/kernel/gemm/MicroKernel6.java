package dev.lanewise.kernel.gemm;

import dev.lanewise.simd.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel for 16 vector registers: a tile of 6 rows x 2 vectors.
 *
 * <p>C2 does not schedule: it hoists the broadcasts of a k-step, and with A interleaved by row it
 * then runs out of registers and sends an accumulator through the stack at each step. With each row
 * of A contiguous in k, a local index per row and nothing else in the method the loop is 33
 * instructions for 12 multiply-adds, without a spill. Keep the text as it is: k unrolled, a start
 * other than 0, or a flag costs half the speed.
 */
final class MicroKernel6 {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;
  private static final int NR = 2 * L;

  private MicroKernel6() {}

  /**
   * {@code tile[i][j] += sum over k of A[i][k] * B[k][j]}, a fused multiply-add each, k ascending.
   *
   * @param kc depth of the panels
   * @param ap packed A: row i of the panel is {@code ap[a0 + i * stride ..]}, contiguous in k
   * @param stride floats from one row of the panel to the next
   * @param bp packed B: row k of the strip is {@code bp[b0 + k * NR ..]}
   * @param tile 6 rows of NR floats from {@code t0} on, accumulated into
   */
  static void run(
      int kc, float[] ap, int a0, int stride, float[] bp, int b0, float[] tile, int t0) {
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
    int a1 = a0 + stride;
    int a2 = a1 + stride;
    int a3 = a2 + stride;
    int a4 = a3 + stride;
    int a5 = a4 + stride;
    for (int k = 0; k < kc; k++) {
      FloatVector bl = FloatVector.fromArray(S, bp, b0 + k * NR);
      FloatVector br = FloatVector.fromArray(S, bp, b0 + k * NR + L);
      FloatVector a = FloatVector.broadcast(S, ap[a0 + k]);
      c0l = a.fma(bl, c0l);
      c0r = a.fma(br, c0r);
      a = FloatVector.broadcast(S, ap[a1 + k]);
      c1l = a.fma(bl, c1l);
      c1r = a.fma(br, c1r);
      a = FloatVector.broadcast(S, ap[a2 + k]);
      c2l = a.fma(bl, c2l);
      c2r = a.fma(br, c2r);
      a = FloatVector.broadcast(S, ap[a3 + k]);
      c3l = a.fma(bl, c3l);
      c3r = a.fma(br, c3r);
      a = FloatVector.broadcast(S, ap[a4 + k]);
      c4l = a.fma(bl, c4l);
      c4r = a.fma(br, c4r);
      a = FloatVector.broadcast(S, ap[a5 + k]);
      c5l = a.fma(bl, c5l);
      c5r = a.fma(br, c5r);
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
  }
}
