package dev.lanewise.autograd.conv;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.conv.AveragePool2d;
import dev.lanewise.ops.conv.MaxPool2d;
import dev.lanewise.ops.conv.PoolShape;
import java.lang.foreign.MemorySegment;

/**
 * Poolings of images, x [samples, height, width, channels].
 *
 * <pre>
 * op            y                                        dx
 * maxPool       the largest of a window                  dy at the first element that is the largest
 * averagePool   the mean of a window                     dy / count
 * </pre>
 *
 * <p>Windows, formulas and bounds are those of {@link PoolShape}, {@link MaxPool2d} and {@link
 * AveragePool2d}.
 */
public final class PoolOps {
  private PoolOps() {}

  /**
   * The largest of each window.
   *
   * @param shape of x; its {@code samples} are those of x
   */
  public static Tensor maxPool(Tape tape, Tensor x, PoolShape shape) {
    Tensor y = output("maxPool", tape, x, shape);
    MemorySegment xs = x.data();
    MemorySegment ys = y.data();
    tape.compute(
        Meter.Family.REDUCTION,
        shape.inputElements(),
        workers -> MaxPool2d.forward(shape, xs, ys, workers));
    if (y.requiresGrad()) {
      x.keep();
      y.keep();
      tape.record(
          "maxPool",
          y,
          dy -> {
            MemorySegment dx = tape.allocateFloats(shape.inputElements());
            tape.compute(
                Meter.Family.REDUCTION,
                shape.inputElements(),
                workers -> MaxPool2d.backward(shape, xs, ys, dy, dx, workers));
            tape.addGradient(x, dx);
          });
    }
    return y;
  }

  /**
   * The mean of each window.
   *
   * @param shape of x; its {@code samples} are those of x
   * @param countPadding whether padding counts as zeros
   */
  public static Tensor averagePool(Tape tape, Tensor x, PoolShape shape, boolean countPadding) {
    Tensor y = output("averagePool", tape, x, shape);
    MemorySegment xs = x.data();
    MemorySegment ys = y.data();
    tape.compute(
        Meter.Family.REDUCTION,
        shape.inputElements(),
        workers -> AveragePool2d.forward(shape, xs, ys, countPadding, workers));
    if (y.requiresGrad()) {
      tape.record(
          "averagePool",
          y,
          dy -> {
            MemorySegment dx = tape.allocateFloats(shape.inputElements());
            tape.compute(
                Meter.Family.REDUCTION,
                shape.inputElements(),
                workers -> AveragePool2d.backward(shape, dy, dx, countPadding, workers));
            tape.addGradient(x, dx);
          });
    }
    return y;
  }

  /**
   * The means of so many windows of nearly equal size that cover each image, whatever its size.
   *
   * @param outHeight lines of windows, at least 1
   * @param outWidth columns of windows, at least 1
   * @return [samples, outHeight, outWidth, channels]
   */
  public static Tensor adaptiveAveragePool(Tape tape, Tensor x, int outHeight, int outWidth) {
    Images.requireRank("adaptiveAveragePool", "x", x, "[samples, height, width, channels]");
    PoolShape shape =
        PoolShape.adaptive(
            Images.size(x, 0),
            Images.size(x, 1),
            Images.size(x, 2),
            Images.size(x, 3),
            outHeight,
            outWidth);
    return averagePool(tape, x, shape, false);
  }

  /** The mean of each image: [samples, channels]. */
  public static Tensor globalAveragePool(Tape tape, Tensor x) {
    Images.requireRank("globalAveragePool", "x", x, "[samples, height, width, channels]");
    Tensor y = adaptiveAveragePool(tape, x, 1, 1);
    return ShapeOps.reshape(tape, y, x.layout().dim(0), x.layout().dim(3));
  }

  private static Tensor output(String op, Tape tape, Tensor x, PoolShape shape) {
    Images.requireRank(op, "x", x, "[samples, height, width, channels]");
    TensorLayout asked = shape.input();
    if (!x.layout().equals(asked)) {
      throw new IllegalArgumentException(
          op + ": x is " + x.layout() + ", the shape of the pooling is for " + asked);
    }
    return tape.output(shape.output(), x);
  }
}
