package dev.lanewise.jmh.tracker.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.jmh.tracker.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every command on real forks of a small foreign project. */
class CommandLineTest {
  @TempDir static Path project;

  static String side = "";

  @TempDir Path store;

  private int exitCode;
  private String out = "";
  private String err = "";

  @BeforeAll
  static void compile() throws IOException {
    side = ForeignProject.compile(project);
  }

  @BeforeEach
  void forget() {
    out = "";
    err = "";
  }

  @Test
  void listTellsEveryCombination() {
    run("list", "-c", side, "sleep");
    assertEquals(ExitCode.FINE, exitCode, err);
    assertTrue(
        out.contains("ForeignBenchmark.sleep n=1\nForeignBenchmark.sleep n=2\n2 to run"), out);
  }

  @Test
  void aRunIsKeptAsHistoryAndAsJmhsOwnJsonAndReported() throws IOException {
    run("run", "-c", side, "--tolerance", "0", "-r", "2", "-p", "n=1", "sleep");
    assertEquals(ExitCode.FINE, exitCode, err);
    assertTrue(out.contains("added 1 series"), out);
    assertEquals(1, files("raw", ".json").size());
    String raw = Files.readString(files("raw", ".json").get(0));
    assertTrue(raw.contains("\"rawData\""), raw);
    assertFalse(raw.contains("\"jvm\""), raw);
    run("report");
    assertEquals(ExitCode.FINE, exitCode, err);
    assertTrue(
        Files.readString(store.resolve("report.html")).contains("ForeignBenchmark.sleep n=1"));
    Path trends = store.resolve("trends.json");
    run("detect", "-o", trends.toString());
    assertEquals(ExitCode.FINE, exitCode, err);
    assertTrue(out.contains("0 changes in 1 series"), out);
    String json = Files.readString(trends);
    assertTrue(json.contains("ForeignBenchmark.sleep"), json);
    assertTrue(json.contains("\"changes\" : [ ]"), json);
  }

  @Test
  void aCandidateThatSleepsThreeHundredTimesAsLongIsARegression() throws IOException {
    run(
        "compare",
        "-b",
        side,
        "-c",
        side,
        "--candidate-jvm",
        "-Dforeign.slower=300",
        "--tolerance",
        "0",
        "-r",
        "6",
        "-p",
        "n=1",
        "sleep");
    assertEquals(ExitCode.REGRESSION, exitCode, err);
    assertTrue(out.contains("REGRESSION"), out);
    assertTrue(out.contains("with -Dforeign.slower=300"), out);
    String html = Files.readString(files("reports", ".html").get(0));
    assertTrue(html.contains("1 regression"), html);
    assertEquals(2, files("raw", ".json").size());
  }

  @Test
  void aBenchmarkThatFailsIsUnstableAndNotARegression() {
    run("compare", "-b", side, "-c", side, "--tolerance", "0", "-r", "1", "-p", "n=1", "broken");
    assertEquals(ExitCode.UNSTABLE, exitCode, err);
    assertTrue(out.contains("broken on purpose"), out);
  }

  @Test
  void aBoxedKernelIsStoppedByTheGateOfAllocationAndAPlainOneIsNot() throws IOException {
    Path kept = store.resolve("gate.json");
    run("gate", "-c", side, "-p", "n=1", "-o", kept.toString(), "boxed|plain");
    assertEquals(ExitCode.REGRESSION, exitCode, err);
    assertTrue(out.contains("SHUT ForeignBenchmark.boxed n=1: "), out);
    assertTrue(out.contains("2 benchmarks, 1 at a gate that is shut"), out);
    String json = Files.readString(kept);
    assertTrue(json.contains("bytes are allocated per operation"), json);
    assertTrue(json.contains("\"command\" : \"gate"), json);
  }

  @Test
  void slowDownsThatWerePutInAreFoundAndCounted() throws IOException {
    Path kept = store.resolve("power.json");
    run(
        "power",
        "-c",
        side,
        "-x=-Dforeign.slower=40",
        "--comparisons",
        "1",
        "--tolerance",
        "0",
        "-r",
        "6",
        "-p",
        "n=1",
        "-o",
        kept.toString(),
        "sleep");
    assertEquals(ExitCode.FINE, exitCode, err);
    assertTrue(
        out.lines().anyMatch(line -> line.matches(".*slower=40: .*1 comparisons, 1 regression.*")),
        out);
    assertTrue(Files.readString(kept).contains("\"REGRESSION\" : 1"));
  }

  @Test
  void aGridIsDrawnOfAParameterAndAnOptionOfTheJvm() throws IOException {
    run("explore", "-c", side, "-r", "1", "-x", "n=1,2", "-y=-Dforeign.slower=1,3", "sleep");
    assertEquals(ExitCode.FINE, exitCode, err);
    assertTrue(out.contains("ForeignBenchmark.sleep, ms/op"), out);
    assertEquals(1, files("explore", ".html").size());
    assertTrue(Files.readString(files("explore", ".html").get(0)).contains("<svg"));
  }

  @Test
  void wrongUsageIsToldInOneSentence() {
    run("run", "-c", side, "noSuchBenchmark");
    told("matches noSuchBenchmark");
    run("compare", "-b", "no-such.jar", "-c", side);
    told("there is no file no-such.jar");
    run("compare", "-b", "no-such-revision", "-c", side);
    told("no-such-revision");
    run("run", "-c", side, "--jmh", "-f 3");
    told("JMH's option -f is set by the tracker");
    run("run", "-c", side, "--java", "no-java");
    told("no java at no-java");
    run("explore", "-c", side, "-x", "size=1,2", "sleep");
    told("has no parameter size");
    run("power", "-c", side, "-x", "n=1,2", "sleep");
    told("n is no option of the JVM");
    run("run", "-c", side, "--lanes", "100000", "sleep");
    told("--lanes is 100000 and there are ");
    run("run", "--no-such-option");
    told("--no-such-option");
  }

  private void told(String words) {
    assertEquals(ExitCode.USAGE, exitCode, err);
    assertTrue(err.contains(words), err);
    assertEquals(1, err.strip().lines().count(), err);
  }

  private void run(String command, String... arguments) {
    List<String> all = new ArrayList<>(List.of(command, "--store", store.toString()));
    if (!List.of("report", "detect").contains(command)) {
      all.add("--ignore-lock");
    }
    all.addAll(List.of(arguments));
    StringWriter printed = new StringWriter();
    StringWriter complained = new StringWriter();
    exitCode =
        Tracker.run(
            all.toArray(String[]::new), new PrintWriter(printed), new PrintWriter(complained));
    out = printed.toString();
    err = complained.toString();
  }

  private List<Path> files(String folder, String end) throws IOException {
    try (Stream<Path> files = Files.list(store.resolve(folder))) {
      return files.filter(file -> file.toString().endsWith(end)).toList();
    }
  }
}
