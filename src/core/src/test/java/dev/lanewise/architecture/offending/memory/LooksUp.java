package dev.lanewise.architecture.offending.memory;

import dev.lanewise.architecture.offending.blas.ShowsVectors;

/** Breaks the floors: memory imports from blas. */
public final class LooksUp {
  private LooksUp() {}

  public static Class<?> upstairs() {
    return ShowsVectors.class;
  }
}
