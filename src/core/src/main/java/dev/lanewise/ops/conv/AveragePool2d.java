package dev.lanewise.ops.conv;

import dev.lanewise.kernel.pool.AveragePool;
import dev.lanewise.ops.call.Call;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * The mean of each window of images whose channels lie together: {@code y[n, i, j, c] = (sum of
 * x[n, h, w, c]) / count} over the window (i, j); count is the elements of the window in the image,
 * or all of it where padding counts as zeros. The gradient: {@code dx[n, h, w, c] = sum of dy /
 * count} over the windows that hold it.
 *
 * <p>NaN and infinities follow IEEE 754. Sums run line by line, then one division: {@code |y -
 * exact| <= (elements + 1) u sum |x| / count}, {@code |dx - exact| <= (windows + 1) u sum |dy| /
 * count}, u = 2^-24. No samples: nothing is done.
 *
 * <p>On native segments, on one thread or several: the same bits, and nothing is allocated.
 * Arguments are checked before the first element is written: an {@link IllegalArgumentException}
 * names both sides of what does not fit.
 */
public final class AveragePool2d {
  private static final Call.Kernel FORWARD =
      (c, begin, end) -> {
        PoolShape shape = (PoolShape) c.a0;
        AveragePool.forward(
            c.at(0),
            c.at(1),
            shape.lines(),
            shape.columns(),
            c.n0 != 0,
            shape.channels(),
            begin,
            end);
      };

  private static final Call.Kernel BACKWARD =
      (c, begin, end) -> {
        PoolShape shape = (PoolShape) c.a0;
        AveragePool.backward(
            c.at(0),
            c.at(1),
            shape.lines(),
            shape.columns(),
            c.n0 != 0,
            shape.channels(),
            begin,
            end);
      };

  static {
    VectorModule.require();
  }

  private AveragePool2d() {}

  /**
   * The means.
   *
   * @param x read: {@code shape.inputElements()}
   * @param y overwritten: {@code shape.outputElements()}
   * @param countPadding whether padding counts as zeros; adaptive windows have none
   * @param workers the threads it is split over where that pays
   */
  public static void forward(
      PoolShape shape, MemorySegment x, MemorySegment y, boolean countPadding, Workers workers) {
    Call call =
        Call.borrow().read("x", x, shape.inputElements()).write("y", y, shape.outputElements());
    call.a0 = shape;
    call.n0 = countPadding ? 1 : 0;
    call.run(FORWARD, Pooling.lines(shape), Pooling.grain(shape, shape.outHeight()), workers);
  }

  /**
   * The gradient.
   *
   * @param dy read: as y of the forward pass
   * @param dx overwritten: as its x
   * @param countPadding as in the forward pass
   * @param workers the threads it is split over where that pays
   */
  public static void backward(
      PoolShape shape, MemorySegment dy, MemorySegment dx, boolean countPadding, Workers workers) {
    Call call =
        Call.borrow().read("dy", dy, shape.outputElements()).write("dx", dx, shape.inputElements());
    call.a0 = shape;
    call.n0 = countPadding ? 1 : 0;
    call.run(BACKWARD, shape.samples(), Pooling.grain(shape, 1), workers);
  }
}
