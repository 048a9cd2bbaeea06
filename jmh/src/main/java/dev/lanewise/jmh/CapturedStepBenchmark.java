package dev.lanewise.jmh;

import dev.lanewise.autograd.CapturedStep;
import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.LossOps;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.Linear;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Forward and backward pass of a perceptron with three layers, by a tape that is made anew and by
 * replay. What differs is the making of tensors and vector-Jacobian products, and which memory is
 * written: the smaller the layers, the more it counts.
 */
public class CapturedStepBenchmark extends KernelBenchmark {
  private static final int CLASSES = 10;

  /** Width of the input and of the two hidden layers, and rows of the batch. */
  @Param({"16", "64", "256"})
  public int width;

  @Param public Threads threads;

  private Slab slab;
  private Workers workers;
  private Linear first;
  private Linear second;
  private Linear last;
  private Tensor inputs;
  private MemorySegment targets;
  private CapturedStep captured;

  @Setup
  public void setUp() {
    slab = Slab.open("captured step benchmark");
    workers = threads.open();
    first = Linear.of(slab, "first", width, width, Init.kaimingUniform(1));
    second = Linear.of(slab, "second", width, width, Init.kaimingUniform(2));
    last = Linear.of(slab, "last", width, CLASSES, Init.kaimingUniform(3));
    inputs =
        Tensor.constant(TensorLayout.of(width, width), slab.allocateFloats((long) width * width));
    Operands.randomise(inputs.data(), 4);
    targets = slab.allocateInts(width);
    Operands.randomiseInts(targets, CLASSES, 5);
    captured = CapturedStep.of(workers, this::loss);
    float expected = tape();
    for (int run = 0; run < 2; run++) {
      Operands.require("loss", expected, captured.run(), 0);
    }
  }

  private Tensor loss(Tape tape) {
    Tensor h = ElementwiseOps.relu(tape, first.forward(tape, inputs));
    h = ElementwiseOps.relu(tape, second.forward(tape, h));
    return LossOps.crossEntropyMean(tape, last.forward(tape, h), targets);
  }

  @TearDown
  public void close() {
    captured.close();
    workers.close();
    slab.close();
  }

  @Benchmark
  public float tape() {
    float value;
    try (Tape tape = Tape.open(slab, workers)) {
      Tensor loss = loss(tape);
      loss.backward();
      value = loss.item();
    }
    zeroGradients();
    return value;
  }

  @Benchmark
  public float replay() {
    float loss = captured.run();
    zeroGradients();
    return loss;
  }

  /** Sums of gradients that are never taken would overflow. */
  private void zeroGradients() {
    for (Linear layer : List.of(first, second, last)) {
      layer.parameters().forEach(Parameter::zeroGrad);
    }
  }
}
