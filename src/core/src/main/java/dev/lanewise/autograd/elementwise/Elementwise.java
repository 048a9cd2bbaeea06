package dev.lanewise.autograd.elementwise;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/** What the element-wise ops share: one operand or two, what is saved, where gradients go. */
final class Elementwise {
  /** A kernel on one operand. */
  interface Map {
    void run(MemorySegment x, MemorySegment y, long n, Workers workers);
  }

  /** A kernel on two operands; as a gradient, on what was saved and the cotangent. */
  interface Join {
    void run(MemorySegment a, MemorySegment b, MemorySegment y, long n, Workers workers);
  }

  private Elementwise() {}

  /** An op whose gradient needs its input: {@code backward(x, dy, dx)}. */
  static Tensor ofInput(String op, Tape tape, Tensor x, Map forward, Join backward) {
    Tensor y = map(tape, x, forward);
    if (y.requiresGrad()) {
      MemorySegment saved = x.keep();
      tape.record(op, y, dy -> handOn(tape, x, saved, dy, backward));
    }
    return y;
  }

  /** An op whose gradient needs its output: {@code backward(y, dy, dx)}. */
  static Tensor ofOutput(String op, Tape tape, Tensor x, Map forward, Join backward) {
    Tensor y = map(tape, x, forward);
    if (y.requiresGrad()) {
      MemorySegment saved = y.keep();
      tape.record(op, y, dy -> handOn(tape, x, saved, dy, backward));
    }
    return y;
  }

  /** A linear op, whose gradient needs nothing: {@code backward(dy, dx)}. */
  static Tensor linear(String op, Tape tape, Tensor x, Map forward, Map backward) {
    Tensor y = map(tape, x, forward);
    if (y.requiresGrad()) {
      long n = x.layout().elements();
      tape.record(
          op,
          y,
          dy -> {
            compute(tape, n, workers -> backward.run(dy, dy, n, workers));
            tape.addGradient(x, dy);
          });
    }
    return y;
  }

  /** {@code y = forward(a, b)}, both of one shape; nothing is recorded. */
  static Tensor join(Tape tape, Tensor a, Tensor b, Join forward) {
    requireSameShape("a", a, "b", b);
    Tensor y = tape.output(a.layout(), a, b);
    long n = a.layout().elements();
    MemorySegment as = a.data();
    MemorySegment bs = b.data();
    MemorySegment ys = y.data();
    compute(tape, n, workers -> forward.run(as, bs, ys, n, workers));
    return y;
  }

  /** Gives each of two operands its gradient of dy, as far as it requires one. */
  static void toBoth(Tape tape, Tensor a, Map toA, Tensor b, Map toB, MemorySegment dy) {
    long n = a.layout().elements();
    if (a.requiresGrad()) {
      MemorySegment da = b.requiresGrad() ? tape.allocateFloats(n) : dy;
      compute(tape, n, workers -> toA.run(dy, da, n, workers));
      tape.addGradient(a, da);
    }
    if (b.requiresGrad()) {
      compute(tape, n, workers -> toB.run(dy, dy, n, workers));
      tape.addGradient(b, dy);
    }
  }

  static void compute(Tape tape, long n, Consumer<Workers> computation) {
    tape.compute(Meter.Family.ELEMENTWISE, n, computation);
  }

  static void requireSameShape(String first, Tensor a, String second, Tensor b) {
    if (!a.layout().equals(b.layout())) {
      throw new IllegalArgumentException(
          first
              + " is "
              + a.layout()
              + ", "
              + second
              + " is "
              + b.layout()
              + ": element-wise ops want the same shape");
    }
  }

  private static Tensor map(Tape tape, Tensor x, Map forward) {
    Tensor y = tape.output(x.layout(), x);
    long n = x.layout().elements();
    MemorySegment xs = x.data();
    MemorySegment ys = y.data();
    compute(tape, n, workers -> forward.run(xs, ys, n, workers));
    return y;
  }

  private static void handOn(
      Tape tape, Tensor x, MemorySegment saved, MemorySegment dy, Join backward) {
    long n = x.layout().elements();
    compute(tape, n, workers -> backward.run(saved, dy, dy, n, workers));
    tape.addGradient(x, dy);
  }
}
