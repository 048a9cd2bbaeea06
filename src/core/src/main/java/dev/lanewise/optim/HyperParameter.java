package dev.lanewise.optim;

/** A number that a method of optimization has, and the range in which it makes sense. */
public enum HyperParameter {
  /** Learning rate. */
  LR("lr", Range.NOT_NEGATIVE),
  /** Decay of a first moment. */
  BETA1("beta1", Range.DECAY),
  /** Decay of a second moment. */
  BETA2("beta2", Range.DECAY),
  /** What keeps a quotient finite; with 0 a gradient of 0 would give 0/0. */
  EPS("eps", Range.POSITIVE),
  /** Weight decay. */
  WEIGHT_DECAY("weightDecay", Range.NOT_NEGATIVE),
  /** Decay of a velocity. */
  MOMENTUM("momentum", Range.DECAY),
  /** Part of the gradient that does not enter the velocity. */
  DAMPENING("dampening", Range.PART),
  /** Decay of a mean square. */
  RHO("rho", Range.DECAY),
  /** How the learning rate of Adagrad falls: {@code lr / (1 + (t - 1) lrDecay)}. */
  LR_DECAY("lrDecay", Range.NOT_NEGATIVE),
  /** How fast the momentum of NAdam rises, psi. */
  MOMENTUM_DECAY("momentumDecay", Range.NOT_NEGATIVE),
  /** Learning rate of a layer in units of the ratio of its norms, of LARS. */
  TRUST("trust", Range.POSITIVE),
  /** How fast the decay of Adafactor's second moment rises: {@code 1 - t^-decayRate}. */
  DECAY_RATE("decayRate", Range.POSITIVE),
  /** The largest root mean square of an update of Adafactor; infinity for no limit. */
  UPDATE_CLIP("updateClip", Range.ABOVE_ZERO),
  /** The least root mean square that a parameter is taken to have, of Adafactor. */
  MIN_RMS("minRms", Range.POSITIVE);

  private enum Range {
    NOT_NEGATIVE("a finite number of at least 0"),
    POSITIVE("a finite number above 0"),
    ABOVE_ZERO("a number above 0"),
    DECAY("at least 0 and below 1"),
    PART("0 to 1");

    private final String text;

    Range(String text) {
      this.text = text;
    }

    private boolean contains(double value) {
      return switch (this) {
        case NOT_NEGATIVE -> value >= 0 && value < Double.POSITIVE_INFINITY;
        case POSITIVE -> value > 0 && value < Double.POSITIVE_INFINITY;
        case ABOVE_ZERO -> value > 0;
        case DECAY -> value >= 0 && value < 1;
        case PART -> value >= 0 && value <= 1;
      };
    }
  }

  private final String term;
  private final Range range;

  HyperParameter(String term, Range range) {
    this.term = term;
    this.range = range;
  }

  /** The name that messages and methods use. */
  public String term() {
    return term;
  }

  /**
   * Checks a value.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public void require(float value) {
    if (!range.contains(value)) {
      throw new IllegalArgumentException(term + " = " + value + ": want " + range.text);
    }
  }

  /** The same in double precision. */
  public void require(double value) {
    if (!range.contains(value)) {
      throw new IllegalArgumentException(term + " = " + value + ": want " + range.text);
    }
  }
}
