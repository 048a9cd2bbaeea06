package dev.lanewise.jmh.training;

import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.jmh.torch.Torch;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.transformer.Gpt;
import dev.lanewise.nn.transformer.GptConfig;
import dev.lanewise.optim.AdamW;
import dev.lanewise.parallel.Workers;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A training step of a GPT over bytes, beside the same model in libtorch: forward, backward,
 * clipping to a global norm of 1, AdamW.
 */
public class TorchGptBenchmark extends TrainingBenchmark {
  private static final int VOCABULARY = 256;
  private static final int TOKENS = 1024;
  private static final long SEED = 1;
  private static final float LR = 1e-3f;

  /** Layers and width; batches of 8 x 128 and of 4 x 256 tokens, with heads of 32 and 64. */
  @Param({"4x128", "6x384"})
  public String model;

  private @Nullable TorchTraining training;

  private static GptConfig config(String model) {
    return switch (model) {
      case "4x128" -> GptConfig.of(VOCABULARY, 128, 4, 4, 128);
      case "6x384" -> GptConfig.of(VOCABULARY, 256, 6, 6, 384);
      default -> throw new IllegalArgumentException("no model is called " + model);
    };
  }

  @Override
  Pair open(Slab slab, Workers workers, Torch torch) {
    GptConfig config = config(model);
    int length = config.context();
    int batch = TOKENS / length;
    List<Batches> texts = Batches.texts(slab, TOKENS, VOCABULARY);
    Batches tokens = texts.getFirst();
    Batches targets = texts.getLast();
    Gpt gpt = Gpt.of(slab, config, SEED);
    AdamW optimizer = AdamW.over(gpt.parameters()).lr(LR).clipGlobalNorm(1).workers(workers);
    TorchTraining their = new TorchTraining(torch, slab, Gpt.of(slab, config, SEED).parameters());
    training = their;
    TorchGpt theirs = new TorchGpt(torch, their, config, batch, length, tokens, targets);
    return new Pair(
        () -> {
          float value;
          long step = optimizer.steps();
          try (Tape tape = Tape.open(slab, workers)) {
            Tensor loss = gpt.loss(tape, tokens.at(step), targets.at(step), batch, length, step);
            loss.backward();
            value = loss.item();
          }
          optimizer.step();
          return value;
        },
        () -> their.step(theirs::loss));
  }

  @Benchmark
  public float step(Samples samples) throws Throwable {
    return run(samples, TOKENS);
  }

  @TearDown
  public void closeTraining() {
    if (training != null) {
      training.close();
    }
  }
}
