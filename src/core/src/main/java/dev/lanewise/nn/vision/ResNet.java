package dev.lanewise.nn.vision;

import dev.lanewise.autograd.LossOps;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.conv.PoolOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.Buffer;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.Linear;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The residual network for small images (K. He, X. Zhang, S. Ren, J. Sun: Deep Residual Learning
 * for Image Recognition, 2016, section 4.2): a 3 x 3 convolution, three stages of {@link
 * ResidualBlock residual blocks}, the later ones of half the height and width and twice the
 * channels, the mean over all pixels, a linear layer. Shortcuts into a smaller stage are
 * projections, option B of the paper; its own for these images pad with zeros.
 *
 * <p>Images of any size will do: the mean takes what is left. The names are those of torchvision:
 * {@code conv1.weight, bn1.weight, layer1.0.conv1.weight, ..., fc.weight}; kernels lie as {@link
 * Conv2d} has them.
 */
public final class ResNet {
  private final ResNetConfig config;
  private final Conv2d stem;
  private final BatchNorm stemNorm;
  private final List<ResidualBlock> blocks = new ArrayList<>();
  private final Linear classifier;

  private ResNet(Slab slab, ResNetConfig config, long seed) {
    this.config = config;
    Init init = Init.kaimingNormalFanOut(seed);
    stem = Conv2d.withoutBias(slab, "conv1", config.channels(), config.width(), 3, 1, 1, init);
    stemNorm = BatchNorm.of(slab, "bn1", config.width());
    int in = config.width();
    for (int stage = 0; stage < ResNetConfig.STAGES; stage++) {
      for (int block = 0; block < config.blocks(); block++) {
        String name = "layer" + (stage + 1) + "." + block;
        int stride = stage > 0 && block == 0 ? 2 : 1;
        blocks.add(ResidualBlock.of(slab, name, in, config.width(stage), stride, init));
        in = config.width(stage);
      }
    }
    Init last = Init.uniform(seed, 1 / Math.sqrt(in));
    classifier = Linear.of(slab, "fc", in, config.classes(), last);
  }

  /**
   * A model with the start values of torchvision: convolutions normal with standard deviation
   * {@code sqrt(2 / fanOut)}, gains 1, biases 0, the last matrix uniform in {@code +-1 /
   * sqrt(fanIn)}. The same bits for the same seed.
   */
  public static ResNet of(Slab slab, ResNetConfig config, long seed) {
    return new ResNet(slab, config, seed);
  }

  /** The sizes. */
  public ResNetConfig config() {
    return config;
  }

  /**
   * The logits of the classes.
   *
   * @param x [samples, height, width, channels], at least one sample
   * @param training whether the normalisations use, and take in, the statistics of the batch
   * @return [samples, classes]
   */
  public Tensor forward(Tape tape, Tensor x, boolean training) {
    Tensor hidden = stemNorm.rectified(tape, stem.forward(tape, x), training);
    for (ResidualBlock block : blocks) {
      hidden = block.forward(tape, hidden, training);
    }
    return classifier.forward(tape, PoolOps.globalAveragePool(tape, hidden));
  }

  /**
   * The mean cross-entropy, in nats, of the classes of a batch, in training.
   *
   * @param x as for {@link #forward}
   * @param labels native int32 [samples], each in {@code [0, classes)}; not to be changed before
   *     backward
   * @return a scalar
   */
  public Tensor loss(Tape tape, Tensor x, MemorySegment labels) {
    return LossOps.crossEntropyMean(tape, forward(tape, x, true), labels);
  }

  /** Every parameter, in the order of the forward pass. */
  public List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(stem.parameters());
    all.addAll(stemNorm.parameters());
    blocks.forEach(block -> all.addAll(block.parameters()));
    all.addAll(classifier.parameters());
    return List.copyOf(all);
  }

  /** What weight decay is for: the kernels and the last matrix, not gains and biases. */
  public List<Parameter> decayed() {
    return parameters().stream().filter(parameter -> parameter.layout().rank() > 1).toList();
  }

  /** The running statistics, in the order of the forward pass: what a checkpoint holds beside. */
  public List<Buffer> buffers() {
    List<Buffer> all = new ArrayList<>(stemNorm.buffers());
    blocks.forEach(block -> all.addAll(block.buffers()));
    return List.copyOf(all);
  }
}
