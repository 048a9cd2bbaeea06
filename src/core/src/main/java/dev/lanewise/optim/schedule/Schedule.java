package dev.lanewise.optim.schedule;

import dev.lanewise.kernel.step.Coefficients;

/**
 * The factor of the learning rate as a pure function of the number of steps taken so far, from 0
 * on; so a run that goes on from a checkpoint needs to know the step alone.
 *
 * <p>Every decay begins at 1, so it can follow a warm-up: {@code linearWarmup(w).then(w,
 * exponential(0.999))}. {@link #values} gives the curve to plot.
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
   * Half a cosine from 1 to 0 after {@code steps}, and 0 from there on (I. Loshchilov, F. Hutter:
   * SGDR, 2017, equation 5, without restarts).
   */
  static Schedule cosine(long steps) {
    requireSteps("cosine", steps);
    return step -> step >= steps ? 0 : (1 + Math.cos(Math.PI * step / steps)) / 2;
  }

  /**
   * {@code (1 - step / steps)^power} until it is 0 after {@code steps}, and 0 from there on.
   *
   * @param power above 0; 1 is {@link #linearDecay}
   */
  static Schedule polynomialDecay(long steps, double power) {
    requireSteps("decay", steps);
    if (!(power > 0 && power < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("power = " + power + ": want a finite number above 0");
    }
    return step -> step >= steps ? 0 : Math.pow((double) (steps - step) / steps, power);
  }

  /**
   * {@code sqrt(scale / (scale + step))}: after a warm-up of {@code scale} steps the rule of A.
   * Vaswani et al.: Attention Is All You Need, 2017, section 5.3.
   *
   * @param scale above 0
   */
  static Schedule inverseSqrt(long scale) {
    if (scale < 1) {
      throw new IllegalArgumentException("scale = " + scale + ": want 1 step or more");
    }
    return step -> Math.sqrt(scale / ((double) scale + step));
  }

  /** {@code gamma^step}, gamma from 0 to 1. */
  static Schedule exponential(double gamma) {
    requirePart("gamma", gamma);
    return step -> Coefficients.power(gamma, step);
  }

  /** {@code gamma^k} after each {@code every} steps, gamma from 0 to 1. */
  static Schedule stepDecay(long every, double gamma) {
    requirePart("gamma", gamma);
    if (every < 1) {
      throw new IllegalArgumentException("every = " + every + ": want 1 step or more");
    }
    return step -> Coefficients.power(gamma, step / every);
  }

  /**
   * Half a cosine from 1 to 0 again and again (I. Loshchilov, F. Hutter: SGDR, 2017).
   *
   * @param steps of the first cycle, at least 1
   * @param multiplier how many times longer each cycle is than the one before, at least 1
   */
  static Schedule cosineRestarts(long steps, int multiplier) {
    if (steps < 1 || multiplier < 1) {
      throw new IllegalArgumentException(
          "a first cycle of " + steps + " steps, multiplier " + multiplier + ": want 1 or more");
    }
    return step -> {
      long at = step;
      long length = steps;
      if (multiplier == 1) {
        at %= length;
      } else {
        while (at >= length) {
          at -= length;
          length = Math.multiplyExact(length, multiplier);
        }
      }
      return (1 + Math.cos(Math.PI * at / length)) / 2;
    };
  }

  /**
   * One cycle (L. N. Smith, N. Topin: Super-Convergence, 2018): half a cosine up to 1, then another
   * one down to almost nothing, as in PyTorch: the first 30 % of the steps rise, from 1/25 on, and
   * the last step is at {@code 1 / (25 * 10^4)}.
   */
  static Schedule oneCycle(long totalSteps) {
    return oneCycle(totalSteps, 0.3, 25, 1e4);
  }

  /**
   * One cycle.
   *
   * @param totalSteps at least 2
   * @param rising part of the steps that rise, above 0 and below 1
   * @param startDivisor the first step is at 1 over this, at least 1
   * @param finalDivisor the last step is at the first one over this, at least 1
   */
  static Schedule oneCycle(
      long totalSteps, double rising, double startDivisor, double finalDivisor) {
    if (totalSteps < 2
        || !(rising > 0 && rising < 1)
        || !(startDivisor >= 1)
        || !(finalDivisor >= 1)) {
      throw new IllegalArgumentException(
          "one cycle of "
              + totalSteps
              + " steps, rising = "
              + rising
              + ", startDivisor = "
              + startDivisor
              + ", finalDivisor = "
              + finalDivisor
              + ": want 2 steps, a part between 0 and 1, divisors of 1 or more");
    }
    double start = 1 / startDivisor;
    double end = start / finalDivisor;
    double top = rising * totalSteps - 1;
    double last = totalSteps - 1;
    return step -> {
      if (step <= top) {
        return between(start, 1, top > 0 ? step / top : 1);
      }
      return between(1, end, Math.min(1, (step - top) / (last - top)));
    };
  }

  /**
   * A triangle wave (L. N. Smith: Cyclical Learning Rates for Training Neural Networks, 2017): from
   * {@code floor} up to 1 and back.
   *
   * @param stepsUp of the rising side, at least 1
   * @param stepsDown of the falling side, at least 1
   * @param floor 0 to 1
   * @param gamma what the height over the floor is multiplied by after each cycle, 0 to 1; 1 for
   *     equal triangles, 0.5 for Smith's second form
   */
  static Schedule cyclic(long stepsUp, long stepsDown, double floor, double gamma) {
    requirePart("floor", floor);
    requirePart("gamma", gamma);
    if (stepsUp < 1 || stepsDown < 1) {
      throw new IllegalArgumentException(
          stepsUp + " steps up and " + stepsDown + " down: want 1 or more");
    }
    long cycle = Math.addExact(stepsUp, stepsDown);
    return step -> {
      long at = step % cycle;
      double height = at <= stepsUp ? (double) at / stepsUp : (double) (cycle - at) / stepsDown;
      return floor + (1 - floor) * height * Coefficients.power(gamma, step / cycle);
    };
  }

  /**
   * Linear warm-up, a plateau at 1, linear decay to 0 (S. Hu et al.: MiniCPM, 2024, section 4),
   * called WSD.
   */
  static Schedule warmupStableDecay(long warmupSteps, long stableSteps, long decaySteps) {
    requireSteps("plateau", stableSteps);
    return linearWarmup(warmupSteps)
        .then(Math.addExact(warmupSteps, stableSteps), linearDecay(decaySteps));
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

  /**
   * This one, compressed from {@code [0, 1]} to {@code [floor, 1]}: a decay that ends at {@code
   * floor}.
   */
  default Schedule withFloor(double floor) {
    requirePart("floor", floor);
    return step -> floor + (1 - floor) * at(step);
  }

  /** The factors of the first steps, to plot or to print. */
  default double[] values(int steps) {
    double[] values = new double[steps];
    for (int step = 0; step < steps; step++) {
      values[step] = at(step);
    }
    return values;
  }

  /** Half a cosine from one value to another. */
  private static double between(double from, double to, double part) {
    return to + (from - to) * (1 + Math.cos(Math.PI * part)) / 2;
  }

  private static void requirePart(String what, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(what + " = " + value + ": want 0 to 1");
    }
  }

  private static void requireSteps(String what, long steps) {
    if (steps < 0) {
      throw new IllegalArgumentException("a " + what + " of " + steps + " steps: want 0 or more");
    }
  }

  private static long rest(long warmupSteps, long totalSteps) {
    if (totalSteps < warmupSteps) {
      throw new IllegalArgumentException(
          "a warm-up of "
              + warmupSteps
              + " steps in "
              + totalSteps
              + " steps in all: the warm-up has to be shorter");
    }
    return totalSteps - warmupSteps;
  }
}
