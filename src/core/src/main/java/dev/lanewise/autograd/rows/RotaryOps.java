package dev.lanewise.autograd.rows;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.ops.gather.Rope;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * Rotary position embedding: the pairs of each head are turned by an angle that grows with the
 * position, and their gradients turned back, in place of dy.
 */
public final class RotaryOps {
  private interface Rotation {
    void run(
        MemorySegment x,
        MemorySegment cos,
        MemorySegment sin,
        MemorySegment y,
        long rows,
        int heads,
        int dim,
        long sequence,
        long offset,
        Workers workers);
  }

  private RotaryOps() {}

  /**
   * Pairs of an element and the one half a head behind it.
   *
   * @param x [rows, heads * dim]
   * @param cos [positions, dim / 2], see {@link Rope#table}
   * @param sin as {@code cos}
   * @param heads heads of a row
   * @param sequence rows after which the positions start again, at least 1
   * @param offset position of the first row of a sequence
   */
  public static Tensor split(
      Tape tape, Tensor x, Tensor cos, Tensor sin, int heads, long sequence, long offset) {
    return rotate(
        tape, x, cos, sin, heads, sequence, offset, Rope::forwardSplit, Rope::backwardSplit);
  }

  /**
   * Pairs of neighbours.
   *
   * @param x [rows, heads * dim]
   * @param cos [positions, dim / 2], see {@link Rope#table}
   * @param sin as {@code cos}
   * @param heads heads of a row
   * @param sequence rows after which the positions start again, at least 1
   * @param offset position of the first row of a sequence
   */
  public static Tensor interleaved(
      Tape tape, Tensor x, Tensor cos, Tensor sin, int heads, long sequence, long offset) {
    return rotate(
        tape,
        x,
        cos,
        sin,
        heads,
        sequence,
        offset,
        Rope::forwardInterleaved,
        Rope::backwardInterleaved);
  }

  /**
   * Pairs of an element and the one half a head behind it, in the first heads of each row; the
   * others, the values of packed projections, stay as they are.
   *
   * @param x [rows, heads * dim]
   * @param cos [positions, dim / 2], see {@link Rope#table}
   * @param sin as {@code cos}
   * @param heads heads of a row
   * @param turned heads of a row that are turned
   * @param sequence rows after which the positions start again, at least 1
   * @param offset position of the first row of a sequence
   */
  public static Tensor packed(
      Tape tape,
      Tensor x,
      Tensor cos,
      Tensor sin,
      int heads,
      int turned,
      long sequence,
      long offset) {
    return rotate(
        tape,
        x,
        cos,
        sin,
        heads,
        sequence,
        offset,
        (in, c, s, out, rows, all, dim, each, from, workers) ->
            Rope.forwardPacked(in, c, s, out, rows, all, turned, dim, each, from, workers),
        (in, c, s, out, rows, all, dim, each, from, workers) ->
            Rope.backwardPacked(in, c, s, out, rows, all, turned, dim, each, from, workers));
  }

  private static Tensor rotate(
      Tape tape,
      Tensor x,
      Tensor cos,
      Tensor sin,
      int heads,
      long sequence,
      long offset,
      Rotation forward,
      Rotation backward) {
    long cols = Rows.cols("rope", "x", x);
    if (heads < 1 || cols % heads != 0) {
      throw new IllegalArgumentException(
          "rope: x is "
              + x.layout()
              + " with "
              + heads
              + " heads: the columns must be a multiple of them");
    }
    if (cos.requiresGrad() || sin.requiresGrad()) {
      throw new IllegalArgumentException(
          "rope: the table of " + cos.layout() + " requires a gradient: it has none");
    }
    long rows = Rows.count(x);
    int dim = Math.toIntExact(cols / heads);
    Tensor y = tape.output(x.layout(), x, cos, sin);
    MemorySegment cs = cos.keep();
    MemorySegment ss = sin.keep();
    MemorySegment xData = x.data();
    MemorySegment yData = y.data();
    tape.compute(
        Meter.Family.ELEMENTWISE,
        rows * cols,
        workers -> forward.run(xData, cs, ss, yData, rows, heads, dim, sequence, offset, workers));
    if (y.requiresGrad()) {
      tape.record(
          "rotate",
          y,
          dy -> {
            tape.compute(
                Meter.Family.ELEMENTWISE,
                rows * cols,
                workers ->
                    backward.run(dy, cs, ss, dy, rows, heads, dim, sequence, offset, workers));
            tape.addGradient(x, dy);
          });
    }
    return y;
  }
}
