package dev.lanewise.architecture.offending.kernel.reduce;

/** What the other half of the circle refers to. */
public final class Back {
  private Back() {}
}
