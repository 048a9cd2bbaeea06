package dev.lanewise.autograd.engine;

import java.util.List;

/** Values that a vjp will read, at the versions they had when its op was recorded. */
public final class Saved {
  private static final Saved NOTHING = new Saved(new Values[0]);

  private final Values[] values;
  private final int[] versions;

  private Saved(Values[] values) {
    this.values = values;
    versions = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      versions[i] = values[i].version();
    }
  }

  static Saved of(List<Values> values) {
    return values.isEmpty() ? NOTHING : new Saved(values.toArray(Values[]::new));
  }

  /**
   * Checks that none was changed since.
   *
   * @param op whose vjp is to run
   * @throws IllegalStateException if one was
   */
  public void requireUnchanged(String op) {
    for (int i = 0; i < values.length; i++) {
      if (values[i].version() != versions[i]) {
        throw new IllegalStateException(
            op
                + " saved a tensor of "
                + values[i].layout()
                + " at version "
                + versions[i]
                + " for its backward pass, which is at version "
                + values[i].version()
                + " now: change it after backward, or change a copy");
      }
    }
  }
}
