package dev.lanewise.jmh.torch;

import dev.lanewise.jmh.Operands;
import dev.lanewise.memory.Slab;
import dev.lanewise.ops.conv.ConvShape;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/** What a convolution of 3 x 3 with padding 1 reads and writes, channels together. */
final class ConvOperands {
  final ConvShape shape;
  final Workers workers;
  final MemorySegment x;
  final MemorySegment weight;
  final MemorySegment bias;
  final MemorySegment y;
  final MemorySegment dy;
  final MemorySegment dx;
  final MemorySegment dWeight;
  final MemorySegment turned;

  /** The same memory as tensors in libtorch's order of dimensions, which it calls channels last. */
  record Views(
      Tensor x,
      Tensor weight,
      TensorOptional bias,
      Tensor dy,
      long strides,
      BoolPointer dataAlone,
      BoolPointer weightAlone) {
    long[] stride() {
      return new long[] {strides, strides};
    }
  }

  ConvOperands(Slab slab, ConvShape shape, Workers workers) {
    this.shape = shape;
    this.workers = workers;
    x = slab.allocateFloats(shape.inputElements());
    weight = slab.allocateFloats(shape.weightElements());
    bias = slab.allocateFloats(shape.outChannels());
    y = slab.allocateFloats(shape.outputElements());
    dy = slab.allocateFloats(shape.outputElements());
    dx = slab.allocateFloats(shape.inputElements());
    dWeight = slab.allocateFloats(shape.weightElements());
    turned = slab.allocateFloats(shape.weightElements());
    Operands.randomise(x, 1);
    Operands.randomise(weight, 2);
    Operands.randomise(bias, 3);
    Operands.randomise(dy, 4);
  }

  Views views(Torch libtorch) {
    Tensor biasView = libtorch.tensor(bias, shape.outChannels());
    return new Views(
        channelsFirst(
            libtorch, x, shape.samples(), shape.height(), shape.width(), shape.channels()),
        channelsFirst(libtorch, weight, shape.outChannels(), 3, 3, shape.channels()),
        libtorch.keep(new TensorOptional(biasView)),
        channelsFirst(
            libtorch,
            dy,
            shape.samples(),
            shape.outHeight(),
            shape.outWidth(),
            shape.outChannels()),
        shape.strideY(),
        alone(libtorch, 0),
        alone(libtorch, 1));
  }

  /** Of the three gradients of a convolution one. */
  private static BoolPointer alone(Torch libtorch, int wanted) {
    BoolPointer mask = libtorch.keep(new BoolPointer(3));
    for (int i = 0; i < 3; i++) {
      mask.put(i, i == wanted);
    }
    return mask;
  }

  private static Tensor channelsFirst(Torch libtorch, MemorySegment data, long... dims) {
    return libtorch.keep(libtorch.tensor(data, dims).permute(0, 3, 1, 2));
  }
}
