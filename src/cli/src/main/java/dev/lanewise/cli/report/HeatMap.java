package dev.lanewise.cli.report;

import dev.lanewise.autograd.diagnosis.LayerSample;
import dev.lanewise.autograd.diagnosis.Sample;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * One value of each layer at each step that a diagnosis has looked at, as SVG that stands alone: a
 * row for each layer, the first one at the top, a column for each step, colours by the logarithm.
 */
public final class HeatMap {
  /** More would be narrower than a pixel or two: of those the first of each group is shown. */
  private static final int MOST_COLUMNS = 200;

  private static final int WIDTH = 860;
  private static final int LEFT = 180;
  private static final int RIGHT = 90;
  private static final int TOP = 50;
  private static final int BOTTOM = 40;
  private static final int ROW = 16;

  /** Of what is not finite, or was not measured. */
  private static final String NOT_FINITE = "#d4002a";

  private static final String NOTHING = "#f2f2f2";

  /** The ends and the middle of viridis, which is told apart with any colour vision. */
  private static final int[][] COLOURS = {
    {68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {253, 231, 37}
  };

  private final List<Sample> samples;
  private final ToDoubleFunction<LayerSample> value;
  private double least = Double.POSITIVE_INFINITY;
  private double most = Double.NEGATIVE_INFINITY;

  private HeatMap(List<Sample> samples, ToDoubleFunction<LayerSample> value) {
    this.samples = samples;
    this.value = value;
  }

  /**
   * Draws the map.
   *
   * @param samples at least one, all of the same layers
   * @param value at least 0; NaN stays empty
   */
  public static String svg(
      String title, List<Sample> samples, ToDoubleFunction<LayerSample> value) {
    if (samples.isEmpty()) {
      throw new IllegalArgumentException("a heat map needs at least one sample");
    }
    int every = Math.ceilDiv(samples.size(), MOST_COLUMNS);
    List<Sample> shown =
        IntStream.range(0, Math.ceilDiv(samples.size(), every))
            .mapToObj(i -> samples.get(i * every))
            .toList();
    HeatMap map = new HeatMap(shown, value);
    map.scale();
    return map.draw(title);
  }

  private void scale() {
    for (Sample sample : samples) {
      for (LayerSample layer : sample.layers()) {
        double log = Math.log10(value.applyAsDouble(layer));
        if (Double.isFinite(log)) {
          least = Math.min(least, log);
          most = Math.max(most, log);
        }
      }
    }
    if (least > most) {
      least = 0;
      most = 0;
    }
  }

  private String draw(String title) {
    int rows = samples.getFirst().layers().size();
    int height = TOP + rows * ROW + BOTTOM;
    Formatter svg = new Formatter(Locale.ROOT);
    svg.format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
            + " font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#222\">\n",
        WIDTH, height, WIDTH, height);
    svg.format("<title>%s</title>\n", Html.escaped(title));
    svg.format(
        "<text x=\"%d\" y=\"28\" font-size=\"16\" font-weight=\"600\">%s</text>\n",
        LEFT, Html.escaped(title));
    for (int row = 0; row < rows; row++) {
      row(svg, row);
    }
    svg.format(
        "<text x=\"%d\" y=\"%d\">step %,d</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\">step"
            + " %,d</text>\n",
        LEFT,
        height - BOTTOM + 18,
        samples.getFirst().step(),
        WIDTH - RIGHT,
        height - BOTTOM + 18,
        samples.getLast().step());
    legend(svg);
    return svg.format("</svg>\n").toString();
  }

  private void row(Formatter svg, int row) {
    int y = TOP + row * ROW;
    String name = samples.getFirst().layers().get(row).layer();
    svg.format(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n",
        LEFT - 8, y + 12, Html.escaped(name));
    double width = (double) (WIDTH - LEFT - RIGHT) / samples.size();
    for (int i = 0; i < samples.size(); i++) {
      Sample sample = samples.get(i);
      double of = value.applyAsDouble(sample.layers().get(row));
      svg.format(
          "<rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" fill=\"%s\"><title>%s, step %,d:"
              + " %.2e</title></rect>\n",
          LEFT + i * width, y, width, ROW, colour(of), Html.escaped(name), sample.step(), of);
    }
  }

  private void legend(Formatter svg) {
    int x = WIDTH - RIGHT + 12;
    for (int i = 0; i <= 4; i++) {
      double log = most - i * (most - least) / 4;
      svg.format(
          "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"%s\"/><text x=\"%d\""
              + " y=\"%d\">%.0e</text>\n",
          x,
          TOP + i * ROW,
          colour(Math.pow(10, log)),
          x + 18,
          TOP + i * ROW + 11,
          Math.pow(10, log));
    }
  }

  private String colour(double of) {
    if (Double.isNaN(of)) {
      return NOTHING;
    }
    if (Double.isInfinite(of)) {
      return NOT_FINITE;
    }
    double share = most > least ? (Math.log10(of) - least) / (most - least) : of > 0 ? 1 : 0;
    double place = Math.clamp(share, 0, 1) * (COLOURS.length - 1);
    int from = (int) Math.min(place, COLOURS.length - 2);
    int[] rgb = new int[3];
    for (int i = 0; i < 3; i++) {
      double mixed = COLOURS[from][i] + (place - from) * (COLOURS[from + 1][i] - COLOURS[from][i]);
      rgb[i] = (int) Math.round(mixed);
    }
    return String.format(Locale.ROOT, "#%02x%02x%02x", rgb[0], rgb[1], rgb[2]);
  }
}
