package dev.lanewise.jmh;

/**
 * How much memory all operands of a call take together, named after the cache that holds them on
 * most machines.
 */
public enum Footprint {
  /** Half of the smallest first-level cache in use, 32 KiB. */
  L1(16 << 10),
  L2(256 << 10),
  L3(8 << 20),
  /** More than the last-level caches of server processors. */
  DRAM(256 << 20),
  /** In L2, with a prime number of elements: no operand ends on a vector. */
  PRIME(256 << 10);

  private final int bytes;

  Footprint(int bytes) {
    this.bytes = bytes;
  }

  /** Elements of each operand when a call works on {@code operands} of them. */
  public int floats(int operands) {
    int n = bytes / Float.BYTES / operands;
    return this == PRIME ? largestPrimeUpTo(n) : n;
  }

  private static int largestPrimeUpTo(int n) {
    int candidate = n;
    while (!isPrime(candidate)) {
      candidate--;
    }
    return candidate;
  }

  private static boolean isPrime(int n) {
    for (int divisor = 2; (long) divisor * divisor <= n; divisor++) {
      if (n % divisor == 0) {
        return false;
      }
    }
    return n > 1;
  }
}
