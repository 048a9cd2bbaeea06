package dev.lanewise.kernel.loop;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.MemorySegment;

/** Operands on native segments. */
final class SegmentOperands extends Operands {
  final MemorySegment[] segments;
  private final ElementwiseOp op;
  private final GuardedFloats[] guarded;

  SegmentOperands(ElementwiseOp op, int n) {
    this.op = op;
    guarded = new GuardedFloats[op.operands()];
    segments = new MemorySegment[guarded.length];
    for (int i = 0; i < guarded.length; i++) {
      guarded[i] = GuardedFloats.of(n);
      segments[i] = guarded[i].segment();
    }
  }

  @Override
  void replace(int operand, int by) {
    segments[operand] = segments[by];
  }

  @Override
  void fill(float[][] values) {
    for (int i = 0; i < values.length; i++) {
      MemorySegment.copy(values[i], 0, segments[i], JAVA_FLOAT, 0, values[i].length);
    }
  }

  @Override
  void run(int begin, int end) {
    op.run(segments, begin, end);
  }

  @Override
  float[] read(int operand) {
    guarded[operand].assertGuardsIntact();
    return segments[operand].toArray(JAVA_FLOAT);
  }

  @Override
  public void close() {
    for (GuardedFloats operand : guarded) {
      operand.close();
    }
  }
}
