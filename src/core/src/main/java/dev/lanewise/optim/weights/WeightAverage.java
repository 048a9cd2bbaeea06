package dev.lanewise.optim.weights;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.io.Safetensors;
import dev.lanewise.kernel.arithmetic.segments.Lerp;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * An average of the parameters over the steps of a training, which often does better than the last
 * ones: exponential, {@code a += (1 - decay) (w - a)} (B. T. Polyak, A. B. Juditsky: Acceleration
 * of Stochastic Approximation by Averaging, 1992), or uniform, {@code a += (w - a) / k} at the k-th
 * update (P. Izmailov et al.: Averaging Weights Leads to Wider Optima and Better Generalization,
 * 2018).
 *
 * <pre>{@code
 * WeightAverage average = WeightAverage.exponential(parameters, 0.999f);
 * ...
 * optimizer.step();
 * average.update();
 * ...
 * average.swap();   // evaluate with the average
 * average.swap();   // train on
 * }</pre>
 *
 * <p>The first update takes the parameters as they are. One average lies in the slab beside each
 * parameter. Updates allocate nothing; the same bits for any number of workers. For one thread.
 */
public final class WeightAverage {
  private final Copies averages;
  private final Workers.Task[] lerps;
  private final float decay;
  private Workers workers = Workers.shared();
  private long updates;
  private boolean swapped;
  private float weight;

  private WeightAverage(List<Parameter> parameters, float decay) {
    averages = new Copies(parameters);
    this.decay = decay;
    lerps =
        averages.tasks(
            (w, average) -> (begin, end) -> Lerp.forward(weight, average, w, average, begin, end));
  }

  /**
   * An average that forgets.
   *
   * @param decay at least 0 and below 1
   */
  public static WeightAverage exponential(List<Parameter> parameters, float decay) {
    if (!(decay >= 0 && decay < 1)) {
      throw new IllegalArgumentException("decay = " + decay + ": want at least 0 and below 1");
    }
    return new WeightAverage(parameters, decay);
  }

  /** An average in which all updates count alike. */
  public static WeightAverage uniform(List<Parameter> parameters) {
    return new WeightAverage(parameters, Float.NaN);
  }

  /** Computes with these workers instead of the shared ones. */
  public WeightAverage workers(Workers workers) {
    this.workers = Objects.requireNonNull(workers, "workers");
    return this;
  }

  /**
   * Takes the parameters into the average.
   *
   * @throws IllegalStateException if the average is in their place
   */
  public void update() {
    if (swapped) {
      throw new IllegalStateException(
          "the average stands in the place of the parameters: swap back before the next update");
    }
    updates++;
    // lerp to weight 1 is w but for a rounding, so the first update copies.
    if (updates == 1) {
      averages.copyParameters();
      return;
    }
    weight = Float.isNaN(decay) ? (float) (1.0 / updates) : 1 - decay;
    averages.run(workers, lerps);
  }

  /** Exchanges the parameters and their averages; a second call gives them back. */
  public void swap() {
    averages.swapParameters();
    swapped = !swapped;
  }

  /** Updates taken. */
  public long updates() {
    return updates;
  }

  /** The live state: {@code average.NAME} for each parameter; {@link #updates} belongs to it. */
  public SequencedMap<String, Safetensors.Entry> state() {
    SequencedMap<String, Safetensors.Entry> state = new LinkedHashMap<>();
    averages.putState("average.", state);
    return state;
  }

  /** Goes on after {@code updates} updates, once the entries of {@link #state} have been filled. */
  public void restore(long updates) {
    if (updates < 0) {
      throw new IllegalArgumentException("updates = " + updates + ": want 0 or more");
    }
    this.updates = updates;
  }

  /** The average of a parameter, by its place in the list; the parameter itself while swapped. */
  public MemorySegment average(int which) {
    return averages.copy(which).asReadOnly();
  }
}
