package dev.lanewise.operand;

import java.lang.foreign.MemorySegment;

/**
 * The checks that every vector operand passes before a kernel sees it. Element i of a vector lies
 * at {@code offset + i * inc}; with a negative increment the vector begins at the far end, {@code
 * offset + (n - 1) * |inc|}, and runs back to the offset. All positions are in elements.
 */
public final class Vectors {
  private Vectors() {}

  /**
   * Checks that a vector lies within an array of {@code length} elements.
   *
   * @return where its first element is; 0 for a vector without elements
   */
  public static int first(String name, int length, int n, long offset, int inc) {
    return (int) first(name, "array", length, n, offset, inc);
  }

  /** The same for elements that lie one behind the other. */
  static int first(String name, int length, long n, long offset) {
    return (int) first(name, "array", length, n, offset, 1);
  }

  /** The same for a segment of elements of {@code bytes} bytes. */
  public static long first(
      String name, MemorySegment segment, int bytes, long n, long offset, long inc) {
    if (segment.address() % bytes != 0) {
      throw new IllegalArgumentException(
          name
              + " lies at address "
              + segment.address()
              + ", which is not a multiple of "
              + bytes
              + ": align its segment");
    }
    if (!segment.scope().isAlive()) {
      throw new IllegalStateException(name + " lies in memory that was closed");
    }
    return first(name, "segment", segment.byteSize() / bytes, n, offset, inc);
  }

  /** Checks that the packed triangle of a matrix of n x n lies within an array. */
  public static void checkPacked(String name, int length, int n, long offset) {
    first(name, "array", length, Operand.packed(n), offset, 1);
  }

  /** The same within a segment of elements of {@code bytes} bytes. */
  public static void checkPacked(
      String name, MemorySegment segment, int bytes, int n, long offset) {
    first(name, segment, bytes, Operand.packed(n), offset, 1);
  }

  private static long first(
      String name, String memory, long length, long n, long offset, long inc) {
    if (offset < 0) {
      throw new IllegalArgumentException(
          name + " begins at offset " + offset + ": it must be 0 or more");
    }
    if (n <= 0) {
      return 0;
    }
    long step = inc == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(inc);
    // offset + (n - 1) * step < length, without overflow
    if (offset >= length || (step > 0 && n - 1 > (length - 1 - offset) / step)) {
      throw new IllegalArgumentException(
          name
              + " has "
              + n
              + " elements from offset "
              + offset
              + " with increment "
              + inc
              + ", its "
              + memory
              + " has room for "
              + room(length, offset, step)
              + ": make it larger or ask for fewer");
    }
    return inc < 0 ? offset + (n - 1) * step : offset;
  }

  private static long room(long length, long offset, long step) {
    return offset >= length ? 0 : (length - 1 - offset) / Math.max(1, step) + 1;
  }

  /** Checks that a vector that is written can be written, element by element. */
  public static void checkOutput(String name, long n, long inc) {
    if (inc == 0 && n > 1) {
      throw new IllegalArgumentException(
          name + " has increment 0 and is written: its " + n + " elements would be one");
    }
  }

  /** The same on a segment. */
  public static void checkOutput(String name, MemorySegment segment, long n, long inc) {
    checkOutput(name, n, inc);
    if (segment.isReadOnly()) {
      throw new IllegalArgumentException(
          name + " lies in a read-only segment, the result is written to it");
    }
  }

  /**
   * Checks that two vectors in one array share no element; interleaved ones are fine.
   *
   * @param mayBeSame whether they may be one and the same vector
   */
  public static void checkApart(
      Object x, long x0, long incX, Object y, long y0, long incY, long n, boolean mayBeSame) {
    if (Operand.same(x, y)) {
      checkApart(x0, incX, n, y0, incY, n, mayBeSame);
    }
  }

  /** The same on segments of elements of {@code bytes} bytes. */
  public static void checkApart(
      MemorySegment x,
      long x0,
      long incX,
      MemorySegment y,
      long y0,
      long incY,
      long n,
      int bytes,
      boolean mayBeSame) {
    if (Operand.shareMemory(x, y)) {
      checkApart(x.address() / bytes + x0, incX, n, y.address() / bytes + y0, incY, n, mayBeSame);
    }
  }

  /** Two vectors in one numbering of elements. */
  public static void checkApart(
      long x0, long incX, long nX, long y0, long incY, long nY, boolean mayBeSame) {
    if (nX == 0 || nY == 0 || (mayBeSame && x0 == y0 && incX == incY && nX == nY)) {
      return;
    }
    long xEnd = x0 + (nX - 1) * incX;
    long yEnd = y0 + (nY - 1) * incY;
    if (Math.max(x0, xEnd) < Math.min(y0, yEnd) || Math.max(y0, yEnd) < Math.min(x0, xEnd)) {
      return;
    }
    long grid = gcd(Math.abs(incX), Math.abs(incY));
    if (grid == 0 ? x0 == y0 : (y0 - x0) % grid == 0) {
      throw new IllegalArgumentException(
          "x (increment "
              + incX
              + ") and y (increment "
              + incY
              + ") share elements: one would change the other, give y memory of its own");
    }
  }

  private static long gcd(long a, long b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
