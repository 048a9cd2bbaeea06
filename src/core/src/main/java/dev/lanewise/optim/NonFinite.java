package dev.lanewise.optim;

/** What an optimizer does about gradients that are NaN or infinite. */
public enum NonFinite {
  /** Nobody looks: they reach the parameters. Costs nothing. */
  IGNORE,
  /** The step is left out and says so. */
  SKIP,
  /** The step throws an exception that names a parameter, and changes nothing. */
  FAIL
}
