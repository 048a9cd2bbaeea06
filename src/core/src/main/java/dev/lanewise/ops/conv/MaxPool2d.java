package dev.lanewise.ops.conv;

import dev.lanewise.kernel.pool.MaxPool;
import dev.lanewise.ops.call.Call;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * The largest element of each window of images whose channels lie together: {@code y[n, i, j, c] =
 * max of x[n, h, w, c]} over the window (i, j); padding is never the largest. The gradient goes to
 * the first element of the window, line by line, that is the largest.
 *
 * <p>NaN counts as larger than everything and +0 as larger than -0; the gradient of a zero goes to
 * the first zero of either sign. Forward is exact; backward adds the windows in order: {@code |dx -
 * exact| <= (windows - 1) u sum |dy|} over those that hold the element, u = 2^-24. No samples:
 * nothing is done.
 *
 * <p>On native segments, on one thread or several: the same bits, and nothing is allocated.
 * Arguments are checked before the first element is written: an {@link IllegalArgumentException}
 * names both sides of what does not fit.
 */
public final class MaxPool2d {
  private static final Call.Kernel FORWARD =
      (c, begin, end) -> {
        PoolShape shape = (PoolShape) c.a0;
        MaxPool.forward(
            c.at(0), c.at(1), shape.lines(), shape.columns(), shape.channels(), begin, end);
      };

  private static final Call.Kernel BACKWARD =
      (c, begin, end) -> {
        PoolShape shape = (PoolShape) c.a0;
        MaxPool.backward(
            c.at(0),
            c.at(1),
            c.at(2),
            c.at(3),
            shape.lines(),
            shape.columns(),
            shape.channels(),
            begin,
            end);
      };

  static {
    VectorModule.require();
  }

  private MaxPool2d() {}

  /**
   * The largest elements.
   *
   * @param x read: {@code shape.inputElements()}
   * @param y overwritten: {@code shape.outputElements()}
   * @param workers the threads it is split over where that pays
   */
  public static void forward(PoolShape shape, MemorySegment x, MemorySegment y, Workers workers) {
    Call call =
        Call.borrow().read("x", x, shape.inputElements()).write("y", y, shape.outputElements());
    call.a0 = shape;
    call.run(FORWARD, Pooling.lines(shape), Pooling.grain(shape, shape.outHeight()), workers);
  }

  /**
   * The gradient.
   *
   * @param x read: the input of the forward pass
   * @param y read: its output
   * @param dy read: as y
   * @param dx overwritten: as x
   * @param workers the threads it is split over where that pays
   */
  public static void backward(
      PoolShape shape,
      MemorySegment x,
      MemorySegment y,
      MemorySegment dy,
      MemorySegment dx,
      Workers workers) {
    Call call =
        Call.borrow()
            .read("x", x, shape.inputElements())
            .read("y", y, shape.outputElements())
            .read("dy", dy, shape.outputElements())
            .write("dx", dx, shape.inputElements());
    call.a0 = shape;
    call.run(BACKWARD, shape.samples(), Pooling.grain(shape, 1), workers);
  }
}
