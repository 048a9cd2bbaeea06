package dev.lanewise.testing;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/** Calls a kernel on guarded native copies of arrays. */
public final class GuardedCall {
  private GuardedCall() {}

  /**
   * What the operands hold after the call; the guard zones around each are checked.
   *
   * @param kernel gets one segment per operand, in order
   */
  public static float[][] run(Consumer<MemorySegment[]> kernel, float[]... operands) {
    GuardedFloats[] guarded = new GuardedFloats[operands.length];
    MemorySegment[] segments = new MemorySegment[operands.length];
    for (int i = 0; i < operands.length; i++) {
      guarded[i] = GuardedFloats.copyOf(operands[i]);
      segments[i] = guarded[i].segment();
    }
    try {
      kernel.accept(segments);
      float[][] results = new float[operands.length][];
      for (int i = 0; i < operands.length; i++) {
        guarded[i].assertGuardsIntact();
        results[i] = guarded[i].toArray();
      }
      return results;
    } finally {
      for (GuardedFloats floats : guarded) {
        floats.close();
      }
    }
  }

  /** The bits of int32 as an operand. */
  public static float[] ints(int... values) {
    float[] bits = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      bits[i] = Float.intBitsToFloat(values[i]);
    }
    return bits;
  }
}
