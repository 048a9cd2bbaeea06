package dev.lanewise.cli.training;

import dev.lanewise.autograd.Tape;
import dev.lanewise.cli.model.Batch;
import dev.lanewise.cli.model.LanguageModel;
import dev.lanewise.cli.model.ModelShape;
import dev.lanewise.cli.text.Tokens;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.DropoutStep;
import dev.lanewise.parallel.Workers;

/** The loss of a model on fixed places of a text. */
public final class Evaluation {
  /** Tokens that are predicted at once: enough for the products to be at speed. */
  private static final int TOKENS_AT_ONCE = 1_024;

  private final LanguageModel model;
  private final Lesson lesson;
  private final Slab slab;
  private final Workers workers;
  private final Batch batch;

  /** Makes the memory for all evaluations to come. */
  public Evaluation(LanguageModel model, Lesson lesson, Slab slab, Workers workers) {
    this.model = model;
    this.lesson = lesson;
    this.slab = slab;
    this.workers = workers;
    ModelShape shape = model.shape();
    batch = Batch.of(slab, Math.max(1, TOKENS_AT_ONCE / shape.predictions()), shape);
  }

  /**
   * The last tokens of rows, each of {@code predictions} tokens, that are evenly spread over a text
   * and do not overlap.
   *
   * @param length of the text, at least {@code predictions}
   * @param most tokens to predict in all, but one row at least
   */
  public static int[] positions(int length, int predictions, int most) {
    int count = Math.max(1, Math.min(length, most) / predictions);
    int[] positions = new int[count];
    for (int i = 0; i < count; i++) {
      positions[i] = (int) ((long) i * length / count) + predictions - 1;
    }
    return positions;
  }

  /** Mean of {@code -log2 P} over the bytes of the held-out tokens of rows. */
  public double bitsPerByte(int[] positions) {
    Tokens text = lesson.heldOut();
    int predictions = model.shape().predictions();
    double nats = 0;
    for (int begin = 0; begin < positions.length; begin += batch.size()) {
      int rows = Math.min(batch.size(), positions.length - begin);
      for (int row = 0; row < rows; row++) {
        batch.set(row, text, positions[begin + row]);
      }
      try (Tape tape = Tape.noGrad(slab, workers)) {
        nats +=
            (double) model.loss(tape, batch, rows, DropoutStep.EVALUATION).item()
                * rows
                * predictions;
      }
    }
    return nats / bytes(positions) / Math.log(2);
  }

  /** Bytes of the held-out tokens of rows. */
  public long bytes(int[] positions) {
    int predictions = model.shape().predictions();
    long bytes = 0;
    for (int position : positions) {
      for (int i = position - predictions + 1; i <= position; i++) {
        bytes += lesson.tokenizer().bytes(lesson.heldOut().at(i)).length;
      }
    }
    return bytes;
  }
}
