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
final class Rows {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;

  /** Rows from this length on are left to the JDK. */
  private static final int LONG = 1024 / Float.BYTES;

  private Rows() {}

  /** {@code target[t0 + i * stride + j] = x[from + i * ld + j]}. */
  static void read(Matrix x, long from, int rows, int columns, float[] target, int t0, int stride) {
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

  /** {@code x[to + i * ld + j] = source[s0 + i * stride + j]}. */
  static void write(float[] source, int s0, int stride, int rows, int columns, Matrix x, long to) {
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
    int last = columns - L;
    for (int i = 0; i < rows; i++) {
      long s = Float.BYTES * (from + (long) i * ld);
      int t = t0 + Math.multiplyExact(i, stride);
      for (int j = 0; j < last; j += L) {
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
}
