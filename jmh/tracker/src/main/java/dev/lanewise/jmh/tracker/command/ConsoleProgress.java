package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.measure.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar where somebody watches, a line for each step where a file does. */
final class ConsoleProgress {
  private ConsoleProgress() {}

  @SuppressWarnings("SystemConsoleNull") // Since JDK 25 it is null again where nobody watches.
  static Progress of(PrintWriter lines) {
    return new InTurns(System.console() != null ? new Bar() : new Lines(lines));
  }

  /** Lanes report from threads of their own. */
  private record InTurns(Progress progress) implements Progress {
    @Override
    public synchronized void expect(int moreSteps) {
      progress.expect(moreSteps);
    }

    @Override
    public synchronized void step(String what) {
      progress.step(what);
    }

    @Override
    public synchronized void close() {
      progress.close();
    }
  }

  private static final class Bar implements Progress {
    private final ProgressBar bar =
        new ProgressBarBuilder()
            .setInitialMax(0)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(500)
            .build();
    private long expected;

    @Override
    public void expect(int moreSteps) {
      expected += moreSteps;
      bar.maxHint(expected);
    }

    @Override
    public void step(String what) {
      bar.step();
      bar.setExtraMessage(" " + what);
    }

    @Override
    public void close() {
      bar.close();
    }
  }

  private static final class Lines implements Progress {
    private final PrintWriter lines;
    private final long began = System.nanoTime();
    private int expected;
    private int done;

    Lines(PrintWriter lines) {
      this.lines = lines;
    }

    @Override
    public void expect(int moreSteps) {
      expected += moreSteps;
    }

    @Override
    public void step(String what) {
      done++;
      double perStep = (System.nanoTime() - began) * 1e-9 / done;
      Duration left = Duration.ofSeconds(Math.round(perStep * (expected - done)));
      lines.printf(
          Locale.ROOT,
          "%d of %d, %d:%02d left: %s%n",
          done,
          expected,
          left.toMinutes(),
          left.toSecondsPart(),
          what);
      lines.flush();
    }

    @Override
    public void close() {}
  }
}
