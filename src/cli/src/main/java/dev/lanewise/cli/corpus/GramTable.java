package dev.lanewise.cli.corpus;

/**
 * Counts by key: a hash table with linear probing, of arrays, since a text has millions of
 * different strings of five bytes.
 */
final class GramTable {
  /** A visitor of entries. */
  interface Visitor {
    void visit(long key, long count);
  }

  private static final int LEAST = 1 << 10;

  /** The golden ratio of 2^64: neighbouring keys go far apart. */
  private static final long SPREAD = 0x9e3779b97f4a7c15L;

  /** Keys plus one; 0 is a free place. */
  private long[] keys = new long[LEAST];

  private long[] counts = new long[LEAST];
  private int size;

  /**
   * Adds to the count of a key.
   *
   * @param key at least 0
   * @return the count before, 0 if the key is new
   */
  long add(long key, long more) {
    int at = place(keys, key);
    long before = counts[at];
    if (keys[at] == 0) {
      keys[at] = key + 1;
      size++;
    }
    counts[at] = before + more;
    if (size > keys.length / 2) {
      grow();
    }
    return before;
  }

  /** The count of a key, 0 if it is not there. */
  long get(long key) {
    return counts[place(keys, key)];
  }

  /** Shows every entry. */
  void forEach(Visitor visitor) {
    for (int i = 0; i < keys.length; i++) {
      if (keys[i] != 0) {
        visitor.visit(keys[i] - 1, counts[i]);
      }
    }
  }

  /** Where a key is, or would be. */
  private static int place(long[] keys, long key) {
    int mask = keys.length - 1;
    int at = (int) ((key * SPREAD) >>> 32) & mask;
    while (keys[at] != 0 && keys[at] != key + 1) {
      at = (at + 1) & mask;
    }
    return at;
  }

  private void grow() {
    long[] wider = new long[Math.multiplyExact(keys.length, 2)];
    long[] moved = new long[wider.length];
    for (int i = 0; i < keys.length; i++) {
      if (keys[i] != 0) {
        int at = place(wider, keys[i] - 1);
        wider[at] = keys[i];
        moved[at] = counts[i];
      }
    }
    keys = wider;
    counts = moved;
  }
}
