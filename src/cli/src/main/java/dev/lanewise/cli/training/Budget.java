package dev.lanewise.cli.training;

import dev.lanewise.cli.report.UserError;
import java.util.Locale;

/**
 * When a training is over. With a number of steps a run can be repeated bit for bit; with a time
 * the number of steps, and by it the learning rate of each, depends on the machine and its load.
 */
public sealed interface Budget {
  /** The part that is used up, 0 to 1 and more, never falling. */
  double fraction(long steps, double seconds);

  /** Checks that something is left of it for a training that goes on. */
  default void requireSomeLeft(Resumable.Position position) {
    if (fraction(position.step(), position.seconds()) >= 1) {
      throw new UserError(
          String.format(
              Locale.ROOT,
              "this training was over at step %,d after %.0f seconds: give more --steps or"
                  + " --seconds to go on",
              position.step(),
              position.seconds()));
    }
  }

  /** The length of the schedule of learning rates. */
  long scheduleLength();

  /** The place in the schedule, from 0 on. */
  long scheduleStep(long steps, double seconds);

  /** A number of optimizer steps. */
  record Steps(long count) implements Budget {
    @Override
    public double fraction(long steps, double seconds) {
      return (double) steps / count;
    }

    @Override
    public long scheduleLength() {
      return count;
    }

    @Override
    public long scheduleStep(long steps, double seconds) {
      return steps;
    }
  }

  /** Wall-clock time, evaluations included. */
  record Seconds(double count) implements Budget {
    /** As fine as a learning rate in single precision needs it. */
    private static final long PARTS = 1 << 20;

    @Override
    public double fraction(long steps, double seconds) {
      return seconds / count;
    }

    @Override
    public long scheduleLength() {
      return PARTS;
    }

    @Override
    public long scheduleStep(long steps, double seconds) {
      return (long) (fraction(steps, seconds) * PARTS);
    }
  }
}
