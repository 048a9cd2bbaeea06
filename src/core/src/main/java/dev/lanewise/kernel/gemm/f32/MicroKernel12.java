package dev.lanewise.kernel.gemm.f32;

import dev.lanewise.simd.Lanes;
import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel for 32 vector registers: a tile of 12 rows x 2 vectors, see {@link
 * MicroKernel6}. 6 registers are left for broadcasts, so a fence behind every fourth row should do:
 * not yet compiled or timed on a machine with 512-bit vectors.
 */
final class MicroKernel12 {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;
  private static final int NR = 2 * L;
  private static final int RS = Blocking.ROW_STRIDE;

  private MicroKernel12() {}

  /**
   * {@code C[i][j] = sum over k of A[i][k] * B[k][j]}, a fused multiply-add each from 0 on, k
   * ascending.
   *
   * @param depth of the panels
   * @param ap packed A: row i of the tile is {@code ap[a0 + i * RS ..]}, contiguous in k
   * @param bp packed B: row k of the strip is {@code bp[b0 + k * NR ..]}
   * @param c 12 rows of NR elements from {@code c0} on, overwritten
   * @param ldc elements from one row of C to the next
   */
  static void multiply(
      int depth, float[] ap, int a0, float[] bp, int b0, float[] c, int c0, int ldc) {
    int r1 = c0 + ldc;
    int r2 = r1 + ldc;
    int r3 = r2 + ldc;
    int r4 = r3 + ldc;
    int r5 = r4 + ldc;
    int r6 = r5 + ldc;
    int r7 = r6 + ldc;
    int r8 = r7 + ldc;
    int r9 = r8 + ldc;
    int r10 = r9 + ldc;
    int r11 = r10 + ldc;
    FloatVector c0l = FloatVector.zero(S);
    FloatVector c0r = FloatVector.zero(S);
    FloatVector c1l = FloatVector.zero(S);
    FloatVector c1r = FloatVector.zero(S);
    FloatVector c2l = FloatVector.zero(S);
    FloatVector c2r = FloatVector.zero(S);
    FloatVector c3l = FloatVector.zero(S);
    FloatVector c3r = FloatVector.zero(S);
    FloatVector c4l = FloatVector.zero(S);
    FloatVector c4r = FloatVector.zero(S);
    FloatVector c5l = FloatVector.zero(S);
    FloatVector c5r = FloatVector.zero(S);
    FloatVector c6l = FloatVector.zero(S);
    FloatVector c6r = FloatVector.zero(S);
    FloatVector c7l = FloatVector.zero(S);
    FloatVector c7r = FloatVector.zero(S);
    FloatVector c8l = FloatVector.zero(S);
    FloatVector c8r = FloatVector.zero(S);
    FloatVector c9l = FloatVector.zero(S);
    FloatVector c9r = FloatVector.zero(S);
    FloatVector c10l = FloatVector.zero(S);
    FloatVector c10r = FloatVector.zero(S);
    FloatVector c11l = FloatVector.zero(S);
    FloatVector c11r = FloatVector.zero(S);
    for (int k = 0; k < depth; k += 1) {
      FloatVector bl = FloatVector.fromArray(S, bp, b0 + k * NR);
      FloatVector br = FloatVector.fromArray(S, bp, b0 + k * NR + L);
      FloatVector a = FloatVector.broadcast(S, ap[a0 + k]);
      c0l = a.fma(bl, c0l);
      c0r = a.fma(br, c0r);
      a = FloatVector.broadcast(S, ap[a0 + k + RS]);
      c1l = a.fma(bl, c1l);
      c1r = a.fma(br, c1r);
      a = FloatVector.broadcast(S, ap[a0 + k + 2 * RS]);
      c2l = a.fma(bl, c2l);
      c2r = a.fma(br, c2r);
      a = FloatVector.broadcast(S, ap[a0 + k + 3 * RS]);
      c3l = a.fma(bl, c3l);
      c3r = a.fma(br, c3r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 4 * RS]);
      c4l = a.fma(bl, c4l);
      c4r = a.fma(br, c4r);
      a = FloatVector.broadcast(S, ap[a0 + k + 5 * RS]);
      c5l = a.fma(bl, c5l);
      c5r = a.fma(br, c5r);
      a = FloatVector.broadcast(S, ap[a0 + k + 6 * RS]);
      c6l = a.fma(bl, c6l);
      c6r = a.fma(br, c6r);
      a = FloatVector.broadcast(S, ap[a0 + k + 7 * RS]);
      c7l = a.fma(bl, c7l);
      c7r = a.fma(br, c7r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 8 * RS]);
      c8l = a.fma(bl, c8l);
      c8r = a.fma(br, c8r);
      a = FloatVector.broadcast(S, ap[a0 + k + 9 * RS]);
      c9l = a.fma(bl, c9l);
      c9r = a.fma(br, c9r);
      a = FloatVector.broadcast(S, ap[a0 + k + 10 * RS]);
      c10l = a.fma(bl, c10l);
      c10r = a.fma(br, c10r);
      a = FloatVector.broadcast(S, ap[a0 + k + 11 * RS]);
      c11l = a.fma(bl, c11l);
      c11r = a.fma(br, c11r);
      VarHandle.loadLoadFence();
    }
    c0l.intoArray(c, c0);
    c0r.intoArray(c, c0 + L);
    c1l.intoArray(c, r1);
    c1r.intoArray(c, r1 + L);
    c2l.intoArray(c, r2);
    c2r.intoArray(c, r2 + L);
    c3l.intoArray(c, r3);
    c3r.intoArray(c, r3 + L);
    c4l.intoArray(c, r4);
    c4r.intoArray(c, r4 + L);
    c5l.intoArray(c, r5);
    c5r.intoArray(c, r5 + L);
    c6l.intoArray(c, r6);
    c6r.intoArray(c, r6 + L);
    c7l.intoArray(c, r7);
    c7r.intoArray(c, r7 + L);
    c8l.intoArray(c, r8);
    c8r.intoArray(c, r8 + L);
    c9l.intoArray(c, r9);
    c9r.intoArray(c, r9 + L);
    c10l.intoArray(c, r10);
    c10r.intoArray(c, r10 + L);
    c11l.intoArray(c, r11);
    c11r.intoArray(c, r11 + L);
  }

  /** {@code C += A * B}: as {@link #multiply}, the chain begins with what is in C. */
  static void accumulate(
      int depth, float[] ap, int a0, float[] bp, int b0, float[] c, int c0, int ldc) {
    int r1 = c0 + ldc;
    int r2 = r1 + ldc;
    int r3 = r2 + ldc;
    int r4 = r3 + ldc;
    int r5 = r4 + ldc;
    int r6 = r5 + ldc;
    int r7 = r6 + ldc;
    int r8 = r7 + ldc;
    int r9 = r8 + ldc;
    int r10 = r9 + ldc;
    int r11 = r10 + ldc;
    FloatVector c0l = FloatVector.fromArray(S, c, c0);
    FloatVector c0r = FloatVector.fromArray(S, c, c0 + L);
    FloatVector c1l = FloatVector.fromArray(S, c, r1);
    FloatVector c1r = FloatVector.fromArray(S, c, r1 + L);
    FloatVector c2l = FloatVector.fromArray(S, c, r2);
    FloatVector c2r = FloatVector.fromArray(S, c, r2 + L);
    FloatVector c3l = FloatVector.fromArray(S, c, r3);
    FloatVector c3r = FloatVector.fromArray(S, c, r3 + L);
    FloatVector c4l = FloatVector.fromArray(S, c, r4);
    FloatVector c4r = FloatVector.fromArray(S, c, r4 + L);
    FloatVector c5l = FloatVector.fromArray(S, c, r5);
    FloatVector c5r = FloatVector.fromArray(S, c, r5 + L);
    FloatVector c6l = FloatVector.fromArray(S, c, r6);
    FloatVector c6r = FloatVector.fromArray(S, c, r6 + L);
    FloatVector c7l = FloatVector.fromArray(S, c, r7);
    FloatVector c7r = FloatVector.fromArray(S, c, r7 + L);
    FloatVector c8l = FloatVector.fromArray(S, c, r8);
    FloatVector c8r = FloatVector.fromArray(S, c, r8 + L);
    FloatVector c9l = FloatVector.fromArray(S, c, r9);
    FloatVector c9r = FloatVector.fromArray(S, c, r9 + L);
    FloatVector c10l = FloatVector.fromArray(S, c, r10);
    FloatVector c10r = FloatVector.fromArray(S, c, r10 + L);
    FloatVector c11l = FloatVector.fromArray(S, c, r11);
    FloatVector c11r = FloatVector.fromArray(S, c, r11 + L);
    for (int k = 0; k < depth; k += 1) {
      FloatVector bl = FloatVector.fromArray(S, bp, b0 + k * NR);
      FloatVector br = FloatVector.fromArray(S, bp, b0 + k * NR + L);
      FloatVector a = FloatVector.broadcast(S, ap[a0 + k]);
      c0l = a.fma(bl, c0l);
      c0r = a.fma(br, c0r);
      a = FloatVector.broadcast(S, ap[a0 + k + RS]);
      c1l = a.fma(bl, c1l);
      c1r = a.fma(br, c1r);
      a = FloatVector.broadcast(S, ap[a0 + k + 2 * RS]);
      c2l = a.fma(bl, c2l);
      c2r = a.fma(br, c2r);
      a = FloatVector.broadcast(S, ap[a0 + k + 3 * RS]);
      c3l = a.fma(bl, c3l);
      c3r = a.fma(br, c3r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 4 * RS]);
      c4l = a.fma(bl, c4l);
      c4r = a.fma(br, c4r);
      a = FloatVector.broadcast(S, ap[a0 + k + 5 * RS]);
      c5l = a.fma(bl, c5l);
      c5r = a.fma(br, c5r);
      a = FloatVector.broadcast(S, ap[a0 + k + 6 * RS]);
      c6l = a.fma(bl, c6l);
      c6r = a.fma(br, c6r);
      a = FloatVector.broadcast(S, ap[a0 + k + 7 * RS]);
      c7l = a.fma(bl, c7l);
      c7r = a.fma(br, c7r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 8 * RS]);
      c8l = a.fma(bl, c8l);
      c8r = a.fma(br, c8r);
      a = FloatVector.broadcast(S, ap[a0 + k + 9 * RS]);
      c9l = a.fma(bl, c9l);
      c9r = a.fma(br, c9r);
      a = FloatVector.broadcast(S, ap[a0 + k + 10 * RS]);
      c10l = a.fma(bl, c10l);
      c10r = a.fma(br, c10r);
      a = FloatVector.broadcast(S, ap[a0 + k + 11 * RS]);
      c11l = a.fma(bl, c11l);
      c11r = a.fma(br, c11r);
      VarHandle.loadLoadFence();
    }
    c0l.intoArray(c, c0);
    c0r.intoArray(c, c0 + L);
    c1l.intoArray(c, r1);
    c1r.intoArray(c, r1 + L);
    c2l.intoArray(c, r2);
    c2r.intoArray(c, r2 + L);
    c3l.intoArray(c, r3);
    c3r.intoArray(c, r3 + L);
    c4l.intoArray(c, r4);
    c4r.intoArray(c, r4 + L);
    c5l.intoArray(c, r5);
    c5r.intoArray(c, r5 + L);
    c6l.intoArray(c, r6);
    c6r.intoArray(c, r6 + L);
    c7l.intoArray(c, r7);
    c7r.intoArray(c, r7 + L);
    c8l.intoArray(c, r8);
    c8r.intoArray(c, r8 + L);
    c9l.intoArray(c, r9);
    c9r.intoArray(c, r9 + L);
    c10l.intoArray(c, r10);
    c10r.intoArray(c, r10 + L);
    c11l.intoArray(c, r11);
    c11r.intoArray(c, r11 + L);
  }
}
