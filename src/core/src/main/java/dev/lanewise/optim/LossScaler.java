package dev.lanewise.optim;

import dev.lanewise.io.Safetensors;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;
import java.util.SequencedMap;

/**
 * Dynamic loss scaling (P. Micikevicius et al.: Mixed Precision Training, 2018, section 3.2): the
 * loss is multiplied by {@link #scale}, so that small gradients do not underflow in a format of few
 * bits; the step divides the gradients by it in its one pass. A step with gradients that are not
 * finite is skipped and halves the scale; after {@code interval} good steps in a row it doubles.
 *
 * <pre>{@code
 * optimizer.lossScaler(LossScaler.dynamic());
 * ...
 * ops.scale(loss, optimizer.lossScaler().scale()).backward();
 * optimizer.step();
 * }</pre>
 */
public final class LossScaler {
  private static final float GROWTH = 2;
  private static final float BACKOFF = 0.5f;

  /** The largest power of two a float has; the scale stays at or below it. */
  private static final float MAX_SCALE = 0x1p127f;

  /** Below this the loss itself is broken; the scale stops there. */
  private static final float MIN_SCALE = 0x1p-24f;

  /** Scale, and good steps since it last changed: floats, as they are saved. */
  private final float[] state;

  private final int interval;

  private LossScaler(float scale, int interval) {
    state = new float[] {scale, 0};
    this.interval = interval;
  }

  /** From 65,536 on, doubled after 2,000 good steps. */
  public static LossScaler dynamic() {
    return dynamic(65_536, 2_000);
  }

  /**
   * A scale that adapts itself.
   *
   * @param scale at first, a positive power of two
   * @param interval good steps until it doubles, 1 to 2^24
   */
  public static LossScaler dynamic(float scale, int interval) {
    if (!(scale >= MIN_SCALE && scale <= MAX_SCALE) || Float.floatToRawIntBits(scale) << 9 != 0) {
      throw new IllegalArgumentException(
          "scale = " + scale + ": want a power of two from 2^-24 to 2^127");
    }
    if (interval < 1 || interval > 1 << 24) {
      throw new IllegalArgumentException("interval = " + interval + ": want 1 to 2^24 steps");
    }
    return new LossScaler(scale, interval);
  }

  /** What the loss has to be multiplied by now. */
  public float scale() {
    return state[0];
  }

  /** Counts a step whose gradients were finite or not. */
  void update(boolean finite) {
    if (!finite) {
      state[0] = Math.max(MIN_SCALE, state[0] * BACKOFF);
      state[1] = 0;
    } else if (++state[1] >= interval) {
      state[0] = Math.min(MAX_SCALE, state[0] * GROWTH);
      state[1] = 0;
    }
  }

  void putState(SequencedMap<String, Safetensors.Entry> entries) {
    entries.put(
        "optimizer.lossScale",
        new Safetensors.Entry(TensorLayout.of(2), MemorySegment.ofArray(state)));
  }
}
