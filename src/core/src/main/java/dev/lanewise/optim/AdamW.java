package dev.lanewise.optim;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.io.Safetensors;
import dev.lanewise.kernel.reduce.SumOfSquares;
import dev.lanewise.kernel.step.AdamWStep;
import dev.lanewise.kernel.unary.segments.Fill;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;

/**
 * Adam with decoupled weight decay (I. Loshchilov, F. Hutter: Decoupled Weight Decay
 * Regularization, 2019): {@code w *= 1 - lr wd}, then {@code w -= lr (m / bc1) / (sqrt(v / bc2) +
 * eps)}. One pass over each parameter, clipping and the zeroing of gradients included; the state
 * lies in the slab of its parameter.
 *
 * <pre>{@code
 * AdamW optimizer = AdamW.over(parameters).lr(1e-3f).weightDecay(0.01f).clipGlobalNorm(1f);
 * ...
 * loss.backward();
 * optimizer.step();
 * }</pre>
 *
 * <p>{@link #step} leaves the gradients at zero, ready for the next backward pass, unless {@link
 * #zeroGradInStep} says otherwise. It allocates nothing, and its result does not depend on the
 * number of workers, bit for bit.
 */
public final class AdamW implements Optimizer {
  /** Parameters that pay for waking a thread: some microseconds of memory traffic. */
  private static final long GRAIN = 16_384;

  /** The same for blocks of the norm. */
  private static final long BLOCK_GRAIN = GRAIN / SumOfSquares.BLOCK;

  /** Keeps the quotient finite when all gradients are zero, as in PyTorch's clip_grad_norm_. */
  private static final double NORM_EPS = 1e-6;

  private final ParamGroup[] groups;
  private final Slot[] slots;
  private Workers workers = Workers.shared();
  private Schedule schedule = Schedule.constant();
  private double maxNorm;
  private boolean clipping;
  private boolean zeroing = true;
  private long steps;
  private long skippedSteps;
  private double gradientNorm = Double.NaN;

  private AdamW(ParamGroup[] groups) {
    this.groups = groups;
    int count = 0;
    Set<String> names = new HashSet<>();
    for (ParamGroup group : groups) {
      for (Parameter parameter : group.parameters()) {
        if (!names.add(parameter.name())) {
          throw new IllegalArgumentException(
              "two parameters are named \""
                  + parameter.name()
                  + "\": each needs a name of its own and one group");
        }
        count++;
      }
    }
    if (count == 0) {
      throw new IllegalArgumentException("there are no parameters to optimize: give at least one");
    }
    slots = new Slot[count];
    int next = 0;
    for (ParamGroup group : groups) {
      for (Parameter parameter : group.parameters()) {
        slots[next++] = new Slot(parameter, group);
      }
    }
  }

  /** One group of all parameters. */
  public static AdamW over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static AdamW over(ParamGroup... groups) {
    return new AdamW(groups.clone());
  }

  /** Sets the learning rate of all groups. */
  public AdamW lr(float lr) {
    for (ParamGroup group : groups) {
      group.lr(lr);
    }
    return this;
  }

  /** Sets the decays of the moments of all groups. */
  public AdamW betas(float beta1, float beta2) {
    for (ParamGroup group : groups) {
      group.betas(beta1, beta2);
    }
    return this;
  }

  /** Sets eps of all groups. */
  public AdamW eps(float eps) {
    for (ParamGroup group : groups) {
      group.eps(eps);
    }
    return this;
  }

  /** Sets the weight decay of all groups, also of those that were made without. */
  public AdamW weightDecay(float weightDecay) {
    for (ParamGroup group : groups) {
      group.weightDecay(weightDecay);
    }
    return this;
  }

  /** Multiplies the learning rates by a function of {@link #steps}. */
  public AdamW schedule(Schedule schedule) {
    this.schedule = Objects.requireNonNull(schedule, "schedule");
    return this;
  }

  /**
   * Scales the gradients by {@code min(1, maxNorm / (norm + 1e-6))}, {@code norm} over all
   * parameters of all groups. A step with a norm that is not finite is skipped then; without
   * clipping nobody looks for that. Infinity looks and never clips.
   *
   * @param maxNorm above 0
   */
  public AdamW clipGlobalNorm(float maxNorm) {
    if (!(maxNorm > 0)) {
      throw new IllegalArgumentException("maxNorm = " + maxNorm + ": want a number above 0");
    }
    this.maxNorm = maxNorm;
    clipping = true;
    return this;
  }

  /**
   * Whether {@link #step} leaves the gradients at zero, which costs less than {@link #zeroGrad}
   * does; yes by default.
   */
  public AdamW zeroGradInStep(boolean zeroing) {
    this.zeroing = zeroing;
    return this;
  }

  /** Computes with these workers instead of the shared ones. */
  public AdamW workers(Workers workers) {
    this.workers = Objects.requireNonNull(workers, "workers");
    return this;
  }

  /** The groups, to change hyper-parameters between steps. */
  public List<ParamGroup> groups() {
    return List.of(groups);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Only {@link #clipGlobalNorm} looks for gradients that are not finite. The gradients of a
   * skipped step are set to zero as those of another one are, or the next would be skipped as well.
   *
   * @throws IllegalStateException if the schedule gives a factor that is negative or not finite;
   *     nothing has changed then
   */
  @Override
  public boolean step() {
    double factor = schedule.at(steps);
    if (!(factor >= 0 && factor < Double.POSITIVE_INFINITY)) {
      throw new IllegalStateException(
          "the schedule gives "
              + factor
              + " at step "
              + steps
              + ": want a finite factor of at least 0");
    }
    double gradScale = 1;
    if (clipping) {
      gradientNorm = globalNorm();
      if (!Double.isFinite(gradientNorm)) {
        skippedSteps++;
        if (zeroing) {
          zeroGrad();
        }
        return false;
      }
      gradScale = Math.min(1, maxNorm / (gradientNorm + NORM_EPS));
    }
    long t = steps + 1;
    for (Slot slot : slots) {
      slot.prepare(t, factor, (float) gradScale, zeroing);
      workers.run(slot.n, GRAIN, slot.step);
    }
    steps = t;
    return true;
  }

  @Override
  public void zeroGrad() {
    for (Slot slot : slots) {
      workers.run(slot.n, GRAIN, slot.zero);
    }
  }

  /**
   * The norm of all gradients before clipping at the last step; NaN before the first step and
   * without clipping.
   */
  public double gradientNorm() {
    return gradientNorm;
  }

  /** Steps that were left out because the norm was not finite. */
  public long skippedSteps() {
    return skippedSteps;
  }

  @Override
  public long steps() {
    return steps;
  }

  /**
   * {@inheritDoc} For each parameter {@code optimizer.m.NAME} and {@code optimizer.v.NAME}, of its
   * shape.
   */
  @Override
  public SequencedMap<String, Safetensors.Entry> state() {
    SequencedMap<String, Safetensors.Entry> state = new LinkedHashMap<>();
    for (Slot slot : slots) {
      Parameter parameter = slot.parameter;
      state.put(
          "optimizer.m." + parameter.name(), new Safetensors.Entry(parameter.layout(), slot.m));
      state.put(
          "optimizer.v." + parameter.name(), new Safetensors.Entry(parameter.layout(), slot.v));
    }
    return state;
  }

  @Override
  public void restore(long steps) {
    if (steps < 0) {
      throw new IllegalArgumentException("steps = " + steps + ": want 0 or more");
    }
    this.steps = steps;
  }

  private double globalNorm() {
    double sum = 0;
    for (Slot slot : slots) {
      workers.run(slot.blocks, BLOCK_GRAIN, slot.norm);
      for (long block = 0; block < slot.blocks; block++) {
        sum += slot.partials.getAtIndex(JAVA_DOUBLE, block);
      }
    }
    return Math.sqrt(sum);
  }

  /**
   * One parameter: its state, and the work on it as objects made once, so that a step makes none.
   */
  private static final class Slot {
    final Parameter parameter;
    final ParamGroup group;
    final long n;
    final long blocks;
    final MemorySegment m;
    final MemorySegment v;
    final MemorySegment partials;
    final Workers.Task step;
    final Workers.Task norm;
    final Workers.Task zero;

    private float lr;
    private float biasCorrection1;
    private float biasCorrection2;
    private float gradScale;
    private boolean zeroGrads;

    Slot(Parameter parameter, ParamGroup group) {
      this.parameter = parameter;
      this.group = group;
      n = parameter.layout().elements();
      blocks = SumOfSquares.blocks(n);
      m = parameter.slab().allocate(parameter.layout());
      v = parameter.slab().allocate(parameter.layout());
      partials = parameter.slab().allocateDoubles(blocks);
      MemorySegment params = parameter.data();
      MemorySegment grads = parameter.gradient();
      step = (begin, end) -> update(params, grads, begin, end);
      norm = (begin, end) -> SumOfSquares.partials(grads, n, partials, begin, end);
      zero = (begin, end) -> Fill.fill(0f, grads, begin, end);
    }

    void prepare(long t, double factor, float gradScale, boolean zeroGrads) {
      lr = (float) (group.lr() * factor);
      // From the betas as the kernel has them, in single precision: then the corrections fit its
      // moments exactly.
      biasCorrection1 = (float) (1 - power(group.beta1(), t));
      biasCorrection2 = (float) (1 - power(group.beta2(), t));
      this.gradScale = gradScale;
      this.zeroGrads = zeroGrads;
    }

    /**
     * {@code base^n} by squaring: the same bits on every machine, which Math.pow does not promise,
     * and no garbage, which StrictMath.pow leaves. The error is below {@code n base^n 2^-53}, for
     * betas up to 0.9999 under 1e-12.
     */
    private static double power(double base, long n) {
      double power = 1;
      double square = base;
      for (long bits = n; bits > 0; bits >>= 1) {
        if ((bits & 1) == 1) {
          power *= square;
        }
        square *= square;
      }
      return power;
    }

    private void update(MemorySegment params, MemorySegment grads, long begin, long end) {
      AdamWStep.step(
          params,
          grads,
          m,
          v,
          begin,
          end,
          lr,
          group.beta1(),
          group.beta2(),
          group.eps(),
          group.weightDecay(),
          biasCorrection1,
          biasCorrection2,
          gradScale,
          zeroGrads);
    }
  }
}
