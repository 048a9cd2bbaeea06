package dev.lanewise.optim;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.kernel.reduce.SumOfSquares;
import dev.lanewise.optim.GroupOptimizer.Slot;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The scales of adaptive gradient clipping, one for each row of each parameter. */
final class AdaptiveClipping {
  /** Elements that pay for waking a thread. */
  private static final long GRAIN = 16_384;

  private final double clip;
  private final double eps;
  private final Slot[] slots;
  private final int[] firstRow;
  private final float[] scales;
  private final long rowGrain;
  private final Workers.Task pass;
  private double gradScale;

  AdaptiveClipping(float clip, float eps, List<Slot> slots) {
    if (!(clip > 0 && clip < Float.POSITIVE_INFINITY && eps > 0 && eps < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "clip = " + clip + ", eps = " + eps + ": want finite numbers above 0");
    }
    this.clip = clip;
    this.eps = eps;
    this.slots = slots.toArray(Slot[]::new);
    firstRow = new int[this.slots.length + 1];
    long elements = 0;
    for (int s = 0; s < this.slots.length; s++) {
      firstRow[s + 1] = Math.addExact(firstRow[s], rows(this.slots[s].parameter()));
      elements += this.slots[s].n();
    }
    int rows = firstRow[this.slots.length];
    scales = new float[rows];
    rowGrain = Math.max(1, GRAIN * rows / Math.max(1, elements));
    pass = this::scaleRows;
  }

  /** Computes the scales of all rows, the common one included. */
  void compute(Workers workers, float common) {
    gradScale = common;
    workers.run(scales.length, rowGrain, pass);
  }

  /** Updates a part of a slot, row by row. */
  void update(GroupOptimizer<?> optimizer, int slotNumber, long begin, long end) {
    Slot slot = slots[slotNumber];
    long length = slot.n() / (firstRow[slotNumber + 1] - firstRow[slotNumber]);
    for (long at = begin; at < end; ) {
      long row = at / length;
      long next = Math.min(end, (row + 1) * length);
      optimizer.update(slot, at, next, scales[firstRow[slotNumber] + (int) row]);
      at = next;
    }
  }

  private static int rows(Parameter parameter) {
    if (parameter.layout().elements() == 0) {
      return 0;
    }
    return parameter.layout().rank() < 2 ? 1 : Math.toIntExact(parameter.layout().dim(0));
  }

  private void scaleRows(long begin, long end) {
    int s = 0;
    for (int row = (int) begin; row < end; row++) {
      while (row >= firstRow[s + 1]) {
        s++;
      }
      Slot slot = slots[s];
      long length = slot.n() / (firstRow[s + 1] - firstRow[s]);
      long from = (row - firstRow[s]) * length;
      double limit = clip * Math.max(eps, norm(slot.params(), from, length));
      double norm = Math.abs(gradScale) * norm(slot.grads(), from, length);
      scales[row] = (float) (norm > limit ? gradScale * (limit / norm) : gradScale);
    }
  }

  private static double norm(MemorySegment x, long from, long length) {
    double sum = 0;
    for (long at = 0; at < length; at += SumOfSquares.BLOCK) {
      int n = (int) Math.min(SumOfSquares.BLOCK, length - at);
      sum += SumOfSquares.block(x, (from + at) * Float.BYTES, n);
    }
    return Math.sqrt(sum);
  }
}
