package dev.lanewise.autograd.recurrent;

import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.blas.Activation;
import dev.lanewise.blas.Gemm;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The three products of a linear layer whose operands are columns and rows of larger matrices. */
final class Products {
  /**
   * A matrix inside memory.
   *
   * @param offset its first element
   * @param ld elements from one row to the next
   */
  record Matrix(MemorySegment memory, long offset, int ld) {}

  private Products() {}

  /** {@code y = beta y + x weight' + bias}, x of rows x in, weight of out x in. */
  static void forward(
      Tape tape,
      int rows,
      int out,
      int in,
      Matrix x,
      Matrix weight,
      @Nullable MemorySegment bias,
      long offsetBias,
      float beta,
      Matrix y) {
    MemorySegment xs = x.memory;
    MemorySegment ws = weight.memory;
    MemorySegment ys = y.memory;
    tape.compute(
        Meter.Family.MATRIX,
        flops(rows, out, in),
        bias == null
            ? pool ->
                Gemm.sgemm(
                    NO_TRANS,
                    TRANS,
                    rows,
                    out,
                    in,
                    1f,
                    xs,
                    x.offset,
                    x.ld,
                    ws,
                    weight.offset,
                    weight.ld,
                    beta,
                    ys,
                    y.offset,
                    y.ld,
                    pool)
            : pool ->
                Gemm.sgemmBias(
                    NO_TRANS,
                    TRANS,
                    rows,
                    out,
                    in,
                    1f,
                    xs,
                    x.offset,
                    x.ld,
                    ws,
                    weight.offset,
                    weight.ld,
                    beta,
                    ys,
                    y.offset,
                    y.ld,
                    bias,
                    offsetBias,
                    Activation.NONE,
                    pool));
  }

  /** {@code dx = beta dx + dy weight}. */
  static void backwardInput(
      Tape tape, int rows, int out, int in, Matrix dy, Matrix weight, float beta, Matrix dx) {
    tape.compute(
        Meter.Family.MATRIX,
        flops(rows, in, out),
        pool ->
            Gemm.sgemm(
                NO_TRANS,
                NO_TRANS,
                rows,
                in,
                out,
                1f,
                dy.memory,
                dy.offset,
                dy.ld,
                weight.memory,
                weight.offset,
                weight.ld,
                beta,
                dx.memory,
                dx.offset,
                dx.ld,
                pool));
  }

  /** {@code dWeight = dy' x}. */
  static void backwardWeight(
      Tape tape, int rows, int out, int in, Matrix dy, Matrix x, Matrix dWeight) {
    tape.compute(
        Meter.Family.MATRIX,
        flops(out, in, rows),
        pool ->
            Gemm.sgemm(
                TRANS,
                NO_TRANS,
                out,
                in,
                rows,
                1f,
                dy.memory,
                dy.offset,
                dy.ld,
                x.memory,
                x.offset,
                x.ld,
                0f,
                dWeight.memory,
                dWeight.offset,
                dWeight.ld,
                pool));
  }

  /** Operations of a product. */
  static long flops(int m, int n, int k) {
    return Math.multiplyExact(2L * m * n, (long) k);
  }
}
