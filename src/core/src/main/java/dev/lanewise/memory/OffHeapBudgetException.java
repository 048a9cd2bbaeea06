package dev.lanewise.memory;

/**
 * Off-heap memory was asked for beyond the {@link MemoryBudget}; the message names the largest
 * owners.
 */
public final class OffHeapBudgetException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OffHeapBudgetException(String message) {
    super(message);
  }
}
