package dev.lanewise.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.diagnosis.LayerSample;
import dev.lanewise.autograd.diagnosis.Sample;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class TrainingReportTest {
  private static final List<Snapshot> CURVE =
      List.of(
          new Snapshot(10, 1.5, 5.25, 5.5, 1e-3, 20_000, 140, 71, 10),
          new Snapshot(20, 3, 4.125, Double.NaN, 5e-4, 21_000, 141, 72, 0));

  private static Document parsed(String xml) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(xml)));
  }

  private static TrainingReport report(String sample) {
    return report(sample, List.of());
  }

  private static TrainingReport report(String sample, List<Sample> samples) {
    return new TrainingReport(
        "gpt on <src>",
        CURVE,
        List.of(new LearningCurve.Baseline("gzip -9", 1.9, "#888888")),
        Map.of("--lr", "0.001"),
        Map.of("java", "25 & more"),
        samples,
        "if (a < b) {\u0007",
        sample);
  }

  @Test
  void thePageIsWellFormedStandsAloneAndHoldsAllThatWasAskedFor() throws Exception {
    String page = report("return \"x\" && y;\ud800").html();
    assertEquals("html", parsed(page).getDocumentElement().getTagName());
    assertEquals(3, parsed(page).getElementsByTagName("svg").getLength());
    for (String part :
        List.of(
            "gpt on &lt;src&gt;",
            "held-out",
            "gzip -9",
            "learning rate",
            "tokens per second",
            "--lr",
            "25 &amp; more",
            "if (a &lt; b) {?",
            "return &quot;x&quot; &amp;&amp; y;?")) {
      assertTrue(page.contains(part), part);
    }
    assertFalse(page.replaceAll("http://www.w3.org/[a-z0-9/]+", "").contains("http"), page);
    assertFalse(page.contains("<script"));
  }

  /** 500 steps of two layers, one of which cannot be measured at first and explodes in the end. */
  private static List<Sample> samples() {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      double update = i == 0 ? Double.NaN : i == 499 ? Double.POSITIVE_INFINITY : 1e-3;
      samples.add(
          new Sample(
              20L * i,
              List.of(
                  new LayerSample("first<1>", 1, 1, 0, 1e-4, 1, 1e-3),
                  new LayerSample("last", 1, 1, 0, 10, 1, update))));
    }
    return samples;
  }

  @Test
  void aDiagnosisIsAVerdictAndTwoHeatMapsOfAsManyColumnsAsCanBeSeen() throws Exception {
    String page = report("x", samples()).html();
    assertEquals(5, parsed(page).getElementsByTagName("svg").getLength());
    assertTrue(page.contains("are NaN or infinite"), page);
    assertTrue(page.contains("first&lt;1&gt;, step 0: 1.00e-04"), page);
    assertTrue(page.contains("fill=\"#440154\"") && page.contains("fill=\"#fde725\""), page);
    String map = HeatMap.svg("t", samples(), LayerSample::update);
    // 500 samples are shown as 167, every third one, in two rows, with five colours explained.
    assertEquals(2 * 167 + 5, parsed(map).getElementsByTagName("rect").getLength());
    assertTrue(map.contains("step 9,960"), map);
    assertThrows(
        IllegalArgumentException.class, () -> HeatMap.svg("t", List.of(), LayerSample::update));
  }

  @Test
  void aTrainingThatWasStoppedHasNoSample() {
    assertFalse(report("").html().contains("<h2>Sample"));
  }

  @Test
  void aLogComesBackWithoutTheLineThatAKillHasCut(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("log.csv");
    TrainingLog<Snapshot> log = TrainingLog.begin(file, Snapshot.LOG);
    CURVE.forEach(log::add);
    assertEquals(CURVE, log.read());
    Files.writeString(file, "30,4.5,3.9", StandardOpenOption.APPEND);
    assertEquals(CURVE, log.read());
  }

  @Test
  void whatCameAfterTheCheckpointIsCutOffTheLog(@TempDir Path folder) {
    Path file = folder.resolve("log.csv");
    TrainingLog<Snapshot> log = TrainingLog.begin(file, Snapshot.LOG);
    CURVE.forEach(log::add);
    TrainingLog<Snapshot> resumed = TrainingLog.resume(file, Snapshot.LOG, 19);
    assertEquals(CURVE.subList(0, 1), resumed.read());
    resumed.add(CURVE.getLast());
    assertEquals(CURVE, resumed.read());
    assertEquals(List.of(), TrainingLog.resume(folder.resolve("new.csv"), Snapshot.LOG, 5).read());
  }

  @Test
  void aLogThatIsNoneIsOneSentence(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("log.csv"), "a,b\n1,2\n");
    UserError error =
        assertThrows(UserError.class, () -> TrainingLog.resume(file, Snapshot.LOG, 5));
    assertTrue(String.valueOf(error.getMessage()).contains("\"1,2\""), error.getMessage());
  }

  @Test
  void chartsSideBySideAreOnePicture() throws Exception {
    Plot plot = new Plot("t", "x", "y", "nats").line("a", "#000", 1, List.of(new Plot.Point(1, 2)));
    Document document = parsed(Plot.svg(List.of(plot, plot)));
    assertEquals(2, document.getElementsByTagName("polyline").getLength());
    assertEquals("0 0 1720 480", document.getDocumentElement().getAttribute("viewBox"));
  }
}
