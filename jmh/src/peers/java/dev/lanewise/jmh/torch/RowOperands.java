package dev.lanewise.jmh.torch;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.lanewise.jmh.Operands;
import dev.lanewise.kernel.loop.RowBlocks;
import dev.lanewise.kernel.norm.segments.LayerNorm;
import dev.lanewise.kernel.softmax.segments.Softmax;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** What an operation on rows reads and writes. */
final class RowOperands {
  /** Elements below which rows are not worth a thread. */
  private static final long GRAIN = 16_384;

  private static final double EPS = 1e-5;
  private static final long MEAN = 1;
  private static final long NONE_IGNORED = -100;

  final long rows;
  final long cols;

  /** Logits or inputs between -4 and 4. */
  final MemorySegment x;

  /** Their softmax. */
  final MemorySegment p;

  final MemorySegment dy;

  /** The result, at first a copy of x. */
  final MemorySegment y;

  final MemorySegment weight;
  final MemorySegment bias;
  final MemorySegment mean;
  final MemorySegment rstd;
  final MemorySegment dWeights;
  final MemorySegment dBiases;
  final MemorySegment dWeight;
  final MemorySegment dBias;
  final MemorySegment losses;
  final MemorySegment targets;

  private final Workers workers;
  private final long[] targetClasses;

  /** The same as tensors. */
  record Views(
      Tensor x,
      Tensor p,
      Tensor dy,
      Tensor y,
      Tensor weight,
      Tensor bias,
      Tensor mean,
      Tensor rstd,
      Tensor dWeight,
      Tensor dBias,
      Tensor targets,
      long cols) {}

  RowOperands(Slab slab, long rows, long cols, Workers workers) {
    this.rows = rows;
    this.cols = cols;
    this.workers = workers;
    long n = Math.multiplyExact(rows, cols);
    long blocks = Math.multiplyExact(RowBlocks.count(rows), cols);
    x = slab.allocateFloats(n);
    p = slab.allocateFloats(n);
    dy = slab.allocateFloats(n);
    y = slab.allocateFloats(n);
    weight = slab.allocateFloats(cols);
    bias = slab.allocateFloats(cols);
    mean = slab.allocateFloats(rows);
    rstd = slab.allocateFloats(rows);
    dWeights = slab.allocateFloats(blocks);
    dBiases = slab.allocateFloats(blocks);
    dWeight = slab.allocateFloats(cols);
    dBias = slab.allocateFloats(cols);
    losses = slab.allocateFloats(rows);
    targets = slab.allocateFloats(rows);
    Operands.randomise(x, 1);
    Operands.randomise(dy, 2);
    Operands.randomise(weight, 3);
    Operands.randomise(bias, 4);
    for (long i = 0; i < n; i++) {
      x.setAtIndex(JAVA_FLOAT, i, 4 * x.getAtIndex(JAVA_FLOAT, i));
    }
    Softmax.forward(x, p, 0, rows, cols);
    LayerNorm.forward(x, weight, bias, y, mean, rstd, (float) EPS, 0, rows, cols);
    y.copyFrom(x);
    SplittableRandom random = new SplittableRandom(5);
    targetClasses = random.longs(rows, 0, cols).toArray();
    for (int r = 0; r < rows; r++) {
      targets.setAtIndex(JAVA_INT, r, (int) targetClasses[r]);
    }
  }

  /** Over ranges of rows. */
  Call rows(Workers.Task task) {
    return () -> workers.run(rows, Math.max(1, GRAIN / cols), task);
  }

  /** Over parts that are each worth a thread. */
  Call parts(long parts, Workers.Task task) {
    return () -> workers.run(parts, 1, task);
  }

  Views views(Torch torch) {
    return new Views(
        torch.tensor(x, rows, cols),
        torch.tensor(p, rows, cols),
        torch.tensor(dy, rows, cols),
        torch.tensor(y, rows, cols),
        torch.tensor(weight, cols),
        torch.tensor(bias, cols),
        torch.tensor(mean, rows, 1),
        torch.tensor(rstd, rows, 1),
        torch.tensor(dWeight, cols),
        torch.tensor(dBias, cols),
        torch.indices(targetClasses),
        cols);
  }

  static Call layerNorm(Torch libtorch, Views v) {
    TensorOptional weight = libtorch.keep(new TensorOptional(v.weight));
    TensorOptional bias = libtorch.keep(new TensorOptional(v.bias));
    long[] row = {v.cols};
    return () -> {
      try (PointerScope scope = new PointerScope()) {
        scope.attach(torch.native_layer_norm_out(v.y, v.mean, v.rstd, v.x, row, weight, bias, EPS));
      }
    };
  }

  static Call layerNormBackward(Torch libtorch, Views v) {
    TensorOptional weight = libtorch.keep(new TensorOptional(v.weight));
    TensorOptional bias = libtorch.keep(new TensorOptional(v.bias));
    BoolPointer all = libtorch.keep(new BoolPointer(3).put(0, true).put(1, true).put(2, true));
    long[] row = {v.cols};
    return () -> {
      try (PointerScope scope = new PointerScope()) {
        scope.attach(
            torch.native_layer_norm_backward_out(
                v.y, v.dWeight, v.dBias, v.dy, v.x, row, v.mean, v.rstd, weight, bias, all));
      }
    };
  }

  @SuppressWarnings("try") // the resources work by being open
  static Call crossEntropy(Torch libtorch, Views v) {
    TensorOptional unweighted = libtorch.keep(new TensorOptional());
    Tensor logits = libtorch.keep(v.x.detach().requires_grad_(true));
    return () -> {
      try (PointerScope scope = new PointerScope();
          AutoGradMode recording = new AutoGradMode(true)) {
        Tensor loss =
            torch.cross_entropy_loss(logits, v.targets, unweighted, MEAN, NONE_IGNORED, 0);
        loss.backward();
        // The next call begins without a gradient, as after zero_grad.
        logits.mutable_grad().reset();
      }
    };
  }
}
