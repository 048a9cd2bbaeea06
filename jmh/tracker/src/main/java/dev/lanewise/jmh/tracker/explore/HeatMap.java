package dev.lanewise.jmh.tracker.explore;

import dev.lanewise.jmh.tracker.report.Page;
import dev.lanewise.jmh.tracker.report.Svg;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** A grid in colours, the best point the strongest, and as a table for terminals. */
public final class HeatMap {
  private static final double CELL = 84;
  private static final double ROW = 34;
  private static final double LEFT = 170;
  private static final double TOP = 40;

  private HeatMap() {}

  /** One page with all grids. */
  public static String page(String title, List<String> notes, List<Grid> grids) {
    Page page = new Page(title);
    page.heading(1, title);
    page.items(notes);
    for (Grid grid : grids) {
      page.heading(2, grid.title());
      page.paragraph(
          "Median of the forks in " + grid.unit() + "; the colour is the share of the best point.");
      page.scrolling(svg(grid));
    }
    return page.toString();
  }

  private static String svg(Grid grid) {
    List<String> columns = grid.x().values();
    List<String> rows = grid.y().values();
    Svg svg =
        new Svg(LEFT + CELL * columns.size() + 10, TOP + ROW * rows.size() + 10, grid.title());
    svg.text("start", 4, 14, grid.y().name());
    svg.text("start", LEFT, 14, grid.x().name());
    for (int i = 0; i < columns.size(); i++) {
      svg.text("tick", LEFT + CELL * (i + 0.5), TOP - 8, columns.get(i));
    }
    for (int j = 0; j < rows.size(); j++) {
      double y = TOP + ROW * j;
      svg.text("name", LEFT - 8, y + ROW / 2 + 4, rows.get(j));
      for (int i = 0; i < columns.size(); i++) {
        Grid.Point point = new Grid.Point(columns.get(i), rows.get(j));
        double score = grid.score(point);
        if (!Double.isNaN(score)) {
          double relative = grid.relative(point);
          svg.tile(
              LEFT + CELL * i,
              y,
              CELL - 2,
              ROW - 2,
              relative,
              String.format(Locale.ROOT, "%.3g", score),
              String.format(
                  Locale.ROOT,
                  "%s, %s: %.4g %s, %.0f %% of the best, %d forks",
                  point.x(),
                  point.y(),
                  score,
                  grid.unit(),
                  100 * relative,
                  grid.forks().getOrDefault(point, List.of()).size()));
        }
      }
    }
    return svg.toString();
  }

  /** The scores as a table. */
  public static void print(Grid grid, PrintWriter out) {
    out.println(grid.title() + ", " + grid.unit());
    int first = grid.y().name().length();
    for (String row : grid.y().values()) {
      first = Math.max(first, row.length());
    }
    out.printf("  %" + Math.max(1, first) + "s  %s%n", grid.y().name(), grid.x().name());
    StringBuilder head = new StringBuilder(" ".repeat(first + 2));
    grid.x().values().forEach(column -> head.append(String.format("%12s", column)));
    out.println(head);
    for (String row : grid.y().values()) {
      StringBuilder line =
          new StringBuilder("  ").append(" ".repeat(first - row.length())).append(row);
      for (String column : grid.x().values()) {
        double score = grid.score(new Grid.Point(column, row));
        line.append(
            String.format(
                Locale.ROOT,
                "%12s",
                Double.isNaN(score) ? "-" : String.format(Locale.ROOT, "%.4g", score)));
      }
      out.println(line);
    }
  }
}
