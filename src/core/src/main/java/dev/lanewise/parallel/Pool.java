package dev.lanewise.parallel;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A few objects that are handed from call to call, so that a call allocates nothing once as many
 * exist as are used at the same time. Safe for any number of threads, virtual ones too.
 *
 * @param <T> what is pooled
 */
public final class Pool<T> {
  private static final int SIZE = 64;

  private final AtomicReferenceArray<@Nullable T> free = new AtomicReferenceArray<>(SIZE);

  /** An empty pool. */
  public Pool() {}

  /** Takes an object out of the pool; null if there is none, then the caller makes one. */
  public @Nullable T poll() {
    for (int i = 0; i < SIZE; i++) {
      T pooled = free.getPlain(i) == null ? null : free.getAndSet(i, null);
      if (pooled != null) {
        return pooled;
      }
    }
    return null;
  }

  /**
   * Puts an object back; it is left to the collector if the pool is full.
   *
   * @return whether it was kept
   */
  public boolean give(T object) {
    for (int i = 0; i < SIZE; i++) {
      if (free.getPlain(i) == null && free.compareAndSet(i, null, object)) {
        return true;
      }
    }
    return false;
  }
}
