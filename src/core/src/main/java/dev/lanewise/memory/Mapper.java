package dev.lanewise.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Where the mappings of a slab come from. */
@FunctionalInterface
interface Mapper {
  /** Zeroed native memory of the asked alignment that the arena frees when it closes. */
  MemorySegment map(Arena arena, long bytes, long alignment);

  /**
   * The system's own mappings where they may be had, because huge pages need them; the arena's
   * memory elsewhere.
   */
  static Mapper ofSystem() {
    return HugePages.canMap() ? HugePages::map : Arena::allocate;
  }
}
