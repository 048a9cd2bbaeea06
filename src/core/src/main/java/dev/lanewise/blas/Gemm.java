package dev.lanewise.blas;

import dev.lanewise.blas.f32.GemmCall;
import dev.lanewise.kernel.gemm.f32.Epilogue;
import dev.lanewise.operand.Operand;
import dev.lanewise.operand.Vectors;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * The general matrix product {@code C = alpha * op(A) * op(B) + beta * C}, with C of m x n, op(A)
 * of m x k and op(B) of k x n, where {@code op} is the operand as it is or its transpose; in single
 * and double precision, on arrays and on memory segments, row-major or column-major, one product or
 * a batch of them. The products named {@code Bias} add a bias and apply an {@link Activation} to
 * each element before it is written; those named {@code BiasGrad} accumulate the sums of the
 * columns of C.
 *
 * <ul>
 *   <li>{@code beta = 0}: C is overwritten and never read, not even NaN survives in it. {@code
 *       alpha = 0} or {@code k = 0}: {@code C = beta * C}, A and B are not read. {@code m = 0} or
 *       {@code n = 0}: nothing happens. Otherwise NaN and infinities spread as IEEE 754 has it for
 *       a chain of fused multiply-adds.
 *   <li>Error: {@code |C - exact| <= gamma(k + 2) (|alpha| |A| |B| + |beta| |C|)} element by
 *       element, gamma(n) = n u / (1 - n u), u = 2^-24 in single and 2^-53 in double precision.
 *   <li>The bits are the same for every number of threads, vector width and kind of memory: each
 *       element is one chain over k in ascending order, k is never split. The factor alpha goes to
 *       the left operand, which is B where matrices are column-major.
 *   <li>C must not share elements with A, B or a bias, nor dBias with any of them; A and B may be
 *       the same memory.
 *   <li>All arguments are checked before the first element is written: an {@link
 *       IllegalArgumentException} names a negative size, a leading dimension that is too small, an
 *       offset below 0, memory that is too short, not aligned or read-only for C, and shared
 *       elements; {@link IllegalStateException} memory that was closed.
 *   <li>Nothing is allocated on arrays and off-heap segments once the threads that take part have
 *       their panels, at most 6 MB each in single and 11 MB in double precision, which the memory
 *       budget counts. Panels are never more than threads that multiplied at the same time.
 * </ul>
 *
 * <p>Design after Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (ACM
 * TOMS 2008).
 */
public final class Gemm {
  static {
    VectorModule.require();
  }

  private Gemm() {}

  /**
   * The product on arrays that begin with the first element, row-major, by the shared workers.
   *
   * @see #sgemm(Layout, Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, Workers)
   */
  public static void sgemm(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      int lda,
      float[] b,
      int ldb,
      float beta,
      float[] c,
      int ldc) {
    sgemm(
        Layout.ROW_MAJOR,
        transA,
        transB,
        m,
        n,
        k,
        alpha,
        a,
        0,
        lda,
        b,
        0,
        ldb,
        beta,
        c,
        0,
        ldc,
        Workers.shared());
  }

  /**
   * The product on arrays, row-major.
   *
   * @see #sgemm(Layout, Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, Workers)
   */
  public static void sgemm(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      long offsetA,
      int lda,
      float[] b,
      long offsetB,
      int ldb,
      float beta,
      float[] c,
      long offsetC,
      int ldc,
      Workers workers) {
    sgemm(
        Layout.ROW_MAJOR,
        transA,
        transB,
        m,
        n,
        k,
        alpha,
        a,
        offsetA,
        lda,
        b,
        offsetB,
        ldb,
        beta,
        c,
        offsetC,
        ldc,
        workers);
  }

  /**
   * The product on arrays.
   *
   * @see #sgemm(Layout, Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, Workers)
   */
  public static void sgemm(
      Layout layout,
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      long offsetA,
      int lda,
      float[] b,
      long offsetB,
      int ldb,
      float beta,
      float[] c,
      long offsetC,
      int ldc,
      Workers workers) {
    sgemmStridedBatched(
        layout, transA, transB, m, n, k, alpha, a, offsetA, lda, 0, b, offsetB, ldb, 0, beta, c,
        offsetC, ldc, 0, 1, workers);
  }

  /**
   * {@code batch} products of the same shape on arrays.
   *
   * @see #sgemmStridedBatched(Layout, Transpose, Transpose, int, int, int, float, MemorySegment,
   *     long, int, long, MemorySegment, long, int, long, float, MemorySegment, long, int, long,
   *     int, Workers)
   */
  public static void sgemmStridedBatched(
      Layout layout,
      Transpose transA,
      Transpose transB,
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
    Operand.checkSizes(m, n, k, batch);
    boolean byRows = layout == Layout.ROW_MAJOR;
    boolean ta = transA == Transpose.TRANS;
    boolean tb = transB == Transpose.TRANS;
    int rowsA = ta == byRows ? k : m;
    int columnsA = ta == byRows ? m : k;
    int rowsB = tb == byRows ? n : k;
    int columnsB = tb == byRows ? k : n;
    int rowsC = byRows ? m : n;
    int columnsC = byRows ? n : m;
    Operand.check("A", a.length, offsetA, rowsA, columnsA, lda, strideA, batch);
    Operand.check("B", b.length, offsetB, rowsB, columnsB, ldb, strideB, batch);
    Operand.check("C", c.length, offsetC, rowsC, columnsC, ldc, strideC, batch);
    Operand.checkApart(rowsC, columnsC, ldc, strideC, batch);
    if (Operand.same(a, c)) {
      Operand.checkDisjoint(
          "A", offsetA, rowsA, columnsA, lda, strideA, offsetC, rowsC, columnsC, ldc, strideC,
          batch);
    }
    if (Operand.same(b, c)) {
      Operand.checkDisjoint(
          "B", offsetB, rowsB, columnsB, ldb, strideB, offsetC, rowsC, columnsC, ldc, strideC,
          batch);
    }
    if (m == 0 || n == 0 || batch == 0 || ((alpha == 0 || k == 0) && beta == 1)) {
      return;
    }
    if (byRows) {
      GemmCall.multiply(
          ta, tb, m, n, k, alpha, a, offsetA, lda, strideA, b, offsetB, ldb, strideB, beta, c,
          offsetC, ldc, strideC, batch, workers);
    } else {
      // The transpose of the product: C' = op(B)' op(A)', and a transpose lies row-major.
      GemmCall.multiply(
          tb, ta, n, m, k, alpha, b, offsetB, ldb, strideB, a, offsetA, lda, strideA, beta, c,
          offsetC, ldc, strideC, batch, workers);
    }
  }

  /**
   * The product on memory segments that begin with the first element, row-major, by the shared
   * workers.
   *
   * @see #sgemm(Layout, Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, Workers)
   */
  public static void sgemm(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      float alpha,
      MemorySegment a,
      int lda,
      MemorySegment b,
      int ldb,
      float beta,
      MemorySegment c,
      int ldc) {
    sgemm(
        Layout.ROW_MAJOR,
        transA,
        transB,
        m,
        n,
        k,
        alpha,
        a,
        0,
        lda,
        b,
        0,
        ldb,
        beta,
        c,
        0,
        ldc,
        Workers.shared());
  }

  /**
   * The product on memory segments, row-major.
   *
   * @see #sgemm(Layout, Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, Workers)
   */
  public static void sgemm(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      float alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment b,
      long offsetB,
      int ldb,
      float beta,
      MemorySegment c,
      long offsetC,
      int ldc,
      Workers workers) {
    sgemm(
        Layout.ROW_MAJOR,
        transA,
        transB,
        m,
        n,
        k,
        alpha,
        a,
        offsetA,
        lda,
        b,
        offsetB,
        ldb,
        beta,
        c,
        offsetC,
        ldc,
        workers);
  }

  /**
   * The product on memory segments of 32-bit floats in native byte order, off-heap or {@code
   * MemorySegment.ofArray(float[])}; of 64-bit doubles with {@code dgemm}.
   *
   * @param layout whether the rows of the matrices lie together or their columns
   * @param transA whether A is m x k ({@code NO_TRANS}) or k x m ({@code TRANS})
   * @param transB whether B is k x n ({@code NO_TRANS}) or n x k ({@code TRANS})
   * @param m rows of C and op(A), at least 0
   * @param n columns of C and op(B), at least 0
   * @param k columns of op(A) and rows of op(B), at least 0
   * @param alpha factor of the product
   * @param a read
   * @param offsetA element of {@code a} at which A begins
   * @param lda elements from one row of A as it lies in memory to the next, at least its columns
   *     and 1; column-major: from one column to the next, at least its rows and 1
   * @param b read
   * @param offsetB element of {@code b} at which B begins
   * @param ldb as lda, for B
   * @param beta factor of C
   * @param c overwritten with beta = 0, otherwise accumulated into
   * @param offsetC element of {@code c} at which C begins
   * @param ldc as lda, for C
   * @param workers the threads that compute; a product too small to be shared out stays on the
   *     calling thread
   */
  public static void sgemm(
      Layout layout,
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      float alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment b,
      long offsetB,
      int ldb,
      float beta,
      MemorySegment c,
      long offsetC,
      int ldc,
      Workers workers) {
    sgemmStridedBatched(
        layout, transA, transB, m, n, k, alpha, a, offsetA, lda, 0, b, offsetB, ldb, 0, beta, c,
        offsetC, ldc, 0, 1, workers);
  }

  /**
   * {@code batch} products of the same shape on memory segments: operands of product i begin {@code
   * i * stride} elements after those of the first.
   *
   * @param strideA elements from one A to the next, at least 0; with 0 all products share it
   * @param strideB as strideA, for B
   * @param strideC elements from one C to the next, at least the elements that one C spans
   * @param batch products, at least 0; the other parameters as in {@link #sgemm(Layout, Transpose,
   *     Transpose, int, int, int, float, MemorySegment, long, int, MemorySegment, long, int, float,
   *     MemorySegment, long, int, Workers)}
   */
  public static void sgemmStridedBatched(
      Layout layout,
      Transpose transA,
      Transpose transB,
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
    Operand.checkSizes(m, n, k, batch);
    boolean byRows = layout == Layout.ROW_MAJOR;
    boolean ta = transA == Transpose.TRANS;
    boolean tb = transB == Transpose.TRANS;
    int rowsA = ta == byRows ? k : m;
    int columnsA = ta == byRows ? m : k;
    int rowsB = tb == byRows ? n : k;
    int columnsB = tb == byRows ? k : n;
    int rowsC = byRows ? m : n;
    int columnsC = byRows ? n : m;
    Operand.check("A", a, Float.BYTES, offsetA, rowsA, columnsA, lda, strideA, batch);
    Operand.check("B", b, Float.BYTES, offsetB, rowsB, columnsB, ldb, strideB, batch);
    Operand.check("C", c, Float.BYTES, offsetC, rowsC, columnsC, ldc, strideC, batch);
    if (c.isReadOnly()) {
      throw new IllegalArgumentException(
          "C lies in a read-only segment, the product is written to it");
    }
    Operand.checkApart(rowsC, columnsC, ldc, strideC, batch);
    if (Operand.shareMemory(a, c)) {
      Operand.checkDisjoint(
          "A",
          a.address() / Float.BYTES + offsetA,
          rowsA,
          columnsA,
          lda,
          strideA,
          c.address() / Float.BYTES + offsetC,
          rowsC,
          columnsC,
          ldc,
          strideC,
          batch);
    }
    if (Operand.shareMemory(b, c)) {
      Operand.checkDisjoint(
          "B",
          b.address() / Float.BYTES + offsetB,
          rowsB,
          columnsB,
          ldb,
          strideB,
          c.address() / Float.BYTES + offsetC,
          rowsC,
          columnsC,
          ldc,
          strideC,
          batch);
    }
    if (m == 0 || n == 0 || batch == 0 || ((alpha == 0 || k == 0) && beta == 1)) {
      return;
    }
    if (byRows) {
      GemmCall.multiply(
          ta, tb, m, n, k, alpha, a, offsetA, lda, strideA, b, offsetB, ldb, strideB, beta, c,
          offsetC, ldc, strideC, batch, workers);
    } else {
      // The transpose of the product: C' = op(B)' op(A)', and a transpose lies row-major.
      GemmCall.multiply(
          tb, ta, n, m, k, alpha, b, offsetB, ldb, strideB, a, offsetA, lda, strideA, beta, c,
          offsetC, ldc, strideC, batch, workers);
    }
  }

  /**
   * The product with a bias and an activation on arrays, row-major.
   *
   * @see #sgemmBias(Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, MemorySegment, long, Activation,
   *     Workers)
   */
  public static void sgemmBias(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      long offsetA,
      int lda,
      float[] b,
      long offsetB,
      int ldb,
      float beta,
      float[] c,
      long offsetC,
      int ldc,
      float[] bias,
      long offsetBias,
      Activation activation,
      Workers workers) {
    Operand.checkSizes(m, n, k, 1);
    boolean ta = transA == Transpose.TRANS;
    boolean tb = transB == Transpose.TRANS;
    int rowsA = ta ? k : m;
    int columnsA = ta ? m : k;
    int rowsB = tb ? n : k;
    int columnsB = tb ? k : n;
    Operand.check("A", a.length, offsetA, rowsA, columnsA, lda);
    Operand.check("B", b.length, offsetB, rowsB, columnsB, ldb);
    Operand.check("C", c.length, offsetC, m, n, ldc);
    Vectors.first("bias", bias.length, n, offsetBias, 1);
    if (Operand.same(a, c)) {
      Operand.checkDisjoint("A", offsetA, rowsA, columnsA, lda, offsetC, m, n, ldc);
    }
    if (Operand.same(b, c)) {
      Operand.checkDisjoint("B", offsetB, rowsB, columnsB, ldb, offsetC, m, n, ldc);
    }
    if (Operand.same(bias, c)) {
      Operand.checkDisjoint("bias", offsetBias, 1, n, ldc, offsetC, m, n, ldc);
    }
    int epilogue = activation.epilogue;
    if (m == 0 || n == 0) {
      return;
    }
    GemmCall call = GemmCall.borrow();
    call.setA(a, offsetA, lda, ta);
    call.setB(b, offsetB, ldb, tb);
    call.setC(c, offsetC, ldc);
    call.setEpilogue(epilogue, bias, offsetBias);
    call.run(m, n, k, alpha, beta, 0, 0, 0, 1, workers);
  }

  /**
   * The product with a bias and an activation on memory segments of 32-bit floats, row-major:
   * {@code C = activation(alpha * op(A) * op(B) + beta * C + bias)}, each row of C plus the bias. C
   * is written once and read only with beta other than 0.
   *
   * <p>The bits are those of {@code sgemm}, the sum with the bias rounded once, and the activation
   * of that sum; so they too are the same for every number of threads, vector width and kind of
   * memory. The bias is added with {@code alpha = 0} and {@code k = 0} too. Error without an
   * activation, as above: {@code gamma(k + 3) (|alpha| |A| |B| + |beta| |C| + |bias|)}.
   *
   * @param transA whether A is m x k ({@code NO_TRANS}) or k x m ({@code TRANS})
   * @param transB whether B is k x n ({@code NO_TRANS}) or n x k ({@code TRANS})
   * @param m rows of C and op(A), at least 0
   * @param n columns of C and op(B), elements of the bias, at least 0
   * @param k columns of op(A) and rows of op(B), at least 0
   * @param alpha factor of the product
   * @param a read
   * @param offsetA element of {@code a} at which A begins
   * @param lda elements from one row of A as it lies in memory to the next, at least its columns
   *     and 1
   * @param b read
   * @param offsetB element of {@code b} at which B begins
   * @param ldb as lda, for B
   * @param beta factor of C
   * @param c overwritten; read with beta other than 0
   * @param offsetC element of {@code c} at which C begins
   * @param ldc as lda, for C
   * @param bias read: n adjacent elements, none of them one of C
   * @param offsetBias element of {@code bias} at which the bias begins
   * @param activation applied last; with {@code dgemmBias} not GELU, an {@link
   *     IllegalArgumentException}
   * @param workers the threads that compute; a product too small to be shared out stays on the
   *     calling thread
   */
  public static void sgemmBias(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      float alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment b,
      long offsetB,
      int ldb,
      float beta,
      MemorySegment c,
      long offsetC,
      int ldc,
      MemorySegment bias,
      long offsetBias,
      Activation activation,
      Workers workers) {
    Operand.checkSizes(m, n, k, 1);
    boolean ta = transA == Transpose.TRANS;
    boolean tb = transB == Transpose.TRANS;
    int rowsA = ta ? k : m;
    int columnsA = ta ? m : k;
    int rowsB = tb ? n : k;
    int columnsB = tb ? k : n;
    Operand.check("A", a, Float.BYTES, offsetA, rowsA, columnsA, lda);
    Operand.check("B", b, Float.BYTES, offsetB, rowsB, columnsB, ldb);
    Operand.check("C", c, Float.BYTES, offsetC, m, n, ldc);
    Vectors.first("bias", bias, Float.BYTES, n, offsetBias, 1);
    if (c.isReadOnly()) {
      throw new IllegalArgumentException(
          "C lies in a read-only segment, the product is written to it");
    }
    long c0 = c.address() / Float.BYTES + offsetC;
    if (Operand.shareMemory(a, c)) {
      long a0 = a.address() / Float.BYTES + offsetA;
      Operand.checkDisjoint("A", a0, rowsA, columnsA, lda, c0, m, n, ldc);
    }
    if (Operand.shareMemory(b, c)) {
      long b0 = b.address() / Float.BYTES + offsetB;
      Operand.checkDisjoint("B", b0, rowsB, columnsB, ldb, c0, m, n, ldc);
    }
    if (Operand.shareMemory(bias, c)) {
      long bias0 = bias.address() / Float.BYTES + offsetBias;
      Operand.checkDisjoint("bias", bias0, 1, n, ldc, c0, m, n, ldc);
    }
    int epilogue = activation.epilogue;
    if (m == 0 || n == 0) {
      return;
    }
    GemmCall call = GemmCall.borrow();
    call.setA(a, offsetA, lda, ta);
    call.setB(b, offsetB, ldb, tb);
    call.setC(c, offsetC, ldc);
    call.setEpilogue(epilogue, bias, offsetBias);
    call.run(m, n, k, alpha, beta, 0, 0, 0, 1, workers);
  }

  /**
   * The product and its column sums on arrays, row-major.
   *
   * @see #sgemmBiasGrad(Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, MemorySegment, long, Workers)
   */
  public static void sgemmBiasGrad(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      long offsetA,
      int lda,
      float[] b,
      long offsetB,
      int ldb,
      float beta,
      float[] c,
      long offsetC,
      int ldc,
      float[] dBias,
      long offsetDBias,
      Workers workers) {
    Operand.checkSizes(m, n, k, 1);
    boolean ta = transA == Transpose.TRANS;
    boolean tb = transB == Transpose.TRANS;
    int rowsA = ta ? k : m;
    int columnsA = ta ? m : k;
    int rowsB = tb ? n : k;
    int columnsB = tb ? k : n;
    Operand.check("A", a.length, offsetA, rowsA, columnsA, lda);
    Operand.check("B", b.length, offsetB, rowsB, columnsB, ldb);
    Operand.check("C", c.length, offsetC, m, n, ldc);
    Vectors.first("dBias", dBias.length, n, offsetDBias, 1);
    if (Operand.same(a, c)) {
      Operand.checkDisjoint("A", offsetA, rowsA, columnsA, lda, offsetC, m, n, ldc);
    }
    if (Operand.same(b, c)) {
      Operand.checkDisjoint("B", offsetB, rowsB, columnsB, ldb, offsetC, m, n, ldc);
    }
    if (Operand.same(dBias, a)) {
      Operand.checkDisjoint(
          "dBias", "A", offsetA, rowsA, columnsA, lda, "dBias", offsetDBias, 1, n);
    }
    if (Operand.same(dBias, b)) {
      Operand.checkDisjoint(
          "dBias", "B", offsetB, rowsB, columnsB, ldb, "dBias", offsetDBias, 1, n);
    }
    if (Operand.same(dBias, c)) {
      Operand.checkDisjoint("dBias", "C", offsetC, m, n, ldc, "dBias", offsetDBias, 1, n);
    }
    if (m == 0 || n == 0) {
      return;
    }
    GemmCall call = GemmCall.borrow();
    call.setA(a, offsetA, lda, ta);
    call.setB(b, offsetB, ldb, tb);
    call.setC(c, offsetC, ldc);
    call.setEpilogue(Epilogue.COLUMN_SUMS, dBias, offsetDBias);
    call.run(m, n, k, alpha, beta, 0, 0, 0, 1, workers);
  }

  /**
   * The product and its column sums on memory segments of 32-bit floats, row-major: {@code C =
   * alpha * op(A) * op(B) + beta * C}, {@code dBias[j] += sum over i of C[i, j]}. In a backward
   * pass C is the gradient of the sums that a bias took part in, and dBias the gradient of that
   * bias; it is summed while C lies in the caches, without another pass over C.
   *
   * <p>C has the bits of {@code sgemm}. Row i goes to sum {@code i mod 8} of its column, in
   * ascending order, and {@code ((s0+s1)+(s2+s3)) + ((s4+s5)+(s6+s7))} is added to dBias: the same
   * bits for every number of threads, vector width and kind of memory, within {@code (m / 8 + 4) u
   * (|dBias| + sum of |C|)}. With {@code alpha = 0} or {@code k = 0} C is scaled and summed; with
   * {@code m = 0} dBias stays as it is. NaN and infinities stay in their column. Only columns are
   * split, so a narrow C stays on few threads.
   *
   * @param transA whether A is m x k ({@code NO_TRANS}) or k x m ({@code TRANS})
   * @param transB whether B is k x n ({@code NO_TRANS}) or n x k ({@code TRANS})
   * @param m rows of C and op(A), at least 0
   * @param n columns of C and op(B), elements of dBias, at least 0
   * @param k columns of op(A) and rows of op(B), at least 0
   * @param alpha factor of the product
   * @param a read
   * @param offsetA element of {@code a} at which A begins
   * @param lda elements from one row of A as it lies in memory to the next, at least its columns
   *     and 1
   * @param b read
   * @param offsetB element of {@code b} at which B begins
   * @param ldb as lda, for B
   * @param beta factor of C
   * @param c overwritten; read with beta other than 0
   * @param offsetC element of {@code c} at which C begins
   * @param ldc as lda, for C
   * @param dBias accumulated into: n adjacent elements, none of them one of A, B or C
   * @param offsetDBias element of {@code dBias} at which it begins
   * @param workers the threads that compute; a product too small to be shared out stays on the
   *     calling thread
   */
  public static void sgemmBiasGrad(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      float alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment b,
      long offsetB,
      int ldb,
      float beta,
      MemorySegment c,
      long offsetC,
      int ldc,
      MemorySegment dBias,
      long offsetDBias,
      Workers workers) {
    Operand.checkSizes(m, n, k, 1);
    boolean ta = transA == Transpose.TRANS;
    boolean tb = transB == Transpose.TRANS;
    int rowsA = ta ? k : m;
    int columnsA = ta ? m : k;
    int rowsB = tb ? n : k;
    int columnsB = tb ? k : n;
    Operand.check("A", a, Float.BYTES, offsetA, rowsA, columnsA, lda);
    Operand.check("B", b, Float.BYTES, offsetB, rowsB, columnsB, ldb);
    Operand.check("C", c, Float.BYTES, offsetC, m, n, ldc);
    Vectors.first("dBias", dBias, Float.BYTES, n, offsetDBias, 1);
    Vectors.checkOutput("dBias", dBias, n, 1);
    if (c.isReadOnly()) {
      throw new IllegalArgumentException(
          "C lies in a read-only segment, the product is written to it");
    }
    long c0 = c.address() / Float.BYTES + offsetC;
    if (Operand.shareMemory(a, c)) {
      long a0 = a.address() / Float.BYTES + offsetA;
      Operand.checkDisjoint("A", a0, rowsA, columnsA, lda, c0, m, n, ldc);
    }
    if (Operand.shareMemory(b, c)) {
      long b0 = b.address() / Float.BYTES + offsetB;
      Operand.checkDisjoint("B", b0, rowsB, columnsB, ldb, c0, m, n, ldc);
    }
    long dBias0 = dBias.address() / Float.BYTES + offsetDBias;
    if (Operand.shareMemory(dBias, a)) {
      long a0 = a.address() / Float.BYTES + offsetA;
      Operand.checkDisjoint("dBias", "A", a0, rowsA, columnsA, lda, "dBias", dBias0, 1, n);
    }
    if (Operand.shareMemory(dBias, b)) {
      long b0 = b.address() / Float.BYTES + offsetB;
      Operand.checkDisjoint("dBias", "B", b0, rowsB, columnsB, ldb, "dBias", dBias0, 1, n);
    }
    if (Operand.shareMemory(dBias, c)) {
      Operand.checkDisjoint("dBias", "C", c0, m, n, ldc, "dBias", dBias0, 1, n);
    }
    if (m == 0 || n == 0) {
      return;
    }
    GemmCall call = GemmCall.borrow();
    call.setA(a, offsetA, lda, ta);
    call.setB(b, offsetB, ldb, tb);
    call.setC(c, offsetC, ldc);
    call.setEpilogue(Epilogue.COLUMN_SUMS, dBias, offsetDBias);
    call.run(m, n, k, alpha, beta, 0, 0, 0, 1, workers);
  }

  /**
   * The product on arrays in double precision that begin with the first element, row-major, by the
   * shared workers.
   *
   * @see #sgemm(Layout, Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, Workers)
   */
  public static void dgemm(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      double alpha,
      double[] a,
      int lda,
      double[] b,
      int ldb,
      double beta,
      double[] c,
      int ldc) {
    dgemm(
        Layout.ROW_MAJOR,
        transA,
        transB,
        m,
        n,
        k,
        alpha,
        a,
        0,
        lda,
        b,
        0,
        ldb,
        beta,
        c,
        0,
        ldc,
        Workers.shared());
  }

  /**
   * The product on arrays in double precision, row-major.
   *
   * @see #sgemm(Layout, Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, Workers)
   */
  public static void dgemm(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      double alpha,
      double[] a,
      long offsetA,
      int lda,
      double[] b,
      long offsetB,
      int ldb,
      double beta,
      double[] c,
      long offsetC,
      int ldc,
      Workers workers) {
    dgemm(
        Layout.ROW_MAJOR,
        transA,
        transB,
        m,
        n,
        k,
        alpha,
        a,
        offsetA,
        lda,
        b,
        offsetB,
        ldb,
        beta,
        c,
        offsetC,
        ldc,
        workers);
  }

  /**
   * The product on arrays in double precision.
   *
   * @see #sgemm(Layout, Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, Workers)
   */
  public static void dgemm(
      Layout layout,
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      double alpha,
      double[] a,
      long offsetA,
      int lda,
      double[] b,
      long offsetB,
      int ldb,
      double beta,
      double[] c,
      long offsetC,
      int ldc,
      Workers workers) {
    dgemmStridedBatched(
        layout, transA, transB, m, n, k, alpha, a, offsetA, lda, 0, b, offsetB, ldb, 0, beta, c,
        offsetC, ldc, 0, 1, workers);
  }

  /**
   * {@code batch} products of the same shape on arrays in double precision.
   *
   * @see #sgemmStridedBatched(Layout, Transpose, Transpose, int, int, int, float, MemorySegment,
   *     long, int, long, MemorySegment, long, int, long, float, MemorySegment, long, int, long,
   *     int, Workers)
   */
  public static void dgemmStridedBatched(
      Layout layout,
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      double alpha,
      double[] a,
      long offsetA,
      int lda,
      long strideA,
      double[] b,
      long offsetB,
      int ldb,
      long strideB,
      double beta,
      double[] c,
      long offsetC,
      int ldc,
      long strideC,
      int batch,
      Workers workers) {
    Operand.checkSizes(m, n, k, batch);
    boolean byRows = layout == Layout.ROW_MAJOR;
    boolean ta = transA == Transpose.TRANS;
    boolean tb = transB == Transpose.TRANS;
    int rowsA = ta == byRows ? k : m;
    int columnsA = ta == byRows ? m : k;
    int rowsB = tb == byRows ? n : k;
    int columnsB = tb == byRows ? k : n;
    int rowsC = byRows ? m : n;
    int columnsC = byRows ? n : m;
    Operand.check("A", a.length, offsetA, rowsA, columnsA, lda, strideA, batch);
    Operand.check("B", b.length, offsetB, rowsB, columnsB, ldb, strideB, batch);
    Operand.check("C", c.length, offsetC, rowsC, columnsC, ldc, strideC, batch);
    Operand.checkApart(rowsC, columnsC, ldc, strideC, batch);
    if (Operand.same(a, c)) {
      Operand.checkDisjoint(
          "A", offsetA, rowsA, columnsA, lda, strideA, offsetC, rowsC, columnsC, ldc, strideC,
          batch);
    }
    if (Operand.same(b, c)) {
      Operand.checkDisjoint(
          "B", offsetB, rowsB, columnsB, ldb, strideB, offsetC, rowsC, columnsC, ldc, strideC,
          batch);
    }
    if (m == 0 || n == 0 || batch == 0 || ((alpha == 0 || k == 0) && beta == 1)) {
      return;
    }
    if (byRows) {
      dev.lanewise.blas.f64.GemmCall.multiply(
          ta, tb, m, n, k, alpha, a, offsetA, lda, strideA, b, offsetB, ldb, strideB, beta, c,
          offsetC, ldc, strideC, batch, workers);
    } else {
      // The transpose of the product: C' = op(B)' op(A)', and a transpose lies row-major.
      dev.lanewise.blas.f64.GemmCall.multiply(
          tb, ta, n, m, k, alpha, b, offsetB, ldb, strideB, a, offsetA, lda, strideA, beta, c,
          offsetC, ldc, strideC, batch, workers);
    }
  }

  /**
   * The product on memory segments in double precision that begin with the first element,
   * row-major, by the shared workers.
   *
   * @see #sgemm(Layout, Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, Workers)
   */
  public static void dgemm(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      double alpha,
      MemorySegment a,
      int lda,
      MemorySegment b,
      int ldb,
      double beta,
      MemorySegment c,
      int ldc) {
    dgemm(
        Layout.ROW_MAJOR,
        transA,
        transB,
        m,
        n,
        k,
        alpha,
        a,
        0,
        lda,
        b,
        0,
        ldb,
        beta,
        c,
        0,
        ldc,
        Workers.shared());
  }

  /**
   * The product on memory segments in double precision, row-major.
   *
   * @see #sgemm(Layout, Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, Workers)
   */
  public static void dgemm(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      double alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment b,
      long offsetB,
      int ldb,
      double beta,
      MemorySegment c,
      long offsetC,
      int ldc,
      Workers workers) {
    dgemm(
        Layout.ROW_MAJOR,
        transA,
        transB,
        m,
        n,
        k,
        alpha,
        a,
        offsetA,
        lda,
        b,
        offsetB,
        ldb,
        beta,
        c,
        offsetC,
        ldc,
        workers);
  }

  /**
   * The product on memory segments in double precision.
   *
   * @see #sgemm(Layout, Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, Workers)
   */
  public static void dgemm(
      Layout layout,
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      double alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment b,
      long offsetB,
      int ldb,
      double beta,
      MemorySegment c,
      long offsetC,
      int ldc,
      Workers workers) {
    dgemmStridedBatched(
        layout, transA, transB, m, n, k, alpha, a, offsetA, lda, 0, b, offsetB, ldb, 0, beta, c,
        offsetC, ldc, 0, 1, workers);
  }

  /**
   * {@code batch} products of the same shape on memory segments in double precision.
   *
   * @see #sgemmStridedBatched(Layout, Transpose, Transpose, int, int, int, float, MemorySegment,
   *     long, int, long, MemorySegment, long, int, long, float, MemorySegment, long, int, long,
   *     int, Workers)
   */
  public static void dgemmStridedBatched(
      Layout layout,
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      double alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      long strideA,
      MemorySegment b,
      long offsetB,
      int ldb,
      long strideB,
      double beta,
      MemorySegment c,
      long offsetC,
      int ldc,
      long strideC,
      int batch,
      Workers workers) {
    Operand.checkSizes(m, n, k, batch);
    boolean byRows = layout == Layout.ROW_MAJOR;
    boolean ta = transA == Transpose.TRANS;
    boolean tb = transB == Transpose.TRANS;
    int rowsA = ta == byRows ? k : m;
    int columnsA = ta == byRows ? m : k;
    int rowsB = tb == byRows ? n : k;
    int columnsB = tb == byRows ? k : n;
    int rowsC = byRows ? m : n;
    int columnsC = byRows ? n : m;
    Operand.check("A", a, Double.BYTES, offsetA, rowsA, columnsA, lda, strideA, batch);
    Operand.check("B", b, Double.BYTES, offsetB, rowsB, columnsB, ldb, strideB, batch);
    Operand.check("C", c, Double.BYTES, offsetC, rowsC, columnsC, ldc, strideC, batch);
    if (c.isReadOnly()) {
      throw new IllegalArgumentException(
          "C lies in a read-only segment, the product is written to it");
    }
    Operand.checkApart(rowsC, columnsC, ldc, strideC, batch);
    if (Operand.shareMemory(a, c)) {
      Operand.checkDisjoint(
          "A",
          a.address() / Double.BYTES + offsetA,
          rowsA,
          columnsA,
          lda,
          strideA,
          c.address() / Double.BYTES + offsetC,
          rowsC,
          columnsC,
          ldc,
          strideC,
          batch);
    }
    if (Operand.shareMemory(b, c)) {
      Operand.checkDisjoint(
          "B",
          b.address() / Double.BYTES + offsetB,
          rowsB,
          columnsB,
          ldb,
          strideB,
          c.address() / Double.BYTES + offsetC,
          rowsC,
          columnsC,
          ldc,
          strideC,
          batch);
    }
    if (m == 0 || n == 0 || batch == 0 || ((alpha == 0 || k == 0) && beta == 1)) {
      return;
    }
    if (byRows) {
      dev.lanewise.blas.f64.GemmCall.multiply(
          ta, tb, m, n, k, alpha, a, offsetA, lda, strideA, b, offsetB, ldb, strideB, beta, c,
          offsetC, ldc, strideC, batch, workers);
    } else {
      // The transpose of the product: C' = op(B)' op(A)', and a transpose lies row-major.
      dev.lanewise.blas.f64.GemmCall.multiply(
          tb, ta, n, m, k, alpha, b, offsetB, ldb, strideB, a, offsetA, lda, strideA, beta, c,
          offsetC, ldc, strideC, batch, workers);
    }
  }

  /**
   * The product with a bias and an activation in double precision on arrays, row-major.
   *
   * @see #sgemmBias(Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, MemorySegment, long, Activation,
   *     Workers)
   */
  public static void dgemmBias(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      double alpha,
      double[] a,
      long offsetA,
      int lda,
      double[] b,
      long offsetB,
      int ldb,
      double beta,
      double[] c,
      long offsetC,
      int ldc,
      double[] bias,
      long offsetBias,
      Activation activation,
      Workers workers) {
    Operand.checkSizes(m, n, k, 1);
    boolean ta = transA == Transpose.TRANS;
    boolean tb = transB == Transpose.TRANS;
    int rowsA = ta ? k : m;
    int columnsA = ta ? m : k;
    int rowsB = tb ? n : k;
    int columnsB = tb ? k : n;
    Operand.check("A", a.length, offsetA, rowsA, columnsA, lda);
    Operand.check("B", b.length, offsetB, rowsB, columnsB, ldb);
    Operand.check("C", c.length, offsetC, m, n, ldc);
    Vectors.first("bias", bias.length, n, offsetBias, 1);
    if (Operand.same(a, c)) {
      Operand.checkDisjoint("A", offsetA, rowsA, columnsA, lda, offsetC, m, n, ldc);
    }
    if (Operand.same(b, c)) {
      Operand.checkDisjoint("B", offsetB, rowsB, columnsB, ldb, offsetC, m, n, ldc);
    }
    if (Operand.same(bias, c)) {
      Operand.checkDisjoint("bias", offsetBias, 1, n, ldc, offsetC, m, n, ldc);
    }
    if (activation == Activation.GELU) {
      throw new IllegalArgumentException(
          "activation GELU is there in single precision alone: take NONE and apply it to C");
    }
    int epilogue = activation.epilogue;
    if (m == 0 || n == 0) {
      return;
    }
    dev.lanewise.blas.f64.GemmCall call = dev.lanewise.blas.f64.GemmCall.borrow();
    call.setA(a, offsetA, lda, ta);
    call.setB(b, offsetB, ldb, tb);
    call.setC(c, offsetC, ldc);
    call.setEpilogue(epilogue, bias, offsetBias);
    call.run(m, n, k, alpha, beta, 0, 0, 0, 1, workers);
  }

  /**
   * The product with a bias and an activation in double precision on memory segments, row-major.
   *
   * @see #sgemmBias(Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, MemorySegment, long, Activation,
   *     Workers)
   */
  public static void dgemmBias(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      double alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment b,
      long offsetB,
      int ldb,
      double beta,
      MemorySegment c,
      long offsetC,
      int ldc,
      MemorySegment bias,
      long offsetBias,
      Activation activation,
      Workers workers) {
    Operand.checkSizes(m, n, k, 1);
    boolean ta = transA == Transpose.TRANS;
    boolean tb = transB == Transpose.TRANS;
    int rowsA = ta ? k : m;
    int columnsA = ta ? m : k;
    int rowsB = tb ? n : k;
    int columnsB = tb ? k : n;
    Operand.check("A", a, Double.BYTES, offsetA, rowsA, columnsA, lda);
    Operand.check("B", b, Double.BYTES, offsetB, rowsB, columnsB, ldb);
    Operand.check("C", c, Double.BYTES, offsetC, m, n, ldc);
    Vectors.first("bias", bias, Double.BYTES, n, offsetBias, 1);
    if (c.isReadOnly()) {
      throw new IllegalArgumentException(
          "C lies in a read-only segment, the product is written to it");
    }
    long c0 = c.address() / Double.BYTES + offsetC;
    if (Operand.shareMemory(a, c)) {
      long a0 = a.address() / Double.BYTES + offsetA;
      Operand.checkDisjoint("A", a0, rowsA, columnsA, lda, c0, m, n, ldc);
    }
    if (Operand.shareMemory(b, c)) {
      long b0 = b.address() / Double.BYTES + offsetB;
      Operand.checkDisjoint("B", b0, rowsB, columnsB, ldb, c0, m, n, ldc);
    }
    if (Operand.shareMemory(bias, c)) {
      long bias0 = bias.address() / Double.BYTES + offsetBias;
      Operand.checkDisjoint("bias", bias0, 1, n, ldc, c0, m, n, ldc);
    }
    if (activation == Activation.GELU) {
      throw new IllegalArgumentException(
          "activation GELU is there in single precision alone: take NONE and apply it to C");
    }
    int epilogue = activation.epilogue;
    if (m == 0 || n == 0) {
      return;
    }
    dev.lanewise.blas.f64.GemmCall call = dev.lanewise.blas.f64.GemmCall.borrow();
    call.setA(a, offsetA, lda, ta);
    call.setB(b, offsetB, ldb, tb);
    call.setC(c, offsetC, ldc);
    call.setEpilogue(epilogue, bias, offsetBias);
    call.run(m, n, k, alpha, beta, 0, 0, 0, 1, workers);
  }

  /**
   * The product in double precision and its column sums on arrays, row-major.
   *
   * @see #sgemmBiasGrad(Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, MemorySegment, long, Workers)
   */
  public static void dgemmBiasGrad(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      double alpha,
      double[] a,
      long offsetA,
      int lda,
      double[] b,
      long offsetB,
      int ldb,
      double beta,
      double[] c,
      long offsetC,
      int ldc,
      double[] dBias,
      long offsetDBias,
      Workers workers) {
    Operand.checkSizes(m, n, k, 1);
    boolean ta = transA == Transpose.TRANS;
    boolean tb = transB == Transpose.TRANS;
    int rowsA = ta ? k : m;
    int columnsA = ta ? m : k;
    int rowsB = tb ? n : k;
    int columnsB = tb ? k : n;
    Operand.check("A", a.length, offsetA, rowsA, columnsA, lda);
    Operand.check("B", b.length, offsetB, rowsB, columnsB, ldb);
    Operand.check("C", c.length, offsetC, m, n, ldc);
    Vectors.first("dBias", dBias.length, n, offsetDBias, 1);
    if (Operand.same(a, c)) {
      Operand.checkDisjoint("A", offsetA, rowsA, columnsA, lda, offsetC, m, n, ldc);
    }
    if (Operand.same(b, c)) {
      Operand.checkDisjoint("B", offsetB, rowsB, columnsB, ldb, offsetC, m, n, ldc);
    }
    if (Operand.same(dBias, a)) {
      Operand.checkDisjoint(
          "dBias", "A", offsetA, rowsA, columnsA, lda, "dBias", offsetDBias, 1, n);
    }
    if (Operand.same(dBias, b)) {
      Operand.checkDisjoint(
          "dBias", "B", offsetB, rowsB, columnsB, ldb, "dBias", offsetDBias, 1, n);
    }
    if (Operand.same(dBias, c)) {
      Operand.checkDisjoint("dBias", "C", offsetC, m, n, ldc, "dBias", offsetDBias, 1, n);
    }
    if (m == 0 || n == 0) {
      return;
    }
    dev.lanewise.blas.f64.GemmCall call = dev.lanewise.blas.f64.GemmCall.borrow();
    call.setA(a, offsetA, lda, ta);
    call.setB(b, offsetB, ldb, tb);
    call.setC(c, offsetC, ldc);
    call.setEpilogue(Epilogue.COLUMN_SUMS, dBias, offsetDBias);
    call.run(m, n, k, alpha, beta, 0, 0, 0, 1, workers);
  }

  /**
   * The product in double precision and its column sums on memory segments, row-major.
   *
   * @see #sgemmBiasGrad(Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, MemorySegment, long, Workers)
   */
  public static void dgemmBiasGrad(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      double alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment b,
      long offsetB,
      int ldb,
      double beta,
      MemorySegment c,
      long offsetC,
      int ldc,
      MemorySegment dBias,
      long offsetDBias,
      Workers workers) {
    Operand.checkSizes(m, n, k, 1);
    boolean ta = transA == Transpose.TRANS;
    boolean tb = transB == Transpose.TRANS;
    int rowsA = ta ? k : m;
    int columnsA = ta ? m : k;
    int rowsB = tb ? n : k;
    int columnsB = tb ? k : n;
    Operand.check("A", a, Double.BYTES, offsetA, rowsA, columnsA, lda);
    Operand.check("B", b, Double.BYTES, offsetB, rowsB, columnsB, ldb);
    Operand.check("C", c, Double.BYTES, offsetC, m, n, ldc);
    Vectors.first("dBias", dBias, Double.BYTES, n, offsetDBias, 1);
    Vectors.checkOutput("dBias", dBias, n, 1);
    if (c.isReadOnly()) {
      throw new IllegalArgumentException(
          "C lies in a read-only segment, the product is written to it");
    }
    long c0 = c.address() / Double.BYTES + offsetC;
    if (Operand.shareMemory(a, c)) {
      long a0 = a.address() / Double.BYTES + offsetA;
      Operand.checkDisjoint("A", a0, rowsA, columnsA, lda, c0, m, n, ldc);
    }
    if (Operand.shareMemory(b, c)) {
      long b0 = b.address() / Double.BYTES + offsetB;
      Operand.checkDisjoint("B", b0, rowsB, columnsB, ldb, c0, m, n, ldc);
    }
    long dBias0 = dBias.address() / Double.BYTES + offsetDBias;
    if (Operand.shareMemory(dBias, a)) {
      long a0 = a.address() / Double.BYTES + offsetA;
      Operand.checkDisjoint("dBias", "A", a0, rowsA, columnsA, lda, "dBias", dBias0, 1, n);
    }
    if (Operand.shareMemory(dBias, b)) {
      long b0 = b.address() / Double.BYTES + offsetB;
      Operand.checkDisjoint("dBias", "B", b0, rowsB, columnsB, ldb, "dBias", dBias0, 1, n);
    }
    if (Operand.shareMemory(dBias, c)) {
      Operand.checkDisjoint("dBias", "C", c0, m, n, ldc, "dBias", dBias0, 1, n);
    }
    if (m == 0 || n == 0) {
      return;
    }
    dev.lanewise.blas.f64.GemmCall call = dev.lanewise.blas.f64.GemmCall.borrow();
    call.setA(a, offsetA, lda, ta);
    call.setB(b, offsetB, ldb, tb);
    call.setC(c, offsetC, ldc);
    call.setEpilogue(Epilogue.COLUMN_SUMS, dBias, offsetDBias);
    call.run(m, n, k, alpha, beta, 0, 0, 0, 1, workers);
  }
}
