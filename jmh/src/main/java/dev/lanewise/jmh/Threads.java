package dev.lanewise.jmh;

import dev.lanewise.parallel.Workers;

/** The number of threads that compute one call. */
public enum Threads {
  ONE,
  ALL;

  /** Workers to be closed by the benchmark. */
  public Workers open() {
    return Workers.of(count());
  }

  public int count() {
    return this == ONE ? 1 : Runtime.getRuntime().availableProcessors();
  }
}
