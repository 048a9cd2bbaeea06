package dev.lanewise.kernel.step.factored;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.step.gradient.f32.segments.Zero;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.VirtualLanes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * The step of Adafactor on a part of a matrix (N. Shazeer, M. Stern: Adafactor: Adaptive Learning
 * Rates with Sublinear Memory Cost, 2018, algorithm 4, lines 7 to 10). The root of the second
 * moment {@code R[r] C[c] / mean(R)} is never formed: what divides the gradient is a factor of its
 * row and one of its column,
 *
 * <pre>
 * a[r]    = scale sqrt(mean / R[r])
 * b[c]    = 1 / sqrt(C[c])
 * U[r, c] = g[r, c] b[c] a[r]
 * w[r, c] = w[r, c] - decay w[r, c] - rate U[r, c]
 * </pre>
 *
 * <p>NaN and infinities follow IEEE 754. The same bits at every width. Error, u = 2^-24, relative,
 * besides that of R, C and b: {@code 4 u} for U; {@code (n / 32 + 31 + 14) u} for the sum of
 * squares of a part; {@code 2 u |w| + 6 u |update|} for w.
 */
public final class FactoredStep {
  private static final int VECTORS = VirtualLanes.VECTORS;

  private FactoredStep() {}

  /**
   * The sum of {@code U[r, c]^2} over the rows {@code [rowBegin, rowBegin + rows)} and the columns
   * {@code [colBegin, colBegin + n)}: each row in single precision as {@link SquareSums} has it,
   * the rows in order in double precision.
   *
   * @param g read: rows of {@code cols} elements
   * @param cols elements of a row
   * @param rowBegin first row
   * @param rows rows
   * @param colBegin first column
   * @param n columns
   * @param scale factor of g
   * @param rowMoments R, read: one element per row of the matrix
   * @param mean their mean
   * @param colFactors b, read: one element per column of the matrix
   */
  public static double sumOfSquares(
      MemorySegment g,
      long cols,
      long rowBegin,
      int rows,
      long colBegin,
      int n,
      float scale,
      MemorySegment rowMoments,
      double mean,
      MemorySegment colFactors) {
    int whole = n - n % VirtualLanes.COUNT;
    double sum = 0;
    for (long r = rowBegin; r < rowBegin + rows; r++) {
      long base = (r * cols + colBegin) * Float.BYTES;
      long colBase = colBegin * Float.BYTES;
      float row = whole == 0 ? 0 : wholeLanes(g, base, whole, colFactors, colBase);
      row += tail(g, base, whole, n, colFactors, colBase);
      double a = factor(scale, rowMoments, r, mean);
      sum += row * a * a;
    }
    return sum;
  }

  /**
   * Updates the rows {@code [rowBegin, rowBegin + rows)}, columns {@code [colBegin, colBegin + n)}.
   *
   * @param w read and overwritten: rows of {@code cols} elements
   * @param g read: rows of {@code cols} elements; overwritten by 0 if {@code zeroGrads}
   * @param cols elements of a row
   * @param rowBegin first row
   * @param rows rows
   * @param colBegin first column
   * @param n columns
   * @param scale factor of g
   * @param rowMoments R, read: one element per row of the matrix
   * @param mean their mean
   * @param colFactors b, read: one element per column of the matrix
   * @param rate of the update
   * @param decay the part of w that is taken away
   * @param zeroGrads whether to leave zeros in {@code g}
   */
  public static void update(
      MemorySegment w,
      MemorySegment g,
      long cols,
      long rowBegin,
      int rows,
      long colBegin,
      int n,
      float scale,
      MemorySegment rowMoments,
      double mean,
      MemorySegment colFactors,
      float rate,
      float decay,
      boolean zeroGrads) {
    for (long r = rowBegin; r < rowBegin + rows; r++) {
      long base = (r * cols + colBegin) * Float.BYTES;
      float a = factor(scale, rowMoments, r, mean);
      updateRow(w, g, base, n, rate * a, decay, colFactors, colBegin * Float.BYTES, zeroGrads);
    }
  }

  private static float factor(float scale, MemorySegment rowMoments, long r, double mean) {
    return scale * (float) Math.sqrt(mean / rowMoments.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES));
  }

  private static float wholeLanes(
      MemorySegment g, long base, int whole, MemorySegment colFactors, long colBase) {
    if (g.getClass() != NATIVE || colFactors.getClass() != NATIVE) {
      throw SegmentClass.notNative(g, colFactors);
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
      long at = (long) i * Float.BYTES;
      FloatVector v = FloatVector.fromMemorySegment(F32, g, base + at, ByteOrder.nativeOrder());
      FloatVector b =
          FloatVector.fromMemorySegment(F32, colFactors, colBase + at, ByteOrder.nativeOrder());
      v = v.mul(b);
      v = v.fma(v, s0);
      if (VECTORS == 2) {
        s0 = s1;
        s1 = v;
      } else if (VECTORS == 4) {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = v;
      } else {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = s4;
        s4 = s5;
        s5 = s6;
        s6 = s7;
        s7 = v;
      }
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7);
  }

  private static float tail(
      MemorySegment g, long base, int whole, int n, MemorySegment colFactors, long colBase) {
    if (g.getClass() != NATIVE || colFactors.getClass() != NATIVE) {
      throw SegmentClass.notNative(g, colFactors);
    }
    float sum = 0;
    for (int i = whole; i < n; i++) {
      long at = (long) i * Float.BYTES;
      float v =
          g.get(JAVA_FLOAT_UNALIGNED, base + at)
              * colFactors.get(JAVA_FLOAT_UNALIGNED, colBase + at);
      sum = Math.fma(v, v, sum);
    }
    return sum;
  }

  private static void updateRow(
      MemorySegment w,
      MemorySegment g,
      long base,
      int n,
      float rate,
      float decay,
      MemorySegment colFactors,
      long colBase,
      boolean zeroGrads) {
    if (w.getClass() != NATIVE || g.getClass() != NATIVE || colFactors.getClass() != NATIVE) {
      throw SegmentClass.notNative(w, g, colFactors);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector vw = FloatVector.fromMemorySegment(F32, w, base + at, ByteOrder.nativeOrder());
      FloatVector vg = FloatVector.fromMemorySegment(F32, g, base + at, ByteOrder.nativeOrder());
      FloatVector b =
          FloatVector.fromMemorySegment(F32, colFactors, colBase + at, ByteOrder.nativeOrder());
      vw = vw.fma(FloatVector.broadcast(F32, -decay), vw);
      vw = vg.mul(b).fma(FloatVector.broadcast(F32, -rate), vw);
      vw.intoMemorySegment(w, base + at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = (long) i * Float.BYTES;
      float vw = w.get(JAVA_FLOAT_UNALIGNED, base + at);
      float b = colFactors.get(JAVA_FLOAT_UNALIGNED, colBase + at);
      vw = Math.fma(vw, -decay, vw);
      vw = Math.fma(g.get(JAVA_FLOAT_UNALIGNED, base + at) * b, -rate, vw);
      w.set(JAVA_FLOAT_UNALIGNED, base + at, vw);
    }
    if (zeroGrads) {
      Zero.fill(g, base, n);
    }
  }
}
