package dev.lanewise.blas.f32;

import dev.lanewise.kernel.gemm.f32.Epilogue;
import dev.lanewise.kernel.gemm.f32.MacroKernel;
import dev.lanewise.kernel.gemm.f32.Matrix;
import dev.lanewise.kernel.gemm.f32.Patches;
import dev.lanewise.kernel.gemm.f32.Staged;
import dev.lanewise.kernel.gemm.small.f32.SmallKernel;
import dev.lanewise.parallel.Pool;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One product, or a batch of them, on its way to the threads: its operands, and the split of C into
 * blocks of rows or columns, never along k. Reused from call to call, so a product allocates
 * nothing.
 *
 * <p>Use: {@link #multiply}; or {@link #borrow}, set the operands and the epilogue, {@link #run},
 * which also gives the call back.
 */
public final class GemmCall implements Workers.Task {
  /** Below 4 MFLOP (two cubes of 128) waking threads costs more than they save. */
  private static final double PARALLEL_FLOPS = 4e6;

  /**
   * Blocks are multiples of this many rows, the height of the lowest tile, or columns, so that
   * threads share no tile.
   */
  private static final int UNIT_ROWS = 4;

  private static final int UNIT_COLUMNS = 32;

  /**
   * Rows and columns that packing adds to a block: an element of an operand costs as much as so
   * many multiply-adds.
   */
  private static final int PACKING = 12;

  private static final Pool<GemmCall> POOL = new Pool<>();

  private final Matrix a = new Matrix();
  private final Matrix b = new Matrix();
  private final Matrix c = new Matrix();
  private final Matrix bias = new Matrix();
  private final Patches patches = new Patches();

  /** What multiplies instead, or null. */
  private @Nullable SharedB packed;

  private int m;
  private int n;
  private int k;
  private float alpha;
  private float beta;
  private long strideA;
  private long strideB;
  private long strideC;
  private int rowParts;
  private int columnParts;
  private int epilogue = Epilogue.NONE;

  private GemmCall() {}

  /**
   * {@code C = alpha * op(A) * op(B) + beta * C} for {@code batch} products, row-major, each
   * operand a stride behind the one before; a small one goes to its kernel on the calling thread.
   */
  public static void multiply(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      long offsetA,
      int lda,
      long strideA,
      float[] b,
      long offsetB,
      int ldb,
      long strideB,
      float beta,
      float[] c,
      long offsetC,
      int ldc,
      long strideC,
      int batch,
      Workers workers) {
    if (batch == 1 && SmallKernel.serves(transA, transB, m, n, k, alpha, beta)) {
      SmallKernel.run(
          transA, transB, m, n, k, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc);
    } else if (batch == 1 && Staged.serves(m, n, k, alpha)) {
      Staged.run(
          transA, transB, m, n, k, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc);
    } else {
      GemmCall call = borrow();
      call.setA(a, offsetA, lda, transA);
      call.setB(b, offsetB, ldb, transB);
      call.setC(c, offsetC, ldc);
      call.run(m, n, k, alpha, beta, strideA, strideB, strideC, batch, workers);
    }
  }

  /** The same on memory segments. */
  public static void multiply(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      float alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      long strideA,
      MemorySegment b,
      long offsetB,
      int ldb,
      long strideB,
      float beta,
      MemorySegment c,
      long offsetC,
      int ldc,
      long strideC,
      int batch,
      Workers workers) {
    if (batch == 1 && SmallKernel.serves(transA, transB, m, n, k, alpha, a, b, beta, c)) {
      SmallKernel.run(
          transA, transB, m, n, k, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc);
    } else if (batch == 1 && Staged.serves(m, n, k, alpha)) {
      Staged.run(
          transA, transB, m, n, k, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc);
    } else {
      GemmCall call = borrow();
      call.setA(a, offsetA, lda, transA);
      call.setB(b, offsetB, ldb, transB);
      call.setC(c, offsetC, ldc);
      call.run(m, n, k, alpha, beta, strideA, strideB, strideC, batch, workers);
    }
  }

  public static GemmCall borrow() {
    GemmCall call = POOL.poll();
    return call == null ? new GemmCall() : call;
  }

  /** Sets A, transposed or not as it lies row-major. */
  public void setA(float[] a, long offset, int lda, boolean transposed) {
    this.a.set(a, offset, lda, transposed);
  }

  /** Sets A, transposed or not as it lies row-major. */
  public void setA(MemorySegment a, long offset, int lda, boolean transposed) {
    this.a.set(a, offset, lda, transposed);
  }

  /**
   * The images whose patches become A or B, see {@link Patches} for this and the next three.
   *
   * @param offset elements before the first channel that is read
   * @param pixelStride elements from a pixel to the next
   * @param channels that are read of each pixel
   */
  public void setImages(
      MemorySegment images, long offset, int height, int width, int pixelStride, int channels) {
    patches.setImage(images, offset, height, width, pixelStride, channels);
  }

  /** The width of the kernel, and the size of the output. */
  public void setPatches(int kernelWidth, int outHeight, int outWidth) {
    patches.setSizes(kernelWidth, outHeight, outWidth);
  }

  /** How lines of the output and of the kernel lie in an image. */
  public void setPatchLines(int stride, int padding, int dilation, int spread) {
    patches.setLines(stride, padding, dilation, spread);
  }

  /** The same for columns; last of the four. */
  public void setPatchColumns(int stride, int padding, int dilation, int spread) {
    patches.setColumns(stride, padding, dilation, spread);
  }

  /** Sets A: the patches, a row for each pixel of the output. */
  public void setAToPatches() {
    a.set(patches);
  }

  /** Sets B: the same. */
  public void setBToPatches() {
    b.set(patches);
  }

  /** Sets B, transposed or not as it lies row-major. */
  public void setB(float[] b, long offset, int ldb, boolean transposed) {
    this.b.set(b, offset, ldb, transposed);
  }

  /** Sets B, transposed or not as it lies row-major. */
  public void setB(MemorySegment b, long offset, int ldb, boolean transposed) {
    this.b.set(b, offset, ldb, transposed);
  }

  /** Sets B, for a batch of one and alpha = 1. */
  public void setB(SharedB b) {
    this.b.set(b.matrix, 0L);
    packed = b.isPacked() ? b : null;
  }

  /** Sets C, row-major. */
  public void setC(float[] c, long offset, int ldc) {
    this.c.set(c, offset, ldc, false);
  }

  /** Sets C, row-major. */
  public void setC(MemorySegment c, long offset, int ldc) {
    this.c.set(c, offset, ldc, false);
  }

  /** Sets a bias and what is done with it, for this call alone; one of the {@link Epilogue}s. */
  public void setEpilogue(int epilogue, float[] bias, long offset) {
    this.epilogue = epilogue;
    this.bias.set(bias, offset, 0, false);
  }

  /** Sets a bias and what is done with it, for this call alone; one of the {@link Epilogue}s. */
  public void setEpilogue(int epilogue, MemorySegment bias, long offset) {
    this.epilogue = epilogue;
    this.bias.set(bias, offset, 0, false);
  }

  /**
   * {@code C = alpha * op(A) * op(B) + beta * C} for {@code batch} products, each operand a stride
   * behind the one before.
   */
  public void run(
      int m,
      int n,
      int k,
      float alpha,
      float beta,
      long strideA,
      long strideB,
      long strideC,
      int batch,
      Workers workers) {
    this.m = m;
    this.n = n;
    this.k = k;
    this.alpha = alpha;
    this.beta = beta;
    this.strideA = strideA;
    this.strideB = strideB;
    this.strideC = strideC;
    double flops = 2.0 * m * n * Math.max(1, k);
    split(blocks(flops, workers.threads()));
    int parts = Math.multiplyExact(rowParts, columnParts);
    // A block of a batch of small products has enough of them to be worth a thread.
    long grain = Math.max(1, (long) (PARALLEL_FLOPS / 2 / flops));
    try {
      workers.run((long) batch * parts, parts > 1 ? 1 : grain, this);
    } finally {
      a.clear();
      b.clear();
      c.clear();
      bias.clear();
      patches.clear();
      packed = null;
      epilogue = Epilogue.NONE;
      POOL.give(this);
    }
  }

  /**
   * Blocks of one product: one a thread; two where there are many threads and enough work, since
   * all wait for the last one, and of many some thread is always held up.
   */
  private static int blocks(double flops, int threads) {
    if (flops < PARALLEL_FLOPS) {
      return 1;
    }
    return threads > 2 && flops > threads * PARALLEL_FLOPS
        ? Math.multiplyExact(2, threads)
        : threads;
  }

  /**
   * Into how many parts C is cut each way, so that the block of a thread takes least: its
   * multiply-adds, and packing the rows of A and the columns of B that they need, which other
   * threads pack as well. A column that is summed belongs to one thread.
   */
  private void split(int blocks) {
    int unitsOfRows = epilogue == Epilogue.COLUMN_SUMS ? 1 : Math.ceilDiv(m, UNIT_ROWS);
    int unitsOfColumns = Math.ceilDiv(n, UNIT_COLUMNS);
    double least = Double.POSITIVE_INFINITY;
    for (int columns = 1; columns <= Math.max(1, Math.min(blocks, unitsOfColumns)); columns++) {
      int rows = Math.max(1, Math.min(blocks / columns, unitsOfRows));
      double height =
          rows == 1 ? m : Math.min(m, (double) Math.ceilDiv(unitsOfRows, rows) * UNIT_ROWS);
      double width = Math.min(n, (double) Math.ceilDiv(unitsOfColumns, columns) * UNIT_COLUMNS);
      double time = (height + PACKING) * (width + PACKING);
      if (time < least) {
        least = time;
        rowParts = rows;
        columnParts = columns;
      }
    }
  }

  @Override
  public void run(long begin, long end) {
    int parts = Math.multiplyExact(rowParts, columnParts);
    for (long block = begin; block < end; ) {
      long item = block / parts;
      int part = (int) (block - item * parts);
      if (part == 0 && end - block >= parts) {
        run(0, m, 0, n, item);
        block += parts;
      } else {
        int row = part / columnParts;
        int column = part % columnParts;
        run(
            bound(row, rowParts, m, UNIT_ROWS),
            bound(row + 1, rowParts, m, UNIT_ROWS),
            bound(column, columnParts, n, UNIT_COLUMNS),
            bound(column + 1, columnParts, n, UNIT_COLUMNS),
            item);
        block++;
      }
    }
  }

  private void run(int m0, int m1, int n0, int n1, long item) {
    if (packed != null) {
      packed.multiply(m0, m1, n0, n1, a, beta, c, epilogue, bias);
      return;
    }
    MacroKernel.run(
        m0,
        m1,
        n0,
        n1,
        k,
        alpha,
        a,
        item * strideA,
        b,
        item * strideB,
        beta,
        c,
        item * strideC,
        epilogue,
        bias);
  }

  /** Where part {@code part} of {@code size} rows or columns begins. */
  private static int bound(long part, int parts, int size, int unit) {
    if (part == parts) {
      return size;
    }
    long units = Math.ceilDiv(size, unit);
    return (int) Math.min(size, part * units / parts * unit);
  }
}
