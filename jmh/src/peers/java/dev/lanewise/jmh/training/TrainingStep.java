package dev.lanewise.jmh.training;

/** One step of a training. */
@FunctionalInterface
interface TrainingStep {
  /** Forward, backward, update; gives the loss before the update. */
  float run() throws Throwable;
}
