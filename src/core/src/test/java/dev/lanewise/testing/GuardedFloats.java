package dev.lanewise.testing;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/** Native floats between two guard zones, see {@link Guarded}. */
public final class GuardedFloats extends Guarded {
  private GuardedFloats(int n) {
    super((long) Float.BYTES * n);
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

  public float[] toArray() {
    return segment().toArray(JAVA_FLOAT);
  }
}
