package dev.lanewise.memory;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The off-heap memory of one model: parameters, gradients and optimizer state, which live as long
 * as the slab, and {@linkplain #openFrame frames} of step memory, which are taken again by the next
 * step.
 *
 * <pre>{@code
 * try (Slab slab = Slab.open("model")) {
 *   MemorySegment weights = slab.allocate(TensorLayout.of(784, 512));
 *   try (Slab.Frame step = slab.openFrame()) {
 *     MemorySegment activations = step.allocateFloats(512);
 *   }
 * }
 * }</pre>
 *
 * <p>All memory lies in a few large mappings under one shared arena, aligned to 2 MiB; it is
 * counted against the {@link MemoryBudget} as it is mapped, the room lost to the alignment (under 2
 * MiB for each mapping) left out. Buffers are 64-byte aligned and staggered so that streams do not
 * meet in the caches. Huge pages are asked for where the JVM was started with {@code
 * --enable-native-access=ALL-UNNAMED} or {@code --enable-native-access=dev.lanewise}, see {@link
 * HugePages}.
 *
 * <p>After {@link #close} every use of a buffer is an {@link IllegalStateException}, in all
 * threads, also in those that were reading when it was closed; the JVM leaves the interrupt flag of
 * such a thread set (HotSpot delivers the exception as it does an interrupt). Keep the slab itself
 * in reach while its buffers are used, as try does: with {@code -Dlanewise.leakDetection=true} a
 * slab that became unreachable is freed, and reported with the place that opened it. Without the
 * flag its memory would be lost until the process ends.
 *
 * <p>Thread-safe. A failed call changes nothing.
 */
public final class Slab implements AutoCloseable {
  /** Size of a mapping where none is asked for. */
  public static final long DEFAULT_MAPPING_BYTES = 64L << 20;

  /** Above this a size cannot be rounded up to pages any more; no machine comes near. */
  private static final long MAX_BYTES = Long.MAX_VALUE >> 1;

  private final SlabMemory memory;
  private final Region buffers;
  private final Region steps;
  private final MemorySegment empty;
  private final Deque<Frame> frames = new ArrayDeque<>();
  private final boolean hugePages;
  private final Cleaner.@Nullable Cleanable watch;
  private long peakBytes;

  private Slab(SlabMemory memory, long mappingBytes) {
    this.memory = memory;
    buffers = new Region(memory, mappingBytes);
    steps = new Region(memory, mappingBytes);
    buffers.grow(mappingBytes);
    empty = buffers.allocate(0);
    hugePages = mappingBytes >= HugePages.BYTES && HugePages.available();
    watch = LeakDetector.watch(this, memory);
  }

  /**
   * Opens a slab with mappings of {@link #DEFAULT_MAPPING_BYTES}.
   *
   * @param name the owner that errors and the budget name
   * @throws OffHeapBudgetException if the budget has no room for the first mapping
   */
  public static Slab open(String name) {
    return open(name, DEFAULT_MAPPING_BYTES);
  }

  /**
   * Opens a slab and maps its first memory.
   *
   * @param name the owner that errors and the budget name
   * @param firstMappingBytes size of the first mapping, and the least size of each further one;
   *     rounded up to pages
   * @throws OffHeapBudgetException if the budget has no room for it
   */
  public static Slab open(String name, long firstMappingBytes) {
    return open(name, firstMappingBytes, MemoryBudget.global(), Mapper.ofSystem());
  }

  static Slab open(String name, long firstMappingBytes, MemoryBudget budget, Mapper mapper) {
    Objects.requireNonNull(name, "name");
    if (firstMappingBytes <= 0 || firstMappingBytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          "a first mapping of "
              + firstMappingBytes
              + " bytes was asked of slab \""
              + name
              + "\": ask for 1 to "
              + MAX_BYTES);
    }
    SlabMemory memory = new SlabMemory(name, budget, mapper);
    try {
      return new Slab(memory, firstMappingBytes);
    } catch (Throwable failure) {
      memory.close();
      throw failure;
    }
  }

  /** Zeroed memory for {@code n} floats. */
  public MemorySegment allocateFloats(long n) {
    return allocateBuffer(n, Float.BYTES);
  }

  /** Zeroed memory for {@code n} ints. */
  public MemorySegment allocateInts(long n) {
    return allocateBuffer(n, Integer.BYTES);
  }

  /** Zeroed memory for {@code n} doubles. */
  public MemorySegment allocateDoubles(long n) {
    return allocateBuffer(n, Double.BYTES);
  }

  /** Zeroed memory for a tensor. */
  public MemorySegment allocate(TensorLayout layout) {
    return allocateBuffer(layout.elements(), Float.BYTES);
  }

  /**
   * Opens step memory: buffers that live until the frame is closed. Frames lie in mappings of their
   * own, and a step that takes the same sizes in the same order as one before maps nothing.
   */
  public synchronized Frame openFrame() {
    requireOpen();
    Frame frame = new Frame(steps.mark());
    frames.push(frame);
    return frame;
  }

  /** The name given to {@link #open}. */
  public String name() {
    return memory.name();
  }

  /**
   * Bytes that buffers take now, those of open frames and the gaps between buffers included; 0
   * after close.
   */
  public synchronized long usedBytes() {
    return isOpen() ? buffers.usedBytes() + steps.usedBytes() : 0;
  }

  /** The most that {@link #usedBytes} has come to since the slab was opened. */
  public synchronized long peakBytes() {
    peakBytes = Math.max(peakBytes, usedBytes());
    return peakBytes;
  }

  /** Bytes mapped, as counted against the budget; 0 after close. */
  public long reservedBytes() {
    return memory.reservedBytes();
  }

  /** Whether huge pages were asked for this slab, by a system that may grant them. */
  public boolean hugePages() {
    return hugePages;
  }

  /** Whether buffers may be used. */
  public boolean isOpen() {
    return memory.isOpen();
  }

  /**
   * Frees all memory; harmless the second time.
   *
   * @throws IllegalStateException if a system call is using a buffer at this moment, a file being
   *     written for instance; the slab stays open then
   */
  @Override
  public synchronized void close() {
    memory.close();
    frames.clear();
    if (watch != null) {
      watch.clean();
    }
  }

  @Override
  public String toString() {
    return "Slab \"" + name() + "\"";
  }

  private synchronized MemorySegment allocateBuffer(long n, long elementBytes) {
    long bytes = bytes(n, elementBytes);
    requireOpen();
    return bytes == 0 ? empty : buffers.allocate(bytes);
  }

  private long bytes(long n, long elementBytes) {
    if (n < 0 || n > MAX_BYTES / elementBytes) {
      throw new IllegalArgumentException(
          n
              + " elements of "
              + elementBytes
              + " bytes were asked of slab \""
              + name()
              + "\": ask for 0 to "
              + MAX_BYTES / elementBytes);
    }
    return n * elementBytes;
  }

  private void requireOpen() {
    if (!isOpen()) {
      throw new IllegalStateException(
          "slab \"" + name() + "\" is closed: nothing can be allocated from it any more");
    }
  }

  /**
   * Step memory, taken back as a whole. Frames nest like calls: only the one opened last allocates
   * and may be closed.
   *
   * <p>After close the memory belongs to the next frame, so a buffer of a closed frame must not be
   * used any more: that is no error the JVM could see, it reads what the next frame wrote. It is
   * never outside the slab.
   */
  public final class Frame implements AutoCloseable {
    private final Region.Mark mark;
    private boolean open = true;

    private Frame(Region.Mark mark) {
      this.mark = mark;
    }

    /** Memory for {@code n} floats, contents undefined. */
    public MemorySegment allocateFloats(long n) {
      return allocateStep(n, Float.BYTES);
    }

    /** Memory for {@code n} ints, contents undefined. */
    public MemorySegment allocateInts(long n) {
      return allocateStep(n, Integer.BYTES);
    }

    /** Memory for {@code n} doubles, contents undefined. */
    public MemorySegment allocateDoubles(long n) {
      return allocateStep(n, Double.BYTES);
    }

    /** Memory for a tensor, contents undefined. */
    public MemorySegment allocate(TensorLayout layout) {
      return allocateStep(layout.elements(), Float.BYTES);
    }

    /**
     * Gives all buffers of this frame back to the slab, which keeps the mappings; harmless the
     * second time, and after the slab has been closed.
     *
     * @throws IllegalStateException if a frame opened later is still open
     */
    @Override
    public void close() {
      synchronized (Slab.this) {
        if (open && Slab.this.isOpen()) {
          requireInnermost("closed");
          peakBytes();
          frames.pop();
          steps.rewind(mark);
        }
        open = false;
      }
    }

    /**
     * Closes this frame and moves one of its buffers to the frame around it, the way a call returns
     * a value.
     *
     * @param buffer of this frame
     * @return the buffer of the frame around, with the contents of {@code buffer}
     * @throws IllegalStateException if no frame is around this one, or if a frame opened later is
     *     still open
     */
    public MemorySegment closeKeeping(MemorySegment buffer) {
      synchronized (Slab.this) {
        requireInnermost("closed");
        if (frames.size() < 2) {
          throw new IllegalStateException(
              "no frame of slab \""
                  + name()
                  + "\" is open around this one to keep a buffer in: close it instead");
        }
        close();
        // Nothing was written since: the bytes are still there, and a copy may overlap itself.
        return buffer.byteSize() == 0 ? empty : steps.allocate(buffer.byteSize()).copyFrom(buffer);
      }
    }

    private MemorySegment allocateStep(long n, long elementBytes) {
      synchronized (Slab.this) {
        long bytes = bytes(n, elementBytes);
        requireOpen();
        if (!open) {
          throw new IllegalStateException(
              "the frame of slab \""
                  + name()
                  + "\" is closed: nothing can be allocated from it any more");
        }
        requireInnermost("allocated from");
        return bytes == 0 ? empty : steps.allocate(bytes);
      }
    }

    private void requireInnermost(String verb) {
      if (frames.peek() != this) {
        throw new IllegalStateException(
            "a frame of slab \""
                + name()
                + "\" is "
                + verb
                + " while a frame opened later is open: close that one first");
      }
    }
  }
}
