package dev.lanewise.nn.vision;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.CapturedStep;
import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.higher.GradCheck;
import dev.lanewise.io.Checkpoint;
import dev.lanewise.io.Checkpoints;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.Buffer;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.ModelTensors;
import dev.lanewise.optim.momentum.Momentum;
import dev.lanewise.parallel.Workers;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The residual network against a double-precision one, captured, saved and restored. */
class ResNetTest {
  /** All that the large one has, in few elements. */
  private static final ResNetConfig SMALL = new ResNetConfig(2, 3, 2, 1);

  private static final int SAMPLES = 3;
  private static final int SIDE = 6;
  private static final List<Integer> LABELS = List.of(0, 2, 1);

  private static float[] images(int seed) {
    return OpCheck.random(new Random(seed), (long) SAMPLES * SIDE * SIDE * 2);
  }

  private static Tensor batch(Slab slab, float[] images) {
    TensorLayout layout = TensorLayout.of(SAMPLES, SIDE, SIDE, 2);
    return Tensor.constant(layout, OpCheck.copy(slab, images));
  }

  private static MemorySegment labels(Slab slab) {
    MemorySegment labels = slab.allocateInts(SAMPLES);
    for (int i = 0; i < SAMPLES; i++) {
      labels.setAtIndex(JAVA_INT, i, LABELS.get(i));
    }
    return labels;
  }

  @Test
  void resNet20HasTheParametersOfThePaperAndTheNamesOfTorchvision() {
    try (Slab slab = Slab.open("resnet", 8 << 20)) {
      ResNet model = ResNet.of(slab, ResNetConfig.resNet20(3, 10), 1);
      List<String> names = model.parameters().stream().map(Parameter::name).toList();
      // 19 convolutions, 2 projections, a norm behind each, the classifier.
      assertEquals(21 + 2 * 21 + 2, names.size());
      assertEquals(
          List.of("conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight"),
          names.subList(0, 4));
      assertTrue(
          names.containsAll(
              List.of(
                  "layer1.2.bn2.bias",
                  "layer2.0.downsample.0.weight",
                  "layer2.0.downsample.1.bias",
                  "layer3.2.conv2.weight",
                  "fc.weight",
                  "fc.bias")),
          names.toString());
      // 0.27 million by the paper without projections, which are 16 x 32 + 32 x 64 + 2 x 96 more.
      long elements = model.parameters().stream().mapToLong(p -> p.layout().elements()).sum();
      assertEquals(269_722 + 2_752, elements);
      assertEquals(
          List.of("bn1.running_mean", "bn1.running_var", "layer1.0.bn1.running_mean"),
          model.buffers().stream().map(Buffer::name).toList().subList(0, 3));
      assertEquals(2 * 21, model.buffers().size());
    }
  }

  @Test
  void convolutionsStartWithTheVarianceOfTheirFanOut() {
    try (Slab slab = Slab.open("resnet", 8 << 20)) {
      ResNet model = ResNet.of(slab, ResNetConfig.resNet20(3, 10), 1);
      for (Parameter parameter : model.parameters()) {
        if (parameter.layout().rank() == 4) {
          double fanOut = (double) parameter.layout().elements() / parameter.layout().dim(3);
          double squares = 0;
          for (float value : parameter.toArray()) {
            squares += (double) value * value;
          }
          double n = parameter.layout().elements();
          // The variance of n squares of normals is 2 / n; five times their deviation.
          assertEquals(1, squares / n * fanOut / 2, 5 * Math.sqrt(2 / n), parameter.name());
        }
      }
    }
  }

  @Test
  void logitsAreThoseOfTheReferenceInTrainingAndInUse() {
    try (Slab slab = Slab.open("resnet", 8 << 20)) {
      ResNet model = ResNet.of(slab, SMALL, 5);
      Tensor x = batch(slab, images(1));
      for (boolean training : new boolean[] {true, false}) {
        // The first pass leaves running statistics for the second one.
        ReferenceResNet reference = new ReferenceResNet(model, SAMPLES, training);
        try (Tape tape = Tape.noGrad(slab)) {
          float[] logits = model.forward(tape, x, training).toArray();
          double[] expected = reference.logits(ReferenceResNet.doubles(images(1)), SIDE);
          // Eight layers of sums of at most 72 terms, each layer normalised to 1.
          assertArrayEquals(expected, ReferenceResNet.doubles(logits), 8 * 72 * 0x1p-24);
        }
      }
    }
  }

  @Test
  void gradientsOfTheWholeModelAreThoseOfCentralDifferences() {
    try (Slab slab = Slab.open("resnet", 8 << 20)) {
      ResNet model = ResNet.of(slab, SMALL, 5);
      try (Tape tape = Tape.open(slab)) {
        model.loss(tape, batch(slab, images(2)), labels(slab)).backward();
      }
      ReferenceResNet reference = new ReferenceResNet(model, SAMPLES, true);
      double[] x = ReferenceResNet.doubles(images(2));
      for (Parameter parameter : model.parameters()) {
        double[] start = reference.tensor(parameter.name());
        List<GradCheck.Mismatch> mismatches =
            GradCheck.mismatches(
                point -> {
                  reference.put(parameter.name(), point);
                  return reference.loss(x, SIDE, LABELS);
                },
                start,
                ReferenceResNet.doubles(parameter.gradient().toArray(JAVA_FLOAT)));
        reference.put(parameter.name(), start);
        assertTrue(mismatches.isEmpty(), parameter.name() + ": " + mismatches);
      }
    }
  }

  private static Momentum optimizer(ResNet model, Workers workers) {
    return Momentum.over(model.parameters()).lr(0.05f).workers(workers);
  }

  /** Trains for some steps on alternating batches; the last loss. */
  private static float train(ResNet model, Slab slab, Workers workers, int steps) {
    MemorySegment labels = labels(slab);
    Momentum optimizer = optimizer(model, workers);
    float loss = Float.NaN;
    for (int step = 0; step < steps; step++) {
      try (Tape tape = Tape.open(slab, workers)) {
        Tensor mean = model.loss(tape, batch(slab, images(step % 2)), labels);
        loss = mean.item();
        mean.backward();
      }
      optimizer.step();
      optimizer.zeroGrad();
    }
    return loss;
  }

  private static void assertSameTensors(ResNet a, ResNet b) {
    var others = ModelTensors.of(b.parameters(), b.buffers()).entrySet().iterator();
    ModelTensors.of(a.parameters(), a.buffers())
        .forEach(
            (name, entry) ->
                assertEquals(-1, entry.data().mismatch(others.next().getValue().data()), name));
  }

  @Test
  void trainingGivesTheSameBitsOnAnyNumberOfThreads() {
    try (Slab slab = Slab.open("one", 8 << 20);
        Workers one = Workers.of(1)) {
      ResNet expected = ResNet.of(slab, SMALL, 5);
      train(expected, slab, one, 3);
      for (int threads : new int[] {2, 3, 7}) {
        try (Slab other = Slab.open("several", 8 << 20);
            Workers workers = Workers.of(threads)) {
          ResNet model = ResNet.of(other, SMALL, 5);
          train(model, other, workers, 3);
          assertSameTensors(expected, model);
        }
      }
    }
  }

  @Test
  void aCapturedStepGivesTheBitsOfTheTapeRunningStatisticsIncluded() {
    try (Slab slab = Slab.open("eager", 8 << 20);
        Slab other = Slab.open("captured", 8 << 20);
        Workers workers = Workers.of(2)) {
      ResNet expected = ResNet.of(slab, SMALL, 5);
      train(expected, slab, workers, 4);
      ResNet model = ResNet.of(other, SMALL, 5);
      Momentum optimizer = optimizer(model, workers);
      Tensor x = batch(other, images(0));
      MemorySegment labels = labels(other);
      try (CapturedStep step = CapturedStep.of(workers, tape -> model.loss(tape, x, labels))) {
        for (int i = 0; i < 4; i++) {
          MemorySegment.copy(images(i % 2), 0, x.data(), JAVA_FLOAT, 0, images(0).length);
          float loss = step.run();
          assertTrue(Float.isFinite(loss));
          optimizer.step();
          optimizer.zeroGrad();
        }
      }
      assertSameTensors(expected, model);
    }
  }

  @Test
  void itLearnsABatchByHeart() {
    try (Slab slab = Slab.open("learns", 16 << 20);
        Workers workers = Workers.of(1)) {
      ResNet model = ResNet.of(slab, SMALL, 5);
      float first = train(model, slab, workers, 1);
      float last = train(model, slab, workers, 80);
      assertTrue(last < first / 4, first + " and then " + last);
    }
  }

  @Test
  void checkpointsHoldTheRunningStatistics(@TempDir Path folder) throws IOException {
    try (Slab slab = Slab.open("saved", 8 << 20);
        Workers workers = Workers.of(1)) {
      ResNet saved = ResNet.of(slab, SMALL, 5);
      train(saved, slab, workers, 3);
      Checkpoints checkpoints = Checkpoints.in(folder, 1);
      Path file =
          checkpoints.save(3, ModelTensors.of(saved.parameters(), saved.buffers()), Map.of());
      assertTrue(file.startsWith(folder));
      ResNet restored = ResNet.of(slab, SMALL, 6);
      try (Checkpoint newest = checkpoints.newest().checkpoint().orElseThrow()) {
        assertTrue(newest.names().contains("layer3.0.downsample.1.running_var"));
        newest.restore(ModelTensors.of(restored.parameters(), restored.buffers()));
      }
      assertSameTensors(saved, restored);
      Tensor x = batch(slab, images(4));
      try (Tape tape = Tape.noGrad(slab)) {
        assertArrayEquals(
            saved.forward(tape, x, false).toArray(), restored.forward(tape, x, false).toArray());
      }
    }
  }

  @Test
  void useLeavesTheRunningStatisticsAlone() {
    try (Slab slab = Slab.open("use", 8 << 20)) {
      ResNet model = ResNet.of(slab, SMALL, 5);
      float[] before = model.buffers().get(0).data().toArray(JAVA_FLOAT);
      try (Tape tape = Tape.noGrad(slab)) {
        model.forward(tape, batch(slab, images(1)), false);
        assertArrayEquals(before, model.buffers().get(0).data().toArray(JAVA_FLOAT));
        model.forward(tape, batch(slab, images(1)), true);
        assertNotEquals(before[0], model.buffers().get(0).data().get(JAVA_FLOAT, 0));
      }
    }
  }

  @Test
  void whatDoesNotFitIsNamed() {
    try (Slab slab = Slab.open("errors", 1 << 20);
        Tape tape = Tape.open(slab)) {
      BatchNorm norm = BatchNorm.of(slab, "bn", 2);
      Tensor one = tape.constant(TensorLayout.of(1, 1, 1, 2), 1, 2);
      assertMessage(
          "in training at least two pixels are wanted", () -> norm.forward(tape, one, true));
      assertMessage("momentum = 2.0: want 0 to 1", () -> BatchNorm.of(slab, "bn", 2, 2, 1));
      assertMessage("of 0 channels: at least 1", () -> BatchNorm.of(slab, "bn", 0));
      assertMessage("eps = 0.0: want a finite", () -> GroupNorm.of(slab, "gn", 1, 2, 0));
      assertMessage("of 4 channels in 3 groups: each group", () -> GroupNorm.of(slab, "gn", 3, 4));
      assertMessage("kernel 0, stride 1", () -> Conv2d.of(slab, "c", 1, 1, 0, 1, 0, Init.zeros()));
      assertMessage(
          "\"bn.weight\" is 2: it has no fan-out",
          () -> Init.kaimingNormalFanOut(1).fill(norm.weight(), 1));
      assertMessage("classes = 0: it must be at least 1", () -> new ResNetConfig(1, 0, 1, 1));
      assertMessage(
          "two tensors of the model are called \"bn.weight\"",
          () ->
              ModelTensors.of(
                  List.of(norm.weight(), BatchNorm.of(slab, "bn", 2).weight()), List.of()));
      assertMessage("blank", () -> Buffer.of(slab, " ", TensorLayout.of(2), 0));
    }
  }

  private static void assertMessage(String part, Runnable call) {
    String message =
        String.valueOf(assertThrows(IllegalArgumentException.class, call::run).getMessage());
    assertTrue(message.contains(part), message);
  }
}
