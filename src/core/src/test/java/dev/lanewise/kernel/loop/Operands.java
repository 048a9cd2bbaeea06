package dev.lanewise.kernel.loop;

/** The operands of one kernel between guard zones, made once and filled for every run. */
abstract class Operands implements AutoCloseable {
  /** From now on one operand is another one. */
  abstract void replace(int operand, int by);

  /** Copies the values in. */
  abstract void fill(float[][] values);

  abstract void run(int begin, int end);

  /** The elements of an operand; fails if its guard zones were written. */
  abstract float[] read(int operand);

  @Override
  public void close() {}
}
