package dev.lanewise.cli.model;

/**
 * When a training is over. With a number of steps a run can be repeated bit for bit; with a time
 * the number of steps, and by it the learning rate of each, depends on the machine and its load.
 */
public sealed interface Budget {
  /** The part that is used up, 0 to 1 and more, never falling. */
  double fraction(long steps, double seconds);

  /** A number of optimizer steps. */
  record Steps(long count) implements Budget {
    @Override
    public double fraction(long steps, double seconds) {
      return (double) steps / count;
    }
  }

  /** Wall-clock time, evaluations included. */
  record Seconds(double count) implements Budget {
    @Override
    public double fraction(long steps, double seconds) {
      return seconds / count;
    }
  }
}
