package dev.lanewise.optim;

/**
 * Where the learning rate stands in the step of a method with a velocity b. Both forms agree while
 * the learning rate stays the same, and differ when it changes.
 */
public enum Velocity {
  /**
   * {@code b = mu b + (1 - dampening) g}, at the first step {@code b = g}; {@code w -= lr b}, with
   * Nesterov's {@code w -= lr (g + mu b)}: PyTorch.
   */
  LR_OUTSIDE,
  /**
   * {@code b = mu b + lr (1 - dampening) g; w -= b}, with Nesterov's {@code w -= mu b + lr g}: the
   * form of the papers, and Keras.
   */
  LR_INSIDE;

  /**
   * The factor of the gradient that enters the velocity.
   *
   * @param first whether this is the first step
   */
  public double intake(double lr, double dampening, boolean first) {
    double part = first && this == LR_OUTSIDE ? 1 : 1 - dampening;
    return this == LR_OUTSIDE ? part : lr * part;
  }

  /** The step along the velocity. */
  public double bStep(double lr, double mu, boolean nesterov) {
    double step = nesterov ? mu : 1;
    return this == LR_OUTSIDE ? lr * step : step;
  }

  /** The step along the gradient. */
  public double gStep(double lr, boolean nesterov) {
    return nesterov ? lr : 0;
  }
}
