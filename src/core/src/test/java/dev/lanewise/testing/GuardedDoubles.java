package dev.lanewise.testing;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;

/** Native doubles between two guard zones, see {@link Guarded}. */
public final class GuardedDoubles extends Guarded {
  private GuardedDoubles(int n) {
    super((long) Double.BYTES * n);
  }

  /** {@code n} doubles, each the guard NaN until written. */
  public static GuardedDoubles of(int n) {
    return new GuardedDoubles(n);
  }

  /** A guarded copy of {@code values}. */
  public static GuardedDoubles copyOf(double... values) {
    GuardedDoubles doubles = new GuardedDoubles(values.length);
    MemorySegment.copy(values, 0, doubles.segment(), JAVA_DOUBLE, 0, values.length);
    return doubles;
  }

  public double[] toArray() {
    return segment().toArray(JAVA_DOUBLE);
  }
}
