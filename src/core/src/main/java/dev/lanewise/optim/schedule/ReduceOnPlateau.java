package dev.lanewise.optim.schedule;

import dev.lanewise.io.Safetensors;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * A factor that falls when a metric, as the loss on held-out data, has stopped falling: after more
 * than {@code patience} observations that were not below the best one by the part {@code
 * threshold}, it is multiplied by {@code gamma}, and {@code cooldown} observations do not count.
 * Not a function of the step: what it knows is saved by {@link #state}.
 */
public final class ReduceOnPlateau implements Schedule {
  private static final int FACTOR = 0;
  private static final int BEST = 1;
  private static final int BAD = 2;
  private static final int COOLING = 3;

  private final float gamma;
  private final int patience;
  private final float threshold;
  private final int cooldown;
  private final float floor;

  /** As floats, which is how they are saved. */
  private final float[] state = {1, Float.POSITIVE_INFINITY, 0, 0};

  private ReduceOnPlateau(float gamma, int patience, float threshold, int cooldown, float floor) {
    this.gamma = gamma;
    this.patience = patience;
    this.threshold = threshold;
    this.cooldown = cooldown;
    this.floor = floor;
  }

  /** PyTorch's defaults: a tenth after 10 observations without an improvement of 1e-4. */
  public static ReduceOnPlateau of() {
    return of(0.1f, 10, 1e-4f, 0, 0);
  }

  /**
   * All numbers.
   *
   * @param gamma above 0 and below 1
   * @param patience observations without improvement that are put up with, 0 or more
   * @param threshold part of the best metric that counts as an improvement, 0 to 1
   * @param cooldown observations after a reduction that do not count, 0 or more
   * @param floor the least factor, 0 to 1
   */
  public static ReduceOnPlateau of(
      float gamma, int patience, float threshold, int cooldown, float floor) {
    if (!(gamma > 0 && gamma < 1)
        || patience < 0
        || !(threshold >= 0 && threshold <= 1)
        || cooldown < 0
        || !(floor >= 0 && floor <= 1)) {
      throw new IllegalArgumentException(
          "gamma = "
              + gamma
              + ", patience = "
              + patience
              + ", threshold = "
              + threshold
              + ", cooldown = "
              + cooldown
              + ", floor = "
              + floor
              + ": want 0 < gamma < 1, counts of 0 or more, parts from 0 to 1");
    }
    return new ReduceOnPlateau(gamma, patience, threshold, cooldown, floor);
  }

  /**
   * Takes a new value of the metric, smaller being better; NaN is no improvement.
   *
   * @return whether the factor has fallen
   */
  public boolean observe(double metric) {
    float best = state[BEST];
    if (metric < best - Math.abs(best) * threshold
        || (best == Float.POSITIVE_INFINITY && metric < best)) {
      state[BEST] = (float) metric;
      state[BAD] = 0;
    } else {
      state[BAD]++;
    }
    if (state[COOLING] > 0) {
      state[COOLING]--;
      state[BAD] = 0;
    }
    if (state[BAD] <= patience) {
      return false;
    }
    float before = state[FACTOR];
    state[FACTOR] = Math.max(floor, before * gamma);
    state[COOLING] = cooldown;
    state[BAD] = 0;
    return state[FACTOR] < before;
  }

  @Override
  public double at(long step) {
    return state[FACTOR];
  }

  /** The live state: factor, best metric, observations without improvement, cooldown left. */
  public SequencedMap<String, Safetensors.Entry> state() {
    SequencedMap<String, Safetensors.Entry> entries = new LinkedHashMap<>();
    entries.put(
        "schedule.plateau",
        new Safetensors.Entry(TensorLayout.of(state.length), MemorySegment.ofArray(state)));
    return entries;
  }
}
