package dev.lanewise.jmh.vectors;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Losses and their gradients, of classes and of values. */
final class LossVectors {
  private static final int SAMPLES = 9;
  private static final int CLASSES = 21;
  private static final int N = 77;

  /** Of PyTorch's reductions; the mean of weighted classes is one over the sum of the weights. */
  private static final long MEAN = 1;

  private static final long SUM = 2;

  /** The class whose samples do not count. */
  private static final int IGNORED = 7;

  /** What PyTorch takes for "none is ignored". */
  private static final int NONE_IGNORED = -100;

  private static final double SMOOTHING = 0.1;
  private static final double DELTA = 0.7;

  private final VectorFile file = new VectorFile(5);

  private LossVectors() {}

  static VectorFile collect() {
    LossVectors vectors = new LossVectors();
    vectors.ofClasses();
    vectors.ofValues();
    return vectors.file;
  }

  private void ofClasses() {
    Tensor logits = file.normal("logits", 0, 3, SAMPLES, CLASSES);
    float[] classes = new float[SAMPLES];
    SplittableRandom random = new SplittableRandom(6);
    for (int i = 0; i < SAMPLES; i++) {
      classes[i] = i % 4 == 1 ? IGNORED : random.nextInt(CLASSES);
    }
    Tensor targets = file.input("targets", classes, SAMPLES).to(torch.ScalarType.Long);
    Tensor weight = torch.abs(file.normal("class_weight_signed", 1, 0.5, CLASSES));
    file.put("class_weight", weight);
    TensorOptional weighted = new TensorOptional(file.rounded(weight));
    TensorOptional plain = new TensorOptional();
    crossEntropy("mean", logits, targets, plain, MEAN, NONE_IGNORED, 0);
    crossEntropy("sum", logits, targets, plain, SUM, NONE_IGNORED, 0);
    crossEntropy("ignored", logits, targets, plain, MEAN, IGNORED, 0);
    crossEntropy("smoothed", logits, targets, plain, MEAN, NONE_IGNORED, SMOOTHING);
    crossEntropy("weighted", logits, targets, weighted, MEAN, NONE_IGNORED, 0);
    crossEntropy("weighted_sum", logits, targets, weighted, SUM, NONE_IGNORED, 0);
    crossEntropy("all", logits, targets, weighted, MEAN, IGNORED, SMOOTHING);
    Tensor far = file.input("far_logits", far(), 2, 3);
    Tensor farTargets = file.input("far_targets", new float[] {0, 2}, 2).to(torch.ScalarType.Long);
    SequencedMap<String, Tensor> inputs = named("logits", far);
    file.loss(
        "cross_entropy_far",
        inputs,
        t -> torch.cross_entropy_loss(t.getFirst(), farTargets, plain, SUM, NONE_IGNORED, 0));
  }

  private static float[] far() {
    return new float[] {1e4f, -1e4f, 0, 1e4f, 9999.5f, -1e4f};
  }

  private void crossEntropy(
      String variant,
      Tensor logits,
      Tensor targets,
      TensorOptional weight,
      long reduction,
      long ignored,
      double smoothing) {
    file.loss(
        "cross_entropy_" + variant,
        named("logits", logits),
        t ->
            torch.cross_entropy_loss(t.getFirst(), targets, weight, reduction, ignored, smoothing));
  }

  private void ofValues() {
    Tensor x = file.normal("x", 0, 2, N);
    Tensor target = file.normal("target", 0, 2, N);
    Tensor truth = torch.sigmoid(file.normal("truth_logits", 0, 2, N));
    file.put("truth", truth);
    Tensor label = file.rounded(truth);
    Tensor positive = file.input("positive_weight", new float[] {2.5f}, 1);
    TensorOptional none = new TensorOptional();
    file.loss("mse_sum", named("x", x), t -> torch.mse_loss(t.getFirst(), target, SUM));
    file.loss("mse_mean", named("x", x), t -> torch.mse_loss(t.getFirst(), target, MEAN));
    file.loss("l1_sum", named("x", x), t -> torch.l1_loss(t.getFirst(), target, SUM));
    file.loss("huber_sum", named("x", x), t -> torch.huber_loss(t.getFirst(), target, SUM, DELTA));
    file.loss(
        "bce_sum",
        named("x", x),
        t -> torch.binary_cross_entropy_with_logits(t.getFirst(), label, none, none, SUM));
    file.loss(
        "bce_weighted_sum",
        named("x", x),
        t ->
            torch.binary_cross_entropy_with_logits(
                t.getFirst(), label, none, new TensorOptional(positive), SUM));
  }

  private static SequencedMap<String, Tensor> named(String name, Tensor tensor) {
    SequencedMap<String, Tensor> inputs = new LinkedHashMap<>();
    inputs.put(name, tensor);
    return inputs;
  }
}
