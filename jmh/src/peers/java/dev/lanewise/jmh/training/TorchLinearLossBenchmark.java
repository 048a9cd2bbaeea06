package dev.lanewise.jmh.training;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.rows.LinearLossOps;
import dev.lanewise.jmh.Operands;
import dev.lanewise.jmh.torch.Torch;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/**
 * The output layer of a language model with its loss: [rows, width] times the vectors of a
 * vocabulary, mean cross-entropy, and the gradients of both factors.
 */
public class TorchLinearLossBenchmark extends TrainingBenchmark {
  private static final long MEAN = 1;
  private static final long NONE_IGNORED = -100;

  /** Rows, width, vocabulary. */
  @Param({"1024x768x50257"})
  public String shape;

  private int rows;

  @Override
  int comparedSteps() {
    return 1;
  }

  @Override
  @SuppressWarnings("try") // the resources work by being open
  Pair open(Slab slab, Workers workers, Torch libtorch) throws Throwable {
    String[] parts = shape.split("x", -1);
    rows = Integer.parseInt(parts[0]);
    int width = Integer.parseInt(parts[1]);
    int classes = Integer.parseInt(parts[2]);
    TensorLayout layoutX = TensorLayout.of(rows, width);
    TensorLayout layoutW = TensorLayout.of(classes, width);
    MemorySegment x = slab.allocate(layoutX);
    MemorySegment w = slab.allocate(layoutW);
    Operands.randomise(x, 1);
    Operands.randomise(w, 2);
    for (long i = 0; i < layoutW.elements(); i++) {
      w.setAtIndex(JAVA_FLOAT, i, 0.1f * w.getAtIndex(JAVA_FLOAT, i));
    }
    long[] labels = new SplittableRandom(3).longs(rows, 0, classes).toArray();
    MemorySegment targets = slab.allocateInts(rows);
    for (int i = 0; i < rows; i++) {
      targets.setAtIndex(JAVA_INT, i, (int) labels[i]);
    }
    var theirX = libtorch.keep(libtorch.tensor(x, rows, width).requires_grad_(true));
    var theirW = libtorch.keep(libtorch.tensor(w, classes, width).requires_grad_(true));
    var theirTargets = libtorch.indices(labels);
    TensorOptional unweighted = libtorch.keep(new TensorOptional());
    Supplier<org.bytedeco.pytorch.Tensor> theirs =
        () ->
            torch.cross_entropy_loss(
                torch.linear(theirX, theirW), theirTargets, unweighted, MEAN, NONE_IGNORED, 0);
    try (Tape tape = Tape.open(slab, workers);
        PointerScope scope = new PointerScope()) {
      Tensor ourX = tape.variable(layoutX, x);
      Tensor ourW = tape.variable(layoutW, w);
      LinearLossOps.crossEntropyMean(tape, ourX, ourW, targets).backward();
      TorchGradients.backward(theirs);
      TorchGradients.compare("dx", ourX.gradient(), theirX.mutable_grad());
      TorchGradients.compare("dw", ourW.gradient(), theirW.mutable_grad());
      theirX.mutable_grad().reset();
      theirW.mutable_grad().reset();
    }
    return new Pair(
        () -> {
          try (Tape tape = Tape.open(slab, workers)) {
            Tensor ourX = tape.variable(layoutX, x);
            Tensor ourW = tape.variable(layoutW, w);
            Tensor loss = LinearLossOps.crossEntropyMean(tape, ourX, ourW, targets);
            loss.backward();
            return loss.item();
          }
        },
        () -> {
          try (PointerScope scope = new PointerScope()) {
            float value = TorchGradients.backward(theirs);
            // The next step begins without gradients, as after zero_grad.
            theirX.mutable_grad().reset();
            theirW.mutable_grad().reset();
            return value;
          }
        });
  }

  @Benchmark
  public float step(Samples samples) throws Throwable {
    return run(samples, rows);
  }
}
