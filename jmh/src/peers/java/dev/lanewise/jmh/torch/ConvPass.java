package dev.lanewise.jmh.torch;

import dev.lanewise.ops.conv.Conv2d;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** What of a convolution is computed; each pass has as many multiplications as the others. */
public enum ConvPass {
  /** The output, with a bias. */
  FORWARD {
    @Override
    Call ours(ConvOperands o) {
      return () -> Conv2d.forward(o.shape, o.x, o.weight, o.bias, o.y, o.workers);
    }

    @Override
    Tensor theirs(ConvOperands.Views v) {
      return torch.conv2d(v.x(), v.weight(), v.bias(), v.stride(), PADDING, ONES, 1);
    }
  },

  /** The gradient of the images. */
  BACKWARD_DATA {
    @Override
    Call ours(ConvOperands o) {
      return () -> Conv2d.backwardData(o.shape, o.dy, o.weight, 0f, o.dx, o.turned, o.workers);
    }

    @Override
    Tensor theirs(ConvOperands.Views v) {
      return backward(v, true).get0();
    }
  },

  /** The gradient of the kernels. */
  BACKWARD_WEIGHT {
    @Override
    Call ours(ConvOperands o) {
      return () -> Conv2d.backwardWeight(o.shape, o.x, o.dy, 0f, o.dWeight, o.workers);
    }

    @Override
    Tensor theirs(ConvOperands.Views v) {
      return backward(v, false).get1();
    }
  };

  private static final long[] PADDING = {1, 1};
  private static final long[] ONES = {1, 1};
  private static final long[] ZEROS = {0, 0};
  private static final long[] NO_BIAS = {0};

  private static T_TensorTensorTensor_T backward(ConvOperands.Views v, boolean data) {
    return torch.convolution_backward(
        v.dy(),
        v.x(),
        v.weight(),
        NO_BIAS,
        v.stride(),
        PADDING,
        ONES,
        false,
        ZEROS,
        1,
        data ? v.dataAlone() : v.weightAlone());
  }

  abstract Call ours(ConvOperands operands);

  abstract Tensor theirs(ConvOperands.Views views);

  /** A call that lets go of its answer. */
  final Call call(ConvOperands.Views views) {
    return () -> {
      try (PointerScope scope = new PointerScope()) {
        scope.attach(theirs(views));
      }
    };
  }
}
