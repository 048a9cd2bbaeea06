package dev.lanewise.cli.training;

import dev.lanewise.io.Safetensors;
import java.util.SequencedMap;

/** A training that can be saved between two steps, to go on as if nothing had happened. */
public interface Resumable {
  /**
   * Where a training stands: what the next step depends on, besides the tensors.
   *
   * @param step steps done, the skipped ones included
   * @param optimizerSteps without those
   * @param skippedInARow steps that were skipped just before
   * @param seconds used, those of trainings that it went on from included
   */
  record Position(long step, long optimizerSteps, int skippedInARow, double seconds) {}

  /** Where it stands. */
  Position position();

  /** Seconds used, without the rest of the position. */
  double seconds();

  /** The live tensors that decide, with the position, how it goes on: parameters and state. */
  SequencedMap<String, Safetensors.Entry> tensors();

  /** Keeps what a training must not lose. */
  interface Keeper {
    /** Nothing is kept. */
    Keeper NONE = (training, over) -> {};

    /**
     * Called after each step.
     *
     * @param over whether it was the last one
     */
    void afterStep(Resumable training, boolean over);
  }
}
