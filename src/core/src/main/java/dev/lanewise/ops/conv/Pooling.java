package dev.lanewise.ops.conv;

import dev.lanewise.ops.call.Grain;

/** How poolings are split over threads. */
final class Pooling {
  private Pooling() {}

  /** Lines of the output of all samples. */
  static long lines(PoolShape shape) {
    return (long) shape.samples() * shape.outHeight();
  }

  /** Parts of a sample, {@code parts} to each, that are worth a thread. */
  static long grain(PoolShape shape, int parts) {
    long sample = shape.inputElements() / Math.max(1, shape.samples());
    return Grain.rows(Grain.ARITHMETIC, Math.max(1, sample / parts));
  }
}
