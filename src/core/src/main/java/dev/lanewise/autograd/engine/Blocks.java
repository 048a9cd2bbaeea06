package dev.lanewise.autograd.engine;

import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Buffers that are counted by their owners and used again once nobody owns them. A buffer is taken
 * for another of its size, or for one not much smaller; it is never split, so that it stays where
 * the slab has staggered it.
 */
final class Blocks {
  /** At most an eighth of a buffer is left empty when it is used again. */
  private static final long SLACK = 8;

  private static final class Block {
    final MemorySegment memory;
    int owners = 1;

    Block(MemorySegment memory) {
      this.memory = memory;
    }
  }

  private final Slab.Frame frame;
  private final TreeMap<Long, Block> byAddress = new TreeMap<>();
  private final TreeMap<Long, Deque<MemorySegment>> free = new TreeMap<>();
  private final MemorySegment empty;
  private long bytes;

  Blocks(Slab.Frame frame) {
    this.frame = frame;
    empty = frame.allocateFloats(0);
  }

  /** A buffer of {@code n} elements of 4 bytes, with one owner. */
  MemorySegment allocate(long n) {
    long size = Math.multiplyExact(n, (long) Float.BYTES);
    if (size == 0) {
      return empty;
    }
    var fitting = free.ceilingEntry(size);
    MemorySegment memory;
    if (fitting != null && fitting.getKey() - size <= fitting.getKey() / SLACK) {
      memory = fitting.getValue().pop();
      if (fitting.getValue().isEmpty()) {
        free.remove(fitting.getKey());
      }
    } else {
      memory = frame.allocateFloats(n);
      bytes += size;
    }
    byAddress.put(memory.address(), new Block(memory));
    return memory.byteSize() == size ? memory : memory.asSlice(0, size);
  }

  /** One more owner of the buffer that this is, or is a part of; memory of others is left alone. */
  void own(MemorySegment part) {
    Block block = blockOf(part);
    if (block != null) {
      block.owners++;
    }
  }

  /** One owner less. */
  void disown(MemorySegment part) {
    Block block = blockOf(part);
    if (block != null && --block.owners == 0) {
      byAddress.remove(block.memory.address());
      free.computeIfAbsent(block.memory.byteSize(), size -> new ArrayDeque<>()).push(block.memory);
    }
  }

  /** Bytes of all buffers there are, in use or not: the most that was needed at once. */
  long bytes() {
    return bytes;
  }

  private @Nullable Block blockOf(MemorySegment part) {
    var floor = byAddress.floorEntry(part.address());
    if (part.byteSize() == 0 || floor == null) {
      return null;
    }
    Block block = floor.getValue();
    return part.address() < block.memory.address() + block.memory.byteSize() ? block : null;
  }
}
