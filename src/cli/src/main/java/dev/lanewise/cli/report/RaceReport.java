package dev.lanewise.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Several trainings of one model in one picture: held-out loss over steps, and over seconds.
 *
 * @param runs in the order of the race
 * @param common what all of them share, by name
 * @param system where, by name
 */
public record RaceReport(
    String title, List<Run> runs, Map<String, String> common, Map<String, String> system) {
  /** Bits above the lowest value that are shown: one that has not begun to learn is cut off. */
  private static final double SHOWN_BITS_ABOVE_LEAST = 4;

  /** Colours that are told apart on white, also with the usual defects of colour vision. */
  private static final List<String> COLOURS =
      List.of(
          "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8a6d00");

  /**
   * A training.
   *
   * @param curve what was measured until its end
   * @param remark how it ended, where it did not go through
   */
  public record Run(String name, List<Snapshot> curve, String remark) {
    /** The last held-out loss, NaN where there is none. */
    public double lastBits() {
      return curve.isEmpty() ? Double.NaN : curve.getLast().heldOutBits();
    }
  }

  /** The page. */
  public String html() {
    StringBuilder body = new StringBuilder();
    body.append(
        Plot.svg(
            List.of(
                plot("held-out loss over steps", "optimizer steps", Snapshot::step),
                plot("held-out loss over time", "seconds", Snapshot::seconds))));
    body.append("<table>\n<tr><th>entrant</th><th>bits per byte</th><th>steps</th><th>seconds</th>")
        .append("<th>tokens/s</th><th></th></tr>\n");
    runs.forEach(run -> body.append(row(run)));
    body.append("</table>\n<h2>All alike</h2>\n").append(Html.table(common));
    body.append("<h2>System</h2>\n").append(Html.table(system));
    return Html.page(title, body.toString());
  }

  private Plot plot(String name, String xName, ToDoubleFunction<Snapshot> x) {
    Plot plot =
        new Plot(name, xName, "bits per byte", "bits/byte").cutAbove(SHOWN_BITS_ABOVE_LEAST);
    List<Run> drawn = new ArrayList<>(runs);
    // The legend tells the line that was added last first.
    for (int i = drawn.size() - 1; i >= 0; i--) {
      Run run = drawn.get(i);
      plot.line(
          run.name(),
          COLOURS.get(i % COLOURS.size()),
          2,
          LearningCurve.points(run.curve(), x, Snapshot::heldOutBits));
    }
    return plot;
  }

  private static String row(Run run) {
    if (run.curve().isEmpty()) {
      return String.format(
          Locale.ROOT,
          "<tr><td>%s</td><td></td><td></td><td></td><td></td><td>%s</td></tr>%n",
          Html.escaped(run.name()),
          Html.escaped(run.remark()));
    }
    Snapshot last = run.curve().getLast();
    return String.format(
        Locale.ROOT,
        "<tr><td>%s</td><td>%.4f</td><td>%,d</td><td>%.1f</td><td>%,.0f</td><td>%s</td></tr>%n",
        Html.escaped(run.name()),
        last.heldOutBits(),
        last.step(),
        last.seconds(),
        last.tokensPerSecond(),
        Html.escaped(run.remark()));
  }
}
