package dev.lanewise.nn.vision;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.Buffer;
import dev.lanewise.nn.Init;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x))} with 3 x 3 kernels (K. He, X.
 * Zhang, S. Ren, J. Sun: Deep Residual Learning for Image Recognition, 2016, figure 2). The
 * shortcut is x itself, or, where the shape changes, a projection by 1 x 1 kernels with a
 * normalisation behind it (its option B). The names are those of torchvision: {@code conv1, bn1,
 * conv2, bn2, downsample.0, downsample.1}.
 */
public final class ResidualBlock {
  private static final int KERNEL = 3;
  private static final int PADDING = 1;

  private final Conv2d conv1;
  private final BatchNorm bn1;
  private final Conv2d conv2;
  private final BatchNorm bn2;
  private final @Nullable Conv2d projection;
  private final @Nullable BatchNorm projectionNorm;

  private ResidualBlock(Slab slab, String name, int in, int out, int stride, Init init) {
    conv1 = Conv2d.withoutBias(slab, name + ".conv1", in, out, KERNEL, stride, PADDING, init);
    bn1 = BatchNorm.of(slab, name + ".bn1", out);
    conv2 = Conv2d.withoutBias(slab, name + ".conv2", out, out, KERNEL, 1, PADDING, init);
    bn2 = BatchNorm.of(slab, name + ".bn2", out);
    if (stride == 1 && in == out) {
      projection = null;
      projectionNorm = null;
    } else {
      projection = Conv2d.withoutBias(slab, name + ".downsample.0", in, out, 1, stride, 0, init);
      projectionNorm = BatchNorm.of(slab, name + ".downsample.1", out);
    }
  }

  /**
   * A block.
   *
   * @param name prefix of the names of parameters and buffers
   * @param in channels of the input, at least 1
   * @param out channels of the output, at least 1
   * @param stride of the first convolution and of the projection, at least 1
   * @param init start values of the convolutions
   */
  public static ResidualBlock of(Slab slab, String name, int in, int out, int stride, Init init) {
    return new ResidualBlock(slab, name, in, out, stride, init);
  }

  /**
   * From [samples, height, width, in] to [samples, height / stride, width / stride, out], rounded
   * up.
   *
   * @param training whether the statistics are those of the batch
   */
  public Tensor forward(Tape tape, Tensor x, boolean training) {
    Tensor branch = bn1.rectified(tape, conv1.forward(tape, x), training);
    branch = bn2.forward(tape, conv2.forward(tape, branch), training);
    Tensor shortcut = x;
    if (projection != null && projectionNorm != null) {
      shortcut = projectionNorm.forward(tape, projection.forward(tape, x), training);
    }
    return ElementwiseOps.relu(tape, ElementwiseOps.add(tape, branch, shortcut));
  }

  /** Every parameter, in the order of the forward pass. */
  public List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(conv1.parameters());
    all.addAll(bn1.parameters());
    all.addAll(conv2.parameters());
    all.addAll(bn2.parameters());
    if (projection != null && projectionNorm != null) {
      all.addAll(projection.parameters());
      all.addAll(projectionNorm.parameters());
    }
    return List.copyOf(all);
  }

  /** The running statistics, in the order of the forward pass. */
  public List<Buffer> buffers() {
    List<Buffer> all = new ArrayList<>(bn1.buffers());
    all.addAll(bn2.buffers());
    if (projectionNorm != null) {
      all.addAll(projectionNorm.buffers());
    }
    return List.copyOf(all);
  }
}
