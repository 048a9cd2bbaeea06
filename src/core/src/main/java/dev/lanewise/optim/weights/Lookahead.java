package dev.lanewise.optim.weights;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.io.Safetensors;
import dev.lanewise.kernel.arithmetic.segments.Lerp;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.parallel.Workers;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * Lookahead (M. R. Zhang, J. Lucas, G. Hinton, J. Ba: Lookahead Optimizer: k steps forward, 1 step
 * back, 2019, algorithm 1): another method takes {@code k} steps, then the slow weights follow,
 * {@code s += alpha (w - s)}, and the parameters begin there again, {@code w = s}. The state of the
 * other method stays. One copy of the slow weights lies in the slab beside each parameter.
 */
public final class Lookahead implements Optimizer {
  private final Optimizer fast;
  private final int k;
  private final Copies slow;
  private final Workers.Task[] follow;
  private Workers workers = Workers.shared();

  private Lookahead(Optimizer fast, List<Parameter> parameters, int k, float alpha) {
    this.fast = fast;
    this.k = k;
    slow = new Copies(parameters);
    slow.copyParameters();
    follow = slow.tasks((w, s) -> (begin, end) -> Lerp.forward(alpha, s, w, s, begin, end));
  }

  /** The paper's usual choice: 5 steps, half way. */
  public static Lookahead of(Optimizer fast, List<Parameter> parameters) {
    return of(fast, parameters, 5, 0.5f);
  }

  /**
   * Any choice; the slow weights are the parameters as they are now.
   *
   * @param fast what takes the steps
   * @param parameters its parameters
   * @param k steps after which the slow weights follow, at least 1
   * @param alpha how far they go, above 0 and at most 1
   */
  public static Lookahead of(Optimizer fast, List<Parameter> parameters, int k, float alpha) {
    if (k < 1 || !(alpha > 0 && alpha <= 1)) {
      throw new IllegalArgumentException(
          "k = " + k + ", alpha = " + alpha + ": want 1 step or more, a part above 0 and up to 1");
    }
    return new Lookahead(fast, parameters, k, alpha);
  }

  /** Computes with these workers instead of the shared ones. */
  public Lookahead workers(Workers workers) {
    this.workers = Objects.requireNonNull(workers, "workers");
    return this;
  }

  @Override
  public boolean step() {
    if (!fast.step()) {
      return false;
    }
    if (fast.steps() % k == 0) {
      slow.run(workers, follow);
      slow.restoreParameters();
    }
    return true;
  }

  @Override
  public void zeroGrad() {
    fast.zeroGrad();
  }

  @Override
  public long steps() {
    return fast.steps();
  }

  /** {@inheritDoc} That of the other method and {@code lookahead.NAME} for each parameter. */
  @Override
  public SequencedMap<String, Safetensors.Entry> state() {
    SequencedMap<String, Safetensors.Entry> state = fast.state();
    slow.putState("lookahead.", state);
    return state;
  }

  @Override
  public void restore(long steps) {
    fast.restore(steps);
  }
}
