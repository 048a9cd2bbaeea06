package dev.lanewise.kernel.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;

/** Operands on arrays, each at an offset of its own: a guard zone before and after the elements. */
final class ArrayOperands extends Operands {
  private static final int GUARD = 64;

  /** Poisons what reads it, and shows what writes it. */
  private static final int PATTERN = 0x7fc0_dead;

  private final ElementwiseOp op;
  private final float[][] arrays;
  private final int[] firsts;
  private final int n;

  ArrayOperands(ElementwiseOp op, int n) {
    this.op = op;
    this.n = n;
    arrays = new float[op.operands()][n + 3 * GUARD];
    firsts = new int[arrays.length];
    for (int i = 0; i < arrays.length; i++) {
      Arrays.fill(arrays[i], Float.intBitsToFloat(PATTERN));
      firsts[i] = GUARD + 3 * i;
    }
  }

  @Override
  void replace(int operand, int by) {
    arrays[operand] = arrays[by];
    firsts[operand] = firsts[by];
  }

  @Override
  void fill(float[][] values) {
    for (int i = 0; i < values.length; i++) {
      System.arraycopy(values[i], 0, arrays[i], firsts[i], n);
    }
  }

  @Override
  void run(int begin, int end) {
    op.run(arrays, firsts, begin, end);
  }

  @Override
  float[] read(int operand) {
    float[] array = arrays[operand];
    int first = firsts[operand];
    for (int i = 0; i < array.length; i++) {
      if (i < first || i >= first + n) {
        assertEquals(PATTERN, Float.floatToRawIntBits(array[i]), "written outside: " + (i - first));
      }
    }
    return Arrays.copyOfRange(array, first, first + n);
  }
}
