package dev.lanewise.autograd.rows;

import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.engine.work.Products;
import dev.lanewise.autograd.engine.work.RowLosses;
import dev.lanewise.blas.Activation;
import dev.lanewise.blas.Gemm;
import dev.lanewise.blas.Transpose;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.operand.Ranges;
import dev.lanewise.ops.reduce.ColumnSum;
import dev.lanewise.ops.softmax.SoftmaxCrossEntropy;
import dev.lanewise.ops.unary.Fill;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A linear layer and the cross-entropy of its logits in one op, of which only a part of the logits
 * exists at a time.
 *
 * <pre>
 * op                  y                                     dx           dWeight   dBias
 * crossEntropyMean    mean over rows of lse(z) - z[target]  dz weight dy dz' x dy  column sums of dz dy
 * </pre>
 *
 * <p>with {@code z = x weight' + bias} and {@code dz = (softmax(z) - onehot) / rows}; with options,
 * loss and gradient of a row are those of {@link SoftmaxCrossEntropy}. The rows go in chunks whose
 * logits fit {@link #CHUNK_BYTES}. Where a gradient is needed, that of the chunk takes the place of
 * its logits and is multiplied with {@code weight} and {@code x} at once, in the forward pass;
 * backward only multiplies with dy, if that is not 1. No product is computed twice: where all rows
 * fit one chunk, as with a small vocabulary, the work is that of the two ops in turn, and one
 * addition more where {@code weight} has a gradient already.
 *
 * <p>Error, u = 2^-24: a logit is off by {@code e = gamma(width) |x| |weight|'}, with a bias by
 * {@code gamma(width + 1) (|x| |weight|' + |bias|)}, a loss by {@code 2 e} beyond the bound of
 * {@link SoftmaxCrossEntropy}. The sums over rows of dWeight and dBias are taken chunk by chunk, in
 * order; the bits depend on the shapes alone.
 *
 * <p>Source: P.-L. Hsu et al.: Liger Kernel: Efficient Triton Kernels for LLM Training, 2024,
 * section 3.2, with chunks as large as memory is cheap: each reads all weights.
 */
public final class LinearLossOps {
  /** Most bytes of logits that exist at a time, unless a single row has more. */
  public static final long CHUNK_BYTES = 64L << 20;

  /** What no target is, as they have been checked. */
  private static final int NONE_IGNORED = Integer.MIN_VALUE;

  private LinearLossOps() {}

  /**
   * The mean cross-entropy, in nats, of rows with one class each.
   *
   * @param x [rows, width], at least one row
   * @param weight [classes, width], at least one class
   * @param targets native int32, one for each row, each in {@code [0, classes)}
   * @return a scalar; the losses of the rows are summed in order in double precision
   */
  public static Tensor crossEntropyMean(Tape tape, Tensor x, Tensor weight, MemorySegment targets) {
    return crossEntropyMean(tape, x, weight, null, targets);
  }

  /**
   * The same of logits with a bias.
   *
   * @param bias [classes], or null for none
   */
  public static Tensor crossEntropyMean(
      Tape tape, Tensor x, Tensor weight, @Nullable Tensor bias, MemorySegment targets) {
    Sizes sizes = sizes(x, weight, bias, CHUNK_BYTES);
    Ranges.check("targets", targets, Integer.BYTES, sizes.rows);
    tape.compute(
        Meter.Family.INDEX,
        0,
        workers -> Ranges.checkIndices("targets", targets, sizes.rows, sizes.classes));
    return mean(tape, x, weight, bias, targets, 0, NONE_IGNORED, sizes);
  }

  /**
   * The same without a bias, with label smoothing, over the rows that are not ignored: without any,
   * the mean is NaN as in PyTorch, and its gradients are 0.
   *
   * @param smoothing from 0 to 1
   * @param ignoreIndex target of the rows that do not count, a class or not
   */
  public static Tensor crossEntropyMean(
      Tape tape, Tensor x, Tensor weight, MemorySegment targets, float smoothing, int ignoreIndex) {
    return crossEntropyMean(tape, x, weight, null, targets, smoothing, ignoreIndex, CHUNK_BYTES);
  }

  static Tensor crossEntropyMean(
      Tape tape,
      Tensor x,
      Tensor weight,
      @Nullable Tensor bias,
      MemorySegment targets,
      float smoothing,
      int ignoreIndex,
      long chunkBytes) {
    Sizes sizes = sizes(x, weight, bias, chunkBytes);
    Ranges.requireShare("smoothing", smoothing);
    Ranges.check("targets", targets, Integer.BYTES, sizes.rows);
    tape.compute(
        Meter.Family.INDEX,
        0,
        workers -> Ranges.checkIndices("targets", targets, sizes.rows, sizes.classes, ignoreIndex));
    return mean(tape, x, weight, bias, targets, smoothing, ignoreIndex, sizes);
  }

  /** Sizes of the product, and how many rows of it are computed at a time. */
  private record Sizes(int rows, int classes, int width, int chunk) {}

  private static Sizes sizes(Tensor x, Tensor weight, @Nullable Tensor bias, long chunkBytes) {
    TensorLayout shape = x.layout();
    TensorLayout weightShape = weight.layout();
    if (shape.rank() != 2
        || weightShape.rank() != 2
        || shape.dim(1) != weightShape.dim(1)
        || shape.dim(0) == 0
        || weightShape.dim(0) == 0) {
      throw new IllegalArgumentException(
          "crossEntropyMean: x is "
              + shape
              + ", weight is "
              + weightShape
              + ": [rows, width] and [classes, width] with at least one row and one class are"
              + " wanted");
    }
    if (bias != null && !bias.layout().equals(TensorLayout.of(weightShape.dim(0)))) {
      throw new IllegalArgumentException(
          "crossEntropyMean: weight is "
              + weightShape
              + ", bias is "
              + bias.layout()
              + ": it needs one element for each of the "
              + weightShape.dim(0)
              + " classes");
    }
    long largest = Math.max(shape.dim(0), Math.max(weightShape.dim(0), shape.dim(1)));
    if (largest > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "crossEntropyMean: x is "
              + shape
              + ", weight is "
              + weightShape
              + ": no edge may be past "
              + Integer.MAX_VALUE);
    }
    int rows = (int) shape.dim(0);
    int classes = (int) weightShape.dim(0);
    return new Sizes(rows, classes, (int) shape.dim(1), chunkRows(rows, classes, chunkBytes));
  }

  /** Rows of a chunk: as few chunks as fit, all but the last of one size. */
  static int chunkRows(int rows, int classes, long chunkBytes) {
    long most = Math.max(1, chunkBytes / Float.BYTES / classes);
    long chunks = Math.ceilDiv((long) rows, most);
    return (int) Math.ceilDiv((long) rows, chunks);
  }

  private static Tensor mean(
      Tape tape,
      Tensor x,
      Tensor weight,
      @Nullable Tensor bias,
      MemorySegment targets,
      float smoothing,
      int ignoreIndex,
      Sizes sizes) {
    TensorLayout scalar = TensorLayout.of();
    Tensor loss =
        bias == null ? tape.output(scalar, x, weight) : tape.output(scalar, x, weight, bias);
    boolean recorded = loss.requiresGrad();
    long width = sizes.width;
    MemorySegment dx =
        recorded && x.requiresGrad() ? tape.allocateFloats(sizes.rows * width) : null;
    MemorySegment dWeight =
        recorded && weight.requiresGrad() ? tape.allocateFloats(sizes.classes * width) : null;
    MemorySegment dBias =
        recorded && bias != null && bias.requiresGrad() ? tape.allocateFloats(sizes.classes) : null;
    MemorySegment logits = tape.allocateFloats((long) sizes.chunk * sizes.classes);
    MemorySegment losses = tape.allocateFloats(sizes.rows);
    double[] counted = countedRows(tape, targets, ignoreIndex, sizes.rows);
    MemorySegment xs = x.data();
    MemorySegment ws = weight.data();
    MemorySegment bs = bias == null ? null : bias.data();
    for (int begin = 0; begin < sizes.rows; begin += sizes.chunk) {
      int n = Math.min(sizes.chunk, sizes.rows - begin);
      logits(tape, xs, ws, bs, logits, begin, n, sizes);
      MemorySegment z = logits.asSlice(0, (long) n * sizes.classes * Float.BYTES);
      MemorySegment t = slice(targets, begin, n);
      MemorySegment l = slice(losses, begin, n);
      tape.compute(
          Meter.Family.REDUCTION,
          (long) n * sizes.classes,
          recorded
              ? workers -> {
                float scale = (float) (1 / Math.max(1, counted[0]));
                SoftmaxCrossEntropy.forwardBackward(
                    z, t, null, l, n, sizes.classes, smoothing, ignoreIndex, scale, workers);
              }
              : workers ->
                  SoftmaxCrossEntropy.forward(
                      z, t, null, l, n, sizes.classes, smoothing, ignoreIndex, workers));
      gradients(tape, xs, ws, logits, dx, dWeight, begin, n, sizes);
      if (dBias != null) {
        addColumnSums(tape, logits, n, sizes.classes, dBias, begin == 0);
      }
    }
    MemorySegment mean = loss.data();
    tape.compute(
        Meter.Family.REDUCTION,
        sizes.rows,
        workers -> mean.set(JAVA_FLOAT, 0, RowLosses.mean(losses, sizes.rows, counted[0])));
    if (recorded) {
      tape.record(
          "crossEntropyMean",
          loss,
          dy -> {
            hand(tape, x, dx, dy);
            hand(tape, weight, dWeight, dy);
            if (bias != null) {
              hand(tape, bias, dBias, dy);
            }
          });
    }
    return loss;
  }

  /** Rows that are not ignored, in an array: in a captured step they are counted in each run. */
  private static double[] countedRows(Tape tape, MemorySegment targets, int ignoreIndex, int rows) {
    double[] counted = {rows};
    if (ignoreIndex != NONE_IGNORED) {
      tape.compute(
          Meter.Family.REDUCTION,
          rows,
          workers ->
              counted[0] = SoftmaxCrossEntropy.totalWeight(targets, null, ignoreIndex, rows));
    }
    return counted;
  }

  private static MemorySegment slice(MemorySegment memory, long begin, long n) {
    return memory.asSlice(begin * Float.BYTES, n * Float.BYTES);
  }

  /** {@code z = x[begin, begin + n) weight' + bias}. */
  private static void logits(
      Tape tape,
      MemorySegment x,
      MemorySegment weight,
      @Nullable MemorySegment bias,
      MemorySegment z,
      int begin,
      int n,
      Sizes sizes) {
    long from = (long) begin * sizes.width;
    int classes = sizes.classes;
    int width = sizes.width;
    if (bias == null) {
      multiply(tape, NO_TRANS, TRANS, n, classes, width, x, from, weight, 0, 0f, z, 0);
      return;
    }
    int ld = Math.max(1, width);
    tape.compute(
        Meter.Family.MATRIX,
        Products.flops(n, classes, width),
        workers ->
            Gemm.sgemmBias(
                NO_TRANS,
                TRANS,
                n,
                classes,
                width,
                1f,
                x,
                from,
                ld,
                weight,
                0,
                ld,
                0f,
                z,
                0,
                classes,
                bias,
                0,
                Activation.NONE,
                workers));
  }

  /** {@code dBias += column sums of dz}, or {@code =} for the first chunk. */
  private static void addColumnSums(
      Tape tape, MemorySegment dz, int n, int classes, MemorySegment dBias, boolean first) {
    tape.compute(
        Meter.Family.REDUCTION,
        (long) n * classes,
        workers -> {
          if (first) {
            Fill.fill(dBias, classes, 0f, workers);
          }
          ColumnSum.accumulate(dz, dBias, n, classes, workers);
        });
  }

  /** {@code dx[begin, begin + n) = dz weight}, {@code dWeight += dz' x[begin, begin + n)}. */
  private static void gradients(
      Tape tape,
      MemorySegment x,
      MemorySegment weight,
      MemorySegment dz,
      @Nullable MemorySegment dx,
      @Nullable MemorySegment dWeight,
      int begin,
      int n,
      Sizes sizes) {
    long from = (long) begin * sizes.width;
    if (dx != null) {
      multiply(
          tape, NO_TRANS, NO_TRANS, n, sizes.width, sizes.classes, dz, 0, weight, 0, 0f, dx, from);
    }
    if (dWeight != null) {
      float beta = begin == 0 ? 0 : 1;
      multiply(
          tape, TRANS, NO_TRANS, sizes.classes, sizes.width, n, dz, 0, x, from, beta, dWeight, 0);
    }
  }

  private static void multiply(
      Tape tape,
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      MemorySegment a,
      long offsetA,
      MemorySegment b,
      long offsetB,
      float beta,
      MemorySegment c,
      long offsetC) {
    tape.compute(
        Meter.Family.MATRIX,
        Products.flops(m, n, k),
        Products.sgemm(transA, transB, m, n, k, a, offsetA, b, offsetB, beta, c, offsetC));
  }

  /** Hands on a gradient that was computed for a cotangent of 1. */
  private static void hand(
      Tape tape, Tensor x, @Nullable MemorySegment gradient, MemorySegment dy) {
    if (gradient == null) {
      return;
    }
    long n = x.layout().elements();
    tape.compute(Meter.Family.ELEMENTWISE, n, RowLosses.scaling(gradient, n, dy));
    tape.addGradient(x, gradient);
  }
}
