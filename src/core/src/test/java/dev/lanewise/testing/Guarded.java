package dev.lanewise.testing;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Assertions;

/**
 * Native memory between two guard zones. The zones hold one NaN with a pattern of its own, in
 * single and in double precision alike: a read that strays poisons the result, a write that strays
 * changes the pattern.
 */
abstract class Guarded implements AutoCloseable {
  private static final int GUARD_BYTES = 512;
  private static final int PATTERN = 0x7ff8_dead;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment all;
  private final long bytes;

  Guarded(long bytes) {
    this.bytes = bytes;
    all = arena.allocate(bytes + 2 * GUARD_BYTES, 64);
    for (long at = 0; at < all.byteSize(); at += Integer.BYTES) {
      all.set(JAVA_INT, at, PATTERN);
    }
  }

  /**
   * The elements alone: ends exactly where the upper guard begins, so a read past the end also
   * throws.
   */
  public MemorySegment segment() {
    return all.asSlice(GUARD_BYTES, bytes);
  }

  /** The elements and the upper guard: a stray access does not throw here, it meets the guard. */
  public MemorySegment segmentWithGuard() {
    return all.asSlice(GUARD_BYTES, bytes + GUARD_BYTES);
  }

  /** Fails if a guard zone was written. */
  public void assertGuardsIntact() {
    for (int i = 0; i < GUARD_BYTES; i += Integer.BYTES) {
      int at = i;
      Assertions.assertEquals(
          PATTERN,
          all.get(JAVA_INT, at),
          () -> "written before the start: byte " + (at - GUARD_BYTES));
      Assertions.assertEquals(
          PATTERN,
          all.get(JAVA_INT, GUARD_BYTES + bytes + at),
          () -> "written past the end: byte " + at);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
