package dev.lanewise.optim;

/**
 * The factor of the learning rate as a pure function of the number of steps taken so far, from 0 on; so a run that goes on
 * from a checkpoint needs to know the step alone.
 */
@FunctionalInterface
public interface Schedule {
  /** The factor for the step after {@code step} others; finite and at least 0. */
  double at(long step);

  /** Always 1. */
  static Schedule constant() {
    return step -> 1;
  }

  /** From 0 at the first step in equal parts to 1 after {@code steps}, and 1 from there on. */
  static Schedule linearWarmup(long steps) {
    requireSteps("warm-up", steps);
    return step -> step >= steps ? 1 : (double) step / steps;
  }

  /** From 1 in equal parts to 0 after {@code steps}, and 0 from there on. */
  static Schedule linearDecay(long steps) {
    requireSteps("decay", steps);
    return step -> step >= steps ? 0 : (double) (steps - step) / steps;
  }

  /**
   * Half a cosine from 1 to 0 after {@code steps}, and 0 from there on (I. Loshchilov, F. Hutter: SGDR, 2017, equation 5,
   * without restarts).
   */
  static Schedule cosine(long steps) {
    requireSteps("cosine", steps);
    return step -> step >= steps ? 0 : (1 + Math.cos(Math.PI * step / steps)) / 2;
  }

  /** Linear warm-up, then linear decay to 0 after {@code totalSteps}. */
  static Schedule warmupLinear(long warmupSteps, long totalSteps) {
    return linearWarmup(warmupSteps).then(warmupSteps, linearDecay(rest(warmupSteps, totalSteps)));
  }

  /** Linear warm-up, then half a cosine to 0 after {@code totalSteps}. */
  static Schedule warmupCosine(long warmupSteps, long totalSteps) {
    return linearWarmup(warmupSteps).then(warmupSteps, cosine(rest(warmupSteps, totalSteps)));
  }

  /** This one for {@code steps} steps, then {@code next} from its beginning. */
  default Schedule then(long steps, Schedule next) {
    requireSteps("first part", steps);
    return step -> step < steps ? at(step) : next.at(step - steps);
  }

  /** The product of both, step by step. */
  default Schedule times(Schedule other) {
    return step -> at(step) * other.at(step);
  }

  /** This one, compressed from {@code [0, 1]} to {@code [floor, 1]}: a decay that ends at {@code floor}. */
  default Schedule withFloor(double floor) {
    if (!(floor >= 0 && floor <= 1)) {
      throw new IllegalArgumentException("floor = " + floor + ": want 0 to 1, a part of the full learning rate");
    }
    return step -> floor + (1 - floor) * at(step);
  }

  private static void requireSteps(String what, long steps) {
    if (steps < 0) {
      throw new IllegalArgumentException("a " + what + " of " + steps + " steps: want 0 or more");
    }
  }

  private static long rest(long warmupSteps, long totalSteps) {
    if (totalSteps < warmupSteps) {
      throw new IllegalArgumentException(
          "a warm-up of " + warmupSteps + " steps in " + totalSteps + " steps in all: the warm-up has to be shorter");
    }
    return totalSteps - warmupSteps;
  }
}
