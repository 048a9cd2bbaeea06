package dev.lanewise.cli.report;

import java.io.Console;
import java.io.PrintWriter;
import java.util.function.Consumer;

/** How a training shows that it goes on: a bar where somebody watches, lines where a file does. */
public interface Progress extends AutoCloseable {
  /** Called after each step with the fraction of the budget that is used up. */
  void advance(double fraction);

  /** Called after each interval. */
  void report(Snapshot snapshot);

  @Override
  void close();

  /** A bar on a terminal, otherwise {@link #lines}. */
  @SuppressWarnings(
      "SystemConsoleNull") // JDK 25 went back to a console that is null where nobody watches
  static Progress forOutput(PrintWriter out) {
    Console console = System.console();
    return console != null && console.isTerminal() ? new TerminalBar() : lines(out);
  }

  /** This one, and each snapshot goes to {@code sink} as well, first. */
  default Progress and(Consumer<Snapshot> sink) {
    Progress progress = this;
    return new Progress() {
      @Override
      public void advance(double fraction) {
        progress.advance(fraction);
      }

      @Override
      public void report(Snapshot snapshot) {
        sink.accept(snapshot);
        progress.report(snapshot);
      }

      @Override
      public void close() {
        progress.close();
      }
    };
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
}
