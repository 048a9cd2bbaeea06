package dev.lanewise.cli.training;

import dev.lanewise.cli.report.UserError;
import dev.lanewise.optim.schedule.Schedule;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** The schedules that a training can name. */
public final class LearningRates {
  /**
   * The part of a training in which the learning rate of {@code wsd} falls (S. Hu et al., 2024).
   */
  private static final double DECAY_OF_WSD = 0.2;

  /** Restarts of {@code restarts}: cycles of equal length. */
  private static final int CYCLES = 4;

  private static final SequencedMap<String, After> AFTER_WARM_UP = new LinkedHashMap<>();

  static {
    AFTER_WARM_UP.put("cosine", Schedule::cosine);
    AFTER_WARM_UP.put("linear", Schedule::linearDecay);
    AFTER_WARM_UP.put("wsd", LearningRates::stableThenDecay);
    AFTER_WARM_UP.put("constant", steps -> Schedule.constant());
    AFTER_WARM_UP.put("inverse-sqrt", steps -> Schedule.inverseSqrt(Math.max(1, steps / 50)));
    AFTER_WARM_UP.put(
        "restarts", steps -> Schedule.cosineRestarts(Math.max(1, Math.ceilDiv(steps, CYCLES)), 1));
  }

  /** Their names, for messages. */
  public static final String NAMES = String.join(", ", AFTER_WARM_UP.keySet());

  private LearningRates() {}

  /** What comes after the warm-up, from a factor of 1 on. */
  @FunctionalInterface
  private interface After {
    Schedule of(long steps);
  }

  /** Checks a name. */
  static void require(String name) {
    if (!AFTER_WARM_UP.containsKey(name)) {
      throw new UserError("there is no schedule \"" + name + "\": give one of " + NAMES);
    }
  }

  /**
   * A linear warm-up, whose first step is not 0, then the schedule over what is left.
   *
   * @param warmUp part of the steps, 0 to 1
   * @param steps in all
   */
  public static Schedule of(String name, double warmUp, long steps) {
    require(name);
    long rising = Math.round(warmUp * steps);
    Schedule line = Schedule.linearWarmup(rising + 1);
    Schedule warm = step -> line.at(step + 1);
    Map<String, After> table = AFTER_WARM_UP;
    return warm.then(rising, table.getOrDefault(name, left -> line).of(steps - rising));
  }

  private static Schedule stableThenDecay(long steps) {
    long falling = Math.round(DECAY_OF_WSD * steps);
    return Schedule.warmupStableDecay(0, steps - falling, falling);
  }
}
