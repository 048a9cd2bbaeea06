package dev.lanewise.nn;

/** SplitMix64 (Steele, Lea, Flood 2014) as a function of key and counter. */
final class SplitMix64 {
  /** The odd integer nearest to 2^64 / golden ratio. */
  private static final long GAMMA = 0x9e3779b97f4a7c15L;

  /** 64-bit FNV-1a. */
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;

  private static final long FNV_PRIME = 0x100000001b3L;

  private SplitMix64() {}

  /** A stream of its own for each seed and name. */
  static long key(long seed, String name) {
    long hash = FNV_OFFSET;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * FNV_PRIME;
    }
    return mix(mix(seed + GAMMA) ^ hash);
  }

  /** The 64 bits at a counter from 0. */
  static long at(long key, long counter) {
    return mix(key + (counter + 1) * GAMMA);
  }

  /** A standard normal value at a counter from 0, by Box and Muller's transform (1958). */
  static double normal(long key, long counter) {
    // In (0, 1]: the logarithm is finite.
    double first = ((at(key, 2 * counter) >>> 11) + 1) * 0x1p-53;
    double second = (at(key, 2 * counter + 1) >>> 11) * 0x1p-53;
    return Math.sqrt(-2 * StrictMath.log(first)) * StrictMath.cos(2 * Math.PI * second);
  }

  private static long mix(long z) {
    long y = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    long x = (y ^ (y >>> 27)) * 0x94d049bb133111ebL;
    return x ^ (x >>> 31);
  }
}
