package dev.lanewise.kernel.gemm.micro.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.nio.ByteOrder.nativeOrder;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Transposes 16 rows in vectors of 16 lanes: each 16 x 16 block as a 4 x 4 matrix of its quarters,
 * by way of a stage in the first-level cache, then the elements of each quarter. Both steps select
 * from two vectors eight times for four, which C2 makes one instruction each; one step for all 16
 * rows would be too many calls for one method, and a gather a column takes several times as long.
 */
public final class Transposer16 {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;

  /** Columns that are staged together. */
  private static final int COLUMNS = 128;

  /** Elements of the stage. */
  public static final int STAGE_SIZE = Math.multiplyExact(COLUMNS, 16);

  private static final FloatVector EVEN_QUARTERS = alternate(4, 0);
  private static final FloatVector ODD_QUARTERS = alternate(4, 4);
  private static final FloatVector LOWER_HALVES = alternate(8, 0);
  private static final FloatVector UPPER_HALVES = alternate(8, 8);
  private static final FloatVector EVEN = alternate(1, 0);
  private static final FloatVector ODD = alternate(1, 1);
  private static final FloatVector LOWER = alternate(2, 0);
  private static final FloatVector UPPER = alternate(2, 2);

  private Transposer16() {}

  /**
   * {@code target[t0 + j * stride + i] = x[corner + i * ld + j]} for i below 16 and j below {@code
   * columns}.
   *
   * @param columns a multiple of 16
   * @param stage of {@link #STAGE_SIZE}, overwritten
   */
  public static void run(
      float[] x,
      int corner,
      int ld,
      int columns,
      float[] target,
      int t0,
      int stride,
      float[] stage) {
    int t = t0;
    for (int j = 0; j < columns; j += COLUMNS) {
      int width = Math.min(COLUMNS, columns - j);
      int row = corner + j;
      for (int i = 0; i < 4; i++) {
        quarters(x, row, Math.multiplyExact(4, ld), width, stage, 16 * i);
        row += ld;
      }
      elements(stage, width, target, t, stride);
      t += Math.multiplyExact(width, stride);
    }
  }

  /** The same from memory of an arena. */
  public static void run(
      MemorySegment x,
      long corner,
      int ld,
      int columns,
      float[] target,
      int t0,
      int stride,
      float[] stage) {
    int t = t0;
    for (int j = 0; j < columns; j += COLUMNS) {
      int width = Math.min(COLUMNS, columns - j);
      long row = corner + j;
      for (int i = 0; i < 4; i++) {
        quarters(x, row, 4L * ld, width, stage, 16 * i);
        row += ld;
      }
      elements(stage, width, target, t, stride);
      t += Math.multiplyExact(width, stride);
    }
  }

  private static void quarters(
      float[] source, int s0, int fourRows, int columns, float[] stage, int t0) {
    int s1 = s0 + fourRows;
    int s2 = s1 + fourRows;
    int s3 = s2 + fourRows;
    int t = t0;
    for (int j = 0; j < columns; j += 16) {
      FloatVector v0 = FloatVector.fromArray(S, source, s0 + j);
      FloatVector v1 = FloatVector.fromArray(S, source, s1 + j);
      FloatVector even01 = EVEN_QUARTERS.selectFrom(v0, v1);
      FloatVector odd01 = ODD_QUARTERS.selectFrom(v0, v1);
      FloatVector v2 = FloatVector.fromArray(S, source, s2 + j);
      FloatVector v3 = FloatVector.fromArray(S, source, s3 + j);
      FloatVector even23 = EVEN_QUARTERS.selectFrom(v2, v3);
      FloatVector odd23 = ODD_QUARTERS.selectFrom(v2, v3);
      LOWER_HALVES.selectFrom(even01, even23).intoArray(stage, t);
      LOWER_HALVES.selectFrom(odd01, odd23).intoArray(stage, t + 64);
      UPPER_HALVES.selectFrom(even01, even23).intoArray(stage, t + 128);
      UPPER_HALVES.selectFrom(odd01, odd23).intoArray(stage, t + 192);
      t += 256;
    }
  }

  private static void quarters(
      MemorySegment source, long row, long fourRows, int columns, float[] stage, int t0) {
    if (source.getClass() != NATIVE) {
      throw SegmentClass.notNative(source);
    }
    long step = Float.BYTES * fourRows;
    long s0 = Float.BYTES * row;
    long s1 = s0 + step;
    long s2 = s1 + step;
    long s3 = s2 + step;
    int t = t0;
    for (int j = 0; j < columns; j += 16) {
      long at = (long) Float.BYTES * j;
      FloatVector v0 = FloatVector.fromMemorySegment(S, source, s0 + at, nativeOrder());
      FloatVector v1 = FloatVector.fromMemorySegment(S, source, s1 + at, nativeOrder());
      FloatVector even01 = EVEN_QUARTERS.selectFrom(v0, v1);
      FloatVector odd01 = ODD_QUARTERS.selectFrom(v0, v1);
      FloatVector v2 = FloatVector.fromMemorySegment(S, source, s2 + at, nativeOrder());
      FloatVector v3 = FloatVector.fromMemorySegment(S, source, s3 + at, nativeOrder());
      FloatVector even23 = EVEN_QUARTERS.selectFrom(v2, v3);
      FloatVector odd23 = ODD_QUARTERS.selectFrom(v2, v3);
      LOWER_HALVES.selectFrom(even01, even23).intoArray(stage, t);
      LOWER_HALVES.selectFrom(odd01, odd23).intoArray(stage, t + 64);
      UPPER_HALVES.selectFrom(even01, even23).intoArray(stage, t + 128);
      UPPER_HALVES.selectFrom(odd01, odd23).intoArray(stage, t + 192);
      t += 256;
    }
  }

  /** Four vectors of the stage at a time become four columns. */
  private static void elements(float[] stage, int columns, float[] target, int t0, int stride) {
    int s = 0;
    int t = t0;
    for (int j = 0; j < columns; j += 4) {
      FloatVector v0 = FloatVector.fromArray(S, stage, s);
      FloatVector v1 = FloatVector.fromArray(S, stage, s + 16);
      FloatVector even01 = EVEN.selectFrom(v0, v1);
      FloatVector odd01 = ODD.selectFrom(v0, v1);
      FloatVector v2 = FloatVector.fromArray(S, stage, s + 32);
      FloatVector v3 = FloatVector.fromArray(S, stage, s + 48);
      FloatVector even23 = EVEN.selectFrom(v2, v3);
      FloatVector odd23 = ODD.selectFrom(v2, v3);
      LOWER.selectFrom(even01, even23).intoArray(target, t);
      LOWER.selectFrom(odd01, odd23).intoArray(target, t + stride);
      UPPER.selectFrom(even01, even23).intoArray(target, t + 2 * stride);
      UPPER.selectFrom(odd01, odd23).intoArray(target, t + 3 * stride);
      s += 64;
      t += 4 * stride;
    }
  }

  /**
   * Groups of {@code width} lanes from both vectors in turn: the first of each pair of groups, or,
   * {@code first = width}, the second.
   */
  private static FloatVector alternate(int width, int first) {
    float[] indices = new float[L];
    for (int i = 0; i < L; i++) {
      int second = i / width % 2;
      indices[i] = second * L + i - second * width + first;
    }
    return FloatVector.fromArray(S, indices, 0);
  }
}
