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
 * A convolution of series, with the parameters {@code name.weight} [out, kernel, in] (PyTorch's has
 * the inputs second) and, where there is one, {@code name.bias} [out]; see {@link ConvOps#conv1d}.
 */
public final class Conv1d {
  private final Parameter weight;
  private final @Nullable Parameter bias;
  private final int stride;
  private final int padding;
  private final int dilation;

  private Conv1d(
      Parameter weight, @Nullable Parameter bias, int stride, int padding, int dilation) {
    this.weight = weight;
    this.bias = bias;
    this.stride = stride;
    this.padding = padding;
    this.dilation = dilation;
  }

  /**
   * A layer whose bias starts at zero.
   *
   * @param name prefix of the parameters' names
   * @param in channels of the input, at least 1
   * @param out channels of the output, at least 1
   * @param kernel steps that a kernel sees, at least 1
   * @param stride steps from one output to the next, at least 1
   * @param padding zeros at each end
   * @param init start values of the weight
   */
  public static Conv1d of(
      Slab slab, String name, int in, int out, int kernel, int stride, int padding, Init init) {
    Conv1d layer = withoutBias(slab, name, in, out, kernel, stride, padding, init);
    Parameter bias = Parameter.of(name + ".bias", TensorLayout.of(out), slab);
    return new Conv1d(layer.weight, bias, stride, padding, 1);
  }

  /** A layer without a bias, as before a normalisation, which would take it away again. */
  public static Conv1d withoutBias(
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
    TensorLayout layout = TensorLayout.of(out, kernel, in);
    Parameter weight = Parameter.of(name + ".weight", layout, slab);
    init.fill(weight, layout.elements() / out);
    return new Conv1d(weight, null, stride, padding, 1);
  }

  /**
   * The same parameters, with the steps that a kernel sees so far apart (A. van den Oord et al.:
   * WaveNet, 2016, section 2.1).
   *
   * @param dilation at least 1
   */
  public Conv1d dilated(int dilation) {
    if (dilation < 1) {
      throw new IllegalArgumentException(
          "convolution \""
              + weight.name()
              + "\" with dilation "
              + dilation
              + ": it has to be at least 1");
    }
    return new Conv1d(weight, bias, stride, padding, dilation);
  }

  /**
   * From [samples, length, in] to [samples, outLength, out], where {@code outLength = (length + 2
   * padding - dilation (kernel - 1) - 1) / stride + 1}, rounded down.
   */
  public Tensor forward(Tape tape, Tensor x) {
    return ConvOps.conv1d(
        tape,
        x,
        weight,
        bias,
        shape -> shape.stride(1, stride).padding(0, padding).dilation(1, dilation));
  }

  /** [out, kernel, in]. */
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
