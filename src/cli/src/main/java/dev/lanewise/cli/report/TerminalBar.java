package dev.lanewise.cli.report;

import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/** A bar with the figures of the last snapshot beside it, drawn by a thread of its own. */
final class TerminalBar implements Progress {
  private static final int LEAST_CELLS = 6;

  private static final int MOST_CELLS = 40;

  /** The bar is drawn again when the number of these changes. */
  private static final int PARTS = 10_000;

  /** Not a number before the first step: a training that goes on does not begin at 0. */
  private volatile double begin = Double.NaN;

  private volatile long started = System.nanoTime();
  private volatile double fraction;
  private volatile @Nullable Snapshot last;
  private final ProgressBar bar;

  TerminalBar() {
    bar =
        new ProgressBarBuilder()
            .setInitialMax(PARTS)
            .setUpdateIntervalMillis(250)
            .setRenderer((state, width) -> line(fraction, secondsLeft(), last, width))
            .build();
  }

  private double secondsLeft() {
    double seconds = (System.nanoTime() - started) * 1e-9;
    double done = fraction - begin;
    return done > 0 ? seconds / done * (1 - fraction) : 0;
  }

  /**
   * One line that fits into {@code width} columns: the bar shrinks first, then figures are left out
   * from the right.
   */
  static String line(double fraction, double secondsLeft, @Nullable Snapshot last, int width) {
    String head = String.format(Locale.ROOT, "%3.0f %% [", 100 * fraction);
    String figures = "] " + Snapshot.time(secondsLeft) + " left";
    int room = width - head.length() - LEAST_CELLS;
    if (last != null) {
      for (String figure : last.figures()) {
        if (figures.length() + 2 + figure.length() > room) {
          break;
        }
        figures += "  " + figure;
      }
    }
    int cells =
        Math.clamp((long) width - head.length() - figures.length(), LEAST_CELLS, MOST_CELLS);
    int full = (int) Math.round(fraction * cells);
    String line = head + "=".repeat(full) + " ".repeat(cells - full) + figures;
    return line.substring(0, Math.clamp(width, 0, line.length()));
  }

  @Override
  public void advance(double fraction) {
    this.fraction = Math.clamp(fraction, 0, 1);
    if (Double.isNaN(begin)) {
      begin = this.fraction;
      started = System.nanoTime();
    }
    bar.stepTo(Math.round(this.fraction * PARTS));
  }

  @Override
  public void report(Snapshot snapshot) {
    last = snapshot;
  }

  @Override
  public void close() {
    bar.close();
  }
}
