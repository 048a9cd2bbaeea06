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
 * {@link WideTiles} on memory of an arena; offsets, leading dimensions and {@code last} in bytes.
 */
final class WideSegmentTiles {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final long BYTES = Lanes.BYTES;

  private WideSegmentTiles() {}

  /** As {@link WideTiles#x2}. */
  static void x2(
      int rows,
      int k,
      MemorySegment a,
      long a0,
      long lda,
      MemorySegment b,
      long b0,
      long ldb,
      long last,
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
    FloatVector c0l = zero;
    FloatVector c0r = zero;
    FloatVector c1l = zero;
    FloatVector c1r = zero;
    FloatVector c2l = zero;
    FloatVector c2r = zero;
    FloatVector c3l = zero;
    FloatVector c3r = zero;
    FloatVector c4l = zero;
    FloatVector c4r = zero;
    FloatVector c5l = zero;
    FloatVector c5r = zero;
    FloatVector c6l = zero;
    FloatVector c6r = zero;
    FloatVector c7l = zero;
    FloatVector c7r = zero;
    long row = b0;
    long end = b0 + k * ldb;
    for (int p = 0; row != end; p++) {
      long at = (long) Float.BYTES * p;
      FloatVector bl = FloatVector.fromMemorySegment(S, b, row, nativeOrder());
      FloatVector br = FloatVector.fromMemorySegment(S, b, row + last, nativeOrder());
      FloatVector x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a0 + at));
      c0l = x.fma(bl, c0l);
      c0r = x.fma(br, c0r);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a1 + at));
      c1l = x.fma(bl, c1l);
      c1r = x.fma(br, c1r);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a2 + at));
      c2l = x.fma(bl, c2l);
      c2r = x.fma(br, c2r);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a3 + at));
      c3l = x.fma(bl, c3l);
      c3r = x.fma(br, c3r);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a4 + at));
      c4l = x.fma(bl, c4l);
      c4r = x.fma(br, c4r);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a5 + at));
      c5l = x.fma(bl, c5l);
      c5r = x.fma(br, c5r);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a6 + at));
      c6l = x.fma(bl, c6l);
      c6r = x.fma(br, c6r);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a7 + at));
      c7l = x.fma(bl, c7l);
      c7r = x.fma(br, c7r);
      row += ldb;
    }
    row = c0;
    c0l.intoMemorySegment(c, row, nativeOrder());
    c0r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1l.intoMemorySegment(c, row, nativeOrder());
    c1r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2l.intoMemorySegment(c, row, nativeOrder());
    c2r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3l.intoMemorySegment(c, row, nativeOrder());
    c3r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4l.intoMemorySegment(c, row, nativeOrder());
    c4r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5l.intoMemorySegment(c, row, nativeOrder());
    c5r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 6) {
      return;
    }
    row += ldc;
    c6l.intoMemorySegment(c, row, nativeOrder());
    c6r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 7) {
      return;
    }
    row += ldc;
    c7l.intoMemorySegment(c, row, nativeOrder());
    c7r.intoMemorySegment(c, row + last, nativeOrder());
  }

  /** As {@link WideTiles#x3}. */
  static void x3(
      int rows,
      int k,
      MemorySegment a,
      long a0,
      long lda,
      MemorySegment b,
      long b0,
      long ldb,
      long last,
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
    FloatVector zero = FloatVector.zero(S);
    FloatVector c0l = zero;
    FloatVector c0m = zero;
    FloatVector c0r = zero;
    FloatVector c1l = zero;
    FloatVector c1m = zero;
    FloatVector c1r = zero;
    FloatVector c2l = zero;
    FloatVector c2m = zero;
    FloatVector c2r = zero;
    FloatVector c3l = zero;
    FloatVector c3m = zero;
    FloatVector c3r = zero;
    FloatVector c4l = zero;
    FloatVector c4m = zero;
    FloatVector c4r = zero;
    FloatVector c5l = zero;
    FloatVector c5m = zero;
    FloatVector c5r = zero;
    long row = b0;
    long end = b0 + k * ldb;
    for (int p = 0; row != end; p++) {
      long at = (long) Float.BYTES * p;
      FloatVector bl = FloatVector.fromMemorySegment(S, b, row, nativeOrder());
      FloatVector bm = FloatVector.fromMemorySegment(S, b, row + BYTES, nativeOrder());
      FloatVector br = FloatVector.fromMemorySegment(S, b, row + last, nativeOrder());
      FloatVector x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a0 + at));
      c0l = x.fma(bl, c0l);
      c0m = x.fma(bm, c0m);
      c0r = x.fma(br, c0r);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a1 + at));
      c1l = x.fma(bl, c1l);
      c1m = x.fma(bm, c1m);
      c1r = x.fma(br, c1r);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a2 + at));
      c2l = x.fma(bl, c2l);
      c2m = x.fma(bm, c2m);
      c2r = x.fma(br, c2r);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a3 + at));
      c3l = x.fma(bl, c3l);
      c3m = x.fma(bm, c3m);
      c3r = x.fma(br, c3r);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a4 + at));
      c4l = x.fma(bl, c4l);
      c4m = x.fma(bm, c4m);
      c4r = x.fma(br, c4r);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a5 + at));
      c5l = x.fma(bl, c5l);
      c5m = x.fma(bm, c5m);
      c5r = x.fma(br, c5r);
      row += ldb;
    }
    row = c0;
    c0l.intoMemorySegment(c, row, nativeOrder());
    c0m.intoMemorySegment(c, row + BYTES, nativeOrder());
    c0r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1l.intoMemorySegment(c, row, nativeOrder());
    c1m.intoMemorySegment(c, row + BYTES, nativeOrder());
    c1r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2l.intoMemorySegment(c, row, nativeOrder());
    c2m.intoMemorySegment(c, row + BYTES, nativeOrder());
    c2r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3l.intoMemorySegment(c, row, nativeOrder());
    c3m.intoMemorySegment(c, row + BYTES, nativeOrder());
    c3r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4l.intoMemorySegment(c, row, nativeOrder());
    c4m.intoMemorySegment(c, row + BYTES, nativeOrder());
    c4r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5l.intoMemorySegment(c, row, nativeOrder());
    c5m.intoMemorySegment(c, row + BYTES, nativeOrder());
    c5r.intoMemorySegment(c, row + last, nativeOrder());
  }

  /** As {@link WideTiles#x4}. */
  static void x4(
      int rows,
      int k,
      MemorySegment a,
      long a0,
      long lda,
      MemorySegment b,
      long b0,
      long ldb,
      long last,
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
    FloatVector zero = FloatVector.zero(S);
    FloatVector c0l = zero;
    FloatVector c0m = zero;
    FloatVector c0n = zero;
    FloatVector c0r = zero;
    FloatVector c1l = zero;
    FloatVector c1m = zero;
    FloatVector c1n = zero;
    FloatVector c1r = zero;
    FloatVector c2l = zero;
    FloatVector c2m = zero;
    FloatVector c2n = zero;
    FloatVector c2r = zero;
    FloatVector c3l = zero;
    FloatVector c3m = zero;
    FloatVector c3n = zero;
    FloatVector c3r = zero;
    FloatVector c4l = zero;
    FloatVector c4m = zero;
    FloatVector c4n = zero;
    FloatVector c4r = zero;
    FloatVector c5l = zero;
    FloatVector c5m = zero;
    FloatVector c5n = zero;
    FloatVector c5r = zero;
    long row = b0;
    long end = b0 + k * ldb;
    for (int p = 0; row != end; p++) {
      long at = (long) Float.BYTES * p;
      FloatVector bl = FloatVector.fromMemorySegment(S, b, row, nativeOrder());
      FloatVector bm = FloatVector.fromMemorySegment(S, b, row + BYTES, nativeOrder());
      FloatVector bn = FloatVector.fromMemorySegment(S, b, row + 2 * BYTES, nativeOrder());
      FloatVector br = FloatVector.fromMemorySegment(S, b, row + last, nativeOrder());
      FloatVector x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a0 + at));
      c0l = x.fma(bl, c0l);
      c0m = x.fma(bm, c0m);
      c0n = x.fma(bn, c0n);
      c0r = x.fma(br, c0r);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a1 + at));
      c1l = x.fma(bl, c1l);
      c1m = x.fma(bm, c1m);
      c1n = x.fma(bn, c1n);
      c1r = x.fma(br, c1r);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a2 + at));
      c2l = x.fma(bl, c2l);
      c2m = x.fma(bm, c2m);
      c2n = x.fma(bn, c2n);
      c2r = x.fma(br, c2r);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a3 + at));
      c3l = x.fma(bl, c3l);
      c3m = x.fma(bm, c3m);
      c3n = x.fma(bn, c3n);
      c3r = x.fma(br, c3r);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a4 + at));
      c4l = x.fma(bl, c4l);
      c4m = x.fma(bm, c4m);
      c4n = x.fma(bn, c4n);
      c4r = x.fma(br, c4r);
      x = FloatVector.broadcast(S, a.get(JAVA_FLOAT_UNALIGNED, a5 + at));
      c5l = x.fma(bl, c5l);
      c5m = x.fma(bm, c5m);
      c5n = x.fma(bn, c5n);
      c5r = x.fma(br, c5r);
      row += ldb;
    }
    row = c0;
    c0l.intoMemorySegment(c, row, nativeOrder());
    c0m.intoMemorySegment(c, row + BYTES, nativeOrder());
    c0n.intoMemorySegment(c, row + 2 * BYTES, nativeOrder());
    c0r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1l.intoMemorySegment(c, row, nativeOrder());
    c1m.intoMemorySegment(c, row + BYTES, nativeOrder());
    c1n.intoMemorySegment(c, row + 2 * BYTES, nativeOrder());
    c1r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2l.intoMemorySegment(c, row, nativeOrder());
    c2m.intoMemorySegment(c, row + BYTES, nativeOrder());
    c2n.intoMemorySegment(c, row + 2 * BYTES, nativeOrder());
    c2r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3l.intoMemorySegment(c, row, nativeOrder());
    c3m.intoMemorySegment(c, row + BYTES, nativeOrder());
    c3n.intoMemorySegment(c, row + 2 * BYTES, nativeOrder());
    c3r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4l.intoMemorySegment(c, row, nativeOrder());
    c4m.intoMemorySegment(c, row + BYTES, nativeOrder());
    c4n.intoMemorySegment(c, row + 2 * BYTES, nativeOrder());
    c4r.intoMemorySegment(c, row + last, nativeOrder());
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5l.intoMemorySegment(c, row, nativeOrder());
    c5m.intoMemorySegment(c, row + BYTES, nativeOrder());
    c5n.intoMemorySegment(c, row + 2 * BYTES, nativeOrder());
    c5r.intoMemorySegment(c, row + last, nativeOrder());
  }
}
