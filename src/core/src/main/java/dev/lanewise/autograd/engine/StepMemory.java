package dev.lanewise.autograd.engine;

import java.lang.foreign.MemorySegment;

/**
 * The memory of one tape. What ops and vector-Jacobian products allocate has a lifetime that the
 * tape tells through the methods below; memory that is given back as a whole need not listen.
 *
 * <p>What was allocated since the op before belongs to an op from {@link #endOp} on. All who read
 * it were recorded later, so in backward they come earlier: when the vjp of the op has run, nobody
 * needs it any more.
 */
public interface StepMemory extends AutoCloseable {
  /** Memory for {@code n} floats, contents undefined. */
  MemorySegment allocateFloats(long n);

  /** Memory for {@code n} ints, contents undefined. */
  MemorySegment allocateInts(long n);

  /** Memory of a tape inside this one, closed before anything else is allocated here. */
  StepMemory nested();

  /**
   * Closes this nested memory all but for one buffer of it, which goes to the memory around.
   *
   * @return where the buffer lies now
   */
  MemorySegment closeKeeping(MemorySegment buffer);

  /** Gives all of it back. */
  @Override
  void close();

  /** This buffer lives as long as the memory does: it is written outside the computations. */
  default void pin(MemorySegment buffer) {}

  /** What was allocated since the op before belongs to the op recorded now. */
  default void endOp() {}

  /** Backward begins: what no op owns lives on. */
  default void beginBackward() {}

  /** The vjp of the op recorded last, of those that are left, has run, or is not needed. */
  default void releaseOp() {}

  /** This buffer is a gradient now, and lives until {@link #release}. */
  default void adopt(MemorySegment gradient) {}

  /** A gradient was used up. */
  default void release(MemorySegment gradient) {}

  /** What a vjp has allocated and not handed on as a gradient is not needed any more. */
  default void endVjp() {}
}
