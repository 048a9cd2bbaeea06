package dev.lanewise.jmh.tracker.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.jmh.tracker.ExitCode;
import dev.lanewise.jmh.tracker.TrackerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.SAXException;

class RooflineFileTest {
  private static final Pattern COMPUTE = Pattern.compile("PeakFma");
  private static final Pattern MEMORY = Pattern.compile("Triad");

  @TempDir Path folder;

  @Test
  void theDrawingOfAResultLiesBesideItAndNumbersItsPoints()
      throws IOException, ParserConfigurationException, SAXException {
    Path result = folder.resolve("kernels.json");
    Files.writeString(
        result,
        "["
            + one("PeakFma.fma", "\"flops\": {\"rawData\": [[100e9]]}")
            + ","
            + one("Triad.triad", "\"bytes\": {\"rawData\": [[20e9]]}")
            + ","
            + one(
                "Dot.dot", "\"flops\": {\"rawData\": [[4e9]]}, \"bytes\": {\"rawData\": [[16e9]]}")
            + "]");
    assertTrue(RooflineFile.write(result, COMPUTE, MEMORY));
    Path picture = folder.resolve("kernels.roofline.svg");
    assertEquals(picture, RooflineFile.of(result));
    String svg = Files.readString(picture);
    assertTrue(svg.contains("1  Dot.dot: 4.0 GFLOP/s"), svg);
    assertEquals(
        "svg",
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(picture.toFile())
            .getDocumentElement()
            .getTagName());
  }

  @Test
  void aResultWithoutLimitsHasNoDrawingAndAnyOtherJsonNeither() throws IOException {
    Path alone = folder.resolve("alone.json");
    Files.writeString(
        alone,
        "["
            + one("Dot.dot", "\"flops\": {\"rawData\": [[4]]}, \"bytes\": {\"rawData\": [[16]]}")
            + "]");
    Path other = Files.writeString(folder.resolve("other.json"), "{\"rows\": []}");
    assertFalse(RooflineFile.write(alone, COMPUTE, MEMORY));
    assertFalse(RooflineFile.write(other, COMPUTE, MEMORY));
    assertEquals(2, RooflineFile.results(folder).size());
  }

  @Test
  void whatIsNoJsonIsToldByItsName() throws IOException {
    Path text = Files.writeString(folder.resolve("text.json"), "no json");
    TrackerException told =
        assertThrows(TrackerException.class, () -> RooflineFile.write(text, COMPUTE, MEMORY));
    assertEquals(ExitCode.USAGE, told.exitCode());
    assertTrue(told.getMessage().contains("text.json is no JSON of JMH"), told.getMessage());
  }

  /** The build runs the tests in the folder of the module. */
  @Test
  void theDrawingsOfThisProjectAreThoseOfItsCommittedResults() throws IOException {
    for (Path result : RooflineFile.results(Path.of("..", "results"))) {
      Path picture = RooflineFile.of(result);
      String committed = Files.exists(picture) ? Files.readString(picture) : "";
      assertEquals(
          RooflineFile.picture(result, COMPUTE, MEMORY),
          committed,
          picture + " is stale: mvn -q -Presults draws it anew");
    }
  }

  private static String one(String benchmark, String counters) {
    return """
    {"benchmark": "a.%s", "mode": "thrpt", "threads": 1, "jdkVersion": "25", "vmName": "HotSpot",
     "vmVersion": "25+1", "primaryMetric": {"scoreUnit": "ops/s", "rawData": [[1]]},
     "secondaryMetrics": {%s}}
    """
        .formatted(benchmark, counters);
  }
}
