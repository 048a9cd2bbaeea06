package dev.lanewise.kernel.gather;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * Rotary position embedding (J. Su et al.: RoFormer, 2021, section 3.2.2): within every head of a
 * row, pair i of its {@code dim} elements is turned by the angle {@code position base^(-2 i /
 * dim)}: {@code (a, b)} becomes {@code (a cos - b sin, b cos + a sin)}. In the split form, that of
 * GPT-NeoX, a pair is the elements i and {@code i + dim / 2} of the head; in the interleaved form,
 * that of the paper, the elements {@code 2 i} and {@code 2 i + 1}. A rotation is orthogonal, so the
 * gradient is turned back by the same angle.
 *
 * <p>NaN and infinities follow IEEE 754 and stay in their pair. No rows: nothing is done. Each
 * element is {@code fma(own, cos, +-(other sin))}: the same bits at every width and however the
 * rows are split. Error, u = 2^-24: {@code 2 u (|a cos| + |b sin|)} beyond the rounding of the
 * table.
 */
public final class Rope {
  /** The first of each pair of neighbours. */
  private static final VectorMask<Float> EVEN =
      VectorMask.fromLong(F32, 0x5555 & ((1 << F32_LANES) - 1));

  /** Exchanges the two of each pair of neighbours. */
  private static final VectorShuffle<Float> SWAP = VectorShuffle.fromValues(F32, neighbours());

  /** Lane j reads lane {@code j / 2}: each angle of the lower half, twice. */
  private static final VectorShuffle<Float> LOWER_TWICE =
      VectorShuffle.makeZip(F32, 0).wrapIndexes();

  /** The same of the upper half. */
  private static final VectorShuffle<Float> UPPER_TWICE =
      VectorShuffle.makeZip(F32, 1).wrapIndexes();

  private Rope() {}

  private static int[] neighbours() {
    int[] lanes = new int[F32_LANES];
    for (int i = 0; i < F32_LANES; i++) {
      lanes[i] = i ^ 1;
    }
    return lanes;
  }

  /**
   * The table of the angles: {@code cos[p, i]} and {@code sin[p, i]} of {@code p base^(-2 i /
   * dim)}, computed in double precision, for the given positions.
   *
   * @param cos overwritten: rows of {@code dim / 2} elements, one per position
   * @param sin overwritten: as {@code cos}
   * @param dim elements of a head, even
   * @param base 10,000 in the paper
   * @param positionBegin first position
   * @param positionEnd one past the last position
   */
  public static void table(
      MemorySegment cos,
      MemorySegment sin,
      int dim,
      double base,
      long positionBegin,
      long positionEnd) {
    assert 0 <= positionBegin && positionBegin <= positionEnd && dim % 2 == 0;
    int half = dim / 2;
    for (long p = positionBegin; p < positionEnd; p++) {
      for (int i = 0; i < half; i++) {
        double angle = p * StrictMath.pow(base, -2.0 * i / dim);
        long at = (p * half + i) * Float.BYTES;
        cos.set(JAVA_FLOAT_UNALIGNED, at, (float) StrictMath.cos(angle));
        sin.set(JAVA_FLOAT_UNALIGNED, at, (float) StrictMath.sin(angle));
      }
    }
  }

  /**
   * {@code y = rotate(x)} for the given rows, in the split form.
   *
   * @param x read: rows of {@code heads dim} elements
   * @param cos read: rows of {@code dim / 2} elements, one per position
   * @param sin read: as {@code cos}
   * @param y overwritten: as {@code x}; may be {@code x} itself
   * @param heads heads of a row
   * @param dim elements of a head, even
   * @param sequence rows after which the positions start again, at least 1
   * @param offset position of the first row of a sequence
   * @param rowBegin first row
   * @param rowEnd one past the last row
   */
  public static void forwardSplit(
      MemorySegment x,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment y,
      int heads,
      int dim,
      long sequence,
      long offset,
      long rowBegin,
      long rowEnd) {
    rotateSplit(x, cos, sin, y, 1, heads, heads, dim, sequence, offset, rowBegin, rowEnd);
  }

  /**
   * {@code dx} = dy turned back, for the given rows, in the split form.
   *
   * @param dy read: rows of {@code heads dim} elements
   * @param cos read: that of the forward pass
   * @param sin read: that of the forward pass
   * @param dx overwritten: as {@code dy}; may be {@code dy} itself
   * @param heads heads of a row
   * @param dim elements of a head, even
   * @param sequence rows after which the positions start again, at least 1
   * @param offset position of the first row of a sequence
   * @param rowBegin first row
   * @param rowEnd one past the last row
   */
  public static void backwardSplit(
      MemorySegment dy,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment dx,
      int heads,
      int dim,
      long sequence,
      long offset,
      long rowBegin,
      long rowEnd) {
    rotateSplit(dy, cos, sin, dx, -1, heads, heads, dim, sequence, offset, rowBegin, rowEnd);
  }

  /**
   * {@code y = rotate(x)} for the given rows, in the split form, of the first heads of each row;
   * the others are copied: packed projections, of which the values are not turned.
   *
   * @param x read: rows of {@code heads dim} elements
   * @param cos read: rows of {@code dim / 2} elements, one per position
   * @param sin read: as {@code cos}
   * @param y overwritten: as {@code x}; may be {@code x} itself
   * @param heads heads of a row
   * @param turned heads of a row that are turned, at most {@code heads}
   * @param dim elements of a head, even
   * @param sequence rows after which the positions start again, at least 1
   * @param offset position of the first row of a sequence
   * @param rowBegin first row
   * @param rowEnd one past the last row
   */
  public static void forwardPacked(
      MemorySegment x,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment y,
      int heads,
      int turned,
      int dim,
      long sequence,
      long offset,
      long rowBegin,
      long rowEnd) {
    rotateSplit(x, cos, sin, y, 1, heads, turned, dim, sequence, offset, rowBegin, rowEnd);
  }

  /**
   * {@code dx} = dy with the first heads of each row turned back, for the given rows, in the split
   * form; the other heads are copied.
   *
   * @param dy read: rows of {@code heads dim} elements
   * @param cos read: that of the forward pass
   * @param sin read: that of the forward pass
   * @param dx overwritten: as {@code dy}; may be {@code dy} itself
   * @param heads heads of a row
   * @param turned heads of a row that are turned, at most {@code heads}
   * @param dim elements of a head, even
   * @param sequence rows after which the positions start again, at least 1
   * @param offset position of the first row of a sequence
   * @param rowBegin first row
   * @param rowEnd one past the last row
   */
  public static void backwardPacked(
      MemorySegment dy,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment dx,
      int heads,
      int turned,
      int dim,
      long sequence,
      long offset,
      long rowBegin,
      long rowEnd) {
    rotateSplit(dy, cos, sin, dx, -1, heads, turned, dim, sequence, offset, rowBegin, rowEnd);
  }

  /**
   * {@code y = rotate(x)} for the given rows, in the interleaved form.
   *
   * @param x read: rows of {@code heads dim} elements
   * @param cos read: rows of {@code dim / 2} elements, one per position
   * @param sin read: as {@code cos}
   * @param y overwritten: as {@code x}; may be {@code x} itself
   * @param heads heads of a row
   * @param dim elements of a head, even
   * @param sequence rows after which the positions start again, at least 1
   * @param offset position of the first row of a sequence
   * @param rowBegin first row
   * @param rowEnd one past the last row
   */
  public static void forwardInterleaved(
      MemorySegment x,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment y,
      int heads,
      int dim,
      long sequence,
      long offset,
      long rowBegin,
      long rowEnd) {
    rotateInterleaved(x, cos, sin, y, 1, heads, dim, sequence, offset, rowBegin, rowEnd);
  }

  /**
   * {@code dx} = dy turned back, for the given rows, in the interleaved form.
   *
   * @param dy read: rows of {@code heads dim} elements
   * @param cos read: that of the forward pass
   * @param sin read: that of the forward pass
   * @param dx overwritten: as {@code dy}; may be {@code dy} itself
   * @param heads heads of a row
   * @param dim elements of a head, even
   * @param sequence rows after which the positions start again, at least 1
   * @param offset position of the first row of a sequence
   * @param rowBegin first row
   * @param rowEnd one past the last row
   */
  public static void backwardInterleaved(
      MemorySegment dy,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment dx,
      int heads,
      int dim,
      long sequence,
      long offset,
      long rowBegin,
      long rowEnd) {
    rotateInterleaved(dy, cos, sin, dx, -1, heads, dim, sequence, offset, rowBegin, rowEnd);
  }

  private static void rotateSplit(
      MemorySegment x,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment y,
      float direction,
      int heads,
      int turned,
      int dim,
      long sequence,
      long offset,
      long rowBegin,
      long rowEnd) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && dim % 2 == 0 && sequence >= 1 && offset >= 0;
    assert 0 <= turned && turned <= heads;
    int half = dim / 2;
    for (long r = rowBegin; r < rowEnd; r++) {
      long table = (r % sequence + offset) * half * Float.BYTES;
      for (int h = 0; h < turned; h++) {
        splitHead(x, cos, sin, y, (r * heads + h) * dim * Float.BYTES, table, half, direction);
      }
      if (turned < heads && x.address() != y.address()) {
        long rest = (r * heads + turned) * dim * Float.BYTES;
        MemorySegment.copy(x, rest, y, rest, (long) (heads - turned) * dim * Float.BYTES);
      }
    }
  }

  private static void splitHead(
      MemorySegment x,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment y,
      long base,
      long table,
      int half,
      float direction) {
    if (x.getClass() != NATIVE
        || cos.getClass() != NATIVE
        || sin.getClass() != NATIVE
        || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, cos, sin, y);
    }
    long halfBytes = (long) half * Float.BYTES;
    int i = 0;
    for (; i <= half - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      long angle = table + (long) i * Float.BYTES;
      FloatVector a = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector b =
          FloatVector.fromMemorySegment(F32, x, at + halfBytes, ByteOrder.nativeOrder());
      FloatVector c = FloatVector.fromMemorySegment(F32, cos, angle, ByteOrder.nativeOrder());
      FloatVector s =
          FloatVector.fromMemorySegment(F32, sin, angle, ByteOrder.nativeOrder()).mul(direction);
      a.fma(c, b.mul(s).neg()).intoMemorySegment(y, at, ByteOrder.nativeOrder());
      b.fma(c, a.mul(s)).intoMemorySegment(y, at + halfBytes, ByteOrder.nativeOrder());
    }
    for (; i < half; i++) {
      long at = base + (long) i * Float.BYTES;
      long angle = table + (long) i * Float.BYTES;
      float a = x.get(JAVA_FLOAT_UNALIGNED, at);
      float b = x.get(JAVA_FLOAT_UNALIGNED, at + halfBytes);
      float c = cos.get(JAVA_FLOAT_UNALIGNED, angle);
      float s = sin.get(JAVA_FLOAT_UNALIGNED, angle) * direction;
      y.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(a, c, -(b * s)));
      y.set(JAVA_FLOAT_UNALIGNED, at + halfBytes, Math.fma(b, c, a * s));
    }
  }

  private static void rotateInterleaved(
      MemorySegment x,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment y,
      float direction,
      int heads,
      int dim,
      long sequence,
      long offset,
      long rowBegin,
      long rowEnd) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && dim % 2 == 0 && sequence >= 1 && offset >= 0;
    int half = dim / 2;
    for (long r = rowBegin; r < rowEnd; r++) {
      long table = (r % sequence + offset) * half * Float.BYTES;
      for (int h = 0; h < heads; h++) {
        long base = (r * heads + h) * dim * Float.BYTES;
        interleavedHead(x, cos, sin, y, base, table, half, direction);
      }
    }
  }

  /**
   * One vector of angles serves two of elements: its lower half twice each, then its upper half.
   */
  private static void interleavedHead(
      MemorySegment x,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment y,
      long base,
      long table,
      int half,
      float direction) {
    if (x.getClass() != NATIVE
        || cos.getClass() != NATIVE
        || sin.getClass() != NATIVE
        || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, cos, sin, y);
    }
    int i = 0;
    for (; i <= half - F32_LANES; i += F32_LANES) {
      long at = base + 2L * i * Float.BYTES;
      long angle = table + (long) i * Float.BYTES;
      FloatVector c = FloatVector.fromMemorySegment(F32, cos, angle, ByteOrder.nativeOrder());
      FloatVector s =
          FloatVector.fromMemorySegment(F32, sin, angle, ByteOrder.nativeOrder()).mul(direction);
      FloatVector v0 = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector v1 =
          FloatVector.fromMemorySegment(F32, x, at + Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector s0 = s.rearrange(LOWER_TWICE);
      FloatVector s1 = s.rearrange(UPPER_TWICE);
      FloatVector other0 = v0.rearrange(SWAP);
      FloatVector other1 = v1.rearrange(SWAP);
      v0.fma(c.rearrange(LOWER_TWICE), other0.mul(s0.blend(s0.neg(), EVEN)))
          .intoMemorySegment(y, at, ByteOrder.nativeOrder());
      v1.fma(c.rearrange(UPPER_TWICE), other1.mul(s1.blend(s1.neg(), EVEN)))
          .intoMemorySegment(y, at + Lanes.BYTES, ByteOrder.nativeOrder());
    }
    for (; i < half; i++) {
      long at = base + 2L * i * Float.BYTES;
      long angle = table + (long) i * Float.BYTES;
      float a = x.get(JAVA_FLOAT_UNALIGNED, at);
      float b = x.get(JAVA_FLOAT_UNALIGNED, at + Float.BYTES);
      float c = cos.get(JAVA_FLOAT_UNALIGNED, angle);
      float s = sin.get(JAVA_FLOAT_UNALIGNED, angle) * direction;
      y.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(a, c, b * -s));
      y.set(JAVA_FLOAT_UNALIGNED, at + Float.BYTES, Math.fma(b, c, a * s));
    }
  }
}
