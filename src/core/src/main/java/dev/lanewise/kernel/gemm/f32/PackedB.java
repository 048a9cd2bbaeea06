package dev.lanewise.kernel.gemm.f32;

import dev.lanewise.kernel.gemm.micro.f32.Blocking;

/**
 * A whole B, packed once for several products: where few rows meet a large B, as in each step of a
 * recurrent layer, packing it anew would take as long as multiplying. Sized anew by {@link
 * #setSize}; whoever pools it counts its memory.
 *
 * <p>Depth block p has its strips side by side, as {@link PackB} makes them. A product reads a
 * strip once for {@link #ROWS} rows of C: it stays in the first-level cache while the tiles of
 * these rows are computed, and their packed A comes from the second. Bits and errors are those of
 * {@link MacroKernel}.
 */
public final class PackedB {
  private static final int NR = Blocking.NR;

  /** Most rows of A that are packed at a time: half of a second-level cache of 512 KiB. */
  private static final int ROWS = Math.min(96, Blocking.MC);

  private float[] strips = {};
  private int k;
  private int n;

  /** Depth of a block but the last. */
  private int kcEven;

  /** Without memory yet. */
  public PackedB() {}

  /** Makes room for a B of {@code k} rows, at least 1, and {@code n} columns. */
  public void setSize(int k, int n) {
    this.k = k;
    this.n = n;
    kcEven = Blocking.evenBlock(k, Blocking.KC);
    int size = sizeFor(k, n);
    if (strips.length < size) {
      strips = new float[size];
    }
  }

  /** Bytes of its memory. */
  public long bytes() {
    return (long) Float.BYTES * strips.length;
  }

  /** Bytes of its memory when it will have had that size. */
  public long bytesFor(int k, int n) {
    return (long) Float.BYTES * Math.max(strips.length, sizeFor(k, n));
  }

  private static int sizeFor(int k, int n) {
    int kcEven = Blocking.evenBlock(k, Blocking.KC);
    return Panels.ALIGN + Math.multiplyExact(Math.ceilDiv(k, kcEven), blockSize(n, kcEven));
  }

  /** Strips of NR columns side by side, which can be packed apart from each other. */
  public int strips() {
    return Math.ceilDiv(n, NR);
  }

  /** Elements of the strips of a depth block. */
  private static int blockSize(int n, int kc) {
    return Math.multiplyExact(Math.ceilDiv(n, NR), Blocking.stripStride(kc));
  }

  /** Where a strip of the depth block that begins at {@code pc} begins. */
  private int strip(int pc, int kc, int strip) {
    return Panels.ALIGN
        + Math.multiplyExact(pc / kcEven, blockSize(n, kcEven))
        + Math.multiplyExact(strip, Blocking.stripStride(kc));
  }

  /** Packs the strips {@code [begin, end)} of {@code b}, {@code shift} elements further on. */
  public void pack(Matrix b, long shift, int begin, int end) {
    int jc = Math.multiplyExact(begin, NR);
    int nc = Math.min(n, Math.multiplyExact(end, NR)) - jc;
    Panels panels = Panels.borrow();
    try {
      panels.b.set(b, shift);
      for (int pc = 0; pc < k; pc += kcEven) {
        int kc = Math.min(kcEven, k - pc);
        int at = strip(pc, kc, begin);
        PackB.pack(panels.b, pc, kc, jc, nc, n, n, strips, at, panels.stage);
      }
    } finally {
      panels.giveBack();
    }
  }

  /**
   * {@code C[m0:m1, n0:n1] = epilogue(op(A) * B + beta * C)}; the arguments have been checked.
   *
   * @param n0 a multiple of NR
   * @param epilogue one of the constants of {@link Epilogue}, but {@link Epilogue#COLUMN_SUMS}
   * @param bias its row 0 has an element for each column of C
   */
  public void multiply(
      int m0, int m1, int n0, int n1, Matrix a, float beta, Matrix c, int epilogue, Matrix bias) {
    assert n0 % NR == 0 && epilogue != Epilogue.COLUMN_SUMS;
    Panels panels = Panels.borrow();
    try {
      panels.a.set(a, 0);
      panels.c.set(c, 0);
      panels.bias.set(bias, 0);
      multiply(m0, m1, n0, n1, 0, k, beta, epilogue, panels);
    } finally {
      panels.giveBack();
    }
  }

  /**
   * {@code C[m0:m1, n0:n1] = op(A)[:, k0:k1] * B[k0:k1, :] + beta * C}: where the other elements of
   * A are zeros.
   *
   * @param n0 a multiple of NR
   * @param k0 even, and 0 if B is deeper than a block
   * @param k1 beyond k0; even, or all rows of B
   * @param shiftA elements from the matrix to what is meant of it, as the other shift
   */
  public void multiply(
      int m0,
      int m1,
      int n0,
      int n1,
      int k0,
      int k1,
      Matrix a,
      long shiftA,
      float beta,
      Matrix c,
      long shiftC) {
    assert n0 % NR == 0 && k0 % 2 == 0 && (k1 % 2 == 0 || k1 == k) && (k0 == 0 || k == kcEven);
    Panels panels = Panels.borrow();
    try {
      panels.a.set(a, shiftA);
      panels.c.set(c, shiftC);
      multiply(m0, m1, n0, n1, k0, k1, beta, Epilogue.NONE, panels);
    } finally {
      panels.giveBack();
    }
  }

  private void multiply(
      int m0, int m1, int n0, int n1, int k0, int k1, float beta, int epilogue, Panels panels) {
    panels.strips = strips;
    int mcEven = MacroKernel.roundUp(Blocking.evenBlock(m1 - m0, ROWS), Blocking.MR);
    for (int ic = m0; ic < m1; ic += mcEven) {
      int mc = Math.min(mcEven, m1 - ic);
      for (int pc = k0; pc < k1; pc += kcEven) {
        int kc = Math.min(kcEven, k1 - pc);
        PackA.pack(panels.a, ic, mc, pc, kc, 1f, panels);
        float start = pc == k0 ? beta : 1f;
        int finish = pc + kc == k1 ? epilogue : Epilogue.NONE;
        columnsOfTiles(ic, mc, n0, n1, pc, kc, panels, start, finish);
      }
    }
  }

  private void columnsOfTiles(
      int ic, int mc, int n0, int n1, int pc, int kc, Panels panels, float start, int epilogue) {
    int block = pc - pc % kcEven;
    int packedRows = Math.min(kcEven, k - block);
    int depth = Blocking.depth(kc);
    for (int jr = n0; jr < n1; jr += NR) {
      int columns = Math.min(NR, n1 - jr);
      if (Epilogue.changes(epilogue)) {
        MacroKernel.readBias(panels, jr, jr + columns);
      }
      panels.firstStrip = strip(block, packedRows, jr / NR) + Math.multiplyExact(pc - block, NR);
      MacroKernel.rowsOfTiles(panels.c, ic, mc, jr, columns, n1, depth, panels, start, epilogue);
    }
  }
}
