package dev.lanewise.autograd;

import java.lang.foreign.MemorySegment;

/**
 * The vector-Jacobian product of one op: given the cotangent of its output it adds {@code J' dy} to
 * the gradient of each input. Recorded with {@link Tape#record}, called at most once.
 */
@FunctionalInterface
public interface Vjp {
  /**
   * Propagates the cotangent.
   *
   * @param dy cotangent of the output, complete: nothing is added to it any more. It belongs to
   *     this call now, which may overwrite it and hand it on through {@link Tape#addGradient}
   */
  void apply(MemorySegment dy);
}
