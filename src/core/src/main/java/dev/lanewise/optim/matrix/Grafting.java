package dev.lanewise.optim.matrix;

/**
 * Whose length the step of {@link Shampoo} has (N. Agarwal, R. Anil, E. Hazan, T. Koren, C. Zhang:
 * Disentangling Adaptive Gradient Methods from Learning Rates, 2020).
 */
public enum Grafting {
  /** Its own. */
  NONE,
  /** That of the gradient, so that the learning rate of SGD can be taken over. */
  SGD
}
