package dev.lanewise.cli.report;

import java.util.List;
import java.util.Locale;

/**
 * Where a training stands.
 *
 * @param step optimizer steps done
 * @param seconds since the first step began
 * @param heldOutBits bits per byte on the fixed held-out sample
 * @param trainBits bits per byte on the batches since the last snapshot
 * @param lr learning rate of the last step
 * @param tokensPerSecond tokens predicted in training since the last snapshot, per second
 * @param gemmGflops GFLOP/s inside the matrix products of these steps
 * @param gemmPercentOfPeak the same as a percentage of the FMA peak, the mean of those measured at
 *     the last snapshot and at this one
 * @param secondsLeft by the budget
 */
public record Snapshot(
    long step,
    double seconds,
    double heldOutBits,
    double trainBits,
    double lr,
    double tokensPerSecond,
    double gemmGflops,
    double gemmPercentOfPeak,
    double secondsLeft) {
  /** As lines of a {@link TrainingLog}. */
  public static final LogFormat<Snapshot> LOG =
      new LogFormat<>(
          List.of(
              "step",
              "seconds",
              "held_out_bits_per_byte",
              "train_bits_per_byte",
              "lr",
              "tokens_per_second",
              "gemm_gflops",
              "gemm_percent_of_peak",
              "seconds_left"),
          s ->
              List.of(
                  s.step,
                  s.seconds,
                  s.heldOutBits,
                  s.trainBits,
                  s.lr,
                  s.tokensPerSecond,
                  s.gemmGflops,
                  s.gemmPercentOfPeak,
                  s.secondsLeft),
          n -> new Snapshot((long) n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8]));

  /** All of it in one line. */
  public String line() {
    return String.format(
        Locale.ROOT,
        "step %,7d   held-out %.4f bits/byte   train %.4f   %,8.0f tokens/s   GEMM %6.1f GFLOP/s ="
            + " %3.0f %% of FMA peak   %s left",
        step,
        heldOutBits,
        trainBits,
        tokensPerSecond,
        gemmGflops,
        gemmPercentOfPeak,
        time(secondsLeft));
  }

  /** The same in pieces, what matters most first. */
  List<String> figures() {
    return List.of(
        String.format(Locale.ROOT, "%.3f bits/byte", heldOutBits),
        String.format(Locale.ROOT, "%,.0f tokens/s", tokensPerSecond),
        String.format(Locale.ROOT, "%.0f GFLOP/s", gemmGflops),
        String.format(Locale.ROOT, "%.0f %% of peak", gemmPercentOfPeak),
        String.format(Locale.ROOT, "step %,d", step),
        String.format(Locale.ROOT, "train %.3f", trainBits));
  }

  static String time(double seconds) {
    long whole = Math.round(seconds);
    return String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60);
  }
}
