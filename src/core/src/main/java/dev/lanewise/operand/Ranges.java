package dev.lanewise.operand;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;

/**
 * The checks of operands that are plain ranges of elements, one behind the other: in an array from
 * an offset on, in a segment from its start on.
 */
public final class Ranges {
  /** Never started: can read what is not confined to one thread. */
  private static final Thread ANY_THREAD = new Thread(() -> {}, "lanewise-any-thread");

  private Ranges() {}

  /** Checks a size that the caller gave. */
  public static void checkSize(String name, long size) {
    if (size < 0) {
      throw new IllegalArgumentException(name + " = " + size + ": it must be 0 or more");
    }
  }

  /** Checks that {@code rows} rows of {@code cols} elements have a size that can be addressed. */
  public static void checkRows(long rows, long cols) {
    checkSize("rows", rows);
    if (cols < 0 || cols > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "cols = " + cols + ": it must be from 0 to " + Integer.MAX_VALUE);
    }
    if (cols > 0 && rows > Long.MAX_VALUE / Double.BYTES / cols) {
      throw new IllegalArgumentException(
          "rows = " + rows + ", cols = " + cols + ": no memory is as large, make one of them less");
    }
  }

  /** Checks the sizes of samples with channels of planes. */
  public static void checkPlanes(long samples, long channels, long spatial) {
    checkSize("samples", samples);
    checkRows(channels, spatial);
    requireAtLeastOne("spatial", spatial);
    checkRows(samples, 0);
    if (channels > 0 && samples > Long.MAX_VALUE / Double.BYTES / (channels * spatial)) {
      throw new IllegalArgumentException(
          "samples = "
              + samples
              + " of "
              + channels
              + " x "
              + spatial
              + ": no memory is as large, make one of them less");
    }
  }

  /** Checks how channels are put into groups. */
  public static void checkGroups(long channels, long spatial, long groups) {
    requireAtLeastOne("groups", groups);
    if (channels < groups || channels % groups != 0) {
      throw new IllegalArgumentException(
          channels + " channels, " + groups + " groups: each group needs as many channels");
    }
    if (channels / groups * spatial > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a group of "
              + channels / groups
              + " planes of "
              + spatial
              + " elements is past "
              + Integer.MAX_VALUE
              + ": take more groups");
    }
  }

  /** Checks rows of heads, and the positions of a table of angles. */
  public static void checkHeads(long rows, int heads, int dim, long sequence, long offset) {
    checkSize("heads", heads);
    if (dim < 0 || dim % 2 != 0) {
      throw new IllegalArgumentException(
          "dim = " + dim + ": a head has an even number of elements, they are turned in pairs");
    }
    checkRows(rows, (long) heads * dim);
    requireAtLeastOne("sequence", sequence);
    checkSize("offset", offset);
    checkRows(Math.addExact(offset, Math.min(rows, sequence)), dim / 2);
  }

  /** Checks that a slice of columns lies within a matrix. */
  public static void checkColumns(String name, long cols, long from, long width) {
    checkSize("width", width);
    if (from < 0 || width > cols - from) {
      throw new IllegalArgumentException(
          name
              + " has "
              + cols
              + " columns, the slice is of "
              + width
              + " from "
              + from
              + " on: it must lie within them");
    }
  }

  /** Checks that each row has an element, where there are rows. */
  public static void requireColumns(long rows, long cols) {
    if (rows > 0 && cols < 1) {
      throw new IllegalArgumentException(
          "rows = " + rows + ", cols = " + cols + ": a row needs at least one element");
    }
  }

  /** Checks that {@code n} indices lie in {@code [0, bound)}. */
  public static void checkIndices(String name, int[] indices, int offset, long n, long bound) {
    checkIndices(name, indices, offset, n, bound, 0);
  }

  /** The same, where one value of any kind is allowed as well. */
  public static void checkIndices(
      String name, int[] indices, int offset, long n, long bound, int alsoAllowed) {
    for (int i = 0; i < n; i++) {
      int index = indices[offset + i];
      if ((index < 0 || index >= bound) && (index != alsoAllowed || bound == 0)) {
        throw outside(name, i, index, bound);
      }
    }
  }

  /** The same for int32 in a segment. */
  public static void checkIndices(String name, MemorySegment indices, long n, long bound) {
    checkIndices(name, indices, n, bound, 0);
  }

  /** The same, where one value of any kind is allowed as well. */
  public static void checkIndices(
      String name, MemorySegment indices, long n, long bound, int alsoAllowed) {
    for (long i = 0; i < n; i++) {
      int index = indices.get(JAVA_INT_UNALIGNED, i * Integer.BYTES);
      if ((index < 0 || index >= bound) && (index != alsoAllowed || bound == 0)) {
        throw outside(name, i, index, bound);
      }
    }
  }

  private static IllegalArgumentException outside(String name, long at, int index, long bound) {
    return new IllegalArgumentException(
        name + "[" + at + "] = " + index + ": it must be from 0 to " + (bound - 1));
  }

  /** Checks a parameter that must be 0 or more; NaN is not. */
  public static void requireNotNegative(String name, double value) {
    if (!(value >= 0)) {
      throw new IllegalArgumentException(name + " = " + value + ": it must be 0 or more");
    }
  }

  /** Checks a parameter that must be 1 or more. */
  public static void requireAtLeastOne(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " = " + value + ": it must be 1 or more");
    }
  }

  /** Checks a probability or a share of the whole. */
  public static void requireShare(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(name + " = " + value + ": it must be from 0 to 1");
    }
  }

  /** Checks a size that has a bound. */
  public static void requireAtMost(String name, long value, long bound) {
    if (value > bound) {
      throw new IllegalArgumentException(
          name + " = " + value + ": it must be at most " + bound + ", split the call");
    }
  }

  /** Checks a factor. */
  public static void requirePositiveAndFinite(String name, double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          name + " = " + value + ": it must be more than 0, and finite");
    }
  }

  /** Checks that two operands taken whole have the same number of elements. */
  public static void checkSameLength(String first, long n, String name, long length) {
    if (length != n) {
      throw new IllegalArgumentException(
          first
              + " has "
              + n
              + " elements, "
              + name
              + " has "
              + length
              + ": both need the same number, or name a range by offsets and n");
    }
  }

  /** Checks that {@code [offset, offset + n)} lies within an array. */
  public static void check(String name, int length, int offset, long n) {
    if (offset < 0 || n > length - (long) offset) {
      Vectors.first(name, length, n, offset);
    }
  }

  /**
   * Checks that a segment can be used here, and that its first {@code n} elements of {@code bytes}
   * bytes exist.
   */
  public static void check(String name, MemorySegment segment, int bytes, long n) {
    if (segment.getClass() != SegmentClass.NATIVE) {
      throw notNative(name, segment);
    }
    if (!segment.isAccessibleBy(Thread.currentThread())) {
      throw new WrongThreadException(
          name + " lies in memory confined to another thread: allocate it from a shared arena");
    }
    if ((segment.address() & (bytes - 1)) != 0
        || !segment.scope().isAlive()
        || n > segment.byteSize() / bytes) {
      Vectors.first(name, segment, bytes, n, 0, 1);
    }
  }

  /** The same for an operand that is written. */
  public static void checkWritten(String name, MemorySegment segment, int bytes, long n) {
    check(name, segment, bytes, n);
    Vectors.checkOutput(name, segment, n, 1);
  }

  /** Elements of a segment taken whole. */
  public static long length(String name, MemorySegment segment, int bytes) {
    if (segment.byteSize() % bytes != 0) {
      throw new IllegalArgumentException(
          name
              + " has "
              + segment.byteSize()
              + " bytes, which is not a multiple of the "
              + bytes
              + " of an element: slice it");
    }
    return segment.byteSize() / bytes;
  }

  /** Whether no other thread may read the segment, so that its owner computes alone. */
  public static boolean confined(MemorySegment segment) {
    return !segment.isAccessibleBy(ANY_THREAD);
  }

  /**
   * Checks that an operand that is written shares no element with another one in the same array.
   *
   * @param mayBeSame whether they may be one and the same range
   */
  public static void checkApart(
      String written,
      Object array,
      int offset,
      long n,
      String name,
      Object other,
      int otherOffset,
      long otherN,
      boolean mayBeSame) {
    if (Operand.same(array, other)) {
      checkApart(written, offset, n, name, otherOffset, otherN, mayBeSame);
    }
  }

  /** The same for native segments; sizes in bytes. */
  public static void checkApart(
      String written,
      MemorySegment segment,
      long bytes,
      String name,
      MemorySegment other,
      long otherBytes,
      boolean mayBeSame) {
    checkApart(written, segment.address(), bytes, name, other.address(), otherBytes, mayBeSame);
  }

  private static void checkApart(
      String written, long begin, long n, String name, long other, long otherN, boolean mayBeSame) {
    if (begin < other + otherN
        && other < begin + n
        && !(mayBeSame && begin == other && n == otherN)
        && n > 0
        && otherN > 0) {
      throw new IllegalArgumentException(
          written
              + " and "
              + name
              + " share elements: what is written would change what is still to be read, give "
              + written
              + " memory of its own"
              + (mayBeSame ? " or let it be " + name + " itself" : ""));
    }
  }

  private static RuntimeException notNative(String name, MemorySegment segment) {
    String kind =
        segment.isMapped()
            ? "a mapped file"
            : segment.isNative() ? "foreign memory" : "a heap array";
    return new IllegalArgumentException(
        name
            + " lies in "
            + kind
            + ", memory of an arena is wanted: "
            + (segment.isNative() ? "copy it into one" : "give the array itself or a native copy"));
  }
}
