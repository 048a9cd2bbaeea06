package dev.lanewise.jmh.training;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.lanewise.jmh.Operands;
import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * An input of a model or its targets, for each step in turn. The batches are as many as it takes
 * that they are not learnt by heart: gradients of a loss near 0 are subnormal, and arithmetic on
 * them is a hundred times slower.
 *
 * @param all the batches one after the other
 * @param bytes of one
 */
public record Batches(MemorySegment all, long bytes) {
  /** Texts that are learnt from before the first comes again. */
  public static final int TEXTS = 256;

  /** Batches of rows, alike: the rows of a batch are larger than its tokens. */
  public static final int ROWS = 64;

  /** How many there are. */
  public long count() {
    return all.byteSize() / bytes;
  }

  /** That of a step, where it lies. */
  public MemorySegment at(long step) {
    return all.asSlice(step % count() * bytes, bytes);
  }

  /** Something of libtorch for the indices of each batch. */
  <T> List<T> indices(Function<long[], T> make) {
    List<T> made = new ArrayList<>();
    for (long i = 0; i < count(); i++) {
      made.add(make.apply(IntStream.of(at(i).toArray(JAVA_INT)).asLongStream().toArray()));
    }
    return List.copyOf(made);
  }

  /**
   * Tokens and what follows each of them: of the values below {@code bound} each is followed by one
   * of four, so that there is something to learn.
   */
  public static List<Batches> texts(Slab slab, int tokens, int bound) {
    SplittableRandom random = new SplittableRandom(2);
    int[] text = new int[TEXTS * tokens + 1];
    for (int i = 1; i < text.length; i++) {
      text[i] = (3 * text[i - 1] + 7 * random.nextInt(4) + 1) % bound;
    }
    return List.of(tokens(slab, text, 0, tokens), tokens(slab, text, 1, tokens));
  }

  private static Batches tokens(Slab slab, int[] text, int first, int tokens) {
    MemorySegment all = slab.allocateInts(text.length - 1L);
    MemorySegment.copy(text, first, all, JAVA_INT, 0, text.length - 1);
    return new Batches(all, (long) tokens * Integer.BYTES);
  }

  /** Matrices of random numbers. */
  public static Batches rows(Slab slab, int count, int rows, int width) {
    MemorySegment all = slab.allocateFloats((long) count * rows * width);
    Operands.randomise(all, 1);
    return new Batches(all, (long) rows * width * Float.BYTES);
  }

  /** A random class for each row. */
  public static Batches classes(Slab slab, int count, int rows, int bound) {
    MemorySegment all = slab.allocateInts((long) count * rows);
    Operands.randomiseInts(all, bound, 2);
    return new Batches(all, (long) rows * Integer.BYTES);
  }
}
