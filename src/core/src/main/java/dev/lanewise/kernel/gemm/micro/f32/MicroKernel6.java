package dev.lanewise.kernel.gemm.micro.f32;

import dev.lanewise.simd.Lanes;
import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel for 16 vector registers: a tile of 6 rows x 2 vectors.
 *
 * <p>12 accumulators and the 2 vectors of B leave 2 registers for broadcasts of A. C2 orders the
 * loads of a block as it likes; with the rows of A a constant apart, so that one index serves them
 * all, it hoists the broadcasts and sends accumulators through the stack at each step. A fence is
 * an order of memory operations to C2 and no instruction at all on x86: behind each row it keeps
 * the load of the next one where it is written. With it two steps are 53 instructions for 24
 * multiply-adds, without an accumulator spilled. The best form without fences, an index of its own
 * for each row, takes 66: as fast on a core of one's own, a quarter slower where the core is shared
 * with another thread. Keep the text as it is and look at C2's code after every change.
 */
public final class MicroKernel6 {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;
  private static final int NR = 2 * L;
  private static final int RS = Blocking.ROW_STRIDE;

  private MicroKernel6() {}

  /**
   * {@code C[i][j] = sum over k of A[i][k] * B[k][j]}, a fused multiply-add each from 0 on, k
   * ascending.
   *
   * @param depth of the panels, even
   * @param ap packed A: row i of the tile is {@code ap[a0 + i * RS ..]}, contiguous in k
   * @param bp packed B: row k of the strip is {@code bp[b0 + k * NR ..]}
   * @param c 6 rows of NR elements from {@code c0} on, overwritten
   * @param ldc elements from one row of C to the next
   */
  public static void multiply(
      int depth, float[] ap, int a0, float[] bp, int b0, float[] c, int c0, int ldc) {
    int r1 = c0 + ldc;
    int r2 = r1 + ldc;
    int r3 = r2 + ldc;
    int r4 = r3 + ldc;
    int r5 = r4 + ldc;
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
  }

  /** {@code C += A * B}: as {@link #multiply}, the chain begins with what is in C. */
  public static void accumulate(
      int depth, float[] ap, int a0, float[] bp, int b0, float[] c, int c0, int ldc) {
    int r1 = c0 + ldc;
    int r2 = r1 + ldc;
    int r3 = r2 + ldc;
    int r4 = r3 + ldc;
    int r5 = r4 + ldc;
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
  }
}
