package dev.lanewise.kernel.gemm.micro.f32;

import dev.lanewise.simd.Lanes;
import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel for rows that tiles of 12 leave over, with 32 vector registers: a tile of 8 rows
 * x 2 vectors, see {@link MicroKernel12}.
 */
public final class MicroKernel8 {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;
  private static final int NR = 2 * L;
  private static final int RS = Blocking.ROW_STRIDE;

  private MicroKernel8() {}

  /**
   * {@code C[i][j] = sum over k of A[i][k] * B[k][j]}, a fused multiply-add each from 0 on, k
   * ascending.
   *
   * @param depth of the panels, even
   * @param ap packed A: row i of the tile is {@code ap[a0 + i * RS ..]}, contiguous in k
   * @param bp packed B: row k of the strip is {@code bp[b0 + k * NR ..]}
   * @param c 8 rows of NR elements from {@code c0} on, overwritten
   * @param ldc elements from one row of C to the next
   */
  public static void multiply(
      int depth, float[] ap, int a0, float[] bp, int b0, float[] c, int c0, int ldc) {
    int r1 = c0 + ldc;
    int r2 = r1 + ldc;
    int r3 = r2 + ldc;
    int r4 = r3 + ldc;
    int r5 = r4 + ldc;
    int r6 = r5 + ldc;
    int r7 = r6 + ldc;
    FloatVector zero = FloatVector.zero(S);
    FloatVector c0l = zero;
    FloatVector c0r = zero;
    FloatVector c1l = zero;
    FloatVector c1r = zero;
    FloatVector c2l = zero;
    FloatVector c2r = zero;
    FloatVector c3l = zero;
    FloatVector c3r = zero;
    FloatVector c4l = zero;
    FloatVector c4r = zero;
    FloatVector c5l = zero;
    FloatVector c5r = zero;
    FloatVector c6l = zero;
    FloatVector c6r = zero;
    FloatVector c7l = zero;
    FloatVector c7r = zero;
    for (int k = 0; k < depth; k += 2) {
      FloatVector bl = FloatVector.fromArray(S, bp, b0 + k * NR);
      FloatVector br = FloatVector.fromArray(S, bp, b0 + k * NR + L);
      FloatVector a = FloatVector.broadcast(S, ap[a0 + k]);
      c0l = a.fma(bl, c0l);
      c0r = a.fma(br, c0r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + RS]);
      c1l = a.fma(bl, c1l);
      c1r = a.fma(br, c1r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 2 * RS]);
      c2l = a.fma(bl, c2l);
      c2r = a.fma(br, c2r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 3 * RS]);
      c3l = a.fma(bl, c3l);
      c3r = a.fma(br, c3r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 4 * RS]);
      c4l = a.fma(bl, c4l);
      c4r = a.fma(br, c4r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 5 * RS]);
      c5l = a.fma(bl, c5l);
      c5r = a.fma(br, c5r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 6 * RS]);
      c6l = a.fma(bl, c6l);
      c6r = a.fma(br, c6r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 7 * RS]);
      c7l = a.fma(bl, c7l);
      c7r = a.fma(br, c7r);
      VarHandle.loadLoadFence();
      bl = FloatVector.fromArray(S, bp, b0 + k * NR + NR);
      br = FloatVector.fromArray(S, bp, b0 + k * NR + NR + L);
      a = FloatVector.broadcast(S, ap[a0 + k + 1]);
      c0l = a.fma(bl, c0l);
      c0r = a.fma(br, c0r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + RS + 1]);
      c1l = a.fma(bl, c1l);
      c1r = a.fma(br, c1r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 2 * RS + 1]);
      c2l = a.fma(bl, c2l);
      c2r = a.fma(br, c2r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 3 * RS + 1]);
      c3l = a.fma(bl, c3l);
      c3r = a.fma(br, c3r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 4 * RS + 1]);
      c4l = a.fma(bl, c4l);
      c4r = a.fma(br, c4r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 5 * RS + 1]);
      c5l = a.fma(bl, c5l);
      c5r = a.fma(br, c5r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 6 * RS + 1]);
      c6l = a.fma(bl, c6l);
      c6r = a.fma(br, c6r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 7 * RS + 1]);
      c7l = a.fma(bl, c7l);
      c7r = a.fma(br, c7r);
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
  }

  /** {@code C += A * B}: as {@link #multiply}, the chain begins with what is in C. */
  public static void accumulate(
      int depth, float[] ap, int a0, float[] bp, int b0, float[] c, int c0, int ldc) {
    int r1 = c0 + ldc;
    int r2 = r1 + ldc;
    int r3 = r2 + ldc;
    int r4 = r3 + ldc;
    int r5 = r4 + ldc;
    int r6 = r5 + ldc;
    int r7 = r6 + ldc;
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
    for (int k = 0; k < depth; k += 2) {
      FloatVector bl = FloatVector.fromArray(S, bp, b0 + k * NR);
      FloatVector br = FloatVector.fromArray(S, bp, b0 + k * NR + L);
      FloatVector a = FloatVector.broadcast(S, ap[a0 + k]);
      c0l = a.fma(bl, c0l);
      c0r = a.fma(br, c0r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + RS]);
      c1l = a.fma(bl, c1l);
      c1r = a.fma(br, c1r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 2 * RS]);
      c2l = a.fma(bl, c2l);
      c2r = a.fma(br, c2r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 3 * RS]);
      c3l = a.fma(bl, c3l);
      c3r = a.fma(br, c3r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 4 * RS]);
      c4l = a.fma(bl, c4l);
      c4r = a.fma(br, c4r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 5 * RS]);
      c5l = a.fma(bl, c5l);
      c5r = a.fma(br, c5r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 6 * RS]);
      c6l = a.fma(bl, c6l);
      c6r = a.fma(br, c6r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 7 * RS]);
      c7l = a.fma(bl, c7l);
      c7r = a.fma(br, c7r);
      VarHandle.loadLoadFence();
      bl = FloatVector.fromArray(S, bp, b0 + k * NR + NR);
      br = FloatVector.fromArray(S, bp, b0 + k * NR + NR + L);
      a = FloatVector.broadcast(S, ap[a0 + k + 1]);
      c0l = a.fma(bl, c0l);
      c0r = a.fma(br, c0r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + RS + 1]);
      c1l = a.fma(bl, c1l);
      c1r = a.fma(br, c1r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 2 * RS + 1]);
      c2l = a.fma(bl, c2l);
      c2r = a.fma(br, c2r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 3 * RS + 1]);
      c3l = a.fma(bl, c3l);
      c3r = a.fma(br, c3r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 4 * RS + 1]);
      c4l = a.fma(bl, c4l);
      c4r = a.fma(br, c4r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 5 * RS + 1]);
      c5l = a.fma(bl, c5l);
      c5r = a.fma(br, c5r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 6 * RS + 1]);
      c6l = a.fma(bl, c6l);
      c6r = a.fma(br, c6r);
      VarHandle.loadLoadFence();
      a = FloatVector.broadcast(S, ap[a0 + k + 7 * RS + 1]);
      c7l = a.fma(bl, c7l);
      c7r = a.fma(br, c7r);
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
  }
}
