package dev.lanewise.nn.transformer;

import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.rows.RotaryOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.gather.Rope;
import java.lang.foreign.MemorySegment;

/**
 * Rotary position embedding (J. Su et al.: RoFormer, 2021): pairs of elements of a head are turned
 * by an angle that grows with the position. A pair is an element and the one half a head behind it,
 * as in GPT-NeoX and Llama. The table of the angles is shared by all layers of a model; it is no
 * parameter.
 */
public final class Rotary {
  /** The base of the angles in the paper. */
  public static final double BASE = 10_000;

  private final int positions;
  private final int headWidth;
  private final Tensor cos;
  private final Tensor sin;

  private Rotary(int positions, int headWidth, Tensor cos, Tensor sin) {
    this.positions = positions;
    this.headWidth = headWidth;
    this.cos = cos;
    this.sin = sin;
  }

  /**
   * The table for a number of positions.
   *
   * @param positions at least 1
   * @param headWidth elements of a head, even and at least 2
   * @param base positive and finite; larger for longer contexts
   */
  public static Rotary of(Slab slab, int positions, int headWidth, double base) {
    if (positions < 1 || headWidth < 2 || headWidth % 2 != 0) {
      throw new IllegalArgumentException(
          "rotary embedding of "
              + positions
              + " positions and heads of "
              + headWidth
              + " elements: at least 1 position and an even number of elements are wanted");
    }
    TensorLayout layout = TensorLayout.of(positions, headWidth / 2);
    MemorySegment cos = slab.allocate(layout);
    MemorySegment sin = slab.allocate(layout);
    Rope.table(cos, sin, positions, headWidth, base);
    return new Rotary(
        positions, headWidth, Tensor.constant(layout, cos), Tensor.constant(layout, sin));
  }

  /**
   * Turns the first heads of each row.
   *
   * @param x [rows, heads * headWidth]
   * @param turned heads that are turned: those of the queries and of the keys
   * @param sequence rows after which the positions start again
   * @param offset position of the first row of a sequence
   */
  Tensor turn(Tape tape, Tensor x, int heads, int turned, int sequence, int offset) {
    if (sequence > positions - offset) {
      throw new IllegalArgumentException(
          "rotary embedding of "
              + positions
              + " positions was asked for "
              + sequence
              + " from "
              + offset
              + " on: make it for more, or the sequence shorter");
    }
    return RotaryOps.packed(tape, x, cos, sin, heads, turned, sequence, offset);
  }

  /** Elements of a head. */
  public int headWidth() {
    return headWidth;
  }
}
