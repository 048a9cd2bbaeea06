package dev.lanewise.cli.images;

import java.util.Locale;

/**
 * Where a training stands.
 *
 * @param step optimizer steps done
 * @param seconds since the first step began
 * @param heldOutAccuracy part of the held-out images that are told right, 0 to 1
 * @param heldOutLoss mean cross-entropy of the held-out images, in nats
 * @param trainLoss the same of the batches since the last snapshot, as they were augmented
 * @param lr learning rate of the last step
 * @param imagesPerSecond trained on since the last snapshot
 */
record ImageSnapshot(
    long step,
    double seconds,
    double heldOutAccuracy,
    double heldOutLoss,
    double trainLoss,
    double lr,
    double imagesPerSecond) {

  /** All of it in one line. */
  String line() {
    return String.format(
        Locale.ROOT,
        "step %,7d   held-out %5.1f %% right, loss %.4f   train %.4f   %,8.0f images/s",
        step,
        100 * heldOutAccuracy,
        heldOutLoss,
        trainLoss,
        imagesPerSecond);
  }
}
