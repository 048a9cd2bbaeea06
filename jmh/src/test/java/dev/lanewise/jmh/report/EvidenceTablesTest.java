package dev.lanewise.jmh.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files as the tracker writes them, made up and small. */
class EvidenceTablesTest {
  private static final String MACHINE =
      "\"machine\": {\"processor\": \"abacus\", \"threads\": 2, \"system\": \"Linux amd64\"},"
          + " \"time\": \"2026-01-01T00:00:00Z\"";

  @TempDir Path results;

  @Test
  void slowDownsHaveARowEach() throws IOException {
    write(
        """
        {%s, "command": "power -x=-Dslower=0,20 Proof", "rows": [
          {"benchmark": "Proof.slowed", "option": "-Dslower=0", "comparisons": 9,
           "verdicts": {"EQUIVALENT": 7, "NO_CHANGE_SHOWN": 2}, "unconfirmed": 1,
           "ratio": 1.0004, "low": 0.98, "high": 1.02},
          {"benchmark": "Proof.slowed", "option": "-Dslower=20", "comparisons": 3,
           "verdicts": {"REGRESSION": 3}, "unconfirmed": 0, "ratio": 1.2, "low": 1.19, "high": 1.21}]}
        """);
    assertEquals(
        """

        abacus, 2 threads, Linux amd64, 2026-01-01T00:00:00Z:

            java -jar tracker.jar power -x=-Dslower=0,20 Proof

        | benchmark | option of the candidate | comparisons | regression | improved | equivalent | no change shown | unstable | changes not confirmed | ratio, least .. most |
        |---|---|--:|--:|--:|--:|--:|--:|--:|--:|
        | Proof.slowed | `-Dslower=0` | 9 | 0 | 0 | 7 | 2 | 0 | 1 | 1.000, 0.980 .. 1.020 |
        | Proof.slowed | `-Dslower=20` | 3 | 3 | 0 | 0 | 0 | 0 | 0 | 1.200, 1.190 .. 1.210 |

        """,
        drawn("power"));
  }

  @Test
  void equalCodeHasItsAlarmsItsNoiseAndThePower() throws IOException {
    write(
        """
        {%s, "rounds": 10, "series": [
          {"series": {"benchmark": "a.b.GeluBenchmark.forward", "parameters": {"footprint": "L2"}},
           "comparisons": 4, "firstAlarms": 1, "alarms": 0, "delta": 0.021,
           "power": {"0.02": 0.0, "0.1": 0.955}}]}
        """);
    assertEquals(
        """

        abacus, 2 threads, Linux amd64, 2026-01-01T00:00:00Z.

        | series | comparisons | first alarms | confirmed | noise | finds +2 % | finds +10 % |
        |---|--:|--:|--:|--:|--:|--:|
        | Gelu.forward, footprint L2 | 4 | 1 | 0 | 2.1 % | 0 % | 96 % |

        """,
        drawn("noise"));
    write(
        """
        {%s, "rounds": 10, "series": [
          {"series": {"benchmark": "a.b.GeluBenchmark.forward", "parameters": {}},
           "comparisons": 4, "firstAlarms": 1, "alarms": 0,
           "rates": {"first": 0.0125, "confirmed": 0.0005}, "delta": 0.021, "power": {"0.1": 1}}]}
        """);
    assertEquals(
        """

        abacus, 2 threads, Linux amd64, 2026-01-01T00:00:00Z.

        | series | comparisons | first alarms | confirmed | first, drawn | confirmed, drawn | noise | finds +10 % |
        |---|--:|--:|--:|--:|--:|--:|--:|
        | Gelu.forward | 4 | 1 | 0 | 1.25 % | 0.05 % | 2.1 % | 100 % |

        """,
        drawn("noise"));
  }

  @Test
  void aHistoryHasItsEndsAndItsChanges() throws IOException {
    write(
        """
        {%s, "command": "detect -o history.json", "series": [
          {"series": {"benchmark": "a.GemmBenchmark.sgemm", "parameters": {"n": "64"}},
           "unit": "ops/s", "runs": [{"code": "aaa", "score": 200}, {"code": "bbb", "score": 250},
           {"code": "ccc", "score": 204}],
           "changes": [{"index": 1, "ratio": 0.8}, {"index": 2, "ratio": 1.225}]},
          {"series": {"benchmark": "a.GemmBenchmark.scalar", "parameters": {}}, "unit": "ops/s",
           "runs": [{"code": "aaa", "score": 1.5}], "changes": []}]}
        """);
    assertEquals(
        """

        abacus, 2 threads, Linux amd64, 2026-01-01T00:00:00Z:

            java -jar tracker.jar detect -o history.json

        | series | runs | first | last | unit | lasting changes |
        |---|--:|--:|--:|---|---|
        | Gemm.sgemm, n 64 | 3 | 200 | 204 | ops/s | 1.25 times faster since bbb; 1.23 times slower since ccc |
        | Gemm.scalar | 1 | 1.50 | 1.50 | ops/s | none |

        """,
        drawn("history"));
  }

  @Test
  void aComparisonHasItsIntervalsAndVerdictsAndLeavesOutWhatWasNotMeasured() throws IOException {
    write(
        """
        {%s, "base": "before", "candidate": "after", "rounds": 10, "comparisons": [
          {"series": {"benchmark": "a.GemmBenchmark.sgemm", "parameters": {"n": "64"}},
           "verdict": "REGRESSION", "interval": {"ratio": 1.2, "low": 1.18, "high": 1.22},
           "delta": 0.03, "confirmation": {"ratio": 1.21, "low": 1.19, "high": 1.23}},
          {"series": {"benchmark": "a.GemmBenchmark.scalar", "parameters": {}},
           "verdict": "NO_CHANGE_SHOWN", "interval": null, "delta": 0.03, "confirmation": null}]}
        """);
    assertEquals(
        """

        abacus, 2 threads, Linux amd64, 2026-01-01T00:00:00Z.

        Base before, candidate after, 10 rounds.

        | benchmark | candidate / base | 95 % interval | confirmed | delta | verdict |
        |---|--:|--:|--:|--:|---|
        | Gemm.sgemm, n 64 | 1.200 | 1.180 .. 1.220 | 1.190 .. 1.230 | 3.0 % | regression |
        | Gemm.scalar |  |  |  | 3.0 % | no change shown |

        """,
        drawn("comparison"));
  }

  @Test
  void gatesAreOpenOrSayWhyNot() throws IOException {
    write(
        """
        {%s, "command": "gate Proof", "benchmarks": [
          {"benchmark": "Proof.slowed", "shut": [], "notes": [], "failed": ""},
          {"benchmark": "Proof.boxed", "shut": ["32 bytes"], "notes": [], "failed": ""},
          {"benchmark": "Proof.broken", "shut": [], "notes": [], "failed": "no score"}]}
        """);
    assertEquals(
        """

        abacus, 2 threads, Linux amd64, 2026-01-01T00:00:00Z:

            java -jar tracker.jar gate Proof

        | benchmark | gates |
        |---|---|
        | Proof.slowed | open |
        | Proof.boxed | shut: 32 bytes |
        | Proof.broken | failed: no score |

        """,
        drawn("gate"));
  }

  private void write(String json) throws IOException {
    Files.writeString(results.resolve("file.json"), json.formatted(MACHINE));
  }

  private String drawn(String kind) throws IOException {
    String begin = "<!-- " + kind + ": file -->\n";
    String document = new ResultsTable(results).regenerate(begin + "stale\n<!-- end -->");
    return document.substring(begin.length(), document.length() - "<!-- end -->".length());
  }
}
