package dev.lanewise.ops;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.fail;

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
      segments[i].copyFrom(
          onHeap(values(op.operands().get(i), n, new SplittableRandom(31 * i + n))));
      arrays[i] = toArray(whole[i], op.operands().get(i));
    }
  }

  /** In an array, where a loop is fast beside every kind of arena. */
  private Object values(PublicOp.Operand operand, int n, SplittableRandom random) {
    if (operand.element() == short.class) {
      short[] values = new short[n];
      for (int i = 0; i < n; i++) {
        values[i] = (short) random.nextInt();
      }
      return values;
    }
    if (operand.element() == int.class) {
      return random.ints(n, 0, Math.max(1, cols)).toArray();
    }
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = 0.2f + random.nextInt() * 0x1p-30f;
    }
    return values;
  }

  private static Object toArray(MemorySegment segment, PublicOp.Operand operand) {
    if (operand.element() == short.class) {
      return segment.toArray(JAVA_SHORT);
    }
    return operand.element() == int.class ? segment.toArray(JAVA_INT) : segment.toArray(JAVA_FLOAT);
  }

  /** What the arrays hold, guard zones and all, as bytes: bits tell NaNs and signs apart. */
  byte[] arrayBytes(int operand) {
    return onHeap(arrays[operand]).toArray(JAVA_BYTE);
  }

  /** The same of the segments. */
  byte[] segmentBytes(int operand) {
    return whole[operand].toArray(JAVA_BYTE);
  }

  private static MemorySegment onHeap(Object array) {
    return switch (array) {
      case float[] floats -> MemorySegment.ofArray(floats);
      case short[] shorts -> MemorySegment.ofArray(shorts);
      default -> MemorySegment.ofArray((int[]) array);
    };
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
      assertSame(i, expected.whole[i], onHeap(arrays[i]), what);
    }
  }

  void assertSegmentsAre(Memory expected, String what) {
    for (int i = 0; i < arrays.length; i++) {
      assertSame(i, expected.whole[i], whole[i], what);
    }
  }

  /** Millions of bytes are compared many at a time. */
  private void assertSame(int operand, MemorySegment expected, MemorySegment actual, String what) {
    long at = expected.mismatch(actual);
    if (at >= 0) {
      long element = at / op.operands().get(operand).bytes() - offsets[operand];
      fail(what + ", operand " + operand + ", " + rows + " x " + cols + ", element " + element);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
