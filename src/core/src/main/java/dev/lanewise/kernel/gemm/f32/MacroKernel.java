package dev.lanewise.kernel.gemm.f32;

import dev.lanewise.kernel.gemm.micro.f32.Blocking;
import dev.lanewise.kernel.gemm.micro.f32.MicroKernel12;
import dev.lanewise.kernel.gemm.micro.f32.MicroKernel4;
import dev.lanewise.kernel.gemm.micro.f32.MicroKernel6;
import dev.lanewise.kernel.gemm.micro.f32.MicroKernel8;
import dev.lanewise.kernel.gemm.small.f32.SmallKernel;
import dev.lanewise.simd.Lanes;
import java.util.Arrays;

/**
 * A block of C on one thread.
 *
 * <p>Each element of C is {@code fma(a, b, ...)} over k in ascending order, started with {@code
 * beta * C} (0 if beta is 0), with alpha multiplied into A first. The bits therefore depend neither
 * on the block that is asked for, nor on the vector width, nor on cache blocks. {@code |C - exact|
 * <= gamma(k + 2) (|alpha| |A| |B| + |beta| |C|)}, gamma(n) = n u / (1 - n u) (Higham, "Accuracy
 * and Stability of Numerical Algorithms", 2002, section 3.1).
 *
 * <p>Loops, from outside: ic over blocks of MC rows, pc over panels of KC, pack A, jc over blocks
 * of NC columns, pack B, ir over tiles of rows, jr over tiles of columns; or jc, pc, pack B, ic,
 * pack A, jr, see {@link #columnsFirst}. The panel of A that a row of tiles uses stays in the
 * first-level cache, the strips of B stream from the second, and C is walked along its rows.
 *
 * <p>Tiles are never masked. On the first pass over k, when C is written and not read, the last
 * tile of a row or column begins early enough to be whole and computes some elements twice, to the
 * same bits. A row of tiles goes straight into C where C is an array; otherwise each is computed in
 * scratch and copied, which is also what a pass that adds to C does at its edges.
 *
 * <p>On the last pass over k the {@link Epilogue} finishes tiles or rows of them as soon as they
 * are done, in C or in scratch: all that they wrote and nothing else. An element that is computed
 * twice is computed from its first term, and so is finished anew from the same bits.
 */
public final class MacroKernel {
  private static final int NR = Blocking.NR;

  /** Rows of C that are summed while they lie in a cache, whole tiles in place. */
  private static final int SUMMED_ROWS = 96;

  private MacroKernel() {}

  /**
   * {@code C[m0:m1, n0:n1] = epilogue(alpha * op(A) * op(B) + beta * C)}; the arguments have been
   * checked.
   *
   * @param k columns of op(A); with 0 of them, or alpha = 0, C is only scaled
   * @param shiftA elements from the matrix to the item of a batch, as the other shifts
   * @param epilogue one of the constants of {@link Epilogue}
   * @param bias its row 0 has an element for each column of C; read by an epilogue, and accumulated
   *     into by {@link Epilogue#COLUMN_SUMS}, which takes all rows of C at once
   */
  public static void run(
      int m0,
      int m1,
      int n0,
      int n1,
      int k,
      float alpha,
      Matrix a,
      long shiftA,
      Matrix b,
      long shiftB,
      float beta,
      Matrix c,
      long shiftC,
      int epilogue,
      Matrix bias) {
    if (epilogue == Epilogue.COLUMN_SUMS) {
      withColumnSums(m0, m1, n0, n1, k, alpha, a, shiftA, b, shiftB, beta, c, shiftC, bias);
      return;
    }
    boolean inMemory = a.patches == null && b.patches == null;
    boolean plain = epilogue == Epilogue.NONE && alpha != 0f && k != 0 && inMemory;
    if (plain
        && SmallKernel.servesBlock(
            a.transposed, b.transposed, m1 - m0, n1 - n0, k, alpha, b.ld, beta)
        && runInPlace(m0, m1, n0, n1, k, alpha, a, shiftA, b, shiftB, beta, c, shiftC)) {
      return;
    }
    Panels panels = Panels.borrow();
    try {
      panels.a.set(a, shiftA);
      panels.b.set(b, shiftB);
      panels.c.set(c, shiftC);
      panels.bias.set(bias, 0);
      if (plain && Staged.serves(m1 - m0, n1 - n0, k, alpha)) {
        Staged.run(m0, m1, n0, n1, k, alpha, beta, panels);
      } else if (alpha == 0f || k == 0) {
        scaleC(m0, m1, n0, n1, beta, epilogue, panels);
      } else {
        blocks(m0, m1, n0, n1, k, alpha, beta, epilogue, panels);
      }
    } finally {
      panels.giveBack();
    }
  }

  /** The same without an epilogue. */
  public static void run(
      int m0,
      int m1,
      int n0,
      int n1,
      int k,
      float alpha,
      Matrix a,
      long shiftA,
      Matrix b,
      long shiftB,
      float beta,
      Matrix c,
      long shiftC) {
    run(m0, m1, n0, n1, k, alpha, a, shiftA, b, shiftB, beta, c, shiftC, Epilogue.NONE, c);
  }

  /**
   * Some columns of C after the other, each with all its rows. A small product that is copied is
   * summed when it is done: all of it lies in the caches then.
   */
  private static void withColumnSums(
      int m0,
      int m1,
      int n0,
      int n1,
      int k,
      float alpha,
      Matrix a,
      long shiftA,
      Matrix b,
      long shiftB,
      float beta,
      Matrix c,
      long shiftC,
      Matrix dBias) {
    int m = m1 - m0;
    Panels panels = Panels.borrow();
    try {
      panels.a.set(a, shiftA);
      panels.b.set(b, shiftB);
      panels.c.set(c, shiftC);
      panels.bias.set(dBias, 0);
      int past;
      for (int jc = n0; jc < n1; jc = past) {
        past = Math.min(n1, jc + ColumnSums.COLUMNS);
        int n = past - jc;
        ColumnSums.begin(panels, jc, n);
        if (alpha == 0f || k == 0) {
          scaleC(m0, m1, jc, past, beta, Epilogue.COLUMN_SUMS, panels);
        } else if (!SmallKernel.servesBlock(a.transposed, b.transposed, m, n, k, alpha, b.ld, beta)
            || !sumInPlace(
                m0, m1, jc, past, k, alpha, a, shiftA, b, shiftB, beta, c, shiftC, panels)) {
          if (Staged.serves(m, n, k, alpha)) {
            Staged.run(m0, m1, jc, past, k, alpha, beta, panels);
            ColumnSums.add(panels, m0, m, jc, n);
          } else {
            blocks(m0, m1, jc, past, k, alpha, beta, Epilogue.COLUMN_SUMS, panels);
          }
        }
        ColumnSums.finish(panels, n);
      }
    } finally {
      panels.giveBack();
    }
  }

  /** Without packing, with the sums of some rows of C after the other. */
  private static boolean sumInPlace(
      int m0,
      int m1,
      int n0,
      int n1,
      int k,
      float alpha,
      Matrix a,
      long shiftA,
      Matrix b,
      long shiftB,
      float beta,
      Matrix c,
      long shiftC,
      Panels panels) {
    for (int i = m0; i < m1; i += SUMMED_ROWS) {
      int past = Math.min(m1, i + SUMMED_ROWS);
      if (!runInPlace(i, past, n0, n1, k, alpha, a, shiftA, b, shiftB, beta, c, shiftC)) {
        return false;
      }
      ColumnSums.add(panels, i, past - i, n0, n1 - n0);
    }
    return true;
  }

  /** Without packing, if the operands lie in memory of one kind. */
  private static boolean runInPlace(
      int m0,
      int m1,
      int n0,
      int n1,
      int k,
      float alpha,
      Matrix a,
      long shiftA,
      Matrix b,
      long shiftB,
      float beta,
      Matrix c,
      long shiftC) {
    boolean ta = a.transposed;
    boolean tb = b.transposed;
    long atA = shiftA + (ta ? a.at(0, m0) : a.at(m0, 0));
    long atB = shiftB + (tb ? b.at(n0, 0) : b.at(0, n0));
    long atC = shiftC + c.at(m0, n0);
    int m = m1 - m0;
    int n = n1 - n0;
    if (a.onHeap && b.onHeap && c.onHeap) {
      SmallKernel.run(
          ta, tb, m, n, k, alpha, a.array, atA, a.ld, b.array, atB, b.ld, beta, c.array, atC, c.ld);
      return true;
    }
    if (n >= Lanes.F32_LANES
        && SmallKernel.inPlaceOffHeap(m)
        && a.isNative()
        && b.isNative()
        && c.isNative()) {
      SmallKernel.run(
          ta, tb, m, n, k, alpha, a.segment, atA, a.ld, b.segment, atB, b.ld, beta, c.segment, atC,
          c.ld);
      return true;
    }
    return false;
  }

  private static void blocks(
      int m0, int m1, int n0, int n1, int k, float alpha, float beta, int epilogue, Panels panels) {
    int kcEven = Blocking.evenBlock(k, Blocking.KC);
    int ncEven = roundUp(Blocking.evenBlock(n1 - n0, Blocking.columns(kcEven)), NR);
    if (Blocking.WIDE || n1 - n0 <= ncEven) {
      columnsFirst(m0, m1, n0, n1, k, kcEven, ncEven, alpha, beta, epilogue, panels);
    } else {
      rowsFirst(m0, m1, n0, n1, k, kcEven, ncEven, alpha, beta, epilogue, panels);
    }
  }

  /**
   * The order of a small second-level cache that B does not fit in: A is packed once, B for each
   * block of rows.
   */
  private static void rowsFirst(
      int m0,
      int m1,
      int n0,
      int n1,
      int k,
      int kcEven,
      int ncEven,
      float alpha,
      float beta,
      int epilogue,
      Panels panels) {
    int mcEven = roundUp(Blocking.evenBlock(m1 - m0, Blocking.MC), Blocking.MR);
    for (int ic = m0; ic < m1; ic += mcEven) {
      int mc = Math.min(mcEven, m1 - ic);
      for (int pc = 0; pc < k; pc += kcEven) {
        int kc = Math.min(kcEven, k - pc);
        float start = pc == 0 ? beta : 1f;
        int finish = pc + kc == k ? epilogue : Epilogue.NONE;
        PackA.pack(panels.a, ic, mc, pc, kc, alpha, panels);
        int last = start == 0f && n1 - n0 >= NR ? n1 - NR : n1;
        for (int jc = n0; jc < n1; jc += ncEven) {
          int nc = Math.min(ncEven, n1 - jc);
          packB(pc, kc, jc, nc, n1, last, finish, panels);
          rowsOfTiles(panels.c, ic, mc, jc, nc, last, Blocking.depth(kc), panels, start, finish);
        }
      }
    }
  }

  /**
   * The order of a large second-level cache, or of a B that is one block: it stays in that cache,
   * and each tile's height of A is packed into the first-level cache right before it is used. At n
   * = 192 and 256 bits 1.04 times as fast as packing all of A first.
   */
  private static void columnsFirst(
      int m0,
      int m1,
      int n0,
      int n1,
      int k,
      int kcEven,
      int ncEven,
      float alpha,
      float beta,
      int epilogue,
      Panels panels) {
    for (int jc = n0; jc < n1; jc += ncEven) {
      int nc = Math.min(ncEven, n1 - jc);
      for (int pc = 0; pc < k; pc += kcEven) {
        int kc = Math.min(kcEven, k - pc);
        float start = pc == 0 ? beta : 1f;
        int finish = pc + kc == k ? epilogue : Epilogue.NONE;
        int last = start == 0f && n1 - n0 >= NR ? n1 - NR : n1;
        packB(pc, kc, jc, nc, n1, last, finish, panels);
        int mc;
        for (int ic = m0; ic < m1; ic += mc) {
          mc = Blocking.panelRows(m1 - ic, panels.a.transposed);
          PackA.pack(panels.a, ic, mc, pc, kc, alpha, panels);
          rowsOfTiles(panels.c, ic, mc, jc, nc, last, Blocking.depth(kc), panels, start, finish);
        }
      }
    }
  }

  private static void packB(
      int pc, int kc, int jc, int nc, int n1, int last, int finish, Panels panels) {
    PackB.pack(panels.b, pc, kc, jc, nc, n1, last, panels.packed, Panels.B0, panels.stage);
    if (Epilogue.changes(finish)) {
      readBias(panels, Math.min(jc, last), jc + nc);
    }
  }

  /** Makes the bias of the columns from {@code begin} on ready for the epilogue. */
  static void readBias(Panels panels, int begin, int end) {
    panels.bias.read(panels.bias.at(0, begin), panels.packed, Panels.BIAS, end - begin);
  }

  /** What is left of a product without terms; beta = 0 overwrites even NaN. */
  private static void scaleC(
      int m0, int m1, int n0, int n1, float beta, int epilogue, Panels panels) {
    float[] tiles = panels.packed;
    int t = Panels.B0;
    for (int i = m0; i < m1; i++) {
      for (int j = n0; j < n1; j += Blocking.NC) {
        int columns = Math.min(Blocking.NC, n1 - j);
        long at = panels.c.at(i, j);
        if (beta == 0f) {
          Arrays.fill(tiles, t, t + columns, 0f);
        } else {
          panels.c.read(at, tiles, t, columns);
          scale(tiles, t, t + columns, beta);
        }
        if (Epilogue.changes(epilogue)) {
          readBias(panels, j, j + columns);
          Epilogue.run(epilogue, tiles, Panels.BIAS, tiles, t, 0, 1, columns);
        }
        panels.c.write(tiles, t, at, columns);
        if (epilogue == Epilogue.COLUMN_SUMS) {
          ColumnSums.add(panels, i, 1, j, columns);
        }
      }
    }
  }

  /**
   * {@code C[ic : ic+mc, jc : jc+nc] = epilogue(start * C + packed A * packed B)}, B in the strips
   * that the panels name.
   */
  static void rowsOfTiles(
      Matrix c,
      int ic,
      int mc,
      int jc,
      int nc,
      int last,
      int depth,
      Panels panels,
      float start,
      int epilogue) {
    boolean wholeColumns = last < jc + nc || nc % NR == 0;
    for (int ir = 0; ir < mc; ) {
      int mr = Blocking.tileRows(mc - ir);
      int i = Blocking.tileBegin(ir, mc, mr);
      int panel = Panels.A0 + Math.multiplyExact(i, Blocking.ROW_STRIDE);
      boolean wholeRows = mc >= mr && (start == 0f || i == ir);
      int rows = Math.min(mr - (ir - i), mc - ir);
      if (c.onHeap && wholeRows && wholeColumns && (start == 0f || start == 1f)) {
        int at = (int) c.at(ic + i, 0);
        tiles(mr, jc, nc, last, depth, panels, panel, start != 0f, c.array, at, c.ld);
        int j = Math.min(jc, last);
        int bias = Panels.BIAS;
        Epilogue.run(epilogue, panels.packed, bias, c.array, at + j, c.ld, mr, jc + nc - j);
      } else {
        tilesByScratch(
            c, ic + ir, ir - i, rows, mr, jc, nc, last, depth, panels, panel, start, epilogue);
      }
      if (epilogue == Epilogue.COLUMN_SUMS) {
        ColumnSums.add(panels, ic + ir, rows, jc, nc);
      }
      ir += mr;
    }
  }

  /**
   * One row of tiles, each computed in scratch that stays in the first-level cache.
   *
   * @param first row of C that is wanted
   * @param skipped rows of the tile before it
   */
  private static void tilesByScratch(
      Matrix c,
      int first,
      int skipped,
      int rows,
      int mr,
      int jc,
      int nc,
      int last,
      int depth,
      Panels panels,
      int panel,
      float start,
      int epilogue) {
    float[] packed = panels.packed;
    int scratch = Panels.TILE + Math.multiplyExact(skipped, NR);
    int stripStride = Blocking.stripStride(depth);
    int strip = panels.firstStrip;
    for (int jr = jc; jr < jc + nc; jr += NR) {
      int j = Math.min(jr, last);
      int columns = Math.min(NR, jc + nc - j);
      if (start != 0f) {
        load(c, first, rows, j, columns, start, packed, scratch);
      }
      tile(mr, depth, panels, panel, strip, start != 0f, packed, Panels.TILE, NR);
      int bias = Panels.BIAS + j - Math.min(jc, last);
      Epilogue.run(epilogue, packed, bias, packed, scratch, NR, rows, columns);
      Rows.write(packed, scratch, NR, rows, columns, c, c.at(first, j));
      strip += stripStride;
    }
  }

  private static void load(
      Matrix c, int i, int rows, int j, int columns, float beta, float[] tiles, int t0) {
    Rows.read(c, c.at(i, j), rows, columns, tiles, t0, NR);
    if (beta != 1f) {
      int t = t0;
      for (int r = 0; r < rows; r++) {
        scale(tiles, t, t + columns, beta);
        t += NR;
      }
    }
  }

  private static void scale(float[] tiles, int begin, int end, float factor) {
    for (int i = begin; i < end; i++) {
      tiles[i] *= factor;
    }
  }

  /** One row of tiles: column j of C is at {@code c0 + j} of each row. */
  private static void tiles(
      int mr,
      int jc,
      int nc,
      int last,
      int depth,
      Panels panels,
      int panel,
      boolean accumulate,
      float[] c,
      int c0,
      int ldc) {
    int stripStride = Blocking.stripStride(depth);
    int strip = panels.firstStrip;
    for (int jr = jc; jr < jc + nc; jr += NR) {
      int at = c0 + Math.min(jr, last);
      tile(mr, depth, panels, panel, strip, accumulate, c, at, ldc);
      strip += stripStride;
    }
  }

  private static void tile(
      int mr,
      int depth,
      Panels panels,
      int panel,
      int strip,
      boolean accumulate,
      float[] c,
      int at,
      int ldc) {
    float[] packed = panels.packed;
    float[] strips = panels.strips;
    if (accumulate) {
      switch (mr) {
        case 8 -> MicroKernel8.accumulate(depth, packed, panel, strips, strip, c, at, ldc);
        case 6 -> MicroKernel6.accumulate(depth, packed, panel, strips, strip, c, at, ldc);
        case 4 -> MicroKernel4.accumulate(depth, packed, panel, strips, strip, c, at, ldc);
        default -> MicroKernel12.accumulate(depth, packed, panel, strips, strip, c, at, ldc);
      }
    } else {
      switch (mr) {
        case 8 -> MicroKernel8.multiply(depth, packed, panel, strips, strip, c, at, ldc);
        case 6 -> MicroKernel6.multiply(depth, packed, panel, strips, strip, c, at, ldc);
        case 4 -> MicroKernel4.multiply(depth, packed, panel, strips, strip, c, at, ldc);
        default -> MicroKernel12.multiply(depth, packed, panel, strips, strip, c, at, ldc);
      }
    }
  }

  static int roundUp(int size, int multiple) {
    return Math.multiplyExact(Math.ceilDiv(size, multiple), multiple);
  }
}
