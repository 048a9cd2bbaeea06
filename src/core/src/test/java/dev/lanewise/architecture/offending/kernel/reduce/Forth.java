package dev.lanewise.architecture.offending.kernel.reduce;

import dev.lanewise.architecture.offending.kernel.step.Sloppy;

/** One half of a circle. */
final class Forth {
  private Forth() {}

  static Class<?> other() {
    return Sloppy.class;
  }
}
