package dev.lanewise.blas;

import static dev.lanewise.blas.Layout.ROW_MAJOR;
import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;

import dev.lanewise.ops.conv.Conv2d;
import dev.lanewise.ops.conv.ConvShape;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Products of every size class and convolutions, as often as C2 wants to see them, in a JVM of
 * their own whose calls wait for the compiler.
 */
final class CompiledProducts {
  /** Narrow tiles, one to four vectors. */
  private static final int[] SIZES = {4, 6, 8, 12, 16, 24, 40, 64, 120};

  /** Two passes over k, where operands are packed: with 32 registers only a transposed A is. */
  private static final int DEPTH = 1300;

  /** Three times the calls from which a method without loops goes to C2. */
  private static final int MOST_CALLS = 15_000;

  /** Terms of all calls together: a loop goes to C2 long before. */
  private static final long TERMS = 200_000_000;

  /** Calls of each convolution. */
  private static final int CONVOLUTIONS = 500;

  public static void main(String[] arguments) {
    try (Workers workers = Workers.of(1);
        Arena arena = Arena.ofConfined()) {
      for (int n : SIZES) {
        run(NO_TRANS, n, n, workers, arena);
      }
      run(NO_TRANS, 120, DEPTH, workers, arena);
      run(TRANS, 120, DEPTH, workers, arena);
      for (int stride = 1; stride <= 2; stride++) {
        for (int outputs = 16; outputs <= 32; outputs += 16) {
          convolve(
              ConvShape.of(2, 16, 16, 16, outputs, 3, 3).padding(1, 1).stride(stride, stride),
              workers,
              arena);
        }
      }
      convolve(ConvShape.of(2, 15, 13, 3, 16, 3, 3).padding(1, 1).stride(1, 2), workers, arena);
    }
  }

  private static void convolve(ConvShape shape, Workers workers, Arena arena) {
    MemorySegment x = arena.allocate(Float.BYTES * shape.inputElements(), 64);
    MemorySegment y = arena.allocate(Float.BYTES * shape.outputElements(), 64);
    MemorySegment w = arena.allocate(Float.BYTES * shape.weightElements(), 64);
    MemorySegment turned = arena.allocate(Float.BYTES * shape.weightElements(), 64);
    repeat(
        CONVOLUTIONS,
        () -> {
          Conv2d.forward(shape, x, w, null, y, workers);
          Conv2d.backwardData(shape, y, w, 0f, x, turned, workers);
          Conv2d.backwardWeight(shape, x, y, 0f, w, workers);
        });
  }

  private static void run(Transpose transA, int n, int k, Workers workers, Arena arena) {
    int lda = transA == NO_TRANS ? k : n;
    float[] f = new float[Math.multiplyExact(n, k)];
    float[] fc = new float[Math.multiplyExact(n, n)];
    double[] d = new double[f.length];
    double[] dc = new double[fc.length];
    MemorySegment s = arena.allocate((long) Double.BYTES * f.length, 64);
    int calls = Math.clamp(TERMS / ((long) n * n * k), 100, MOST_CALLS);
    MemorySegment sc = arena.allocate((long) Double.BYTES * fc.length, 64);
    repeat(
        calls,
        () ->
            Gemm.sgemm(
                ROW_MAJOR, transA, NO_TRANS, n, n, k, 1f, f, 0, lda, f, 0, n, 0f, fc, 0, n,
                workers));
    repeat(
        calls,
        () ->
            Gemm.dgemm(
                ROW_MAJOR, transA, NO_TRANS, n, n, k, 1d, d, 0, lda, d, 0, n, 0d, dc, 0, n,
                workers));
    repeat(
        calls,
        () ->
            Gemm.sgemm(
                ROW_MAJOR, transA, NO_TRANS, n, n, k, 1f, s, 0, lda, s, 0, n, 0f, sc, 0, n,
                workers));
    repeat(
        calls,
        () ->
            Gemm.dgemm(
                ROW_MAJOR, transA, NO_TRANS, n, n, k, 1d, s, 0, lda, s, 0, n, 0d, sc, 0, n,
                workers));
  }

  private static void repeat(int calls, Runnable product) {
    for (int i = 0; i < calls; i++) {
      product.run();
    }
  }

  private CompiledProducts() {}
}
