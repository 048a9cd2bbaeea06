package dev.lanewise.memory;

import java.lang.ref.Cleaner;
import org.jspecify.annotations.Nullable;

/** Finds slabs that nobody closed: on with {@code -Dlanewise.leakDetection=true}. */
final class LeakDetector {
  static final String PROPERTY = "lanewise.leakDetection";

  /** Name of the {@link System.Logger} that reports. */
  static final String LOGGER = "dev.lanewise.memory";

  private LeakDetector() {}

  /**
   * Watches {@code slab}: when it becomes unreachable, its memory is freed and, if that had not
   * happened before, one warning names the place that opened it.
   *
   * @param memory what the slab holds; must not refer to the slab
   * @return to be cleaned when the slab has been closed; null when detection is off
   */
  static Cleaner.@Nullable Cleanable watch(Slab slab, SlabMemory memory) {
    if (!Boolean.getBoolean(PROPERTY)) {
      return null;
    }
    Throwable site = new Throwable("opened here");
    return Watch.CLEANER.register(
        slab,
        () -> {
          if (memory.isOpen()) {
            long bytes = memory.reservedBytes();
            memory.close();
            System.getLogger(LOGGER)
                .log(
                    System.Logger.Level.WARNING,
                    "Slab \""
                        + memory.name()
                        + "\" ("
                        + MemoryBudget.text(bytes)
                        + ") became unreachable without close(); freed now: close it by try",
                    site);
          }
        });
  }

  /** The thread of the cleaner starts with the first slab that is watched, not before. */
  private static final class Watch {
    static final Cleaner CLEANER = Cleaner.create();
  }
}
