package dev.lanewise.kernel.softmax.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.lanewise.kernel.reduce.segments.RowSum;
import dev.lanewise.kernel.softmax.row.segments.RowExp;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.VirtualLanes;
import dev.lanewise.simd.math.Log;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * Cross-entropy of rows of logits with one class each: {@code loss = lse - x[target]}, {@code lse =
 * m + log(sum of exp(x - m))}, {@code m} the maximum of the row; the gradient is {@code (softmax(x)
 * - onehot(target)) scale}.
 *
 * <p>With weights {@code w} of the classes, a label smoothing {@code s} (C. Szegedy et al.:
 * Rethinking the Inception Architecture, 2016, section 7) and {@code k = s / cols} it is, as
 * PyTorch defines it, {@code loss = (1 - s) w[target] (lse - x[target]) + k sum over c of w[c] (lse
 * - x[c])}, and the gradient {@code (((1 - s) w[target] + k sum of w) softmax(x)[c] - (1 - s)
 * w[target] onehot[c] - k w[c]) scale}. PyTorch's weighted mean is the sum of these losses divided
 * by {@link #totalWeight}, with or without smoothing. A row whose target is {@code ignoreIndex} has
 * loss and gradient 0, whatever its logits are.
 *
 * <p>A NaN or a +infinity among the logits makes the loss and the whole gradient row NaN. -infinity
 * is a class of probability 0, and so is a logit more than 69 below {@code m}: its softmax is 0,
 * and a loss with a target at -infinity is +infinity, its gradient {@code -scale} there; with a
 * smoothing each class at -infinity makes the loss +infinity, or NaN if its weight is 0. In a row
 * of nothing but -infinity softmax is taken as 0, so the loss is +infinity and the gradient {@code
 * -onehot scale}. No rows: nothing is done.
 *
 * <p>The sum runs over 32 virtual lanes, element i in lane {@code i % 32} in order of i, folded as
 * {@code j + (j + 16)}, then 8, 4, 2, 1; the last {@code cols % 32} elements are summed on their
 * own, in order, and added at the end. Each row is computed alone: the same bits at every width and
 * however the rows are split.
 *
 * <p>Error, u = 2^-24 and {@code N = cols / 32 + 31 + 5}: with {@code eps = (N + 4 + log cols) u}
 * for the relative error of the sum, whose logarithm is at most {@code log cols}, {@code |loss -
 * loss'| <= eps + 2 u log cols + u |loss|}, and for the gradient {@code |dx - dx'| <= ((eps + (5 +
 * |x - lse|) u) softmax + u) scale}. With weights of one sign and {@code h = (1 - s) w[target]},
 * {@code K = k sum of w}: {@code |loss - loss'| <= (h + K) (eps + 2 u log cols) + N u K log(cols) +
 * (N + 3) u k sum of w (m - x) + u |loss|} and {@code |dx - dx'| <= ((h + K) (eps + (7 + |x - lse|)
 * u) + N u K) softmax scale + 2 u (h onehot + k w) scale + u |dx|}.
 */
public final class SoftmaxCrossEntropy {
  private static final int LANES = VirtualLanes.COUNT;
  private static final int VECTORS = VirtualLanes.VECTORS;

  /** What no target is: a plain call ignores no row. */
  private static final int NONE_IGNORED = Integer.MIN_VALUE;

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
    forward(logits, targets, null, losses, 0, NONE_IGNORED, rowBegin, rowEnd, cols);
  }

  /**
   * The loss with the options of the class comment, for the given rows.
   *
   * @param logits read: rows of {@code cols} elements
   * @param targets read: one int32 per row, each {@code ignoreIndex} or in {@code [0, cols)}, which
   *     the caller has checked
   * @param weights read: one element per class; null for ones
   * @param losses overwritten: one element per row; must not overlap {@code logits}
   * @param smoothing label smoothing, from 0 to 1
   * @param ignoreIndex target of the rows that do not count, a class or not
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols classes, from 1 to 2^31 - 1
   */
  public static void forward(
      MemorySegment logits,
      MemorySegment targets,
      @Nullable MemorySegment weights,
      MemorySegment losses,
      float smoothing,
      int ignoreIndex,
      long rowBegin,
      long rowEnd,
      long cols) {
    int n = classes(rowBegin, rowEnd, cols, smoothing);
    double total = total(weights, n, smoothing);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      int target = targets.get(JAVA_INT_UNALIGNED, r * Integer.BYTES);
      if (target == ignoreIndex) {
        losses.set(JAVA_FLOAT_UNALIGNED, r * Float.BYTES, 0);
        continue;
      }
      checkTarget(target, r, n);
      long hitBase = (long) target * Float.BYTES;
      float atTarget = logits.get(JAVA_FLOAT_UNALIGNED, base + hitBase);
      float max = RowExp.max(logits, base, n);
      float m = RowExp.shift(max);
      double distances = smoothing > 0 ? distances(logits, weights, base, n, m) : 0;
      float sum = RowExp.sum(logits, base, n, m, 1);
      double hit = (1 - (double) smoothing) * weight(weights, hitBase);
      losses.set(
          JAVA_FLOAT_UNALIGNED,
          r * Float.BYTES,
          loss(max, sum, atTarget, hit, (double) smoothing / n, distances, total));
    }
  }

  /**
   * {@code losses[r] = lse - x[r, targets[r]]} and {@code logits[r, c] = (softmax(x)[r, c] - (c ==
   * targets[r])) scale} for the given rows: the gradient takes the place of the logits. The losses
   * have the bits of the forward pass.
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
    forwardBackward(logits, targets, null, losses, 0, NONE_IGNORED, scale, rowBegin, rowEnd, cols);
  }

  /**
   * The loss and, in the place of the logits, the gradient with the options of the class comment,
   * for the given rows. The losses have the bits of the forward pass.
   *
   * @param logits read, then overwritten by the gradient: rows of {@code cols} elements
   * @param targets read: one int32 per row, each {@code ignoreIndex} or in {@code [0, cols)}, which
   *     the caller has checked
   * @param weights read: one element per class; null for ones
   * @param losses overwritten: one element per row; must not overlap {@code logits}
   * @param smoothing label smoothing, from 0 to 1
   * @param ignoreIndex target of the rows that do not count, a class or not
   * @param scale cotangent of each loss, {@code 1 / totalWeight} for PyTorch's mean
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols classes, from 1 to 2^31 - 1
   */
  public static void forwardBackward(
      MemorySegment logits,
      MemorySegment targets,
      @Nullable MemorySegment weights,
      MemorySegment losses,
      float smoothing,
      int ignoreIndex,
      float scale,
      long rowBegin,
      long rowEnd,
      long cols) {
    int n = classes(rowBegin, rowEnd, cols, smoothing);
    double total = total(weights, n, smoothing);
    double spread = (double) smoothing / n;
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      int target = targets.get(JAVA_INT_UNALIGNED, r * Integer.BYTES);
      if (target == ignoreIndex) {
        losses.set(JAVA_FLOAT_UNALIGNED, r * Float.BYTES, 0);
        RowExp.clear(logits, base, n);
        continue;
      }
      checkTarget(target, r, n);
      long hitBase = (long) target * Float.BYTES;
      float atTarget = logits.get(JAVA_FLOAT_UNALIGNED, base + hitBase);
      float max = RowExp.max(logits, base, n);
      float m = RowExp.shift(max);
      double distances = smoothing > 0 ? distances(logits, weights, base, n, m) : 0;
      float sum = RowExp.sumInto(logits, logits, base, n, m, 1);
      float weight = weight(weights, hitBase);
      double hit = (1 - (double) smoothing) * weight;
      losses.set(
          JAVA_FLOAT_UNALIGNED,
          r * Float.BYTES,
          loss(max, sum, atTarget, hit, spread, distances, total));

      float factor = sum == 0 ? 0 : (float) (scale * (hit + spread * total) / sum);
      float expAtTarget = logits.get(JAVA_FLOAT_UNALIGNED, base + hitBase);
      if (smoothing > 0) {
        float share = (float) (spread * scale);
        if (weights == null) {
          scaleAndSubtract(logits, base, n, factor, share);
        } else {
          scaleAndSubtract(logits, weights, base, n, factor, share);
        }
      } else {
        RowExp.scale(logits, base, n, factor);
      }
      float subtrahend = (float) ((hit + spread * weight) * scale);
      logits.set(JAVA_FLOAT_UNALIGNED, base + hitBase, Math.fma(expAtTarget, factor, -subtrahend));
    }
  }

  /**
   * The divisor of PyTorch's mean: the sum of the weights of the targets that are not ignored, in
   * order of the rows; without weights their number. 0 if every row is ignored.
   *
   * @param targets read: one int32 per row, each {@code ignoreIndex} or a class
   * @param weights read: one element per class; null for ones
   * @param ignoreIndex target of the rows that do not count
   * @param rows number of targets
   */
  public static double totalWeight(
      MemorySegment targets, @Nullable MemorySegment weights, int ignoreIndex, long rows) {
    double total = 0;
    for (long r = 0; r < rows; r++) {
      int target = targets.get(JAVA_INT_UNALIGNED, r * Integer.BYTES);
      if (target != ignoreIndex) {
        long base = (long) target * Float.BYTES;
        total += weight(weights, base);
      }
    }
    return total;
  }

  private static int classes(long rowBegin, long rowEnd, long cols, float smoothing) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && (cols >= 1 || rowBegin == rowEnd);
    assert 0 <= smoothing && smoothing <= 1 : "a label smoothing of " + smoothing;
    return Math.toIntExact(cols);
  }

  private static void checkTarget(int target, long row, int n) {
    assert 0 <= target && target < n
        : "target " + target + " of row " + row + " is none of the " + n + " classes";
  }

  private static float weight(@Nullable MemorySegment weights, long base) {
    return weights == null ? 1 : weights.get(JAVA_FLOAT_UNALIGNED, base);
  }

  /** The sum of all weights, which smoothing alone needs. */
  private static double total(@Nullable MemorySegment weights, int n, float smoothing) {
    if (smoothing == 0) {
      return 0;
    }
    return weights == null ? n : RowSum.sum(weights, 0, n);
  }

  private static float loss(
      float max,
      float sum,
      float atTarget,
      double hit,
      double spread,
      double distances,
      double total) {
    if (max == Float.NEGATIVE_INFINITY && sum == 0) {
      return Float.POSITIVE_INFINITY;
    }
    double logSum = Log.log(sum);
    // The difference first: beside a logit of 10^20 the logarithm would be lost.
    double loss = hit * ((double) max - atTarget + logSum);
    return (float) (spread == 0 ? loss : loss + spread * (distances + total * logSum));
  }

  /** The sum of w (m - x), in which nothing cancels however large the logits are. */
  private static float distances(
      MemorySegment x, @Nullable MemorySegment weights, long base, int n, float m) {
    return weights == null
        ? plainDistances(x, base, n, m)
        : weightedDistances(x, weights, base, n, m);
  }

  private static float plainDistances(MemorySegment x, long base, int n, float m) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    int whole = n - n % LANES;
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    int i = 0;
    for (; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector v = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector next = FloatVector.broadcast(F32, m).sub(v).add(s0);
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
    float tail = 0;
    for (; i < n; i++) {
      tail += m - x.get(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES);
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7) + tail;
  }

  private static float weightedDistances(
      MemorySegment x, MemorySegment weights, long base, int n, float m) {
    if (x.getClass() != NATIVE || weights.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, weights);
    }
    int whole = n - n % LANES;
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    int i = 0;
    for (; i < whole; i += F32_LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector v = FloatVector.fromMemorySegment(F32, x, base + at, ByteOrder.nativeOrder());
      FloatVector w = FloatVector.fromMemorySegment(F32, weights, at, ByteOrder.nativeOrder());
      FloatVector next = w.fma(FloatVector.broadcast(F32, m).sub(v), s0);
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
    float tail = 0;
    for (; i < n; i++) {
      long at = (long) i * Float.BYTES;
      float w = weights.get(JAVA_FLOAT_UNALIGNED, at);
      tail = Math.fma(w, m - x.get(JAVA_FLOAT_UNALIGNED, base + at), tail);
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7) + tail;
  }

  /** {@code x = factor x - share}. */
  private static void scaleAndSubtract(
      MemorySegment x, long base, int n, float factor, float share) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder())
          .fma(FloatVector.broadcast(F32, factor), FloatVector.broadcast(F32, -share))
          .intoMemorySegment(x, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      x.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(x.get(JAVA_FLOAT_UNALIGNED, at), factor, -share));
    }
  }

  /** {@code x = factor x - share w}. */
  private static void scaleAndSubtract(
      MemorySegment x, MemorySegment weights, long base, int n, float factor, float share) {
    if (x.getClass() != NATIVE || weights.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, weights);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector v = FloatVector.fromMemorySegment(F32, x, base + at, ByteOrder.nativeOrder());
      FloatVector w = FloatVector.fromMemorySegment(F32, weights, at, ByteOrder.nativeOrder());
      w.fma(FloatVector.broadcast(F32, -share), v.mul(factor))
          .intoMemorySegment(x, base + at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = (long) i * Float.BYTES;
      float scaled = x.get(JAVA_FLOAT_UNALIGNED, base + at) * factor;
      float w = weights.get(JAVA_FLOAT_UNALIGNED, at);
      x.set(JAVA_FLOAT_UNALIGNED, base + at, Math.fma(w, -share, scaled));
    }
  }
}
