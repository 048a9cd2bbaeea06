package dev.lanewise.jmh.peers;

import java.lang.foreign.MemorySegment;

/** One product of one library, prepared, to be computed over and over. */
@FunctionalInterface
interface Product extends AutoCloseable {
  /** {@code C = op(A) op(B)}, C overwritten. */
  void multiply();

  /** Called before the answer is checked, by those who keep C in a memory of their own. */
  default void copyResult(MemorySegment c) {}

  /** Whether there is an answer in C to be checked. */
  default boolean answers() {
    return true;
  }

  /** The operations of one call: those of the problem, but for a measure of the machine itself. */
  default long flops(Problem problem) {
    return problem.flops();
  }

  @Override
  default void close() {}
}
