package dev.lanewise.kernel.gemm.f32;

import dev.lanewise.kernel.gemm.micro.f32.Transposer16;
import dev.lanewise.simd.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** Transposes rows of an array into a panel, in registers where a block of L x L fits. */
public final class Transposer {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;

  /** Columns of a staged row. */
  static final int STAGE_COLUMNS = 256;

  /** Elements from one staged row to the next; the gap keeps them off the same cache sets. */
  static final int STAGE_STRIDE = STAGE_COLUMNS + 16;

  /** Rows that are transposed together; two lanes go element by element. */
  private static final int BLOCK = L == 4 ? L : 8;

  public static final int STAGE_SIZE =
      Math.max(Transposer16.STAGE_SIZE, Math.multiplyExact(BLOCK, STAGE_STRIDE));

  private static final VectorShuffle<Float> DOWN_1 = VectorShuffle.iota(S, L - 1, 1, true);
  private static final VectorShuffle<Float> DOWN_2 = VectorShuffle.iota(S, L - 2, 1, true);
  private static final VectorShuffle<Float> DOWN_4 =
      VectorShuffle.iota(S, Math.max(0, L - 4), 1, true);
  private static final VectorShuffle<Float> UP_1 = VectorShuffle.iota(S, 1, 1, true);
  private static final VectorShuffle<Float> UP_2 = VectorShuffle.iota(S, 2, 1, true);
  private static final VectorShuffle<Float> UP_4 = VectorShuffle.iota(S, 4 % L, 1, true);
  private static final VectorMask<Float> ODD_1 = VectorMask.fromLong(S, 0xaaaa & ((1 << L) - 1));
  private static final VectorMask<Float> ODD_2 = VectorMask.fromLong(S, 0xcccc & ((1 << L) - 1));
  private static final VectorMask<Float> ODD_4 = VectorMask.fromLong(S, 0xf0f0 & ((1 << L) - 1));

  private Transposer() {}

  /**
   * {@code target[t0 + j * stride + i] = x[corner + i * ld + j]} for i below {@code rows} and j
   * below {@code columns}.
   *
   * <p>Where rows end inside a block of L, up to L - 1 elements behind each column of the target
   * are overwritten with anything: columns are at least L apart, and the caller writes what is
   * there afterwards.
   *
   * @param stage where rows wait that do not lie in an array
   */
  public static void run(
      Matrix x,
      long corner,
      int rows,
      int columns,
      float[] target,
      int t0,
      int stride,
      float[] stage) {
    if (L == 16 && rows >= 16 && columns >= 16 && (x.onHeap || x.isNative())) {
      sixteens(x, corner, rows, columns, target, t0, stride, stage);
      return;
    }
    for (int i = 0; i < rows; i += BLOCK) {
      int height = Math.min(BLOCK, rows - i);
      long row = corner + (long) i * x.ld;
      if (x.onHeap) {
        transpose(x.array, (int) row, x.ld, height, columns, target, t0 + i, stride);
        continue;
      }
      for (int j = 0; j < columns; j += STAGE_COLUMNS) {
        int width = Math.min(STAGE_COLUMNS, columns - j);
        for (int r = 0; r < height; r++) {
          x.read(row + (long) r * x.ld + j, stage, Math.multiplyExact(r, STAGE_STRIDE), width);
        }
        int t = t0 + i + Math.multiplyExact(j, stride);
        transpose(stage, 0, STAGE_STRIDE, height, width, target, t, stride);
      }
    }
  }

  /** The last rows and columns begin early enough to be 16. */
  private static void sixteens(
      Matrix x,
      long corner,
      int rows,
      int columns,
      float[] target,
      int t0,
      int stride,
      float[] stage) {
    int whole = columns - columns % 16;
    int last = columns - 16;
    for (int begin = 0; begin < rows; begin += 16) {
      int i = Math.min(begin, rows - 16);
      long row = corner + (long) i * x.ld;
      sixteen(x, row, whole, target, t0 + i, stride, stage);
      if (whole < columns) {
        int t = t0 + i + Math.multiplyExact(last, stride);
        sixteen(x, row + last, 16, target, t, stride, stage);
      }
    }
  }

  private static void sixteen(
      Matrix x, long row, int columns, float[] target, int t, int stride, float[] stage) {
    if (x.onHeap) {
      Transposer16.run(x.array, (int) row, x.ld, columns, target, t, stride, stage);
    } else {
      Transposer16.run(x.segment, row, x.ld, columns, target, t, stride, stage);
    }
  }

  private static void transpose(
      float[] source, int s0, int ld, int rows, int columns, float[] target, int t0, int stride) {
    int blocked = L == 8 || L == 4 ? columns - columns % L : 0;
    if (L == 8) {
      blocks8(source, s0, ld, rows, blocked, target, t0, stride);
    } else if (L == 4) {
      blocks4(source, s0, ld, rows, blocked, target, t0, stride);
    }
    for (int j = blocked; j < columns; j++) {
      int t = t0 + Math.multiplyExact(j, stride);
      int s = s0 + j;
      for (int i = 0; i < rows; i++) {
        target[t + i] = source[s];
        s += ld;
      }
    }
  }

  /** Exchanges the blocks of 4, then 2, then 1 across the diagonal of 8 x 8. */
  private static void blocks8(
      float[] source, int s0, int ld, int rows, int columns, float[] target, int t0, int stride) {
    int s1 = s0 + Math.multiplyExact(Math.min(1, rows - 1), ld);
    int s2 = s0 + Math.multiplyExact(Math.min(2, rows - 1), ld);
    int s3 = s0 + Math.multiplyExact(Math.min(3, rows - 1), ld);
    int s4 = s0 + Math.multiplyExact(Math.min(4, rows - 1), ld);
    int s5 = s0 + Math.multiplyExact(Math.min(5, rows - 1), ld);
    int s6 = s0 + Math.multiplyExact(Math.min(6, rows - 1), ld);
    int s7 = s0 + Math.multiplyExact(Math.min(7, rows - 1), ld);
    int t = t0;
    for (int k = 0; k < columns; k += 8) {
      FloatVector a0 = FloatVector.fromArray(S, source, s0 + k);
      FloatVector a4 = FloatVector.fromArray(S, source, s4 + k);
      FloatVector b0 = a0.blend(a4.rearrange(DOWN_4), ODD_4);
      FloatVector b4 = a0.rearrange(UP_4).blend(a4, ODD_4);
      FloatVector a1 = FloatVector.fromArray(S, source, s1 + k);
      FloatVector a5 = FloatVector.fromArray(S, source, s5 + k);
      FloatVector b1 = a1.blend(a5.rearrange(DOWN_4), ODD_4);
      FloatVector b5 = a1.rearrange(UP_4).blend(a5, ODD_4);
      FloatVector a2 = FloatVector.fromArray(S, source, s2 + k);
      FloatVector a6 = FloatVector.fromArray(S, source, s6 + k);
      FloatVector b2 = a2.blend(a6.rearrange(DOWN_4), ODD_4);
      FloatVector b6 = a2.rearrange(UP_4).blend(a6, ODD_4);
      FloatVector a3 = FloatVector.fromArray(S, source, s3 + k);
      FloatVector a7 = FloatVector.fromArray(S, source, s7 + k);
      FloatVector b3 = a3.blend(a7.rearrange(DOWN_4), ODD_4);
      FloatVector b7 = a3.rearrange(UP_4).blend(a7, ODD_4);
      FloatVector c0 = b0.blend(b2.rearrange(DOWN_2), ODD_2);
      FloatVector c2 = b0.rearrange(UP_2).blend(b2, ODD_2);
      FloatVector c1 = b1.blend(b3.rearrange(DOWN_2), ODD_2);
      FloatVector c3 = b1.rearrange(UP_2).blend(b3, ODD_2);
      FloatVector c4 = b4.blend(b6.rearrange(DOWN_2), ODD_2);
      FloatVector c6 = b4.rearrange(UP_2).blend(b6, ODD_2);
      FloatVector c5 = b5.blend(b7.rearrange(DOWN_2), ODD_2);
      FloatVector c7 = b5.rearrange(UP_2).blend(b7, ODD_2);
      c0.blend(c1.rearrange(DOWN_1), ODD_1).intoArray(target, t);
      c0.rearrange(UP_1).blend(c1, ODD_1).intoArray(target, t + stride);
      c2.blend(c3.rearrange(DOWN_1), ODD_1).intoArray(target, t + 2 * stride);
      c2.rearrange(UP_1).blend(c3, ODD_1).intoArray(target, t + 3 * stride);
      c4.blend(c5.rearrange(DOWN_1), ODD_1).intoArray(target, t + 4 * stride);
      c4.rearrange(UP_1).blend(c5, ODD_1).intoArray(target, t + 5 * stride);
      c6.blend(c7.rearrange(DOWN_1), ODD_1).intoArray(target, t + 6 * stride);
      c6.rearrange(UP_1).blend(c7, ODD_1).intoArray(target, t + 7 * stride);
      t += 8 * stride;
    }
  }

  /** As {@link #blocks8} with 4 x 4. */
  private static void blocks4(
      float[] source, int s0, int ld, int rows, int columns, float[] target, int t0, int stride) {
    int s1 = s0 + Math.multiplyExact(Math.min(1, rows - 1), ld);
    int s2 = s0 + Math.multiplyExact(Math.min(2, rows - 1), ld);
    int s3 = s0 + Math.multiplyExact(Math.min(3, rows - 1), ld);
    int t = t0;
    for (int k = 0; k < columns; k += 4) {
      FloatVector a0 = FloatVector.fromArray(S, source, s0 + k);
      FloatVector a2 = FloatVector.fromArray(S, source, s2 + k);
      FloatVector b0 = a0.blend(a2.rearrange(DOWN_2), ODD_2);
      FloatVector b2 = a0.rearrange(UP_2).blend(a2, ODD_2);
      FloatVector a1 = FloatVector.fromArray(S, source, s1 + k);
      FloatVector a3 = FloatVector.fromArray(S, source, s3 + k);
      FloatVector b1 = a1.blend(a3.rearrange(DOWN_2), ODD_2);
      FloatVector b3 = a1.rearrange(UP_2).blend(a3, ODD_2);
      b0.blend(b1.rearrange(DOWN_1), ODD_1).intoArray(target, t);
      b0.rearrange(UP_1).blend(b1, ODD_1).intoArray(target, t + stride);
      b2.blend(b3.rearrange(DOWN_1), ODD_1).intoArray(target, t + 2 * stride);
      b2.rearrange(UP_1).blend(b3, ODD_1).intoArray(target, t + 3 * stride);
      t += 4 * stride;
    }
  }
}
