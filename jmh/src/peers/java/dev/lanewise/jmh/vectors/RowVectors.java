package dev.lanewise.jmh.vectors;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Operations on rows: softmax, sums of exponentials, and the normalisations. */
final class RowVectors {
  private static final int ROWS = 5;
  private static final int COLUMNS = 37;
  private static final double EPS = 1e-5;

  /** Images of a batch, their channels and the elements of a channel. */
  private static final int IMAGES = 3;

  private static final int CHANNELS = 6;
  private static final int SPATIAL = 7;
  private static final int GROUPS = 2;

  private final VectorFile file = new VectorFile(3);

  private RowVectors() {}

  static VectorFile collect() {
    RowVectors vectors = new RowVectors();
    vectors.softmax();
    vectors.normOfRows("", 0.5, 2);
    vectors.normOfRows("far_", 1e4, 1);
    vectors.normOfChannels();
    return vectors.file;
  }

  private void softmax() {
    Tensor x = file.normal("x", 0, 4, ROWS, COLUMNS);
    Tensor dy = file.normal("dy", 0, 1, ROWS, COLUMNS);
    Tensor dyOfRow = file.normal("dy_of_row", 0, 1, ROWS);
    file.operation("softmax", named("x", x), dy, t -> torch.softmax(t.getFirst(), 1));
    file.operation("log_softmax", named("x", x), dy, t -> torch.log_softmax(t.getFirst(), 1));
    file.operation("logsumexp", named("x", x), dyOfRow, t -> torch.logsumexp(t.getFirst(), 1));
  }

  private void normOfRows(String prefix, double mean, double deviation) {
    Tensor x = file.normal(prefix + "norm.x", mean, deviation, ROWS, COLUMNS);
    Tensor weight = file.normal(prefix + "norm.weight", 1, 0.5, COLUMNS);
    Tensor bias = file.normal(prefix + "norm.bias", 0, 1, COLUMNS);
    Tensor dy = file.normal(prefix + "norm.dy", 0, 1, ROWS, COLUMNS);
    SequencedMap<String, Tensor> inputs = named("x", x);
    inputs.put("weight", weight);
    SequencedMap<String, Tensor> withBias = new LinkedHashMap<>(inputs);
    withBias.put("bias", bias);
    long[] row = {COLUMNS};
    file.operation(
        prefix + "layer_norm",
        withBias,
        dy,
        t ->
            torch.layer_norm(
                t.getFirst(),
                row,
                new TensorOptional(t.get(1)),
                new TensorOptional(t.get(2)),
                EPS,
                false));
    file.operation(
        prefix + "rms_norm",
        inputs,
        dy,
        t ->
            torch.rms_norm(
                t.getFirst(), row, new TensorOptional(t.get(1)), new DoubleOptional(EPS)));
  }

  private void normOfChannels() {
    Tensor x = file.normal("channels.x", 1, 2, IMAGES, CHANNELS, SPATIAL);
    Tensor dy = file.normal("channels.dy", 0, 1, IMAGES, CHANNELS, SPATIAL);
    SequencedMap<String, Tensor> inputs = named("x", x);
    inputs.put("weight", file.normal("channels.weight", 1, 0.5, CHANNELS));
    inputs.put("bias", file.normal("channels.bias", 0, 1, CHANNELS));
    file.operation(
        "group_norm",
        inputs,
        dy,
        t ->
            torch.group_norm(
                t.getFirst(),
                GROUPS,
                new TensorOptional(t.get(1)),
                new TensorOptional(t.get(2)),
                EPS,
                false));
    Tensor runningMean = file.normal("batch_norm.running_mean", 0, 1, CHANNELS);
    Tensor runningVar =
        file.input("batch_norm.running_var", new float[] {0.3f, 0.8f, 1, 1.7f, 2.5f, 6}, CHANNELS);
    List<Tensor> values = List.copyOf(inputs.values());
    file.put("batch_norm_eval.y", batchNorm(values, runningMean, runningVar, false));
    file.operation(
        "batch_norm_train", inputs, dy, t -> batchNorm(t, runningMean, runningVar, true));
    file.put("batch_norm_train.running_mean", runningMean);
    file.put("batch_norm_train.running_var", runningVar);
  }

  private static Tensor batchNorm(
      List<Tensor> t, Tensor runningMean, Tensor runningVar, boolean train) {
    return torch.batch_norm(
        t.getFirst(),
        new TensorOptional(t.get(1)),
        new TensorOptional(t.get(2)),
        new TensorOptional(runningMean),
        new TensorOptional(runningVar),
        train,
        0.1,
        EPS,
        false);
  }

  private static SequencedMap<String, Tensor> named(String name, Tensor tensor) {
    SequencedMap<String, Tensor> inputs = new LinkedHashMap<>();
    inputs.put(name, tensor);
    return inputs;
  }
}
