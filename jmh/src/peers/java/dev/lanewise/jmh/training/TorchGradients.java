package dev.lanewise.jmh.training;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.jmh.Operands;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;

/** Gradients by libtorch's autograd, beside ours. */
final class TorchGradients {
  /** Against the largest element: sums of as many terms, in another order. */
  private static final double TOLERANCE = 1e-4;

  private TorchGradients() {}

  /** Computes a loss and its gradients, and gives its value. */
  @SuppressWarnings("try") // the resource works by being open
  static float backward(Supplier<Tensor> loss) {
    try (AutoGradMode recording = new AutoGradMode(true)) {
      var y = loss.get();
      y.backward();
      return y.item_float();
    }
  }

  /** Compares some ten thousand elements. */
  static void compare(String name, MemorySegment ours, Tensor theirs) {
    FloatPointer data = new FloatPointer(theirs.contiguous().data_ptr());
    long n = ours.byteSize() / Float.BYTES;
    double largest = 0;
    for (long i = 0; i < n; i++) {
      largest = Math.max(largest, Math.abs(data.get(i)));
    }
    for (long i = 0; i < n; i += 1 + n / 10_000) {
      Operands.require(
          name + " " + i, data.get(i), ours.getAtIndex(JAVA_FLOAT, i), TOLERANCE * largest);
    }
  }
}
