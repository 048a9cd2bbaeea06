package dev.lanewise.jmh.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTableTest {
  /** The build runs the tests in the folder of the module. */
  private static final Path ROOT = Path.of("..");

  @Test
  void theTablesOfThisProjectAreThoseOfItsCommittedResults() throws IOException {
    String document = Files.readString(ROOT.resolve("RESULTS.md"));
    String generated = new ResultsTable(ROOT.resolve("jmh/results")).regenerate(document);
    assertEquals(generated, document, "RESULTS.md is stale: mvn -q -Presults writes it anew");
  }

  @Test
  void aRowIsTheMedianOfTheForksBesideTheirRangeAndTheLimitOfTheSameFootprint(@TempDir Path results)
      throws IOException {
    copySample(results);
    String document = "Before.\n<!-- results: sample -->\nstale\n<!-- end -->\nAfter.\n";
    assertEquals(
        """
        Before.
        <!-- results: sample -->

        | benchmark | parameters | median | min .. max | unit | forks | of the limit |
        |---|---|--:|--:|---|--:|--:|
        | Triad.triad | footprint L2, threads ONE | 50.0 | 50.0 .. 50.0 | GB/s | 1 |  |
        | Triad.triad | footprint L2, threads ALL | 90.0 | 90.0 .. 90.0 | GB/s | 1 |  |
        | Gelu.forward | footprint L2 | 25.0 | 19.0 .. 39.0 | GB/s | 3 | 50 % |
        | Gelu.other |  | 8.00 | 7.50 .. 8.50 | ns/op | 2 |  |

        <!-- end -->
        After.
        """,
        new ResultsTable(results).regenerate(document));
  }

  @Test
  void theMachineBlockIsTheCommittedOne(@TempDir Path results) throws IOException {
    Files.writeString(results.resolve("box.machine.txt"), "processor   abacus\nthreads     1\n");
    assertEquals(
        "<!-- machine: box -->\n\n    processor   abacus\n    threads     1\n\n<!-- end -->",
        new ResultsTable(results).regenerate("<!-- machine: box -->\n<!-- end -->"));
  }

  @Test
  void librariesAreColumnsAndARatioIsTheMedianOfTheRatiosWithinTheRounds(@TempDir Path results)
      throws IOException {
    copy("peers.json", results);
    assertEquals(
        """
        <!-- results: peers -->

        **Gemm.sgemm, threads ONE, layout NN**, GFLOP/s, medians of 3 rounds

        | n | LANEWISE | MKL | OPENBLAS | EJML | of the FMA peak | to the best native | to the best in Java |
        |---|--:|--:|--:|--:|--:|--:|--:|
        | 64 | 20.0 | 20.0 | 10.0 | 1.00 | 50 % | 0.80 (0.50 .. 2.00) MKL | 16.00 (10.00 .. 30.00) EJML |
        | 128 | 50.0 | 60.0 | 25.0 |  |  | 0.83 (0.83 .. 0.83) MKL |  |

        **Gemm.sgemm, threads ALL, layout NN**, GFLOP/s, medians of 1 round

        | n | MKL |
        |---|--:|
        | 64 | 70.0 |

        <!-- end -->\
        """,
        new ResultsTable(results).regenerate("<!-- results: peers -->\n<!-- end -->"));
  }

  @Test
  void whatCountsOperationsAndBytesIsShownInTheUnitOfItsLimit(@TempDir Path results)
      throws IOException {
    String one =
        """
        {"benchmark": "a.%sBenchmark.run", "params": {}, "primaryMetric": {},
         "secondaryMetrics": {"flops": {"rawData": [[%s]]}, "bytes": {"rawData": [[2e9]]}}}
        """;
    Files.writeString(
        results.resolve("both.json"),
        "[" + one.formatted("Product", "80e9") + "," + one.formatted("Sum", "1e9") + "]");
    String table = new ResultsTable(results).regenerate("<!-- results: both -->\n<!-- end -->");
    assertTrue(table.contains("| Product.run |  | 80.0 | 80.0 .. 80.0 | GFLOP/s | 1 |  |"), table);
    assertTrue(table.contains("| Sum.run |  | 2.00 | 2.00 .. 2.00 | GB/s | 1 |  |"), table);
  }

  private static void copySample(Path results) throws IOException {
    copy("sample.json", results);
  }

  private static void copy(String name, Path results) throws IOException {
    try (InputStream sample =
        Objects.requireNonNull(ResultsTableTest.class.getResourceAsStream(name))) {
      Files.copy(sample, results.resolve(name));
    }
  }
}
