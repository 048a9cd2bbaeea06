package dev.lanewise.optim;

import dev.lanewise.io.Safetensors;
import java.util.SequencedMap;

/** Changes parameters by their gradients. For one thread. */
public interface Optimizer {
  /**
   * Changes every parameter once.
   *
   * @return false if the step was skipped because gradients were not finite: then no parameter, no
   *     state and no step count has changed
   */
  boolean step();

  /** Sets all gradients to zero. */
  void zeroGrad();

  /** Steps taken; skipped ones do not count. */
  long steps();

  /**
   * The live state, by name: write it out to save it, fill it from a file and call {@link #restore}
   * to go on. Together with the parameters and {@link #steps} it determines every later step, bit
   * for bit.
   */
  SequencedMap<String, Safetensors.Entry> state();

  /** Goes on after {@code steps} steps, once the entries of {@link #state} have been filled. */
  void restore(long steps);
}
