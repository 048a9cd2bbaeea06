package dev.lanewise.autograd;

import dev.lanewise.kernel.activation.segments.Gelu;
import dev.lanewise.kernel.activation.segments.Relu;
import dev.lanewise.kernel.arithmetic.segments.Add;
import dev.lanewise.kernel.arithmetic.segments.Mul;
import dev.lanewise.kernel.unary.segments.Scale;
import java.lang.foreign.MemorySegment;

/**
 * Ops on each element by itself.
 *
 * <pre>
 * op     y                              dx
 * gelu   0.5 x (1 + tanh u(x))          dy dgelu(x), in place of dy
 * relu   max(x, 0)                      x > 0 ? dy : 0, in place of dy
 * add    a + b                          da = dy, db = dy
 * mul    a b                            da = dy b, db = dy a
 * </pre>
 */
public final class ElementwiseOps {
  private ElementwiseOps() {}

  /** GELU in its tanh form; same shape as {@code x}. */
  public static Tensor gelu(Tape tape, Tensor x) {
    boolean needsDx = tape.use(x);
    Tensor y = tape.result(x.layout(), needsDx);
    long n = x.layout().elements();
    MemorySegment xs = x.data();
    MemorySegment ys = y.data();
    tape.elementwise(n, (begin, end) -> Gelu.forward(xs, ys, begin, end));
    if (needsDx) {
      x.keep();
      tape.record(
          "gelu",
          y,
          dy -> {
            tape.elementwise(n, (begin, end) -> Gelu.backward(xs, dy, dy, begin, end));
            tape.addGradient(x, dy);
          });
    }
    return y;
  }

  /** {@code max(x, 0)}; same shape as {@code x}. */
  public static Tensor relu(Tape tape, Tensor x) {
    boolean needsDx = tape.use(x);
    Tensor y = tape.result(x.layout(), needsDx);
    long n = x.layout().elements();
    MemorySegment xs = x.data();
    MemorySegment ys = y.data();
    tape.elementwise(n, (begin, end) -> Relu.forward(xs, ys, begin, end));
    if (needsDx) {
      x.keep();
      tape.record(
          "relu",
          y,
          dy -> {
            tape.elementwise(n, (begin, end) -> Relu.backward(xs, dy, dy, begin, end));
            tape.addGradient(x, dy);
          });
    }
    return y;
  }

  /** {@code a + b}, both of one shape. */
  public static Tensor add(Tape tape, Tensor a, Tensor b) {
    requireSameShape(a, b);
    boolean needsDa = tape.use(a);
    boolean needsDb = tape.use(b);
    Tensor y = tape.result(a.layout(), needsDa || needsDb);
    long n = a.layout().elements();
    MemorySegment as = a.data();
    MemorySegment bs = b.data();
    MemorySegment ys = y.data();
    tape.elementwise(n, (begin, end) -> Add.forward(as, bs, ys, begin, end));
    if (y.requiresGrad()) {
      tape.record(
          "add",
          y,
          dy -> {
            if (a == b) {
              tape.elementwise(n, (begin, end) -> Scale.inPlace(2f, dy, begin, end));
              tape.addGradient(a, dy);
            } else if (needsDa && needsDb) {
              addToBoth(tape, a, b, dy);
            } else {
              tape.addGradient(needsDa ? a : b, dy);
            }
          });
    }
    return y;
  }

  /** {@code a b}, element by element, both of one shape. */
  public static Tensor mul(Tape tape, Tensor a, Tensor b) {
    requireSameShape(a, b);
    boolean needsDa = tape.use(a);
    boolean needsDb = tape.use(b);
    Tensor y = tape.result(a.layout(), needsDa || needsDb);
    long n = a.layout().elements();
    MemorySegment as = a.data();
    MemorySegment bs = b.data();
    MemorySegment ys = y.data();
    tape.elementwise(n, (begin, end) -> Mul.forward(as, bs, ys, begin, end));
    if (y.requiresGrad()) {
      if (needsDa) {
        b.keep();
      }
      if (needsDb) {
        a.keep();
      }
      tape.record(
          "mul",
          y,
          dy -> {
            if (needsDa) {
              addProduct(tape, dy, bs, a);
            }
            if (needsDb) {
              addProduct(tape, dy, as, b);
            }
          });
    }
    return y;
  }

  /**
   * Hands dy on to one operand and a copy to the other, unless one of them has a gradient that dy
   * can be added to.
   */
  private static void addToBoth(Tape tape, Tensor a, Tensor b, MemorySegment dy) {
    Tensor first = b.gradientOrNull() == null ? a : b;
    Tensor last = first == a ? b : a;
    if (first.gradientOrNull() == null) {
      tape.openGradient(first);
      MemorySegment copy = Tape.gradientOf(first);
      tape.compute(Meter.Family.ELEMENTWISE, 0, workers -> copy.copyFrom(dy));
    } else {
      tape.addGradient(first, dy);
    }
    tape.addGradient(last, dy);
  }

  private static void addProduct(Tape tape, MemorySegment dy, MemorySegment factor, Tensor x) {
    boolean first = tape.openGradient(x) == 0f;
    MemorySegment dx = Tape.gradientOf(x);
    long n = x.layout().elements();
    if (first) {
      tape.elementwise(n, (begin, end) -> Mul.forward(dy, factor, dx, begin, end));
    } else {
      tape.elementwise(n, (begin, end) -> Mul.accumulateProduct(dy, factor, dx, begin, end));
    }
  }

  private static void requireSameShape(Tensor a, Tensor b) {
    if (!a.layout().equals(b.layout())) {
      throw new IllegalArgumentException(
          "a is " + a.layout() + ", b is " + b.layout() + ": element-wise ops want the same shape");
    }
  }
}
