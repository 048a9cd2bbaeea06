package dev.lanewise.autograd.elementwise;

import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.ops.gated.Geglu;
import dev.lanewise.ops.gated.GegluErf;
import dev.lanewise.ops.gated.Swiglu;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * Gated linear units, {@code y = f(a) b}: {@code da = dy b f'(a)}, {@code db = dy f(a)}, both in
 * one pass, {@code da} in place of dy.
 */
public final class GatedOps {
  private interface Gradient {
    void run(
        MemorySegment a,
        MemorySegment b,
        MemorySegment dy,
        MemorySegment da,
        MemorySegment db,
        long n,
        Workers workers);
  }

  private GatedOps() {}

  /** {@code silu(a) b}, both of one shape. */
  public static Tensor swiglu(Tape tape, Tensor a, Tensor b) {
    return gate("swiglu", tape, a, b, Swiglu::forward, Swiglu::backward);
  }

  /** {@code gelu(a) b} with GELU in its tanh form, both of one shape. */
  public static Tensor geglu(Tape tape, Tensor a, Tensor b) {
    return gate("geglu", tape, a, b, Geglu::forward, Geglu::backward);
  }

  /** {@code gelu(a) b} with GELU in its erf form, both of one shape. */
  public static Tensor gegluErf(Tape tape, Tensor a, Tensor b) {
    return gate("gegluErf", tape, a, b, GegluErf::forward, GegluErf::backward);
  }

  private static Tensor gate(
      String op, Tape tape, Tensor a, Tensor b, Elementwise.Join forward, Gradient backward) {
    Tensor y = Elementwise.join(tape, a, b, forward);
    if (y.requiresGrad()) {
      MemorySegment as = a.keep();
      MemorySegment bs = b.keep();
      long n = a.layout().elements();
      tape.record(
          op,
          y,
          dy -> {
            MemorySegment db = tape.allocateFloats(n);
            Elementwise.compute(tape, n, workers -> backward.run(as, bs, dy, dy, db, n, workers));
            tape.addGradient(a, dy);
            tape.addGradient(b, db);
          });
    }
    return y;
  }
}
