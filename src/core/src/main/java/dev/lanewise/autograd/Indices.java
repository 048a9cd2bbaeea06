package dev.lanewise.autograd;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;

/** Checks of what the caller hands over as int32 indices. */
final class Indices {
  private Indices() {}

  /** Checks that {@code indices} has {@code count} ints, each in {@code [0, bound)}. */
  static void check(String name, MemorySegment indices, long count, long bound) {
    if (indices.getClass() != SegmentClass.NATIVE) {
      throw SegmentClass.notNative(indices);
    }
    if (count < 0 || indices.byteSize() / Integer.BYTES < count) {
      throw new IllegalArgumentException(
          count
              + " "
              + name
              + " values are wanted, the segment holds "
              + indices.byteSize() / Integer.BYTES
              + ": give one int for each row");
    }
    for (long row = 0; row < count; row++) {
      int index = indices.get(JAVA_INT_UNALIGNED, row * Integer.BYTES);
      if (index < 0 || index >= bound) {
        throw new IllegalArgumentException(
            name + " " + index + " at row " + row + " is outside [0, " + bound + ")");
      }
    }
  }
}
