package dev.lanewise.kernel.norm.channels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Mean and variance over many batches, for use after training: {@code running += momentum (batch -
 * running)}, with the unbiased variance {@code variance elements / (elements - 1)}, as PyTorch has
 * it. One rounding each. Of one element the running variance becomes NaN.
 */
public final class RunningMoments {
  private RunningMoments() {}

  /**
   * Takes in a batch.
   *
   * @param mean read: {@code channels} elements
   * @param variance read: {@code channels} elements, biased
   * @param runningMean read and overwritten: {@code channels} elements
   * @param runningVariance read and overwritten: {@code channels} elements
   * @param momentum share of this batch, from 0 to 1
   * @param elements of a channel of the batch
   * @param channelBegin first channel
   * @param channelEnd one past the last channel
   */
  public static void update(
      MemorySegment mean,
      MemorySegment variance,
      MemorySegment runningMean,
      MemorySegment runningVariance,
      float momentum,
      long elements,
      long channelBegin,
      long channelEnd) {
    double unbiased = elements / (double) (elements - 1);
    for (long c = channelBegin; c < channelEnd; c++) {
      long at = c * Float.BYTES;
      blend(runningMean, at, mean.get(JAVA_FLOAT_UNALIGNED, at), momentum);
      blend(runningVariance, at, variance.get(JAVA_FLOAT_UNALIGNED, at) * unbiased, momentum);
    }
  }

  private static void blend(MemorySegment running, long at, double batch, float momentum) {
    double old = running.get(JAVA_FLOAT_UNALIGNED, at);
    running.set(JAVA_FLOAT_UNALIGNED, at, (float) (old + momentum * (batch - old)));
  }
}
