package dev.lanewise.cli.model;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.lanewise.cli.corpus.Corpus;
import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;

/**
 * Contexts and the bytes after them, in native memory that is made once and filled again for each
 * step.
 */
final class Batch {
  private final int size;
  private final int context;
  private final MemorySegment contexts;
  private final MemorySegment targets;

  Batch(Slab slab, int size, int context) {
    this.size = size;
    this.context = context;
    contexts = slab.allocateInts(Math.multiplyExact((long) size, context));
    targets = slab.allocateInts(size);
  }

  /** Row {@code row} becomes the byte at {@code position} and the bytes before it. */
  void set(int row, byte[] text, int position) {
    long at = (long) row * context;
    for (int i = position - context; i < position; i++) {
      contexts.setAtIndex(JAVA_INT, at++, i < 0 ? Corpus.END_OF_FILE : text[i] & 0xff);
    }
    targets.setAtIndex(JAVA_INT, row, text[position] & 0xff);
  }

  /**
   * Fills all rows with random positions of the text: a pure function of seed and step, so a
   * training can be repeated and gone on with.
   */
  void draw(byte[] text, long seed, long step) {
    for (int row = 0; row < size; row++) {
      long random = mix(mix(seed ^ mix(step)) + row);
      // The upper half of a product: uniform up to a bias of text.length / 2^64.
      set(row, text, (int) Math.unsignedMultiplyHigh(random, text.length));
    }
  }

  /**
   * The finaliser of SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, 2014) after one step of its
   * counter.
   */
  private static long mix(long counter) {
    long z = counter + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  int size() {
    return size;
  }

  /** int32 [size, context]. */
  MemorySegment contexts() {
    return contexts;
  }

  /** int32 [size]. */
  MemorySegment targets() {
    return targets;
  }
}
