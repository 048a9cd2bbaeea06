package dev.lanewise.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The exact classes that the JDK gives to memory segments.
 *
 * <p>The JDK's own fall-back code runs heap segments through the methods that vector loads share,
 * so the type profile that C2 sees there is polluted and a loop over plain segments can be several
 * times slower. A kernel that first compares the class of each operand with one of these constants
 * tells C2 the exact class; the comparison has to stand in the kernel itself, a helper method would
 * hide it again:
 *
 * <pre>{@code
 * if (x.getClass() != NATIVE || y.getClass() != NATIVE) throw SegmentClass.notNative(x, y);
 * }</pre>
 */
public final class SegmentClass {
  /** The class of segments that an arena allocates. */
  public static final Class<?> NATIVE = Arena.global().allocate(64).getClass();

  /** The class of {@code MemorySegment.ofArray(float[])}. */
  public static final Class<?> FLOAT_ARRAY = MemorySegment.ofArray(new float[1]).getClass();

  private SegmentClass() {}

  /**
   * The error for a kernel that was handed something else than arena memory; names the first such
   * operand.
   */
  public static IllegalArgumentException notNative(MemorySegment... operands) {
    for (int i = 0; i < operands.length; i++) {
      if (operands[i].getClass() != NATIVE) {
        String kind =
            operands[i].isMapped()
                ? "a mapped file"
                : operands[i].isNative() ? "foreign" : "a heap array";
        return new IllegalArgumentException(
            "operand "
                + i
                + " lies in "
                + kind
                + ", this kernel wants memory of an arena: copy it into a Slab first");
      }
    }
    return new IllegalArgumentException("all operands lie in memory of an arena");
  }
}
