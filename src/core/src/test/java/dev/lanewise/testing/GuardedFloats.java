package dev.lanewise.testing;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Assertions;

/**
 * Native floats between two guard zones. The zones hold one NaN with a pattern of its own: a read
 * that strays poisons the result, a write that strays changes the pattern.
 */
public final class GuardedFloats implements AutoCloseable {
  private static final int GUARD = 64;
  private static final int PATTERN = 0x7fc0_dead;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment all;
  private final int n;

  private GuardedFloats(int n) {
    this.n = n;
    all = arena.allocate(4L * (n + 2 * GUARD), 64);
    for (int i = 0; i < n + 2 * GUARD; i++) {
      all.setAtIndex(JAVA_INT, i, PATTERN);
    }
  }

  /** {@code n} floats, each the guard NaN until written. */
  public static GuardedFloats of(int n) {
    return new GuardedFloats(n);
  }

  /** A guarded copy of {@code values}. */
  public static GuardedFloats copyOf(float... values) {
    GuardedFloats floats = new GuardedFloats(values.length);
    MemorySegment.copy(values, 0, floats.segment(), JAVA_FLOAT, 0, values.length);
    return floats;
  }

  /**
   * The floats alone: ends exactly where the upper guard begins, so a read past the end also
   * throws.
   */
  public MemorySegment segment() {
    return all.asSlice(4L * GUARD, 4L * n);
  }

  /** The floats and the upper guard: a stray access does not throw here, it meets the guard. */
  public MemorySegment segmentWithGuard() {
    return all.asSlice(4L * GUARD, 4L * (n + GUARD));
  }

  public float[] toArray() {
    return segment().toArray(JAVA_FLOAT);
  }

  /** Fails if a guard zone was written. */
  public void assertGuardsIntact() {
    for (int i = 0; i < GUARD; i++) {
      int before = i;
      int after = GUARD + n + i;
      Assertions.assertEquals(
          PATTERN,
          all.getAtIndex(JAVA_INT, before),
          () -> "written before the start: " + (before - GUARD));
      Assertions.assertEquals(
          PATTERN,
          all.getAtIndex(JAVA_INT, after),
          () -> "written past the end: " + (after - GUARD));
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
