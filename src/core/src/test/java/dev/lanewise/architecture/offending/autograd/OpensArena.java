package dev.lanewise.architecture.offending.autograd;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory that no slab owns. */
public final class OpensArena {
  private OpensArena() {}

  public static MemorySegment floats(long n) {
    return Arena.ofAuto().allocate(4 * n, 64);
  }
}
