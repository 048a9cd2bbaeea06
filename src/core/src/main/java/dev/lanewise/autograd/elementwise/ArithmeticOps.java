package dev.lanewise.autograd.elementwise;

import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.ops.arithmetic.Div;
import dev.lanewise.ops.arithmetic.Lerp;
import dev.lanewise.ops.arithmetic.Max;
import dev.lanewise.ops.arithmetic.Min;
import dev.lanewise.ops.arithmetic.Pow;
import dev.lanewise.ops.arithmetic.Sub;
import dev.lanewise.ops.arithmetic.Where;
import dev.lanewise.ops.unary.Copy;
import dev.lanewise.ops.unary.Neg;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * Ops of two operands of one shape.
 *
 * <pre>
 * op      y                         gradients
 * sub     a - b                     da = dy, db = -dy
 * div     a / b                     da = dy / b, db = -dy y / b
 * pow     a^b                       da = dy b a^(b - 1), db = dy y ln a
 * min     the lesser                dy to the one that was chosen, half each where equal
 * max     the greater               the same
 * where   condition != 0 ? a : b    da = condition != 0 ? dy : 0, db = condition != 0 ? 0 : dy
 * lerp    a + w (b - a)             dw = dy (b - a), da = dy - w dy, db = w dy
 * </pre>
 */
public final class ArithmeticOps {
  private ArithmeticOps() {}

  /** {@code a - b}. */
  public static Tensor sub(Tape tape, Tensor a, Tensor b) {
    Tensor y = Elementwise.join(tape, a, b, Sub::forward);
    if (y.requiresGrad()) {
      tape.record(
          "sub", y, dy -> Elementwise.toBoth(tape, a, ArithmeticOps::same, b, Neg::forward, dy));
    }
    return y;
  }

  /** Takes dy on, as a copy where the other operand takes it too. */
  private static void same(MemorySegment dy, MemorySegment da, long n, Workers workers) {
    if (!da.equals(dy)) {
      Copy.forward(dy, da, n, workers);
    }
  }

  /** {@code a / b}. */
  public static Tensor div(Tape tape, Tensor a, Tensor b) {
    Tensor y = Elementwise.join(tape, a, b, Div::forward);
    if (y.requiresGrad()) {
      MemorySegment bs = b.keep();
      MemorySegment ys = y.keep();
      tape.record(
          "div",
          y,
          dy ->
              Elementwise.toBoth(
                  tape,
                  a,
                  (d, da, n, workers) -> Div.forward(d, bs, da, n, workers),
                  b,
                  (d, db, n, workers) -> Div.backwardDivisor(bs, ys, d, db, n, workers),
                  dy));
    }
    return y;
  }

  /** {@code a^b}; zeros and negative bases are those of C99, see {@link Pow}. */
  public static Tensor pow(Tape tape, Tensor a, Tensor b) {
    Tensor y = Elementwise.join(tape, a, b, Pow::forward);
    if (y.requiresGrad()) {
      MemorySegment as = a.keep();
      MemorySegment bs = b.keep();
      MemorySegment ys = y.keep();
      tape.record(
          "pow",
          y,
          dy ->
              Elementwise.toBoth(
                  tape,
                  a,
                  (d, da, n, workers) -> Pow.backward(as, bs, d, da, n, workers),
                  b,
                  (d, db, n, workers) -> Pow.backwardExponent(as, bs, ys, d, db, n, workers),
                  dy));
    }
    return y;
  }

  /** The lesser of two elements, NaN if one of them is. */
  public static Tensor min(Tape tape, Tensor a, Tensor b) {
    Tensor y = Elementwise.join(tape, a, b, Min::forward);
    if (y.requiresGrad()) {
      MemorySegment as = a.keep();
      MemorySegment bs = b.keep();
      tape.record(
          "min",
          y,
          dy ->
              Elementwise.toBoth(
                  tape,
                  a,
                  (d, da, n, workers) -> Min.backward(as, bs, d, da, n, workers),
                  b,
                  (d, db, n, workers) -> Min.backward(bs, as, d, db, n, workers),
                  dy));
    }
    return y;
  }

  /** The greater of two elements, NaN if one of them is. */
  public static Tensor max(Tape tape, Tensor a, Tensor b) {
    Tensor y = Elementwise.join(tape, a, b, Max::forward);
    if (y.requiresGrad()) {
      MemorySegment as = a.keep();
      MemorySegment bs = b.keep();
      tape.record(
          "max",
          y,
          dy ->
              Elementwise.toBoth(
                  tape,
                  a,
                  (d, da, n, workers) -> Max.backward(as, bs, d, da, n, workers),
                  b,
                  (d, db, n, workers) -> Max.backward(bs, as, d, db, n, workers),
                  dy));
    }
    return y;
  }

  /**
   * {@code condition != 0 ? a : b}, all of one shape.
   *
   * @param condition has no gradient; not to be changed before backward
   */
  public static Tensor where(Tape tape, Tensor condition, Tensor a, Tensor b) {
    Elementwise.requireSameShape("condition", condition, "a", a);
    Elementwise.requireSameShape("a", a, "b", b);
    Tensor y = tape.output(a.layout(), condition, a, b);
    long size = a.layout().elements();
    MemorySegment conditions = condition.data();
    MemorySegment as = a.data();
    MemorySegment bs = b.data();
    MemorySegment ys = y.data();
    Elementwise.compute(
        tape, size, workers -> Where.forward(conditions, as, bs, ys, size, workers));
    if (y.requiresGrad()) {
      condition.keep();
      tape.record(
          "where",
          y,
          dy ->
              Elementwise.toBoth(
                  tape,
                  a,
                  (d, da, n, workers) -> Where.backward(conditions, d, da, n, workers),
                  b,
                  (d, db, n, workers) -> Where.backwardOther(conditions, d, db, n, workers),
                  dy));
    }
    return y;
  }

  /** {@code a + w (b - a)}, all of one shape: a weight for each element. */
  public static Tensor lerp(Tape tape, Tensor w, Tensor a, Tensor b) {
    Elementwise.requireSameShape("w", w, "a", a);
    Elementwise.requireSameShape("a", a, "b", b);
    Tensor y = tape.output(a.layout(), w, a, b);
    long n = a.layout().elements();
    MemorySegment ws = w.data();
    MemorySegment as = a.data();
    MemorySegment bs = b.data();
    MemorySegment ys = y.data();
    Elementwise.compute(tape, n, workers -> Lerp.forward(ws, as, bs, ys, n, workers));
    if (y.requiresGrad()) {
      w.keep();
      a.keep();
      b.keep();
      tape.record(
          "lerp",
          y,
          dy -> {
            MemorySegment dw = tape.allocateFloats(n);
            MemorySegment da = tape.allocateFloats(n);
            Elementwise.compute(
                tape, n, workers -> Lerp.backward(ws, as, bs, dy, dw, da, dy, n, workers));
            tape.addGradient(w, dw);
            tape.addGradient(a, da);
            tape.addGradient(b, dy);
          });
    }
    return y;
  }
}
