package dev.lanewise.cli.model.gpt;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.lanewise.autograd.Tape;
import dev.lanewise.cli.model.Predictor;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.transformer.Gpt;
import dev.lanewise.nn.transformer.KeyValueCache;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * Keeps keys and values of what was read, so that a token costs one row. Where the context is full
 * it begins again with the last half of it, which costs as much as reading that half: on the
 * average two rows a token.
 */
final class GptPredictor implements Predictor {
  private final Gpt gpt;
  private final Slab slab;
  private final Workers workers;
  private final MemorySegment tokens;
  private final KeyValueCache cache;
  private final float[] logits;

  /** The tokens that the cache holds. */
  private final int[] held;

  GptPredictor(Gpt gpt, Slab slab, Workers workers) {
    this.gpt = gpt;
    this.slab = slab;
    this.workers = workers;
    held = new int[gpt.config().context()];
    tokens = slab.allocateInts(held.length);
    logits = new float[gpt.config().vocabulary()];
    cache = gpt.cache(slab);
  }

  @Override
  public void restart() {
    cache.clear();
  }

  @Override
  public float[] read(int... more) {
    // Of a text that is longer than the context the end counts alone.
    int begin = Math.max(0, more.length - held.length);
    int count = more.length - begin;
    int before = cache.length();
    int unread = before;
    if (count > cache.room()) {
      int kept = Math.min(held.length / 2, held.length - count);
      System.arraycopy(held, before - kept, held, 0, kept);
      cache.clear();
      before = kept;
      unread = 0;
    }
    System.arraycopy(more, begin, held, before, count);
    compute(unread, before + count - unread);
    return logits;
  }

  private void compute(int from, int count) {
    MemorySegment.copy(held, from, tokens, JAVA_INT, 0, count);
    try (Tape tape = Tape.noGrad(slab, workers)) {
      MemorySegment.copy(
          gpt.next(tape, cache, tokens, count).data(), JAVA_FLOAT, 0, logits, 0, logits.length);
    }
  }

  @Override
  public void close() {
    cache.close();
  }
}
