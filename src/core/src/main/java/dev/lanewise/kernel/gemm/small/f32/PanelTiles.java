package dev.lanewise.kernel.gemm.small.f32;

import dev.lanewise.simd.Lanes;
import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Tiles of a small product for 16 vector registers: A from a {@link Panel}, B and C where they lie.
 *
 * <p>Copying a tile's height of A is one move for n multiply-adds, and puts its rows a constant
 * apart, so that one index serves them all. An index for each row costs 12 instructions for 12
 * multiply-adds: at n = 64 and 256 bits the product took 1.3 times as long. The fence behind each
 * row is explained at {@code MicroKernel6}.
 *
 * <p>A tile with fewer rows than it is high computes what the panel still holds behind them, and
 * does not store it. The last vector of a row may begin anywhere: what it shares with the one
 * before it is computed twice from the same start.
 */
final class PanelTiles {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int RS = Panel.STRIDE;

  private PanelTiles() {}

  /**
   * {@code C = A * B}, six rows by two vectors, a fused multiply-add for each term from 0 on, k
   * ascending.
   *
   * @param rows of A and C, 1 to 6
   * @param k columns of A and rows of B
   * @param panel rows of A, {@link Panel#STRIDE} apart
   * @param b two vectors in each row, row-major from {@code b0} on
   * @param last where the last vector of a row begins, behind its first element
   * @param c two vectors in each row, row-major from {@code c0} on
   */
  static void six(
      int rows,
      int k,
      float[] panel,
      float[] b,
      int b0,
      int ldb,
      int last,
      float[] c,
      int c0,
      int ldc) {
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
    int row = b0;
    for (int p = 0; p < k; p++) {
      FloatVector bl = FloatVector.fromArray(S, b, row);
      FloatVector br = FloatVector.fromArray(S, b, row + last);
      FloatVector x = FloatVector.broadcast(S, panel[p]);
      c0l = x.fma(bl, c0l);
      c0r = x.fma(br, c0r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + RS]);
      c1l = x.fma(bl, c1l);
      c1r = x.fma(br, c1r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 2 * RS]);
      c2l = x.fma(bl, c2l);
      c2r = x.fma(br, c2r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 3 * RS]);
      c3l = x.fma(bl, c3l);
      c3r = x.fma(br, c3r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 4 * RS]);
      c4l = x.fma(bl, c4l);
      c4r = x.fma(br, c4r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 5 * RS]);
      c5l = x.fma(bl, c5l);
      c5r = x.fma(br, c5r);
      VarHandle.loadLoadFence();
      row += ldb;
    }
    row = c0;
    c0l.intoArray(c, row);
    c0r.intoArray(c, row + last);
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1l.intoArray(c, row);
    c1r.intoArray(c, row + last);
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2l.intoArray(c, row);
    c2r.intoArray(c, row + last);
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3l.intoArray(c, row);
    c3r.intoArray(c, row + last);
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4l.intoArray(c, row);
    c4r.intoArray(c, row + last);
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5l.intoArray(c, row);
    c5r.intoArray(c, row + last);
  }

  /**
   * {@code C = A * B + beta * C}: as {@link #six}, the chain begins with what is in C times beta.
   */
  static void sixAdd(
      int rows,
      int k,
      float[] panel,
      float[] b,
      int b0,
      int ldb,
      int last,
      float beta,
      float[] c,
      int c0,
      int ldc) {
    int row = c0;
    FloatVector c0l = FloatVector.fromArray(S, c, row).mul(beta);
    FloatVector c0r = FloatVector.fromArray(S, c, row + last).mul(beta);
    row = rows > 1 ? row + ldc : row;
    FloatVector c1l = FloatVector.fromArray(S, c, row).mul(beta);
    FloatVector c1r = FloatVector.fromArray(S, c, row + last).mul(beta);
    row = rows > 2 ? row + ldc : row;
    FloatVector c2l = FloatVector.fromArray(S, c, row).mul(beta);
    FloatVector c2r = FloatVector.fromArray(S, c, row + last).mul(beta);
    row = rows > 3 ? row + ldc : row;
    FloatVector c3l = FloatVector.fromArray(S, c, row).mul(beta);
    FloatVector c3r = FloatVector.fromArray(S, c, row + last).mul(beta);
    row = rows > 4 ? row + ldc : row;
    FloatVector c4l = FloatVector.fromArray(S, c, row).mul(beta);
    FloatVector c4r = FloatVector.fromArray(S, c, row + last).mul(beta);
    row = rows > 5 ? row + ldc : row;
    FloatVector c5l = FloatVector.fromArray(S, c, row).mul(beta);
    FloatVector c5r = FloatVector.fromArray(S, c, row + last).mul(beta);
    row = b0;
    for (int p = 0; p < k; p++) {
      FloatVector bl = FloatVector.fromArray(S, b, row);
      FloatVector br = FloatVector.fromArray(S, b, row + last);
      FloatVector x = FloatVector.broadcast(S, panel[p]);
      c0l = x.fma(bl, c0l);
      c0r = x.fma(br, c0r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + RS]);
      c1l = x.fma(bl, c1l);
      c1r = x.fma(br, c1r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 2 * RS]);
      c2l = x.fma(bl, c2l);
      c2r = x.fma(br, c2r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 3 * RS]);
      c3l = x.fma(bl, c3l);
      c3r = x.fma(br, c3r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 4 * RS]);
      c4l = x.fma(bl, c4l);
      c4r = x.fma(br, c4r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 5 * RS]);
      c5l = x.fma(bl, c5l);
      c5r = x.fma(br, c5r);
      VarHandle.loadLoadFence();
      row += ldb;
    }
    row = c0;
    c0l.intoArray(c, row);
    c0r.intoArray(c, row + last);
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1l.intoArray(c, row);
    c1r.intoArray(c, row + last);
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2l.intoArray(c, row);
    c2r.intoArray(c, row + last);
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3l.intoArray(c, row);
    c3r.intoArray(c, row + last);
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4l.intoArray(c, row);
    c4r.intoArray(c, row + last);
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5l.intoArray(c, row);
    c5r.intoArray(c, row + last);
  }

  /** As {@link #six} for 1 to 4 rows. */
  static void four(
      int rows,
      int k,
      float[] panel,
      float[] b,
      int b0,
      int ldb,
      int last,
      float[] c,
      int c0,
      int ldc) {
    FloatVector zero = FloatVector.zero(S);
    FloatVector c0l = zero;
    FloatVector c0r = zero;
    FloatVector c1l = zero;
    FloatVector c1r = zero;
    FloatVector c2l = zero;
    FloatVector c2r = zero;
    FloatVector c3l = zero;
    FloatVector c3r = zero;
    int row = b0;
    for (int p = 0; p < k; p++) {
      FloatVector bl = FloatVector.fromArray(S, b, row);
      FloatVector br = FloatVector.fromArray(S, b, row + last);
      FloatVector x = FloatVector.broadcast(S, panel[p]);
      c0l = x.fma(bl, c0l);
      c0r = x.fma(br, c0r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + RS]);
      c1l = x.fma(bl, c1l);
      c1r = x.fma(br, c1r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 2 * RS]);
      c2l = x.fma(bl, c2l);
      c2r = x.fma(br, c2r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 3 * RS]);
      c3l = x.fma(bl, c3l);
      c3r = x.fma(br, c3r);
      VarHandle.loadLoadFence();
      row += ldb;
    }
    row = c0;
    c0l.intoArray(c, row);
    c0r.intoArray(c, row + last);
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1l.intoArray(c, row);
    c1r.intoArray(c, row + last);
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2l.intoArray(c, row);
    c2r.intoArray(c, row + last);
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3l.intoArray(c, row);
    c3r.intoArray(c, row + last);
  }

  /** As {@link #sixAdd} for 1 to 4 rows. */
  static void fourAdd(
      int rows,
      int k,
      float[] panel,
      float[] b,
      int b0,
      int ldb,
      int last,
      float beta,
      float[] c,
      int c0,
      int ldc) {
    int row = c0;
    FloatVector c0l = FloatVector.fromArray(S, c, row).mul(beta);
    FloatVector c0r = FloatVector.fromArray(S, c, row + last).mul(beta);
    row = rows > 1 ? row + ldc : row;
    FloatVector c1l = FloatVector.fromArray(S, c, row).mul(beta);
    FloatVector c1r = FloatVector.fromArray(S, c, row + last).mul(beta);
    row = rows > 2 ? row + ldc : row;
    FloatVector c2l = FloatVector.fromArray(S, c, row).mul(beta);
    FloatVector c2r = FloatVector.fromArray(S, c, row + last).mul(beta);
    row = rows > 3 ? row + ldc : row;
    FloatVector c3l = FloatVector.fromArray(S, c, row).mul(beta);
    FloatVector c3r = FloatVector.fromArray(S, c, row + last).mul(beta);
    row = b0;
    for (int p = 0; p < k; p++) {
      FloatVector bl = FloatVector.fromArray(S, b, row);
      FloatVector br = FloatVector.fromArray(S, b, row + last);
      FloatVector x = FloatVector.broadcast(S, panel[p]);
      c0l = x.fma(bl, c0l);
      c0r = x.fma(br, c0r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + RS]);
      c1l = x.fma(bl, c1l);
      c1r = x.fma(br, c1r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 2 * RS]);
      c2l = x.fma(bl, c2l);
      c2r = x.fma(br, c2r);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 3 * RS]);
      c3l = x.fma(bl, c3l);
      c3r = x.fma(br, c3r);
      VarHandle.loadLoadFence();
      row += ldb;
    }
    row = c0;
    c0l.intoArray(c, row);
    c0r.intoArray(c, row + last);
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1l.intoArray(c, row);
    c1r.intoArray(c, row + last);
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2l.intoArray(c, row);
    c2r.intoArray(c, row + last);
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3l.intoArray(c, row);
    c3r.intoArray(c, row + last);
  }

  /** As {@link #six}, one vector wide. */
  static void narrow(
      int rows, int k, float[] panel, float[] b, int b0, int ldb, float[] c, int c0, int ldc) {
    FloatVector zero = FloatVector.zero(S);
    FloatVector c0c = zero;
    FloatVector c1c = zero;
    FloatVector c2c = zero;
    FloatVector c3c = zero;
    FloatVector c4c = zero;
    FloatVector c5c = zero;
    int row = b0;
    for (int p = 0; p < k; p++) {
      FloatVector bc = FloatVector.fromArray(S, b, row);
      FloatVector x = FloatVector.broadcast(S, panel[p]);
      c0c = x.fma(bc, c0c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + RS]);
      c1c = x.fma(bc, c1c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 2 * RS]);
      c2c = x.fma(bc, c2c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 3 * RS]);
      c3c = x.fma(bc, c3c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 4 * RS]);
      c4c = x.fma(bc, c4c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 5 * RS]);
      c5c = x.fma(bc, c5c);
      VarHandle.loadLoadFence();
      row += ldb;
    }
    row = c0;
    c0c.intoArray(c, row);
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1c.intoArray(c, row);
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2c.intoArray(c, row);
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3c.intoArray(c, row);
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4c.intoArray(c, row);
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5c.intoArray(c, row);
  }

  /** As {@link #sixAdd}, one vector wide. */
  static void narrowAdd(
      int rows,
      int k,
      float[] panel,
      float[] b,
      int b0,
      int ldb,
      float beta,
      float[] c,
      int c0,
      int ldc) {
    int row = c0;
    FloatVector c0c = FloatVector.fromArray(S, c, row).mul(beta);
    row = rows > 1 ? row + ldc : row;
    FloatVector c1c = FloatVector.fromArray(S, c, row).mul(beta);
    row = rows > 2 ? row + ldc : row;
    FloatVector c2c = FloatVector.fromArray(S, c, row).mul(beta);
    row = rows > 3 ? row + ldc : row;
    FloatVector c3c = FloatVector.fromArray(S, c, row).mul(beta);
    row = rows > 4 ? row + ldc : row;
    FloatVector c4c = FloatVector.fromArray(S, c, row).mul(beta);
    row = rows > 5 ? row + ldc : row;
    FloatVector c5c = FloatVector.fromArray(S, c, row).mul(beta);
    row = b0;
    for (int p = 0; p < k; p++) {
      FloatVector bc = FloatVector.fromArray(S, b, row);
      FloatVector x = FloatVector.broadcast(S, panel[p]);
      c0c = x.fma(bc, c0c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + RS]);
      c1c = x.fma(bc, c1c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 2 * RS]);
      c2c = x.fma(bc, c2c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 3 * RS]);
      c3c = x.fma(bc, c3c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 4 * RS]);
      c4c = x.fma(bc, c4c);
      VarHandle.loadLoadFence();
      x = FloatVector.broadcast(S, panel[p + 5 * RS]);
      c5c = x.fma(bc, c5c);
      VarHandle.loadLoadFence();
      row += ldb;
    }
    row = c0;
    c0c.intoArray(c, row);
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1c.intoArray(c, row);
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2c.intoArray(c, row);
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3c.intoArray(c, row);
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4c.intoArray(c, row);
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5c.intoArray(c, row);
  }
}
