package dev.lanewise.ops;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/**
 * The operands of one call, on arrays and on segments, the same values in both: every operand lies
 * at another place between elements that nobody may touch.
 */
final class Memory implements AutoCloseable {
  private static final int GUARD = 67;
  private static final byte PATTERN = (byte) 0xa5;

  final Object[] arrays;
  final int[] offsets;
  final MemorySegment[] segments;

  private final PublicOp op;
  private final int rows;
  private final int cols;
  private final Arena arena;
  private final MemorySegment[] whole;

  Memory(PublicOp op, int rows, int cols) {
    this(op, rows, cols, false);
  }

  @SuppressWarnings("MustBeClosedChecker") // by close
  Memory(PublicOp op, int rows, int cols, boolean confined) {
    this.op = op;
    this.rows = rows;
    this.cols = cols;
    arena = confined ? Arena.ofConfined() : Arena.ofShared();
    int operands = op.operands().size();
    arrays = new Object[operands];
    offsets = new int[operands];
    segments = new MemorySegment[operands];
    whole = new MemorySegment[operands];
    for (int i = 0; i < operands; i++) {
      int n = op.elements(i, rows, cols);
      long bytes = op.operands().get(i).bytes();
      offsets[i] = GUARD + 3 * i;
      whole[i] = arena.allocate((n + 2 * GUARD + 3L * i) * bytes, 64).fill(PATTERN);
      segments[i] = whole[i].asSlice(offsets[i] * bytes, n * bytes);
      fill(segments[i], op.operands().get(i), new SplittableRandom(31 * i + n));
      arrays[i] = toArray(whole[i], op.operands().get(i));
    }
  }

  private void fill(MemorySegment segment, PublicOp.Operand operand, SplittableRandom random) {
    for (long i = 0; i < segment.byteSize() / operand.bytes(); i++) {
      if (operand.element() == short.class) {
        segment.setAtIndex(JAVA_SHORT, i, (short) random.nextInt());
      } else if (operand.element() == int.class) {
        segment.setAtIndex(JAVA_INT, i, random.nextInt(Math.max(1, cols)));
      } else {
        segment.setAtIndex(JAVA_FLOAT, i, 0.2f + random.nextInt() * 0x1p-30f);
      }
    }
  }

  private static Object toArray(MemorySegment segment, PublicOp.Operand operand) {
    if (operand.element() == short.class) {
      return segment.toArray(JAVA_SHORT);
    }
    return operand.element() == int.class ? segment.toArray(JAVA_INT) : segment.toArray(JAVA_FLOAT);
  }

  /** What the arrays hold, guard zones and all, as bytes: bits tell NaNs and signs apart. */
  byte[] arrayBytes(int operand) {
    return bytes(arrays[operand]);
  }

  /** The same of the segments. */
  byte[] segmentBytes(int operand) {
    return whole[operand].toArray(JAVA_BYTE);
  }

  private static byte[] bytes(Object array) {
    MemorySegment segment =
        switch (array) {
          case float[] floats -> MemorySegment.ofArray(floats);
          case short[] shorts -> MemorySegment.ofArray(shorts);
          default -> MemorySegment.ofArray((int[]) array);
        };
    return segment.toArray(JAVA_BYTE);
  }

  /** Arrays of the elements alone. */
  Object[] exactArrays() {
    Object[] exact = new Object[arrays.length];
    for (int i = 0; i < exact.length; i++) {
      exact[i] = toArray(segments[i], op.operands().get(i));
    }
    return exact;
  }

  /** From now on an operand is another one. */
  void replace(int operand, int by) {
    arrays[operand] = arrays[by];
    offsets[operand] = offsets[by];
    segments[operand] = segments[by];
  }

  /** Checks that this memory holds what {@code expected} holds, array for array. */
  void assertArraysAre(Memory expected, String what) {
    for (int i = 0; i < arrays.length; i++) {
      assertArrayEquals(
          expected.segmentBytes(i),
          arrayBytes(i),
          what + ", operand " + i + ", " + rows + " x " + cols);
    }
  }

  void assertSegmentsAre(Memory expected, String what) {
    for (int i = 0; i < arrays.length; i++) {
      assertArrayEquals(
          expected.segmentBytes(i),
          segmentBytes(i),
          what + ", operand " + i + ", " + rows + " x " + cols);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
