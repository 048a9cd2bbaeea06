package dev.lanewise.cli.model;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.lanewise.cli.text.Tokenizer;
import dev.lanewise.cli.text.Tokens;
import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;

/**
 * Rows of a text, in native memory that is made once and filled again for each step: the tokens
 * that the model sees, and for the last of them the tokens that follow.
 */
public final class Batch {
  private final int size;
  private final int context;
  private final int predictions;
  private final MemorySegment contexts;
  private final MemorySegment targets;

  /**
   * Room for a number of rows.
   *
   * @param predictions targets of a row, at most {@code context}
   */
  public Batch(Slab slab, int size, int context, int predictions) {
    this.size = size;
    this.context = context;
    this.predictions = predictions;
    contexts = slab.allocateInts(Math.multiplyExact((long) size, context));
    targets = slab.allocateInts(Math.multiplyExact((long) size, predictions));
  }

  /** Room for rows as a model wants them. */
  public static Batch of(Slab slab, int size, ModelShape shape) {
    return new Batch(slab, size, shape.context(), shape.predictions());
  }

  /**
   * Row {@code row} predicts the token at {@code position} and those before it, from what stands
   * before each; before the start of the text there are ends of files.
   */
  public void set(int row, Tokens text, int position) {
    long at = (long) row * context;
    for (int i = position - context; i < position; i++) {
      contexts.setAtIndex(JAVA_INT, at++, token(text, i));
    }
    at = (long) row * predictions;
    for (int i = position - predictions + 1; i <= position; i++) {
      targets.setAtIndex(JAVA_INT, at++, token(text, i));
    }
  }

  private static int token(Tokens text, int index) {
    return index < 0 ? Tokenizer.END_OF_FILE : text.at(index);
  }

  /**
   * Fills all rows with random positions of the text, which has at least as many tokens as a row
   * predicts: a pure function of seed and step, so a training can be repeated and gone on with.
   */
  public void draw(Tokens text, long seed, long step) {
    int first = predictions - 1;
    for (int row = 0; row < size; row++) {
      long random = mix(mix(seed ^ mix(step)) + row);
      // The upper half of a product: uniform up to a bias of the length / 2^64.
      set(row, text, first + (int) Math.unsignedMultiplyHigh(random, (long) text.length() - first));
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

  /** Rows. */
  public int size() {
    return size;
  }

  /** Tokens that are predicted in all. */
  public int targetCount() {
    return size * predictions;
  }

  /** int32 [rows, context], the first rows. */
  public MemorySegment contexts(int rows) {
    return rows == size ? contexts : contexts.asSlice(0, (long) rows * context * Integer.BYTES);
  }

  /** int32 [rows, predictions], the first rows. */
  public MemorySegment targets(int rows) {
    return rows == size ? targets : targets.asSlice(0, (long) rows * predictions * Integer.BYTES);
  }
}
