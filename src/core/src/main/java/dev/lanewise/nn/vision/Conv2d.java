package dev.lanewise.nn.vision;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.conv.ConvOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.Init;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A convolution with square kernels, with the parameters {@code name.weight} [out, kernel, kernel,
 * in] (PyTorch's has the inputs second) and, where there is one, {@code name.bias} [out].
 */
public final class Conv2d {
  private final Parameter weight;
  private final @Nullable Parameter bias;
  private final int stride;
  private final int padding;

  private Conv2d(Parameter weight, @Nullable Parameter bias, int stride, int padding) {
    this.weight = weight;
    this.bias = bias;
    this.stride = stride;
    this.padding = padding;
  }

  /**
   * A layer whose bias starts at zero.
   *
   * @param name prefix of the parameters' names
   * @param in channels of the input, at least 1
   * @param out channels of the output, at least 1
   * @param kernel lines and columns of a kernel, at least 1
   * @param stride pixels from one output pixel to the next, at least 1
   * @param padding lines and columns of zeros on each side
   * @param init start values of the weight
   */
  public static Conv2d of(
      Slab slab, String name, int in, int out, int kernel, int stride, int padding, Init init) {
    Conv2d layer = withoutBias(slab, name, in, out, kernel, stride, padding, init);
    Parameter bias = Parameter.of(name + ".bias", TensorLayout.of(out), slab);
    return new Conv2d(layer.weight, bias, stride, padding);
  }

  /** A layer without a bias, as before a normalisation, which would take it away again. */
  public static Conv2d withoutBias(
      Slab slab, String name, int in, int out, int kernel, int stride, int padding, Init init) {
    if (in < 1 || out < 1 || kernel < 1 || stride < 1 || padding < 0) {
      throw new IllegalArgumentException(
          "convolution \""
              + name
              + "\" from "
              + in
              + " to "
              + out
              + " channels, kernel "
              + kernel
              + ", stride "
              + stride
              + ", padding "
              + padding
              + ": all have to be at least 1, the padding at least 0");
    }
    TensorLayout layout = TensorLayout.of(out, kernel, kernel, in);
    Parameter weight = Parameter.of(name + ".weight", layout, slab);
    init.fill(weight, layout.elements() / out);
    return new Conv2d(weight, null, stride, padding);
  }

  /** From [samples, height, width, in] to [samples, outHeight, outWidth, out]. */
  public Tensor forward(Tape tape, Tensor x) {
    return ConvOps.conv2d(
        tape, x, weight, bias, shape -> shape.stride(stride, stride).padding(padding, padding));
  }

  /** [out, kernel, kernel, in]. */
  public Parameter weight() {
    return weight;
  }

  /** [out], or null. */
  public @Nullable Parameter bias() {
    return bias;
  }

  /** Weight, then bias if there is one. */
  public List<Parameter> parameters() {
    return bias == null ? List.of(weight) : List.of(weight, bias);
  }
}
