package dev.lanewise.jmh.steps;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.LossOps;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.diagnosis.Anomalies;
import dev.lanewise.autograd.diagnosis.Diagnosis;
import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Operands;
import dev.lanewise.jmh.Threads;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.Linear;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.ParamGroup;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What it costs to look into a training: steps of a perceptron of four hidden layers with AdamW,
 * plain, looked at every 20th time and each time, and with a search for anomalies. An operation is
 * a step.
 */
public class DiagnosisBenchmark extends KernelBenchmark {
  private static final int STEPS = 20;
  private static final int LAYERS = 4;
  private static final int CLASSES = 10;

  /** Width of the layers, and rows of the batch. */
  @Param({"128", "512"})
  public int width;

  @Param public Threads threads;

  private final List<Linear> hidden = new ArrayList<>();
  private Slab slab;
  private Workers workers;
  private Linear last;
  private Tensor inputs;
  private MemorySegment targets;
  private AdamW optimizer;
  private Diagnosis seldom;
  private Diagnosis always;

  @Setup
  public void setUp() {
    slab = Slab.open("diagnosis benchmark");
    workers = threads.open();
    List<Parameter> parameters = new ArrayList<>();
    for (int i = 0; i < LAYERS; i++) {
      hidden.add(Linear.of(slab, "hidden" + i, width, width, Init.kaimingUniform(1)));
      parameters.addAll(hidden.get(i).parameters());
    }
    last = Linear.of(slab, "last", width, CLASSES, Init.kaimingUniform(2));
    parameters.addAll(last.parameters());
    inputs =
        Tensor.constant(TensorLayout.of(width, width), slab.allocateFloats((long) width * width));
    Operands.randomise(inputs.data(), 4);
    targets = slab.allocateInts(width);
    optimizer = AdamW.over(ParamGroup.of(parameters)).lr(1e-4f).workers(workers);
    seldom = Diagnosis.of(parameters).every(STEPS);
    always = Diagnosis.of(parameters).every(1);
  }

  @TearDown
  public void close() {
    workers.close();
    slab.close();
  }

  private void backward(Tape opened) {
    try (Tape tape = opened) {
      Tensor h = inputs;
      for (Linear layer : hidden) {
        h = ElementwiseOps.gelu(tape, layer.forward(tape, h));
      }
      LossOps.crossEntropyMean(tape, last.forward(tape, h), targets).backward();
    }
  }

  @Benchmark
  @OperationsPerInvocation(STEPS)
  public void plain() {
    for (int step = 0; step < STEPS; step++) {
      backward(Tape.open(slab, workers));
      optimizer.step();
    }
  }

  @Benchmark
  @OperationsPerInvocation(STEPS)
  public void everyTwentieth() {
    look(seldom);
  }

  @Benchmark
  @OperationsPerInvocation(STEPS)
  public void each() {
    look(always);
  }

  private void look(Diagnosis diagnosis) {
    for (int step = 0; step < STEPS; step++) {
      backward(diagnosis.open(slab, workers, null));
      diagnosis.step(optimizer::step);
    }
  }

  @Benchmark
  @OperationsPerInvocation(STEPS)
  public void anomalies() {
    for (int step = 0; step < STEPS; step++) {
      backward(Anomalies.open(slab, workers, null));
      optimizer.step();
    }
  }
}
