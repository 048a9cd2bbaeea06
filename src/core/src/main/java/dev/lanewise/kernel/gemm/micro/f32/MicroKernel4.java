package dev.lanewise.kernel.gemm.micro.f32;

import dev.lanewise.simd.Lanes;
import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel for the last rows of a block: a tile of 4 rows x 2 vectors, see {@link
 * MicroKernel6}. 8 accumulators still hide the latency of the multiply-add.
 */
public final class MicroKernel4 {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;
  private static final int NR = 2 * L;
  private static final int RS = Blocking.ROW_STRIDE;

  private MicroKernel4() {}

  /**
   * {@code C[i][j] = sum over k of A[i][k] * B[k][j]}, a fused multiply-add each from 0 on, k
   * ascending.
   *
   * @param depth of the panels, even
   * @param ap packed A: row i of the tile is {@code ap[a0 + i * RS ..]}, contiguous in k
   * @param bp packed B: row k of the strip is {@code bp[b0 + k * NR ..]}
   * @param c 4 rows of NR elements from {@code c0} on, overwritten
   * @param ldc elements from one row of C to the next
   */
  public static void multiply(
      int depth, float[] ap, int a0, float[] bp, int b0, float[] c, int c0, int ldc) {
    int r1 = c0 + ldc;
    int r2 = r1 + ldc;
    int r3 = r2 + ldc;
    FloatVector c0l = FloatVector.zero(S);
    FloatVector c0r = FloatVector.zero(S);
    FloatVector c1l = FloatVector.zero(S);
    FloatVector c1r = FloatVector.zero(S);
    FloatVector c2l = FloatVector.zero(S);
    FloatVector c2r = FloatVector.zero(S);
    FloatVector c3l = FloatVector.zero(S);
    FloatVector c3r = FloatVector.zero(S);
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
    }
    c0l.intoArray(c, c0);
    c0r.intoArray(c, c0 + L);
    c1l.intoArray(c, r1);
    c1r.intoArray(c, r1 + L);
    c2l.intoArray(c, r2);
    c2r.intoArray(c, r2 + L);
    c3l.intoArray(c, r3);
    c3r.intoArray(c, r3 + L);
  }

  /** {@code C += A * B}: as {@link #multiply}, the chain begins with what is in C. */
  public static void accumulate(
      int depth, float[] ap, int a0, float[] bp, int b0, float[] c, int c0, int ldc) {
    int r1 = c0 + ldc;
    int r2 = r1 + ldc;
    int r3 = r2 + ldc;
    FloatVector c0l = FloatVector.fromArray(S, c, c0);
    FloatVector c0r = FloatVector.fromArray(S, c, c0 + L);
    FloatVector c1l = FloatVector.fromArray(S, c, r1);
    FloatVector c1r = FloatVector.fromArray(S, c, r1 + L);
    FloatVector c2l = FloatVector.fromArray(S, c, r2);
    FloatVector c2r = FloatVector.fromArray(S, c, r2 + L);
    FloatVector c3l = FloatVector.fromArray(S, c, r3);
    FloatVector c3r = FloatVector.fromArray(S, c, r3 + L);
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
    }
    c0l.intoArray(c, c0);
    c0r.intoArray(c, c0 + L);
    c1l.intoArray(c, r1);
    c1r.intoArray(c, r1 + L);
    c2l.intoArray(c, r2);
    c2r.intoArray(c, r2 + L);
    c3l.intoArray(c, r3);
    c3r.intoArray(c, r3 + L);
  }
}
