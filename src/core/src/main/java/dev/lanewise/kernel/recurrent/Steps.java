package dev.lanewise.kernel.recurrent;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Where a step stands in the memory of a direction.
 *
 * <p>The states lie in one more block of rows than there are steps: step t reads block t and writes
 * block t + 1; in the reverse direction it reads block t + 1 and writes block t. So the states that
 * were read lie together, in the order of the steps, and one product sums the gradient of the
 * recurrent weights.
 */
final class Steps {
  private Steps() {}

  /** The first element of a row of the states that step {@code t} reads. */
  static long read(int t, boolean reverse, long rows, long row, int hidden) {
    return ((reverse ? t + 1L : t) * rows + row) * hidden;
  }

  /** The first element of a row of the states that step {@code t} writes. */
  static long written(int t, boolean reverse, long rows, long row, int hidden) {
    return ((reverse ? t : t + 1L) * rows + row) * hidden;
  }

  /** Whether the sequence of this row has no step {@code t}. */
  static boolean ended(@Nullable MemorySegment lengths, long row, int t) {
    return lengths != null && lengths.get(JAVA_INT_UNALIGNED, row * Integer.BYTES) <= t;
  }

  /** Copies {@code n} floats from one place to another of the same or of other memory. */
  static void copy(MemorySegment from, long at, MemorySegment to, long toAt, int n) {
    long bytes = (long) n * Float.BYTES;
    MemorySegment.copy(from, at * Float.BYTES, to, toAt * Float.BYTES, bytes);
  }
}
