package dev.lanewise.kernel.reduce;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import dev.lanewise.simd.math.Exp;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/**
 * Cross-entropy of rows of logits with one class each: {@code loss = lse - x[target]}, {@code lse =
 * m + log(sum of exp(x - m))}, {@code m} the maximum of the row; the gradient is {@code (softmax(x)
 * - onehot(target)) scale}.
 *
 * <p>A NaN or a +infinity among the logits makes the loss and the whole gradient row NaN. -infinity
 * is a class of probability 0, and so is a logit more than 69 below {@code m}: its gradient is 0,
 * and a loss with such a target is +infinity, its gradient {@code -scale} there. In a row of
 * nothing but -infinity softmax is taken as 0, so the loss is +infinity and the gradient {@code
 * -onehot scale}. No rows: nothing is done.
 *
 * <p>The sum runs over 32 virtual lanes, element i in lane {@code i % 32} in order of i, folded as
 * {@code j + (j + 16)}, then 8, 4, 2, 1; the last {@code cols % 32} elements are summed on their
 * own, in order, and added at the end. Each row is computed alone: the same bits at every width and
 * however the rows are split.
 *
 * <p>Error, u = 2^-24 and {@code N = cols / 32 + 31 + 5}: with {@code eps = (N + 4 + log cols) u}
 * for the relative error of the sum, {@code |loss - loss'| <= eps + u |loss|}, and for the gradient
 * {@code |dx - dx'| <= ((eps + (5 + |x - lse|) u) softmax + u) scale}.
 */
public final class SoftmaxCrossEntropy {
  private static final int VIRTUAL_LANES = 32;

  /** Vectors that make up the virtual lanes: 2, 4 or 8. */
  private static final int VECTORS = VIRTUAL_LANES / F32_LANES;

  /**
   * Lane j reads lane {@code j + distance}: the last folds, within a vector. A fold wider than the
   * vector is unused.
   */
  private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(F32, 8, 1, true);

  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(F32, 4, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(F32, 2, 1, true);
  private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(F32, 1, 1, true);

  /**
   * A class whose logit lies this far below the maximum has probability 0: exp(-69) is 2^-99. The
   * sum cannot tell the difference, and the gradient is spared the subnormals that would slow the
   * products it goes into.
   */
  private static final float FARTHEST = -69;

  private SoftmaxCrossEntropy() {}

  /**
   * {@code losses[r] = lse - x[r, targets[r]]} for the given rows.
   *
   * @param logits read: rows of {@code cols} elements
   * @param targets read: one int32 per row, each in {@code [0, cols)}, which the caller has checked
   * @param losses overwritten: one element per row; must not overlap {@code logits}
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols classes, from 1 to 2^31 - 1
   */
  public static void forward(
      MemorySegment logits,
      MemorySegment targets,
      MemorySegment losses,
      long rowBegin,
      long rowEnd,
      long cols) {
    int n = classes(rowBegin, rowEnd, cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      float atTarget = logits.get(JAVA_FLOAT_UNALIGNED, target(targets, r, n) * Float.BYTES + base);
      float max = max(logits, base, n);
      float sum = sumExp(logits, base, n, shift(max));
      losses.set(JAVA_FLOAT_UNALIGNED, r * Float.BYTES, loss(max, sum, atTarget));
    }
  }

  /**
   * {@code losses[r] = lse - x[r, targets[r]]} and {@code logits[r, c] = (softmax(x)[r, c] - (c ==
   * targets[r])) scale} for the given rows: the gradient takes the place of the logits. The losses
   * have the bits of {@link #forward}.
   *
   * @param logits read, then overwritten by the gradient: rows of {@code cols} elements
   * @param targets read: one int32 per row, each in {@code [0, cols)}, which the caller has checked
   * @param losses overwritten: one element per row; must not overlap {@code logits}
   * @param scale cotangent of each loss, {@code 1 / rows} for a mean
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols classes, from 1 to 2^31 - 1
   */
  public static void forwardBackward(
      MemorySegment logits,
      MemorySegment targets,
      MemorySegment losses,
      float scale,
      long rowBegin,
      long rowEnd,
      long cols) {
    int n = classes(rowBegin, rowEnd, cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      long targetAt = target(targets, r, n) * Float.BYTES + base;
      float atTarget = logits.get(JAVA_FLOAT_UNALIGNED, targetAt);
      float max = max(logits, base, n);
      float sum = sumExpInPlace(logits, base, n, shift(max));
      losses.set(JAVA_FLOAT_UNALIGNED, r * Float.BYTES, loss(max, sum, atTarget));
      float factor = sum == 0 ? 0 : scale / sum;
      float expAtTarget = logits.get(JAVA_FLOAT_UNALIGNED, targetAt);
      scale(logits, base, n, factor);
      logits.set(JAVA_FLOAT_UNALIGNED, targetAt, Math.fma(expAtTarget, factor, -scale));
    }
  }

  private static int classes(long rowBegin, long rowEnd, long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && (cols >= 1 || rowBegin == rowEnd);
    return Math.toIntExact(cols);
  }

  private static long target(MemorySegment targets, long row, int n) {
    int target = targets.get(JAVA_INT_UNALIGNED, row * Integer.BYTES);
    assert 0 <= target && target < n
        : "target " + target + " of row " + row + " is none of the " + n + " classes";
    return target;
  }

  /** What is subtracted before exp: with -infinity, x - m would be NaN where exp has to be 0. */
  private static float shift(float max) {
    return max == Float.NEGATIVE_INFINITY ? 0 : max;
  }

  private static float loss(float max, float sum, float atTarget) {
    if (max == Float.NEGATIVE_INFINITY && sum == 0) {
      return Float.POSITIVE_INFINITY;
    }
    // The difference first: beside a logit of 10^20 the logarithm would be lost.
    return (float) ((double) max - atTarget + StrictMath.log(sum));
  }

  /**
   * The largest element that is not NaN. A NaN needs no place here: it comes back in the sum, and
   * compare and blend are 2 instructions where max takes 5.
   */
  private static float max(MemorySegment x, long base, int n) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    FloatVector m0 = FloatVector.broadcast(F32, Float.NEGATIVE_INFINITY);
    FloatVector m1 = m0;
    FloatVector m2 = m0;
    FloatVector m3 = m0;
    int i = 0;
    for (; i <= n - 4 * F32_LANES; i += 4 * F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector v0 = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector v1 =
          FloatVector.fromMemorySegment(F32, x, at + Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector v2 =
          FloatVector.fromMemorySegment(F32, x, at + 2L * Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector v3 =
          FloatVector.fromMemorySegment(F32, x, at + 3L * Lanes.BYTES, ByteOrder.nativeOrder());
      m0 = m0.blend(v0, v0.compare(VectorOperators.GT, m0));
      m1 = m1.blend(v1, v1.compare(VectorOperators.GT, m1));
      m2 = m2.blend(v2, v2.compare(VectorOperators.GT, m2));
      m3 = m3.blend(v3, v3.compare(VectorOperators.GT, m3));
    }
    float max = m0.max(m1).max(m2.max(m3)).reduceLanes(VectorOperators.MAX);
    for (; i < n; i++) {
      float value = x.get(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES);
      max = value > max ? value : max;
    }
    return max;
  }

  /** The sum of exp(x - m) in the order that the class comment gives. */
  private static float sumExp(MemorySegment x, long base, int n, float m) {
    int whole = n - n % VIRTUAL_LANES;
    float sum = whole > 0 ? sumExpWhole(x, base, whole, m) : 0;
    float tail = 0;
    for (int i = whole; i < n; i++) {
      float d = x.get(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES) - m;
      tail += d < FARTHEST ? 0 : Exp.exp(d);
    }
    return sum + tail;
  }

  /**
   * The whole blocks of 32 virtual lanes, in a method of their own that has at least one: C2 takes
   * a call that was rare in its method for cold and would leave out of the loop, boxed, an exp that
   * a training on tiny rows had seldom reached.
   */
  private static float sumExpWhole(MemorySegment x, long base, int whole, float m) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    // One accumulator per vector of virtual lanes. They change places after each vector, so one
    // loop body with one exp
    // serves every width; after a multiple of 32 elements each is back in its place.
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int i = 0; i < whole; i += F32_LANES) {
      FloatVector v =
          FloatVector.fromMemorySegment(
              F32, x, base + (long) i * Float.BYTES, ByteOrder.nativeOrder());
      FloatVector d = v.sub(m);
      VectorMask<Float> far = d.compare(VectorOperators.LT, FARTHEST);
      FloatVector next = s0.add(Exp.exp(d.blend(FARTHEST, far)).blend(0, far));
      if (VECTORS == 2) {
        s0 = s1;
        s1 = next;
      } else if (VECTORS == 4) {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = next;
      } else {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = s4;
        s4 = s5;
        s5 = s6;
        s6 = s7;
        s7 = next;
      }
    }
    FloatVector sum;
    if (VECTORS == 2) {
      sum = s0.add(s1);
    } else if (VECTORS == 4) {
      sum = s0.add(s2).add(s1.add(s3));
    } else {
      sum = s0.add(s4).add(s2.add(s6)).add(s1.add(s5).add(s3.add(s7)));
    }
    if (F32_LANES == 16) {
      sum = sum.add(sum.rearrange(BY_8));
    }
    if (F32_LANES >= 8) {
      sum = sum.add(sum.rearrange(BY_4));
    }
    sum = sum.add(sum.rearrange(BY_2));
    sum = sum.add(sum.rearrange(BY_1));
    return sum.lane(0);
  }

  /** {@link #sumExp} that also leaves exp(x - m) in the place of x. */
  private static float sumExpInPlace(MemorySegment x, long base, int n, float m) {
    int whole = n - n % VIRTUAL_LANES;
    float sum = whole > 0 ? sumExpInPlaceWhole(x, base, whole, m) : 0;
    float tail = 0;
    for (int i = whole; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float d = x.get(JAVA_FLOAT_UNALIGNED, at) - m;
      float e = d < FARTHEST ? 0 : Exp.exp(d);
      x.set(JAVA_FLOAT_UNALIGNED, at, e);
      tail += e;
    }
    return sum + tail;
  }

  /** {@link #sumExpWhole} with the store: written out, a flag would cost the loop its shape. */
  private static float sumExpInPlaceWhole(MemorySegment x, long base, int whole, float m) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector d = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).sub(m);
      VectorMask<Float> far = d.compare(VectorOperators.LT, FARTHEST);
      FloatVector e = Exp.exp(d.blend(FARTHEST, far)).blend(0, far);
      e.intoMemorySegment(x, at, ByteOrder.nativeOrder());
      FloatVector next = s0.add(e);
      if (VECTORS == 2) {
        s0 = s1;
        s1 = next;
      } else if (VECTORS == 4) {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = next;
      } else {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = s4;
        s4 = s5;
        s5 = s6;
        s6 = s7;
        s7 = next;
      }
    }
    FloatVector sum;
    if (VECTORS == 2) {
      sum = s0.add(s1);
    } else if (VECTORS == 4) {
      sum = s0.add(s2).add(s1.add(s3));
    } else {
      sum = s0.add(s4).add(s2.add(s6)).add(s1.add(s5).add(s3.add(s7)));
    }
    if (F32_LANES == 16) {
      sum = sum.add(sum.rearrange(BY_8));
    }
    if (F32_LANES >= 8) {
      sum = sum.add(sum.rearrange(BY_4));
    }
    sum = sum.add(sum.rearrange(BY_2));
    sum = sum.add(sum.rearrange(BY_1));
    return sum.lane(0);
  }

  private static void scale(MemorySegment x, long base, int n, float factor) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder())
          .mul(factor)
          .intoMemorySegment(x, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      x.set(JAVA_FLOAT_UNALIGNED, at, x.get(JAVA_FLOAT_UNALIGNED, at) * factor);
    }
  }
}
