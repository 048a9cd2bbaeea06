package dev.lanewise.jmh.tracker.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.jmh.tracker.compare.Comparison;
import dev.lanewise.jmh.tracker.history.Entries;
import dev.lanewise.jmh.tracker.history.Entry;
import dev.lanewise.jmh.tracker.history.History;
import dev.lanewise.jmh.tracker.history.Machine;
import dev.lanewise.jmh.tracker.history.Shift;
import dev.lanewise.jmh.tracker.measure.SeriesKey;
import dev.lanewise.jmh.tracker.statistics.RatioInterval;
import dev.lanewise.jmh.tracker.statistics.Verdict;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

class HtmlReportTest {
  private static final Pattern SVG = Pattern.compile("<svg.*?</svg>", Pattern.DOTALL);

  @TempDir Path store;

  @Test
  void oneFileHoldsVerdictsForksAndTrendsAndNothingFromOutside() throws IOException {
    String html = report();
    assertTrue(html.contains("1 regression"), html);
    assertTrue(html.contains("1 unstable"), html);
    assertTrue(html.contains("prefers-color-scheme: dark"));
    assertTrue(html.contains("a fork failed"), html);
    assertTrue(html.contains("slower since"), html);
    assertFalse(html.matches("(?s).*(src=|href=\"http|@import|url\\().*"));
  }

  @Test
  void namesOfBenchmarksAreNoMarkup() throws IOException {
    String html = report();
    assertFalse(html.contains("<merge>"));
    assertTrue(html.contains("&lt;merge&gt;"));
  }

  @Test
  void everyDrawingIsWellFormed() throws IOException, ParserConfigurationException, SAXException {
    Matcher drawings = SVG.matcher(report());
    int count = 0;
    while (drawings.find()) {
      DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(new InputSource(new StringReader(drawings.group())));
      count++;
    }
    // The ratios, the forks of one comparison, the trend.
    assertEquals(3, count);
  }

  @Test
  void aComparisonIsReadAsItWasWritten() {
    ComparisonFile file = comparison();
    assertEquals(file, ComparisonFile.read(file.write(store)));
    assertEquals(Optional.of(file), ComparisonFile.latest(store));
  }

  private String report() throws IOException {
    double[] levels = new double[20];
    Arrays.fill(levels, 0, 10, 100);
    Arrays.fill(levels, 10, 20, 120);
    List<Entry> entries = new ArrayList<>(Entries.runs(levels));
    Path file = store.resolve("report.html");
    HtmlReport.write(
        file,
        Machine.here(),
        new History.Content(entries, List.of()),
        Optional.of(comparison()),
        new HtmlReport.Settings(
            new Shift.Settings(0.01, 0.03, 1),
            Pattern.compile("PeakFma"),
            Pattern.compile("Triad"),
            store.resolve("profiles")));
    return Files.readString(file);
  }

  private static ComparisonFile comparison() {
    SeriesKey slower = new SeriesKey("org.sample.Sorting.<merge>", "thrpt", 1, new TreeMap<>());
    SeriesKey failed = new SeriesKey("org.sample.Sorting.quick", "thrpt", 1, new TreeMap<>());
    RatioInterval interval = new RatioInterval(1.2, 1.15, 1.25);
    return new ComparisonFile(
        "20260101-000000-000-compare",
        "2026-01-01T00:00:00Z",
        new Machine("m1", "Some CPU", 2, "L1 32K", "8 GB", "Linux"),
        "HEAD~1",
        "HEAD",
        10,
        1,
        List.of(
            new Comparison(
                slower,
                "ops/s",
                Verdict.REGRESSION,
                interval,
                0.002,
                0.03,
                interval,
                List.of(1.2, 1.21),
                List.of(1.0, 1.01),
                List.of()),
            new Comparison(
                failed,
                "",
                Verdict.UNSTABLE,
                null,
                1,
                0,
                null,
                List.of(),
                List.of(),
                List.of("a fork failed"))));
  }
}
