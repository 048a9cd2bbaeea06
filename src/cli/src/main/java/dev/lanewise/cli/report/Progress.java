package dev.lanewise.cli.report;

import java.io.Console;
import java.io.PrintWriter;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** How a training shows that it goes on: a bar where somebody watches, lines where a file does. */
public interface Progress extends AutoCloseable {
  /** Called after each step with the fraction of the budget that is used up. */
  void advance(double fraction);

  /** Called after each interval. */
  void report(Snapshot snapshot);

  @Override
  void close();

  /** A bar on a terminal, otherwise {@link #lines}. */
  @SuppressWarnings("SystemConsoleNull") // JDK 25 went back to a console that is null where nobody watches
  static Progress forOutput(PrintWriter out) {
    Console console = System.console();
    return console != null && console.isTerminal() ? new Bar() : lines(out);
  }

  /** One line per interval. */
  static Progress lines(PrintWriter out) {
    return new Progress() {
      @Override
      public void advance(double fraction) {}

      @Override
      public void report(Snapshot snapshot) {
        out.println(snapshot.line());
        out.flush();
      }

      @Override
      public void close() {}
    };
  }

  /** The bar, drawn by a thread of its own. */
  final class Bar implements Progress {
    private static final int PARTS = 1_000;

    private final ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName("train")
            .setInitialMax(PARTS)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(250)
            .build();

    private Bar() {}

    @Override
    public void advance(double fraction) {
      bar.stepTo(Math.clamp(Math.round(fraction * PARTS), 0, PARTS));
    }

    @Override
    public void report(Snapshot snapshot) {
      bar.setExtraMessage(snapshot.brief());
    }

    @Override
    public void close() {
      bar.close();
    }
  }
}
