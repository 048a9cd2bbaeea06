package dev.lanewise.autograd.engine;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;

/** Checks of what the caller hands over as int32 indices. */
public final class Indices {
  private Indices() {}

  /** Checks that {@code indices} is native memory of at least {@code count} ints. */
  public static void checkSize(String name, MemorySegment indices, long count) {
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
  }

  /** Checks that each of the first {@code count} ints is in {@code [0, bound)}. */
  public static void checkBounds(String name, MemorySegment indices, long count, long bound) {
    for (long row = 0; row < count; row++) {
      int index = indices.get(JAVA_INT_UNALIGNED, row * Integer.BYTES);
      if (index < 0 || index >= bound) {
        throw new IllegalArgumentException(
            name + " " + index + " at row " + row + " is outside [0, " + bound + ")");
      }
    }
  }
}
