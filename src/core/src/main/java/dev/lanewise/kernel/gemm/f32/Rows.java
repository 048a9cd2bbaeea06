package dev.lanewise.kernel.gemm.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.nio.ByteOrder.nativeOrder;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Copies a block of rows between an operand and scratch. A call of the JDK's copy costs as much as
 * moving 50 elements, so short rows are moved as vectors, the last one beginning early enough to
 * end with the row.
 */
public final class Rows {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;

  /** Rows from this length on are left to the JDK. */
  private static final int LONG = 1024 / Float.BYTES;

  private Rows() {}

  /** {@code target[t0 + i * stride + j] = x[from + i * ld + j]}. */
  public static void read(
      Matrix x, long from, int rows, int columns, float[] target, int t0, int stride) {
    if (x.ld == columns && stride == columns) {
      x.read(from, target, t0, Math.multiplyExact(rows, columns));
    } else if (columns >= LONG || (!x.onHeap && x.segment.getClass() != NATIVE)) {
      long row = from;
      int t = t0;
      for (int i = 0; i < rows; i++) {
        x.read(row, target, t, columns);
        row += x.ld;
        t += stride;
      }
    } else if (x.onHeap) {
      copy(x.array, (int) from, x.ld, rows, columns, target, t0, stride);
    } else {
      readNative(x.segment, from, x.ld, rows, columns, target, t0, stride);
    }
  }

  /**
   * As {@link #read}, where up to L - 1 elements behind each row of the target, which are at least
   * L apart, may be overwritten with anything: a row that is shorter than a vector is moved as one.
   */
  public static void readLoosely(
      Matrix x, long from, int rows, int columns, float[] target, int t0, int stride) {
    if (columns >= L || !x.isNative()) {
      read(x, from, rows, columns, target, t0, stride);
      return;
    }
    int whole = Math.max(0, rows - Math.ceilDiv(L - columns, x.ld));
    readVectors(x.segment, from, x.ld, whole, target, t0, stride);
    long rest = from + (long) whole * x.ld;
    read(x, rest, rows - whole, columns, target, t0 + Math.multiplyExact(whole, stride), stride);
  }

  /** {@code x[to + i * ld + j] = source[s0 + i * stride + j]}. */
  public static void write(
      float[] source, int s0, int stride, int rows, int columns, Matrix x, long to) {
    if (x.ld == columns && stride == columns) {
      x.write(source, s0, to, Math.multiplyExact(rows, columns));
    } else if (columns >= LONG || (!x.onHeap && x.segment.getClass() != NATIVE)) {
      long row = to;
      int s = s0;
      for (int i = 0; i < rows; i++) {
        x.write(source, s, row, columns);
        row += x.ld;
        s += stride;
      }
    } else if (x.onHeap) {
      copy(source, s0, stride, rows, columns, x.array, (int) to, x.ld);
    } else {
      writeNative(source, s0, stride, rows, columns, x.segment, to, x.ld);
    }
  }

  private static void copy(
      float[] source, int s0, int ld, int rows, int columns, float[] target, int t0, int stride) {
    if (columns < L) {
      for (int i = 0; i < rows; i++) {
        int s = s0 + Math.multiplyExact(i, ld);
        int t = t0 + Math.multiplyExact(i, stride);
        for (int j = 0; j < columns; j++) {
          target[t + j] = source[s + j];
        }
      }
      return;
    }
    int last = columns - L;
    for (int i = 0; i < rows; i++) {
      int s = s0 + Math.multiplyExact(i, ld);
      int t = t0 + Math.multiplyExact(i, stride);
      for (int j = 0; j < last; j += L) {
        FloatVector.fromArray(S, source, s + j).intoArray(target, t + j);
      }
      FloatVector.fromArray(S, source, s + last).intoArray(target, t + last);
    }
  }

  private static void readNative(
      MemorySegment x,
      long from,
      int ld,
      int rows,
      int columns,
      float[] target,
      int t0,
      int stride) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    if (columns < L) {
      for (int i = 0; i < rows; i++) {
        long s = Float.BYTES * (from + (long) i * ld);
        int t = t0 + Math.multiplyExact(i, stride);
        for (int j = 0; j < columns; j++) {
          target[t + j] = x.get(JAVA_FLOAT, s + (long) Float.BYTES * j);
        }
      }
      return;
    }
    if (columns == 2 * L) {
      readPairs(x, from, ld, rows, target, t0, stride);
      return;
    }
    int last = columns - L;
    int fours = columns - 4 * L;
    for (int i = 0; i < rows; i++) {
      long s = Float.BYTES * (from + (long) i * ld);
      int t = t0 + Math.multiplyExact(i, stride);
      int j = 0;
      for (; j <= fours; j += 4 * L) {
        readFour(x, s + (long) Float.BYTES * j, target, t + j);
      }
      for (; j < last; j += L) {
        FloatVector.fromMemorySegment(S, x, s + (long) Float.BYTES * j, nativeOrder())
            .intoArray(target, t + j);
      }
      FloatVector.fromMemorySegment(S, x, s + (long) Float.BYTES * last, nativeOrder())
          .intoArray(target, t + last);
    }
  }

  private static void writeNative(
      float[] source, int s0, int stride, int rows, int columns, MemorySegment x, long to, int ld) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    if (columns < L) {
      for (int i = 0; i < rows; i++) {
        int s = s0 + Math.multiplyExact(i, stride);
        long t = Float.BYTES * (to + (long) i * ld);
        for (int j = 0; j < columns; j++) {
          x.set(JAVA_FLOAT, t + (long) Float.BYTES * j, source[s + j]);
        }
      }
      return;
    }
    if (columns == 2 * L) {
      writePairs(source, s0, stride, rows, x, to, ld);
      return;
    }
    int last = columns - L;
    for (int i = 0; i < rows; i++) {
      int s = s0 + Math.multiplyExact(i, stride);
      long t = Float.BYTES * (to + (long) i * ld);
      for (int j = 0; j < last; j += L) {
        FloatVector.fromArray(S, source, s + j)
            .intoMemorySegment(x, t + (long) Float.BYTES * j, nativeOrder());
      }
      FloatVector.fromArray(S, source, s + last)
          .intoMemorySegment(x, t + (long) Float.BYTES * last, nativeOrder());
    }
  }

  private static void readFour(MemorySegment x, long s, float[] target, int t) {
    FloatVector.fromMemorySegment(S, x, s, nativeOrder()).intoArray(target, t);
    FloatVector.fromMemorySegment(S, x, s + Lanes.BYTES, nativeOrder()).intoArray(target, t + L);
    FloatVector.fromMemorySegment(S, x, s + 2L * Lanes.BYTES, nativeOrder())
        .intoArray(target, t + 2 * L);
    FloatVector.fromMemorySegment(S, x, s + 3L * Lanes.BYTES, nativeOrder())
        .intoArray(target, t + 3 * L);
  }

  private static void readVectors(
      MemorySegment x, long from, int ld, int rows, float[] target, int t0, int stride) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    long s = Float.BYTES * from;
    long step = (long) Float.BYTES * ld;
    int t = t0;
    for (int i = 0; i < rows; i++) {
      FloatVector.fromMemorySegment(S, x, s, nativeOrder()).intoArray(target, t);
      s += step;
      t += stride;
    }
  }

  /** Rows of two vectors, those of a tile of C. */
  private static void readPairs(
      MemorySegment x, long from, int ld, int rows, float[] target, int t0, int stride) {
    long s = Float.BYTES * from;
    long step = (long) Float.BYTES * ld;
    int t = t0;
    for (int i = 0; i < rows; i++) {
      FloatVector.fromMemorySegment(S, x, s, nativeOrder()).intoArray(target, t);
      FloatVector.fromMemorySegment(S, x, s + Lanes.BYTES, nativeOrder()).intoArray(target, t + L);
      s += step;
      t += stride;
    }
  }

  /** As {@link #readPairs}. */
  private static void writePairs(
      float[] source, int s0, int stride, int rows, MemorySegment x, long to, int ld) {
    int s = s0;
    long t = Float.BYTES * to;
    long step = (long) Float.BYTES * ld;
    for (int i = 0; i < rows; i++) {
      FloatVector.fromArray(S, source, s).intoMemorySegment(x, t, nativeOrder());
      FloatVector.fromArray(S, source, s + L).intoMemorySegment(x, t + Lanes.BYTES, nativeOrder());
      s += stride;
      t += step;
    }
  }
}
