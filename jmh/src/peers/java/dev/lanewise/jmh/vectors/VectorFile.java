package dev.lanewise.jmh.vectors;

import dev.lanewise.io.Safetensors;
import dev.lanewise.memory.TensorLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * The tensors of one family of operations: inputs, which are floats, and what PyTorch computes from
 * them in double precision, rounded to float once.
 */
final class VectorFile {
  private final SequencedMap<String, Safetensors.Entry> entries = new LinkedHashMap<>();
  private final SplittableRandom random;

  VectorFile(long seed) {
    random = new SplittableRandom(seed);
  }

  /** Normally distributed floats, kept under their name. */
  Tensor normal(String name, double mean, double deviation, long... dims) {
    float[] values = new float[Math.toIntExact(TensorLayout.of(dims).elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian(mean, deviation);
    }
    return input(name, values, dims);
  }

  /** An input, kept under its name; doubles that hold these floats. */
  Tensor input(String name, float[] values, long... dims) {
    put(name, TensorLayout.of(dims), values);
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    // A copy of its own: the pointer does not outlive this method.
    try (DoublePointer data = new DoublePointer(doubles)) {
      return torch.from_blob(data, dims, new TensorOptions(torch.ScalarType.Double)).clone();
    }
  }

  /**
   * Keeps {@code name.y = f(inputs)} and {@code name.d<input>}, the gradient of the sum of {@code y
   * * dy} by each input.
   */
  void operation(
      String name,
      SequencedMap<String, Tensor> inputs,
      Tensor dy,
      Function<List<Tensor>, Tensor> f) {
    SequencedMap<String, Tensor> leaves = leaves(inputs);
    Tensor y = f.apply(List.copyOf(leaves.values()));
    y.backward(dy, new BoolOptional(), false, new TensorArrayRefOptional());
    put(name, y, leaves);
  }

  /** As the other, where y is one number and {@code dy = 1}. */
  void loss(String name, SequencedMap<String, Tensor> inputs, Function<List<Tensor>, Tensor> f) {
    SequencedMap<String, Tensor> leaves = leaves(inputs);
    Tensor y = f.apply(List.copyOf(leaves.values()));
    y.backward();
    put(name, y, leaves);
  }

  private static SequencedMap<String, Tensor> leaves(SequencedMap<String, Tensor> inputs) {
    SequencedMap<String, Tensor> leaves = new LinkedHashMap<>();
    inputs.forEach((key, value) -> leaves.put(key, value.detach().clone().requires_grad_(true)));
    return leaves;
  }

  private void put(String name, Tensor y, SequencedMap<String, Tensor> leaves) {
    put(name + ".y", y);
    leaves.forEach((key, leaf) -> put(name + ".d" + key, leaf.grad()));
  }

  /** The floats that are nearest, as doubles: what the file says of a result that is an input. */
  Tensor rounded(Tensor tensor) {
    return tensor.detach().to(torch.ScalarType.Float).to(torch.ScalarType.Double);
  }

  /** Keeps a result. */
  void put(String name, Tensor tensor) {
    Tensor single = tensor.detach().to(torch.ScalarType.Float).contiguous();
    long[] dims = new long[Math.toIntExact(single.dim())];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = single.size(i);
    }
    float[] values = new float[Math.toIntExact(single.numel())];
    new FloatPointer(single.data_ptr()).get(values);
    put(name, TensorLayout.of(dims), values);
  }

  private void put(String name, TensorLayout layout, float[] values) {
    if (entries.put(name, new Safetensors.Entry(layout, MemorySegment.ofArray(values))) != null) {
      throw new IllegalArgumentException("two tensors are named " + name);
    }
  }

  void write(Path file) throws IOException {
    Safetensors.write(file, entries, Map.of("made with", "PyTorch 2.13.0 in double precision"));
    System.out.println(file + ": " + entries.size() + " tensors");
  }
}
