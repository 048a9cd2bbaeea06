package dev.lanewise.cli.images;

import dev.lanewise.cli.report.LogFormat;
import java.util.List;
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
  /** As lines of a log. */
  static final LogFormat<ImageSnapshot> LOG =
      new LogFormat<>(
          List.of(
              "step",
              "seconds",
              "held_out_accuracy",
              "held_out_loss",
              "train_loss",
              "lr",
              "images_per_second"),
          s ->
              List.of(
                  s.step,
                  s.seconds,
                  s.heldOutAccuracy,
                  s.heldOutLoss,
                  s.trainLoss,
                  s.lr,
                  s.imagesPerSecond),
          n -> new ImageSnapshot((long) n[0], n[1], n[2], n[3], n[4], n[5], n[6]));

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
