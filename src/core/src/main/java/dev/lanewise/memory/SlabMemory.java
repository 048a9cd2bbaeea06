package dev.lanewise.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The mappings of one slab: an arena, and what was charged to the budget for it. Knows nothing of
 * the slab.
 */
final class SlabMemory {
  private static final long PAGE_BYTES = 4096;

  private final String name;
  private final MemoryBudget budget;
  private final Mapper mapper;
  private final Arena arena = Arena.ofShared();
  private long reservedBytes;

  SlabMemory(String name, MemoryBudget budget, Mapper mapper) {
    this.name = name;
    this.budget = budget;
    this.mapper = mapper;
  }

  String name() {
    return name;
  }

  synchronized long reservedBytes() {
    return reservedBytes;
  }

  boolean isOpen() {
    return arena.scope().isAlive();
  }

  /**
   * Zeroed memory of at least {@code bytes}; when there is none, whatever the reason, nothing has
   * changed.
   */
  synchronized MemorySegment map(long bytes) {
    long alignment = bytes < HugePages.BYTES ? PAGE_BYTES : HugePages.BYTES;
    long mappedBytes = (bytes + alignment - 1) & -alignment;
    budget.charge(name, mappedBytes);
    try {
      MemorySegment mapping = mapper.map(arena, mappedBytes, alignment);
      reservedBytes += mappedBytes;
      return mapping;
    } catch (Throwable failure) {
      budget.release(name, mappedBytes);
      throw failure;
    }
  }

  /** Frees everything; harmless the second time. */
  synchronized void close() {
    if (isOpen()) {
      // Throws while a system call reads the memory, a file being written for instance: then all
      // stays as it was.
      arena.close();
      budget.release(name, reservedBytes);
      reservedBytes = 0;
    }
  }
}
