package dev.lanewise.jmh.training;

import dev.lanewise.jmh.torch.Torch;
import dev.lanewise.nn.transformer.GptConfig;
import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** GPT-2 in libtorch's operators, as A. Karpathy's nanoGPT writes it in Python. */
final class TorchGpt {
  private static final long MEAN = 1;
  private static final long NONE_IGNORED = -100;

  private final GptConfig config;
  private final TorchTraining training;
  private final long batch;
  private final long length;
  private final List<Tensor> tokens;
  private final List<Tensor> targets;
  private final Tensor places;
  private final TensorOptional nothing;
  private final DoubleOptional defaultScale;

  TorchGpt(
      Torch libtorch,
      TorchTraining training,
      GptConfig config,
      long batch,
      long length,
      Batches tokens,
      Batches targets) {
    this.config = config;
    this.training = training;
    this.batch = batch;
    this.length = length;
    this.tokens =
        tokens.indices(libtorch::indices).stream()
            .map(all -> libtorch.keep(all.view(batch, length)))
            .toList();
    this.targets = targets.indices(libtorch::indices);
    long[] counting = new long[Math.toIntExact(length)];
    for (int i = 0; i < counting.length; i++) {
      counting[i] = i;
    }
    places = libtorch.indices(counting);
    nothing = libtorch.keep(new TensorOptional());
    defaultScale = libtorch.keep(new DoubleOptional());
  }

  Tensor loss() {
    int turn = (int) (training.stepsDone() % tokens.size());
    Tensor wte = training.weight("wte.weight");
    Tensor x =
        torch
            .embedding(wte, tokens.get(turn))
            .add(torch.embedding(training.weight("wpe.weight"), places));
    for (int layer = 0; layer < config.layers(); layer++) {
      x = block("h." + layer, x);
    }
    Tensor logits = torch.linear(training.layerNorm("ln_f", x, config.width()), wte);
    return torch.cross_entropy_loss(
        logits.view(batch * length, config.vocabulary()),
        targets.get(turn),
        nothing,
        MEAN,
        NONE_IGNORED,
        0);
  }

  private Tensor block(String name, Tensor x) {
    Tensor h = x.add(attention(name, training.layerNorm(name + ".ln_1", x, config.width())));
    Tensor up =
        training.linear(name + ".mlp.c_fc", training.layerNorm(name + ".ln_2", h, config.width()));
    return h.add(training.linear(name + ".mlp.c_proj", torch.gelu(up, "tanh")));
  }

  private Tensor attention(String name, Tensor x) {
    long width = config.width();
    TensorVector qkv = training.linear(name + ".attn.c_attn", x).split(width, 2);
    Tensor y =
        torch.scaled_dot_product_attention(
            heads(qkv.get(0)),
            heads(qkv.get(1)),
            heads(qkv.get(2)),
            nothing,
            0,
            true,
            defaultScale,
            false);
    Tensor joined = y.transpose(1, 2).reshape(batch, length, width);
    return training.linear(name + ".attn.c_proj", joined);
  }

  private Tensor heads(Tensor x) {
    return x.view(batch, length, config.heads(), config.headWidth()).transpose(1, 2);
  }
}
