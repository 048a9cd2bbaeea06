package dev.lanewise.ops.gather;

import dev.lanewise.operand.Ranges;
import dev.lanewise.ops.call.Call;
import dev.lanewise.ops.call.Grain;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

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
 *
 * <p>On native segments, on one thread or several: the same bits, and nothing is allocated.
 * Arguments are checked before the first element is written: an {@link IllegalArgumentException}
 * names both sides of what does not fit.
 */
public final class Rope {
  private static final Call.Kernel FORWARD_SPLIT =
      (c, begin, end) ->
          dev.lanewise.kernel.gather.Rope.forwardSplit(
              c.at(0), c.at(1), c.at(2), c.at(3), (int) c.n0, (int) c.n1, c.n2, c.n3, begin, end);

  private static final Call.Kernel BACKWARD_SPLIT =
      (c, begin, end) ->
          dev.lanewise.kernel.gather.Rope.backwardSplit(
              c.at(0), c.at(1), c.at(2), c.at(3), (int) c.n0, (int) c.n1, c.n2, c.n3, begin, end);

  private static final Call.Kernel FORWARD_PACKED =
      (c, begin, end) ->
          dev.lanewise.kernel.gather.Rope.forwardPacked(
              c.at(0),
              c.at(1),
              c.at(2),
              c.at(3),
              (int) c.n0,
              (int) c.n4,
              (int) c.n1,
              c.n2,
              c.n3,
              begin,
              end);

  private static final Call.Kernel BACKWARD_PACKED =
      (c, begin, end) ->
          dev.lanewise.kernel.gather.Rope.backwardPacked(
              c.at(0),
              c.at(1),
              c.at(2),
              c.at(3),
              (int) c.n0,
              (int) c.n4,
              (int) c.n1,
              c.n2,
              c.n3,
              begin,
              end);

  private static final Call.Kernel FORWARD_INTERLEAVED =
      (c, begin, end) ->
          dev.lanewise.kernel.gather.Rope.forwardInterleaved(
              c.at(0), c.at(1), c.at(2), c.at(3), (int) c.n0, (int) c.n1, c.n2, c.n3, begin, end);

  private static final Call.Kernel BACKWARD_INTERLEAVED =
      (c, begin, end) ->
          dev.lanewise.kernel.gather.Rope.backwardInterleaved(
              c.at(0), c.at(1), c.at(2), c.at(3), (int) c.n0, (int) c.n1, c.n2, c.n3, begin, end);

  private static final Call.Kernel TABLE =
      (c, begin, end) ->
          dev.lanewise.kernel.gather.Rope.table(c.at(0), c.at(1), (int) c.n0, c.p0, begin, end);

  static {
    VectorModule.require();
  }

  private Rope() {}

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void forwardSplit(
      MemorySegment x,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment y,
      long rows,
      int heads,
      int dim,
      long sequence,
      long offset) {
    forwardSplit(x, cos, sin, y, rows, heads, dim, sequence, offset, Workers.shared());
  }

  /**
   * {@code y = rotate(x)} for the given rows, in the split form.
   *
   * @param x read: rows of {@code heads dim} elements
   * @param cos read: rows of {@code dim / 2} elements, one per position
   * @param sin read: as {@code cos}
   * @param y overwritten: as {@code x}; may be {@code x} itself
   * @param rows rows of heads
   * @param heads heads of a row
   * @param dim elements of a head, even
   * @param sequence rows after which the positions start again, at least 1
   * @param offset position of the first row of a sequence
   * @param workers the threads it is split over where that pays
   */
  public static void forwardSplit(
      MemorySegment x,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment y,
      long rows,
      int heads,
      int dim,
      long sequence,
      long offset,
      Workers workers) {
    Ranges.checkHeads(rows, heads, dim, sequence, offset);
    Call call =
        Call.borrow()
            .read("x", x, rows * heads * dim)
            .read("cos", cos, (offset + Math.min(rows, sequence)) * (dim / 2))
            .read("sin", sin, (offset + Math.min(rows, sequence)) * (dim / 2))
            .write("y", y, rows * heads * dim, "x");
    call.n0 = heads;
    call.n1 = dim;
    call.n2 = sequence;
    call.n3 = offset;
    call.run(FORWARD_SPLIT, rows, Grain.rows(Grain.ARITHMETIC, (long) heads * dim), workers);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void backwardSplit(
      MemorySegment dy,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment dx,
      long rows,
      int heads,
      int dim,
      long sequence,
      long offset) {
    backwardSplit(dy, cos, sin, dx, rows, heads, dim, sequence, offset, Workers.shared());
  }

  /**
   * {@code dx} = dy turned back, for the given rows, in the split form.
   *
   * @param dy read: rows of {@code heads dim} elements
   * @param cos read: that of the forward pass
   * @param sin read: that of the forward pass
   * @param dx overwritten: as {@code dy}; may be {@code dy} itself
   * @param rows rows of heads
   * @param heads heads of a row
   * @param dim elements of a head, even
   * @param sequence rows after which the positions start again, at least 1
   * @param offset position of the first row of a sequence
   * @param workers the threads it is split over where that pays
   */
  public static void backwardSplit(
      MemorySegment dy,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment dx,
      long rows,
      int heads,
      int dim,
      long sequence,
      long offset,
      Workers workers) {
    Ranges.checkHeads(rows, heads, dim, sequence, offset);
    Call call =
        Call.borrow()
            .read("dy", dy, rows * heads * dim)
            .read("cos", cos, (offset + Math.min(rows, sequence)) * (dim / 2))
            .read("sin", sin, (offset + Math.min(rows, sequence)) * (dim / 2))
            .write("dx", dx, rows * heads * dim, "dy");
    call.n0 = heads;
    call.n1 = dim;
    call.n2 = sequence;
    call.n3 = offset;
    call.run(BACKWARD_SPLIT, rows, Grain.rows(Grain.ARITHMETIC, (long) heads * dim), workers);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void forwardPacked(
      MemorySegment x,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment y,
      long rows,
      int heads,
      int turned,
      int dim,
      long sequence,
      long offset) {
    forwardPacked(x, cos, sin, y, rows, heads, turned, dim, sequence, offset, Workers.shared());
  }

  /**
   * {@code y = rotate(x)} for the given rows, in the split form, of the first heads of each row;
   * the others are copied: packed projections, of which the values are not turned.
   *
   * @param x read: rows of {@code heads dim} elements
   * @param cos read: rows of {@code dim / 2} elements, one per position
   * @param sin read: as {@code cos}
   * @param y overwritten: as {@code x}; may be {@code x} itself
   * @param rows rows of heads
   * @param heads heads of a row
   * @param turned heads of a row that are turned, at most {@code heads}
   * @param dim elements of a head, even
   * @param sequence rows after which the positions start again, at least 1
   * @param offset position of the first row of a sequence
   * @param workers the threads it is split over where that pays
   */
  public static void forwardPacked(
      MemorySegment x,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment y,
      long rows,
      int heads,
      int turned,
      int dim,
      long sequence,
      long offset,
      Workers workers) {
    Ranges.checkHeads(rows, heads, dim, sequence, offset);
    checkTurned(heads, turned);
    Call call =
        Call.borrow()
            .read("x", x, rows * heads * dim)
            .read("cos", cos, (offset + Math.min(rows, sequence)) * (dim / 2))
            .read("sin", sin, (offset + Math.min(rows, sequence)) * (dim / 2))
            .write("y", y, rows * heads * dim, "x");
    call.n0 = heads;
    call.n1 = dim;
    call.n2 = sequence;
    call.n3 = offset;
    call.n4 = turned;
    call.run(FORWARD_PACKED, rows, Grain.rows(Grain.ARITHMETIC, (long) heads * dim), workers);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void backwardPacked(
      MemorySegment dy,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment dx,
      long rows,
      int heads,
      int turned,
      int dim,
      long sequence,
      long offset) {
    backwardPacked(dy, cos, sin, dx, rows, heads, turned, dim, sequence, offset, Workers.shared());
  }

  /**
   * {@code dx} = dy with the first heads of each row turned back, for the given rows, in the split
   * form; the other heads are copied.
   *
   * @param dy read: rows of {@code heads dim} elements
   * @param cos read: that of the forward pass
   * @param sin read: that of the forward pass
   * @param dx overwritten: as {@code dy}; may be {@code dy} itself
   * @param rows rows of heads
   * @param heads heads of a row
   * @param turned heads of a row that are turned, at most {@code heads}
   * @param dim elements of a head, even
   * @param sequence rows after which the positions start again, at least 1
   * @param offset position of the first row of a sequence
   * @param workers the threads it is split over where that pays
   */
  public static void backwardPacked(
      MemorySegment dy,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment dx,
      long rows,
      int heads,
      int turned,
      int dim,
      long sequence,
      long offset,
      Workers workers) {
    Ranges.checkHeads(rows, heads, dim, sequence, offset);
    checkTurned(heads, turned);
    Call call =
        Call.borrow()
            .read("dy", dy, rows * heads * dim)
            .read("cos", cos, (offset + Math.min(rows, sequence)) * (dim / 2))
            .read("sin", sin, (offset + Math.min(rows, sequence)) * (dim / 2))
            .write("dx", dx, rows * heads * dim, "dy");
    call.n0 = heads;
    call.n1 = dim;
    call.n2 = sequence;
    call.n3 = offset;
    call.n4 = turned;
    call.run(BACKWARD_PACKED, rows, Grain.rows(Grain.ARITHMETIC, (long) heads * dim), workers);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void forwardInterleaved(
      MemorySegment x,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment y,
      long rows,
      int heads,
      int dim,
      long sequence,
      long offset) {
    forwardInterleaved(x, cos, sin, y, rows, heads, dim, sequence, offset, Workers.shared());
  }

  /**
   * {@code y = rotate(x)} for the given rows, in the interleaved form.
   *
   * @param x read: rows of {@code heads dim} elements
   * @param cos read: rows of {@code dim / 2} elements, one per position
   * @param sin read: as {@code cos}
   * @param y overwritten: as {@code x}; may be {@code x} itself
   * @param rows rows of heads
   * @param heads heads of a row
   * @param dim elements of a head, even
   * @param sequence rows after which the positions start again, at least 1
   * @param offset position of the first row of a sequence
   * @param workers the threads it is split over where that pays
   */
  public static void forwardInterleaved(
      MemorySegment x,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment y,
      long rows,
      int heads,
      int dim,
      long sequence,
      long offset,
      Workers workers) {
    Ranges.checkHeads(rows, heads, dim, sequence, offset);
    Call call =
        Call.borrow()
            .read("x", x, rows * heads * dim)
            .read("cos", cos, (offset + Math.min(rows, sequence)) * (dim / 2))
            .read("sin", sin, (offset + Math.min(rows, sequence)) * (dim / 2))
            .write("y", y, rows * heads * dim, "x");
    call.n0 = heads;
    call.n1 = dim;
    call.n2 = sequence;
    call.n3 = offset;
    call.run(FORWARD_INTERLEAVED, rows, Grain.rows(Grain.ARITHMETIC, (long) heads * dim), workers);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void backwardInterleaved(
      MemorySegment dy,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment dx,
      long rows,
      int heads,
      int dim,
      long sequence,
      long offset) {
    backwardInterleaved(dy, cos, sin, dx, rows, heads, dim, sequence, offset, Workers.shared());
  }

  /**
   * {@code dx} = dy turned back, for the given rows, in the interleaved form.
   *
   * @param dy read: rows of {@code heads dim} elements
   * @param cos read: that of the forward pass
   * @param sin read: that of the forward pass
   * @param dx overwritten: as {@code dy}; may be {@code dy} itself
   * @param rows rows of heads
   * @param heads heads of a row
   * @param dim elements of a head, even
   * @param sequence rows after which the positions start again, at least 1
   * @param offset position of the first row of a sequence
   * @param workers the threads it is split over where that pays
   */
  public static void backwardInterleaved(
      MemorySegment dy,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment dx,
      long rows,
      int heads,
      int dim,
      long sequence,
      long offset,
      Workers workers) {
    Ranges.checkHeads(rows, heads, dim, sequence, offset);
    Call call =
        Call.borrow()
            .read("dy", dy, rows * heads * dim)
            .read("cos", cos, (offset + Math.min(rows, sequence)) * (dim / 2))
            .read("sin", sin, (offset + Math.min(rows, sequence)) * (dim / 2))
            .write("dx", dx, rows * heads * dim, "dy");
    call.n0 = heads;
    call.n1 = dim;
    call.n2 = sequence;
    call.n3 = offset;
    call.run(BACKWARD_INTERLEAVED, rows, Grain.rows(Grain.ARITHMETIC, (long) heads * dim), workers);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void table(
      MemorySegment cos, MemorySegment sin, long positions, int dim, double base) {
    table(cos, sin, positions, dim, base, Workers.shared());
  }

  /**
   * The table of the angles: {@code cos[p, i]} and {@code sin[p, i]} of {@code p base^(-2 i /
   * dim)}, computed in double precision. Made once: it alone allocates, in the sine of the JDK.
   *
   * @param cos overwritten: rows of {@code dim / 2} elements, one per position
   * @param sin overwritten: as {@code cos}
   * @param positions positions, from 0 on
   * @param dim elements of a head, even
   * @param base 10,000 in the paper
   * @param workers the threads it is split over where that pays
   */
  public static void table(
      MemorySegment cos, MemorySegment sin, long positions, int dim, double base, Workers workers) {
    Ranges.checkHeads(positions, 1, dim, 1, 0);
    Ranges.requirePositiveAndFinite("base", base);
    Call call =
        Call.borrow()
            .write("cos", cos, positions * (dim / 2))
            .write("sin", sin, positions * (dim / 2));
    call.n0 = dim;
    call.p0 = base;
    call.run(TABLE, positions, Grain.rows(Grain.ELEMENTARY, dim), workers);
  }

  private static void checkTurned(int heads, int turned) {
    if (turned < 0 || turned > heads) {
      throw new IllegalArgumentException(
          "turned = " + turned + " of heads = " + heads + ": want 0 to all of them");
    }
  }
}
