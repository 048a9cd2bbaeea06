package dev.lanewise.optim.weights;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.blas.Level1;
import dev.lanewise.io.Safetensors;
import dev.lanewise.kernel.reduce.SumOfSquares;
import dev.lanewise.optim.Optimizer;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SequencedMap;

/**
 * Sharpness-aware minimization (P. Foret, A. Kleiner, H. Mobahi, B. Neyshabur: Sharpness-Aware
 * Minimization for Efficiently Improving Generalization, 2021, algorithm 1): the gradient is taken
 * at {@code w + rho g / |g|}, the norm over all parameters, and another method steps from w along
 * it.
 *
 * <pre>{@code
 * loss(tape).backward();
 * sam.ascend();             // to w + rho g / |g|, gradients zeroed
 * loss(tape).backward();
 * sam.step();               // back to w, then the step of the other method
 * }</pre>
 *
 * <p>One copy of the parameters lies in the slab beside them. A norm that is not finite moves
 * nothing: the second gradient is then the one that tells.
 */
public final class Sam implements Optimizer {
  private final Optimizer descent;
  private final List<Parameter> parameters;
  private final Copies before;
  private final double rho;
  private boolean ascended;

  private Sam(Optimizer descent, List<Parameter> parameters, float rho) {
    this.descent = descent;
    this.parameters = List.copyOf(parameters);
    this.rho = rho;
    before = new Copies(parameters);
  }

  /** With the paper's radius, 0.05. */
  public static Sam of(Optimizer descent, List<Parameter> parameters) {
    return of(descent, parameters, 0.05f);
  }

  /**
   * With any radius.
   *
   * @param descent what takes the step
   * @param parameters its parameters
   * @param rho the radius, finite and above 0
   */
  public static Sam of(Optimizer descent, List<Parameter> parameters, float rho) {
    if (!(rho > 0 && rho < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("rho = " + rho + ": want a finite number above 0");
    }
    return new Sam(descent, parameters, rho);
  }

  /**
   * Goes up to the worst place nearby and zeroes the gradients.
   *
   * @throws IllegalStateException the second time before {@link #step}
   */
  public void ascend() {
    if (ascended) {
      throw new IllegalStateException("the parameters are up already: take the step first");
    }
    before.copyParameters();
    double sum = 0;
    for (Parameter parameter : parameters) {
      sum += squares(parameter.gradient(), parameter.layout().elements());
    }
    double norm = Math.sqrt(sum);
    if (norm > 0 && Double.isFinite(norm)) {
      for (Parameter parameter : parameters) {
        long n = parameter.layout().elements();
        Level1.saxpy(n, (float) (rho / norm), parameter.gradient(), parameter.data());
        parameter.changed();
      }
    }
    ascended = true;
    descent.zeroGrad();
  }

  private static double squares(MemorySegment x, long n) {
    double sum = 0;
    for (long at = 0; at < n; at += SumOfSquares.BLOCK) {
      int size = (int) Math.min(SumOfSquares.BLOCK, n - at);
      sum += SumOfSquares.block(x, at * Float.BYTES, size);
    }
    return sum;
  }

  /**
   * {@inheritDoc} From where the parameters were before {@link #ascend}.
   *
   * @throws IllegalStateException without {@link #ascend} before it
   */
  @Override
  public boolean step() {
    if (!ascended) {
      throw new IllegalStateException(
          "the step needs the gradient of the worst place nearby: ascend, and go backward, first");
    }
    before.restoreParameters();
    ascended = false;
    return descent.step();
  }

  @Override
  public void zeroGrad() {
    descent.zeroGrad();
  }

  @Override
  public long steps() {
    return descent.steps();
  }

  /** {@inheritDoc} That of the other method; between two steps there is nothing more. */
  @Override
  public SequencedMap<String, Safetensors.Entry> state() {
    return descent.state();
  }

  @Override
  public void restore(long steps) {
    descent.restore(steps);
  }
}
