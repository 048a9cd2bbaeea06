package dev.lanewise.autograd.conv;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.rows.BroadcastOps;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.conv.Conv2d;
import dev.lanewise.ops.conv.ConvShape;
import dev.lanewise.ops.reduce.ColumnSum;
import dev.lanewise.ops.unary.Fill;
import java.lang.foreign.MemorySegment;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions of images whose channels lie together; formulas, bits and bounds are those of {@link
 * Conv2d}.
 *
 * <pre>
 * op                 y                                  dx                         dWeight
 * conv2d             conv(x, weight) + bias             transposed conv of dy      x seen by dy
 * transposedConv2d   the gradient of conv2d by its x,   conv(dy, weight)           dy seen by x
 *                    as a forward pass, + bias
 * </pre>
 *
 * <p>{@link #conv1d} is conv2d on images of height 1. Strides, padding, dilation and groups are
 * given as what is done to the shape: {@code ConvOps.conv2d(tape, x, weight, bias, shape ->
 * shape.stride(2, 2).padding(1, 1))}.
 */
public final class ConvOps {
  /** Lines and columns of an image that is large enough for any options. */
  private static final int ANY_SIDE = 1 << 20;

  private ConvOps() {}

  /**
   * Convolution.
   *
   * @param x [samples, height, width, channels]
   * @param weight [outChannels, kernelHeight, kernelWidth, channels / groups]
   * @param bias [outChannels], or null for none
   * @param options what differs from stride 1, no padding, dilation 1 and one group
   * @return [samples, outHeight, outWidth, outChannels]
   */
  public static Tensor conv2d(
      Tape tape, Tensor x, Tensor weight, @Nullable Tensor bias, UnaryOperator<ConvShape> options) {
    Images.requireRank("conv2d", "x", x, "[samples, height, width, channels]");
    Images.requireRank(
        "conv2d", "weight", weight, "[outChannels, height, width, channels / groups]");
    ConvShape shape = shape(x, weight, options);
    requireChannels("conv2d", "x", x, weight, shape.groupChannels());
    requireBias("conv2d", bias, weight, shape.outChannels());
    TensorLayout layout =
        TensorLayout.of(shape.samples(), shape.outHeight(), shape.outWidth(), shape.outChannels());
    Tensor y = bias == null ? tape.output(layout, x, weight) : tape.output(layout, x, weight, bias);
    MemorySegment xs = x.data();
    MemorySegment ws = weight.data();
    MemorySegment bs = bias == null ? null : bias.data();
    MemorySegment ys = y.data();
    long flops = (long) shape.flops();
    tape.compute(
        Meter.Family.MATRIX, flops, workers -> Conv2d.forward(shape, xs, ws, bs, ys, workers));
    if (y.requiresGrad()) {
      if (x.requiresGrad()) {
        weight.keep();
      }
      if (weight.requiresGrad()) {
        x.keep();
      }
      tape.record(
          "conv2d",
          y,
          dy -> {
            if (x.requiresGrad()) {
              MemorySegment dx = tape.allocateFloats(shape.inputElements());
              MemorySegment turned = tape.allocateFloats(shape.weightElements());
              tape.compute(
                  Meter.Family.MATRIX,
                  flops,
                  workers -> Conv2d.backwardData(shape, dy, ws, 0f, dx, turned, workers));
              tape.addGradient(x, dx);
            }
            if (weight.requiresGrad()) {
              addWeightGradient(tape, shape, xs, dy, weight);
            }
            if (bias != null && bias.requiresGrad()) {
              addBiasGradient(tape, dy, shape.outPixels(), bias);
            }
          });
    }
    return y;
  }

  private static ConvShape shape(Tensor x, Tensor weight, UnaryOperator<ConvShape> options) {
    int inputs = Images.size(x, 3);
    int outputs = Images.size(weight, 0);
    int kernelHeight = Images.size(weight, 1);
    int kernelWidth = Images.size(weight, 2);
    // Asked of large images: on small ones a kernel may fit with the padding alone.
    ConvShape asked =
        options.apply(
            ConvShape.of(0, ANY_SIDE, ANY_SIDE, inputs, outputs, kernelHeight, kernelWidth));
    return new ConvShape(
        Images.size(x, 0),
        Images.size(x, 1),
        Images.size(x, 2),
        inputs,
        outputs,
        kernelHeight,
        kernelWidth,
        asked.strideY(),
        asked.strideX(),
        asked.padY(),
        asked.padX(),
        asked.dilationY(),
        asked.dilationX(),
        asked.groups());
  }

  /**
   * Convolution of series, which are images of height 1.
   *
   * @param x [samples, length, channels]
   * @param weight [outChannels, kernelLength, channels / groups]
   * @param bias [outChannels], or null for none
   * @param options what differs from stride 1, no padding, dilation 1 and one group; of pairs the
   *     second number is meant, the first is that of the height
   * @return [samples, outLength, outChannels]
   */
  public static Tensor conv1d(
      Tape tape, Tensor x, Tensor weight, @Nullable Tensor bias, UnaryOperator<ConvShape> options) {
    Images.requireSeries("conv1d", "x", x, "[samples, length, channels]");
    Images.requireSeries("conv1d", "weight", weight, "[outChannels, length, channels / groups]");
    Tensor line = asLine(tape, x);
    Tensor y = conv2d(tape, line, asLine(tape, weight), bias, options);
    TensorLayout image = y.layout();
    if (image.dim(1) != 1) {
      throw new IllegalArgumentException(
          "conv1d: the height of a series became " + image.dim(1) + ": pad its length alone");
    }
    return ShapeOps.reshape(tape, y, image.dim(0), image.dim(2), image.dim(3));
  }

  private static Tensor asLine(Tape tape, Tensor x) {
    TensorLayout layout = x.layout();
    return ShapeOps.reshape(tape, x, layout.dim(0), 1, layout.dim(1), layout.dim(2));
  }

  /**
   * Transposed convolution: what {@link #conv2d} with the same weight would have made of y has the
   * shape of x. The output is {@code (height - 1) strideY - 2 padY + dilationY (kernelHeight - 1) +
   * 1 + extraY} lines high, its width alike.
   *
   * @param x [samples, height, width, channels]
   * @param weight [channels, kernelHeight, kernelWidth, outChannels / groups]
   * @param bias [outChannels], or null for none
   * @param extraY lines of the output that the windows of a convolution with strides leave over,
   *     less than strideY
   * @param extraX columns alike, less than strideX
   * @param options what differs from stride 1, no padding, dilation 1 and one group
   * @return [samples, outHeight, outWidth, outChannels]
   */
  public static Tensor transposedConv2d(
      Tape tape,
      Tensor x,
      Tensor weight,
      @Nullable Tensor bias,
      int extraY,
      int extraX,
      UnaryOperator<ConvShape> options) {
    String op = "transposedConv2d";
    Images.requireRank(op, "x", x, "[samples, height, width, channels]");
    Images.requireRank(op, "weight", weight, "[channels, height, width, outChannels / groups]");
    ConvShape shape = transposed(x, weight, extraY, extraX, options);
    requireBias(op, bias, weight, shape.channels());
    Tensor y =
        tape.output(
            TensorLayout.of(shape.samples(), shape.height(), shape.width(), shape.channels()),
            x,
            weight);
    MemorySegment xs = x.data();
    MemorySegment ws = weight.data();
    MemorySegment ys = y.data();
    MemorySegment turned = tape.allocateFloats(shape.weightElements());
    long flops = (long) shape.flops();
    tape.compute(
        Meter.Family.MATRIX,
        flops,
        workers -> Conv2d.backwardData(shape, xs, ws, 0f, ys, turned, workers));
    if (y.requiresGrad()) {
      if (x.requiresGrad()) {
        weight.keep();
      }
      if (weight.requiresGrad()) {
        x.keep();
      }
      tape.record(
          op,
          y,
          dy -> {
            if (x.requiresGrad()) {
              MemorySegment dx = tape.allocateFloats(shape.outputElements());
              tape.compute(
                  Meter.Family.MATRIX,
                  flops,
                  workers -> Conv2d.forward(shape, dy, ws, null, dx, workers));
              tape.addGradient(x, dx);
            }
            if (weight.requiresGrad()) {
              addWeightGradient(tape, shape, dy, xs, weight);
            }
          });
    }
    return bias == null ? y : BroadcastOps.addRow(tape, y, bias);
  }

  /** The convolution that leads from y back to x. */
  private static ConvShape transposed(
      Tensor x, Tensor weight, int extraY, int extraX, UnaryOperator<ConvShape> options) {
    int height = Images.size(x, 1);
    int width = Images.size(x, 2);
    int kernelHeight = Images.size(weight, 1);
    int kernelWidth = Images.size(weight, 2);
    // The options alone, on images that are large enough for any.
    int inputs = Math.max(1, Images.size(x, 3));
    ConvShape asked = options.apply(ConvShape.of(0, ANY_SIDE, ANY_SIDE, inputs, inputs, 1, 1));
    requireExtra("extraY", extraY, "strideY", asked.strideY());
    requireExtra("extraX", extraX, "strideX", asked.strideX());
    long outHeight =
        (height - 1L) * asked.strideY()
            - 2L * asked.padY()
            + (long) asked.dilationY() * (kernelHeight - 1)
            + 1
            + extraY;
    long outWidth =
        (width - 1L) * asked.strideX()
            - 2L * asked.padX()
            + (long) asked.dilationX() * (kernelWidth - 1)
            + 1
            + extraX;
    if (outHeight < 1 || outWidth < 1) {
      throw new IllegalArgumentException(
          "transposedConv2d: x is "
              + x.layout()
              + ", weight is "
              + weight.layout()
              + ": the output would be "
              + outHeight
              + " x "
              + outWidth
              + " pixels, use less padding");
    }
    int channels = Math.multiplyExact(Images.size(weight, 3), asked.groups());
    ConvShape shape =
        new ConvShape(
            Images.size(x, 0),
            Math.toIntExact(outHeight),
            Math.toIntExact(outWidth),
            channels,
            Images.size(x, 3),
            kernelHeight,
            kernelWidth,
            asked.strideY(),
            asked.strideX(),
            asked.padY(),
            asked.padX(),
            asked.dilationY(),
            asked.dilationX(),
            asked.groups());
    if (weight.layout().dim(0) != shape.outChannels()) {
      throw new IllegalArgumentException(
          "transposedConv2d: x is "
              + x.layout()
              + ", weight is "
              + weight.layout()
              + " [channels, height, width, outChannels / groups]: channels "
              + shape.outChannels()
              + " and "
              + weight.layout().dim(0)
              + " differ");
    }
    return shape;
  }

  private static void requireExtra(String name, int extra, String strideName, int stride) {
    if (extra < 0 || extra >= stride) {
      throw new IllegalArgumentException(
          name
              + " = "
              + extra
              + ": it must be 0 or more and less than "
              + strideName
              + " = "
              + stride);
    }
  }

  private static void addWeightGradient(
      Tape tape, ConvShape shape, MemorySegment x, MemorySegment dy, Tensor weight) {
    MemorySegment dWeight = tape.allocateFloats(shape.weightElements());
    tape.compute(
        Meter.Family.MATRIX,
        (long) shape.flops(),
        workers -> Conv2d.backwardWeight(shape, x, dy, 0f, dWeight, workers));
    tape.addGradient(weight, dWeight);
  }

  private static void addBiasGradient(Tape tape, MemorySegment dy, long pixels, Tensor bias) {
    long channels = bias.layout().elements();
    MemorySegment dBias = tape.allocateFloats(channels);
    tape.compute(
        Meter.Family.REDUCTION,
        pixels * channels,
        workers -> {
          Fill.fill(dBias, channels, 0f, workers);
          ColumnSum.accumulate(dy, dBias, pixels, channels, workers);
        });
    tape.addGradient(bias, dBias);
  }

  private static void requireChannels(
      String op, String name, Tensor x, Tensor weight, int groupChannels) {
    if (weight.layout().dim(3) != groupChannels) {
      throw new IllegalArgumentException(
          op
              + ": "
              + name
              + " is "
              + x.layout()
              + ", weight is "
              + weight.layout()
              + " [outChannels, height, width, channels / groups]: "
              + groupChannels
              + " channels of a group and "
              + weight.layout().dim(3)
              + " differ");
    }
  }

  private static void requireBias(
      String op, @Nullable Tensor bias, Tensor weight, int outChannels) {
    if (bias != null && (bias.layout().rank() != 1 || bias.layout().dim(0) != outChannels)) {
      throw new IllegalArgumentException(
          op
              + ": weight is "
              + weight.layout()
              + ", bias is "
              + bias.layout()
              + ": bias needs one element for each of the "
              + outChannels
              + " output channels");
    }
  }
}
