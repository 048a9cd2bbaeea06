package dev.lanewise.jmh.training;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.jmh.torch.Call;
import dev.lanewise.jmh.torch.Torch;
import dev.lanewise.jmh.torch.TorchSteps;
import dev.lanewise.memory.Slab;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A training by libtorch's autograd, its clipping and its fused AdamW. The weights are views of the
 * parameters given; the gradients are its own, made by each backward pass and dropped after the
 * step, as by {@code zero_grad} of its optimizers.
 */
final class TorchTraining implements AutoCloseable {
  private static final double EPS = 1e-5;

  private final SequencedMap<String, Tensor> leaves = new LinkedHashMap<>();
  private final SequencedMap<String, TensorOptional> optionals = new LinkedHashMap<>();
  private final TensorVector grads;
  private final Tensor none;
  private final TorchSteps steps;
  private final Call update;
  private long stepsDone;

  TorchTraining(Torch libtorch, Slab slab, List<Parameter> parameters) {
    TensorVector params = libtorch.keep(new TensorVector());
    grads = libtorch.keep(new TensorVector());
    none = libtorch.keep(new Tensor());
    for (Parameter parameter : parameters) {
      Tensor view = libtorch.tensor(parameter.data(), parameter.layout().dims());
      Tensor leaf = libtorch.keep(view.requires_grad_(true));
      leaves.put(parameter.name(), leaf);
      optionals.put(parameter.name(), libtorch.keep(new TensorOptional(leaf)));
      params.push_back(leaf);
      grads.push_back(none);
    }
    steps = new TorchSteps(libtorch, slab, parameters, params, grads);
    update = steps.trainingAdamW();
  }

  Tensor weight(String name) {
    return Objects.requireNonNull(leaves.get(name), name);
  }

  private TensorOptional optional(String name) {
    return Objects.requireNonNull(optionals.get(name), name);
  }

  Tensor linear(String name, Tensor x) {
    return torch.linear(x, weight(name + ".weight"), optional(name + ".bias"));
  }

  Tensor layerNorm(String name, Tensor x, long width) {
    long[] row = {width};
    return torch.layer_norm(
        x, row, optional(name + ".weight"), optional(name + ".bias"), EPS, false);
  }

  /** Updates so far. */
  long stepsDone() {
    return stepsDone;
  }

  /** Forward, backward, clipping, update; the gradients are gone afterwards. */
  @SuppressWarnings("try") // the resources work by being open
  float step(Supplier<Tensor> loss) throws Throwable {
    try (PointerScope scope = new PointerScope()) {
      float value;
      try (AutoGradMode recording = new AutoGradMode(true)) {
        Tensor y = loss.get();
        y.backward();
        value = y.item_float();
      }
      long i = 0;
      for (Tensor leaf : leaves.values()) {
        grads.put(i++, leaf.mutable_grad());
      }
      update.run();
      stepsDone++;
      i = 0;
      for (Tensor leaf : leaves.values()) {
        leaf.mutable_grad().reset();
        grads.put(i++, none);
      }
      return value;
    }
  }

  @Override
  public void close() {
    steps.close();
  }
}
