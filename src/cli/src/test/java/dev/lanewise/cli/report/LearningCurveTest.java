package dev.lanewise.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class LearningCurveTest {
  private static final List<LearningCurve.Baseline> BASELINES =
      List.of(
          new LearningCurve.Baseline("order-2 count model", 2.9, "#c0392b"),
          new LearningCurve.Baseline("gzip -9", 1.9, "#888888"));

  private static Snapshot at(long step, double bits) {
    return new Snapshot(step, step / 20.0, bits, bits - 0.05, 1e-3, 20_000, 140, 71, 10);
  }

  private static Document parsed(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)));
  }

  @Test
  void theCurveIsWellFormedAndStandsAlone() throws Exception {
    String svg =
        LearningCurve.svg(
            "a <b> & \"c\"", List.of(at(0, 8), at(100, 4), at(2_000, 2.4)), BASELINES);
    Document document = parsed(svg);
    assertEquals("svg", document.getDocumentElement().getTagName());
    assertEquals(2, document.getElementsByTagName("polyline").getLength());
    assertTrue(svg.contains("order-2 count model") && svg.contains("gzip -9"));
    assertTrue(svg.contains("bits per byte") && svg.contains("optimizer steps"));
    assertFalse(
        svg.replace("http://www.w3.org/2000/svg", "").contains("http"),
        "it refers to something outside");
  }

  @Test
  void betterIsLowerAndLaterIsFurtherRight() throws Exception {
    List<Snapshot> points = new ArrayList<>();
    for (int i = 0; i <= 20; i++) {
      points.add(at(i * 50L, 5.5 - i * 0.15));
    }
    var curves = parsed(LearningCurve.svg("t", points, BASELINES)).getElementsByTagName("polyline");
    String[] pairs =
        curves.item(1).getAttributes().getNamedItem("points").getNodeValue().split(" ", -1);
    assertEquals(21, pairs.length);
    for (int i = 1; i < pairs.length; i++) {
      assertTrue(number(pairs[i], 0) > number(pairs[i - 1], 0));
      assertTrue(number(pairs[i], 1) > number(pairs[i - 1], 1), "y grows downwards in SVG");
    }
  }

  private static double number(String pair, int index) {
    return Double.parseDouble(pair.split(",", -1)[index]);
  }

  @Test
  void onePointIsEnoughAndNoneIsAnError() throws Exception {
    assertEquals(
        "svg",
        parsed(LearningCurve.svg("t", List.of(at(0, 8)), BASELINES))
            .getDocumentElement()
            .getTagName());
    assertThrows(
        IllegalArgumentException.class, () -> LearningCurve.svg("t", List.of(), BASELINES));
  }

  @Test
  void aLineOfProgressHoldsWhatWasAskedFor() {
    String line = new Snapshot(1_234, 60, 2.3456, 2.2, 1e-3, 20_123, 141.2, 70.6, 83).line();
    for (String part :
        List.of(
            "step   1,234",
            "2.3456 bits/byte",
            "20,123 tokens/s",
            "141.2 GFLOP/s",
            "71 %",
            "1:23 left")) {
      assertTrue(line.contains(part), line + " lacks " + part);
    }
  }
}
