package dev.lanewise.jmh.python;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.LossOps;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.rows.LinearLossOps;
import dev.lanewise.jmh.python.Training.Operand;
import dev.lanewise.jmh.training.Batches;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.transformer.Gpt;
import dev.lanewise.nn.transformer.GptConfig;
import dev.lanewise.nn.vision.ResNet;
import dev.lanewise.nn.vision.ResNetConfig;
import dev.lanewise.parallel.Workers;
import java.util.List;
import java.util.stream.Stream;

/** The models that are trained on both sides. */
public enum Trainings {
  /** 4 layers of width 128 with 4 heads, 8 texts of 128 bytes. */
  GPT_4X128 {
    @Override
    Training open(Slab slab, Workers workers) {
      return gpt(slab, workers, GptConfig.of(BYTES, 128, 4, 4, 128), 8);
    }
  },
  /** 6 layers of width 384 with 6 heads, 4 texts of 256 bytes. */
  GPT_6X384 {
    @Override
    Training open(Slab slab, Workers workers) {
      return gpt(slab, workers, GptConfig.of(BYTES, 256, 6, 6, 384), 4);
    }
  },
  /** 784-512-512-10 with GELU in its tanh form, batches of 128. */
  MLP {
    @Override
    Training open(Slab slab, Workers workers) {
      return perceptron(slab, workers);
    }
  },
  /** 20 layers for 32 x 32 images of three colours and ten classes, batches of 64. */
  RESNET_20 {
    @Override
    Training open(Slab slab, Workers workers) {
      return resNet(slab, workers, ResNetConfig.resNet20(3, 10), 64, 32);
    }

    // Gradients that a normalisation makes 0 but for rounding are steps of full length to Adam:
    // between its own two precisions PyTorch is beyond the tolerance from the eighth step on.
    @Override
    int comparedSteps() {
      return 5;
    }
  },
  /** 1,024 rows of 768 elements, a vocabulary of 50,257. */
  LINEAR_CROSS_ENTROPY {
    @Override
    Training open(Slab slab, Workers workers) {
      return linearCrossEntropy(slab, workers);
    }
  };

  private static final int BYTES = 256;
  private static final long SEED = 1;

  /** A training in this slab, at its start. */
  abstract Training open(Slab slab, Workers workers);

  /** Steps over which the losses have to agree. */
  int comparedSteps() {
    return 50;
  }

  private static Training gpt(Slab slab, Workers workers, GptConfig config, int batch) {
    int tokens = batch * config.context();
    List<Batches> texts = Batches.texts(slab, tokens, BYTES);
    Operand inputs = Operand.of(slab, texts.getFirst());
    Operand targets = Operand.of(slab, texts.getLast());
    Gpt gpt = Gpt.of(slab, config, SEED);
    return new Training(
        workers,
        arguments(
            "gpt",
            batch,
            config.context(),
            config.vocabulary(),
            config.layers(),
            config.heads(),
            config.width()),
        tokens,
        gpt.parameters(),
        List.of(inputs, targets),
        tape -> gpt.loss(tape, inputs.current(), targets.current(), batch, config.context(), 0));
  }

  private static Training perceptron(Slab slab, Workers workers) {
    int batch = 128;
    int inputs = 784;
    int hidden = 512;
    int classes = 10;
    Init init = Init.kaimingUniform(SEED);
    Linear first = Linear.of(slab, "first", inputs, hidden, init);
    Linear second = Linear.of(slab, "second", hidden, hidden, init);
    Linear last = Linear.of(slab, "last", hidden, classes, init);
    Operand rows = Operand.of(slab, Batches.rows(slab, Batches.ROWS, batch, inputs));
    Operand targets = Operand.of(slab, Batches.classes(slab, Batches.ROWS, batch, classes));
    Tensor x = Tensor.constant(TensorLayout.of(batch, inputs), rows.current());
    return new Training(
        workers,
        arguments("mlp", batch, inputs, hidden, classes),
        batch,
        Stream.of(first, second, last).flatMap(layer -> layer.parameters().stream()).toList(),
        List.of(rows, targets),
        tape -> {
          Tensor h = ElementwiseOps.gelu(tape, first.forward(tape, x));
          h = ElementwiseOps.gelu(tape, second.forward(tape, h));
          return LossOps.crossEntropyMean(tape, last.forward(tape, h), targets.current());
        });
  }

  private static Training resNet(
      Slab slab, Workers workers, ResNetConfig config, int batch, int size) {
    ResNet net = ResNet.of(slab, config, SEED);
    int pixels = size * size * config.channels();
    Operand images = Operand.of(slab, Batches.rows(slab, Batches.ROWS, batch, pixels));
    Operand labels = Operand.of(slab, Batches.classes(slab, Batches.ROWS, batch, config.classes()));
    Tensor x =
        Tensor.constant(TensorLayout.of(batch, size, size, config.channels()), images.current());
    return new Training(
        workers,
        arguments(
            "resnet",
            batch,
            size,
            config.channels(),
            config.classes(),
            config.width(),
            config.blocks()),
        batch,
        net.parameters(),
        List.of(images, labels),
        tape -> net.loss(tape, x, labels.current()));
  }

  private static Training linearCrossEntropy(Slab slab, Workers workers) {
    int rows = 1024;
    int width = 768;
    int vocabulary = 50_257;
    Linear head = Linear.withoutBias(slab, "head", width, vocabulary, Init.normal(SEED, 0.02));
    Operand inputs = Operand.of(slab, Batches.rows(slab, 1, rows, width));
    Operand targets = Operand.of(slab, Batches.classes(slab, 1, rows, vocabulary));
    Tensor x = Tensor.constant(TensorLayout.of(rows, width), inputs.current());
    return new Training(
        workers,
        arguments("linear", rows, width, vocabulary),
        rows,
        head.parameters(),
        List.of(inputs, targets),
        tape -> LinearLossOps.crossEntropyMean(tape, x, head.weight(), targets.current()));
  }

  private static List<String> arguments(String model, Object... sizes) {
    return Stream.concat(Stream.of(model), Stream.of(sizes).map(Object::toString)).toList();
  }
}
