package dev.lanewise.kernel.gemm.small.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.nativeOrder;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link Tiles} on memory of an arena; offsets and leading dimensions in bytes. The loops end as in
 * {@link WideTiles}.
 */
final class SegmentTiles {
  private static final VectorSpecies<Float> S = Lanes.F32;

  private SegmentTiles() {}

  /** As {@link Tiles#x1}. */
  static void x1(
      int rows,
      int k,
      MemorySegment a,
      long a0,
      long lda,
      MemorySegment b,
      long b0,
      long ldb,
      MemorySegment c,
      long c0,
      long ldc) {
    if (a.getClass() != NATIVE || b.getClass() != NATIVE || c.getClass() != NATIVE) {
      throw SegmentClass.notNative(a, b, c);
    }
    long a1 = rows > 1 ? a0 + lda : a0;
    long a2 = rows > 2 ? a1 + lda : a1;
    long a3 = rows > 3 ? a2 + lda : a2;
    long a4 = rows > 4 ? a3 + lda : a3;
    long a5 = rows > 5 ? a4 + lda : a4;
    long a6 = rows > 6 ? a5 + lda : a5;
    long a7 = rows > 7 ? a6 + lda : a6;
    FloatVector zero = FloatVector.zero(S);
    FloatVector c0c = zero;
    FloatVector c1c = zero;
    FloatVector c2c = zero;
    FloatVector c3c = zero;
    FloatVector c4c = zero;
    FloatVector c5c = zero;
    FloatVector c6c = zero;
    FloatVector c7c = zero;
    long row = b0;
    long end = b0 + k * ldb;
    for (int p = 0; row != end; p++) {
      long at = (long) Float.BYTES * p;
      FloatVector bc = FloatVector.fromMemorySegment(S, b, row, nativeOrder());
      FloatVector x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a0 + at));
      c0c = x.fma(bc, c0c);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a1 + at));
      c1c = x.fma(bc, c1c);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a2 + at));
      c2c = x.fma(bc, c2c);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a3 + at));
      c3c = x.fma(bc, c3c);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a4 + at));
      c4c = x.fma(bc, c4c);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a5 + at));
      c5c = x.fma(bc, c5c);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a6 + at));
      c6c = x.fma(bc, c6c);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a7 + at));
      c7c = x.fma(bc, c7c);
      row += ldb;
    }
    row = c0;
    c0c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 6) {
      return;
    }
    row += ldc;
    c6c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 7) {
      return;
    }
    row += ldc;
    c7c.intoMemorySegment(c, row, nativeOrder());
  }

  /** As {@link Tiles#x1Add}. */
  static void x1Add(
      int rows,
      int k,
      MemorySegment a,
      long a0,
      long lda,
      MemorySegment b,
      long b0,
      long ldb,
      float beta,
      MemorySegment c,
      long c0,
      long ldc) {
    if (a.getClass() != NATIVE || b.getClass() != NATIVE || c.getClass() != NATIVE) {
      throw SegmentClass.notNative(a, b, c);
    }
    long a1 = rows > 1 ? a0 + lda : a0;
    long a2 = rows > 2 ? a1 + lda : a1;
    long a3 = rows > 3 ? a2 + lda : a2;
    long a4 = rows > 4 ? a3 + lda : a3;
    long a5 = rows > 5 ? a4 + lda : a4;
    long a6 = rows > 6 ? a5 + lda : a5;
    long a7 = rows > 7 ? a6 + lda : a6;
    long row = c0;
    FloatVector c0c = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    row = rows > 1 ? row + ldc : row;
    FloatVector c1c = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    row = rows > 2 ? row + ldc : row;
    FloatVector c2c = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    row = rows > 3 ? row + ldc : row;
    FloatVector c3c = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    row = rows > 4 ? row + ldc : row;
    FloatVector c4c = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    row = rows > 5 ? row + ldc : row;
    FloatVector c5c = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    row = rows > 6 ? row + ldc : row;
    FloatVector c6c = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    row = rows > 7 ? row + ldc : row;
    FloatVector c7c = FloatVector.fromMemorySegment(S, c, row, nativeOrder()).mul(beta);
    row = b0;
    long end = b0 + k * ldb;
    for (int p = 0; row != end; p++) {
      long at = (long) Float.BYTES * p;
      FloatVector bc = FloatVector.fromMemorySegment(S, b, row, nativeOrder());
      FloatVector x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a0 + at));
      c0c = x.fma(bc, c0c);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a1 + at));
      c1c = x.fma(bc, c1c);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a2 + at));
      c2c = x.fma(bc, c2c);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a3 + at));
      c3c = x.fma(bc, c3c);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a4 + at));
      c4c = x.fma(bc, c4c);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a5 + at));
      c5c = x.fma(bc, c5c);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a6 + at));
      c6c = x.fma(bc, c6c);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a7 + at));
      c7c = x.fma(bc, c7c);
      row += ldb;
    }
    row = c0;
    c0c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 6) {
      return;
    }
    row += ldc;
    c6c.intoMemorySegment(c, row, nativeOrder());
    if (rows == 7) {
      return;
    }
    row += ldc;
    c7c.intoMemorySegment(c, row, nativeOrder());
  }
}
