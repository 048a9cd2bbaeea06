package dev.lanewise.cli.model;

import dev.lanewise.autograd.LossOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;

/** The loss of a model on fixed positions of a text. */
public final class Evaluation {
  private static final int ROWS = 1_024;

  private final ByteModel model;
  private final Slab slab;
  private final Workers workers;
  private final Batch batch;

  /** Makes the memory for all evaluations to come. */
  public Evaluation(ByteModel model, Slab slab, Workers workers) {
    this.model = model;
    this.slab = slab;
    this.workers = workers;
    batch = new Batch(slab, ROWS, model.shape().context());
  }

  /** At most {@code most} positions, evenly spread over a text of {@code length} bytes. */
  public static int[] positions(int length, int most) {
    int count = Math.min(length, most);
    int[] positions = new int[count];
    for (int i = 0; i < count; i++) {
      positions[i] = (int) ((long) i * length / count);
    }
    return positions;
  }

  /**
   * Mean of {@code -log2 P} over the bytes of {@code text} at {@code positions}, of which there is
   * at least one.
   */
  public double bitsPerByte(byte[] text, int[] positions) {
    double nats = 0;
    for (int begin = 0; begin < positions.length; begin += ROWS) {
      int rows = Math.min(ROWS, positions.length - begin);
      for (int row = 0; row < rows; row++) {
        batch.set(row, text, positions[begin + row]);
      }
      try (Tape tape = Tape.noGrad(slab, workers)) {
        Tensor logits = model.forward(tape, batch.contexts(), rows);
        nats += (double) LossOps.crossEntropyMean(tape, logits, batch.targets()).item() * rows;
      }
    }
    return nats / positions.length / Math.log(2);
  }
}
