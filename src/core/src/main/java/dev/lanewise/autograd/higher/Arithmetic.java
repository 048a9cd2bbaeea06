package dev.lanewise.autograd.higher;

import dev.lanewise.autograd.Meter;
import dev.lanewise.kernel.dense.DenseJoin;
import dev.lanewise.kernel.dense.DenseMap;
import dev.lanewise.memory.TensorLayout;

/**
 * Arithmetic on each element; operands of different shapes are {@linkplain Reductions#broadcastTo
 * broadcast} as in NumPy.
 *
 * <pre>
 * op      y          da           db
 * add     a + b      dy           dy
 * sub     a - b      dy           -dy
 * mul     a b        dy b         dy a
 * div     a / b      dy / b       -dy y / b
 * scale   c a        c dy
 * </pre>
 */
public final class Arithmetic {
  private interface Kernel {
    void run(double[] a, double[] b, double[] y);
  }

  private Arithmetic() {}

  /** {@code a + b}. */
  public static DoubleTensor add(DoubleTensor a, DoubleTensor b) {
    return join(a, b, DenseJoin::add, (which, x, y, dy) -> dy);
  }

  /** {@code a - b}. */
  public static DoubleTensor sub(DoubleTensor a, DoubleTensor b) {
    return join(a, b, DenseJoin::sub, (which, x, y, dy) -> which == 0 ? dy : scale(dy, -1));
  }

  /** {@code a b}. */
  public static DoubleTensor mul(DoubleTensor a, DoubleTensor b) {
    return join(a, b, DenseJoin::mul, (which, x, y, dy) -> mul(dy, x[1 - which]));
  }

  /** {@code a / b}. */
  public static DoubleTensor div(DoubleTensor a, DoubleTensor b) {
    return join(
        a,
        b,
        DenseJoin::div,
        (which, x, y, dy) -> which == 0 ? div(dy, x[1]) : scale(div(mul(dy, y), x[1]), -1));
  }

  /** {@code factor x}, the factor a constant. */
  public static DoubleTensor scale(DoubleTensor x, double factor) {
    long started = System.nanoTime();
    double[] values = new double[x.values().length];
    DenseMap.scale(x.values(), factor, values);
    x.count(Meter.Family.ELEMENTWISE, started, values.length);
    return DoubleTensor.result(x.layout(), values, (which, in, y, dy) -> scale(dy, factor), x);
  }

  private static DoubleTensor join(
      DoubleTensor a, DoubleTensor b, Kernel kernel, DoubleTensor.Rule rule) {
    if (!a.layout().equals(b.layout())) {
      TensorLayout both = Shapes.broadcast(a.layout(), b.layout());
      return join(Reductions.broadcastTo(a, both), Reductions.broadcastTo(b, both), kernel, rule);
    }
    long started = System.nanoTime();
    double[] values = new double[a.values().length];
    kernel.run(a.values(), b.values(), values);
    a.count(Meter.Family.ELEMENTWISE, started, values.length);
    return DoubleTensor.result(a.layout(), values, rule, a, b);
  }
}
