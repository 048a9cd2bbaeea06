package dev.lanewise.jmh.training;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.LossOps;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.jmh.torch.Torch;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.Linear;
import dev.lanewise.optim.AdamW;
import dev.lanewise.parallel.Workers;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A training step of a multilayer perceptron 784-512-512-10 on batches of 128, beside the same in
 * libtorch: forward, cross-entropy, backward, clipping to a global norm of 1, AdamW.
 */
public class TorchMlpBenchmark extends TrainingBenchmark {
  private static final int BATCH = 128;
  private static final int INPUTS = 784;
  private static final int HIDDEN = 512;
  private static final int CLASSES = 10;
  private static final float LR = 1e-3f;
  private static final long MEAN = 1;
  private static final long NONE_IGNORED = -100;

  /** What stands between the layers. */
  public enum Activation {
    /** In its tanh form. */
    GELU,
    RELU
  }

  @Param public Activation activation;

  private @Nullable TorchTraining training;

  /** The layers; the same values for the same seed. */
  private record Layers(Linear first, Linear second, Linear third) {
    static Layers of(Slab slab) {
      return new Layers(
          Linear.of(slab, "1", INPUTS, HIDDEN, Init.kaimingUniform(1)),
          Linear.of(slab, "2", HIDDEN, HIDDEN, Init.kaimingUniform(1)),
          Linear.of(slab, "3", HIDDEN, CLASSES, Init.kaimingUniform(1)));
    }

    List<Parameter> parameters() {
      return List.of(first, second, third).stream()
          .flatMap(layer -> layer.parameters().stream())
          .toList();
    }
  }

  @Override
  Pair open(Slab slab, Workers workers, Torch libtorch) {
    TensorLayout shape = TensorLayout.of(BATCH, INPUTS);
    Batches rows = Batches.rows(slab, Batches.ROWS, BATCH, INPUTS);
    Batches targets = Batches.classes(slab, Batches.ROWS, BATCH, CLASSES);
    Layers layers = Layers.of(slab);
    AdamW optimizer = AdamW.over(layers.parameters()).lr(LR).clipGlobalNorm(1).workers(workers);
    TorchTraining their = new TorchTraining(libtorch, slab, Layers.of(slab).parameters());
    training = their;
    List<org.bytedeco.pytorch.Tensor> inputs = new ArrayList<>();
    for (long i = 0; i < rows.count(); i++) {
      inputs.add(libtorch.tensor(rows.at(i), BATCH, INPUTS));
    }
    List<org.bytedeco.pytorch.Tensor> labels = targets.indices(libtorch::indices);
    TensorOptional unweighted = libtorch.keep(new TensorOptional());
    return new Pair(
        () -> {
          float value;
          long step = optimizer.steps();
          try (Tape tape = Tape.open(slab, workers)) {
            Tensor y = Tensor.constant(shape, rows.at(step));
            y = activate(tape, layers.first.forward(tape, y));
            y = activate(tape, layers.second.forward(tape, y));
            Tensor logits = layers.third.forward(tape, y);
            Tensor loss = LossOps.crossEntropyMean(tape, logits, targets.at(step));
            loss.backward();
            value = loss.item();
          }
          optimizer.step();
          return value;
        },
        () ->
            their.step(
                () -> {
                  int turn = (int) (their.stepsDone() % inputs.size());
                  var y = activate(their.linear("1", inputs.get(turn)));
                  y = activate(their.linear("2", y));
                  return torch.cross_entropy_loss(
                      their.linear("3", y), labels.get(turn), unweighted, MEAN, NONE_IGNORED, 0);
                }));
  }

  private Tensor activate(Tape tape, Tensor x) {
    return activation == Activation.GELU
        ? ElementwiseOps.gelu(tape, x)
        : ElementwiseOps.relu(tape, x);
  }

  private org.bytedeco.pytorch.Tensor activate(org.bytedeco.pytorch.Tensor x) {
    return activation == Activation.GELU ? torch.gelu(x, "tanh") : torch.relu(x);
  }

  @Benchmark
  public float step(Samples samples) throws Throwable {
    return run(samples, BATCH);
  }

  @TearDown
  public void closeTraining() {
    if (training != null) {
      training.close();
    }
  }
}
