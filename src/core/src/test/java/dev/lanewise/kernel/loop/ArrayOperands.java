package dev.lanewise.kernel.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;

/** Operands on arrays: a guard zone before and after the elements. */
final class ArrayOperands extends Operands {
  private static final int GUARD = 64;

  /** Poisons what reads it, and shows what writes it. */
  private static final int PATTERN = 0x7fc0_dead;

  private final ElementwiseOp op;
  private final float[][] arrays;
  private final int n;

  ArrayOperands(ElementwiseOp op, int n) {
    this.op = op;
    this.n = n;
    arrays = new float[op.operands()][n + 2 * GUARD];
    for (float[] array : arrays) {
      Arrays.fill(array, Float.intBitsToFloat(PATTERN));
    }
  }

  @Override
  void replace(int operand, int by) {
    arrays[operand] = arrays[by];
  }

  @Override
  void fill(float[][] values) {
    for (int i = 0; i < values.length; i++) {
      System.arraycopy(values[i], 0, arrays[i], GUARD, n);
    }
  }

  @Override
  void run(int begin, int end) {
    ElementwiseOp.run(op.onArrays(), arrays, GUARD + begin, GUARD + end);
  }

  @Override
  float[] read(int operand) {
    float[] array = arrays[operand];
    for (int i = 0; i < GUARD; i++) {
      assertEquals(PATTERN, Float.floatToRawIntBits(array[i]), "written before the start");
      assertEquals(PATTERN, Float.floatToRawIntBits(array[GUARD + n + i]), "written past the end");
    }
    return Arrays.copyOfRange(array, GUARD, GUARD + n);
  }
}
