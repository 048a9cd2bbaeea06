package dev.lanewise.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What this JVM and machine are worth for Lanewise, and what to do about each thing that is not
 * right.
 */
record Diagnosis(List<Finding> findings) {

  enum Mark {
    OK,
    /** Costs a few per cent at most. */
    NOTE,
    /** Wrong, or many times slower. */
    PROBLEM
  }

  record Finding(Mark mark, String label, String value, String advice) {}

  /**
   * The facts that a diagnosis follows from.
   *
   * @param compiler {@code sun.management.compiler}, null where the JVM has no JIT compiler
   * @param fmaGflops measured peak with all threads, NaN if it was not measured
   */
  record Facts(
      int javaFeature,
      String javaVersion,
      String javaHome,
      String vmName,
      String vmVendor,
      String vmInfo,
      @Nullable String compiler,
      boolean tieredStopsBelowC2,
      boolean jvmci,
      boolean fmaFlag,
      boolean boundsChecksOff,
      int vectorBits,
      int preferredBits,
      double fmaGflops,
      int threads,
      int processors,
      long budgetBytes,
      long heapBytes,
      boolean hugePages,
      String hugePagesAdvice,
      String hugePagesSetting,
      boolean nativeAccess) {}

  /**
   * The lowest peak per thread that any machine with vector FMA reaches with compiled vector code,
   * in GFLOP/s.
   */
  private static final double LEAST_GFLOPS_PER_THREAD = 4;

  private static final String USE_HOTSPOT =
      "run on a HotSpot JDK 25 or newer (Temurin, Oracle, Corretto ...)";

  static Diagnosis of(Facts facts) {
    List<Finding> all = new ArrayList<>();
    all.add(java(facts));
    all.add(jit(facts));
    all.add(width(facts));
    all.add(fma(facts));
    all.add(boundsChecks(facts));
    all.add(cores(facts));
    all.add(memory(facts));
    all.add(nativeAccess(facts));
    all.add(hugePages(facts));
    return new Diagnosis(List.copyOf(all));
  }

  boolean allRight() {
    return findings.stream().noneMatch(finding -> finding.mark() == Mark.PROBLEM);
  }

  /** The findings as a table, the advice indented below what it is about. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (Finding finding : findings) {
      String mark =
          finding.mark() == Mark.OK ? "ok" : finding.mark().name().toLowerCase(Locale.ROOT);
      lines.add(
          String.format(Locale.ROOT, "%-8s %-14s %s", mark, finding.label(), finding.value()));
      if (finding.mark() != Mark.OK) {
        lines.add(" ".repeat(24) + "-> " + finding.advice());
      }
    }
    return lines;
  }

  private static Finding java(Facts facts) {
    String value =
        facts.javaVersion()
            + ", "
            + facts.vmName()
            + " ("
            + facts.vmVendor()
            + "), "
            + facts.javaHome();
    String name = facts.vmName().toLowerCase(Locale.ROOT);
    if (name.contains("openj9") || name.contains("zing") || name.contains("substrate")) {
      return problem(
          "JDK",
          value,
          "this JVM does not compile the Vector API to vector instructions: " + USE_HOTSPOT);
    }
    if (facts.javaFeature() < 25) {
      return problem("JDK", value, "Lanewise needs Java 25 or newer: " + USE_HOTSPOT);
    }
    return ok("JDK", value);
  }

  private static Finding jit(Facts facts) {
    String value = (facts.compiler() == null ? "none" : facts.compiler()) + ", " + facts.vmInfo();
    if (facts.compiler() == null || facts.vmInfo().contains("interpreted")) {
      return problem(
          "JIT",
          value,
          "every vector operation is interpreted, a thousand times slower: remove -Xint");
    }
    if (facts.jvmci()) {
      return problem(
          "JIT", value, "the Graal compiler replaces C2 and boxes vectors: " + USE_HOTSPOT);
    }
    if (facts.tieredStopsBelowC2()) {
      return problem(
          "JIT",
          value,
          "C2 is off and C1 boxes every vector: remove -XX:TieredStopAtLevel, -client or"
              + " -XX:CompilationMode");
    }
    return ok("JIT", value);
  }

  private static Finding width(Facts facts) {
    String value = facts.vectorBits() + " bits, the JDK prefers " + facts.preferredBits();
    if (facts.vectorBits() > facts.preferredBits()) {
      return problem(
          "vectors",
          value,
          "the machine lacks this width and every operation boxes: remove -Dlanewise.vectorBits");
    }
    if (facts.preferredBits() < 128) {
      return problem(
          "vectors",
          value,
          "C2 has no vectors here: remove -XX:UseAVX, -XX:UseSSE or -XX:MaxVectorSize");
    }
    if (facts.vectorBits() < facts.preferredBits()) {
      return note(
          "vectors", value, "-Dlanewise.vectorBits is meant for tests: remove it for full speed");
    }
    return ok("vectors", value);
  }

  private static Finding fma(Facts facts) {
    String value =
        Double.isNaN(facts.fmaGflops())
            ? "not measured"
            : String.format(
                Locale.ROOT,
                "%.1f GFLOP/s measured, f32, %d threads",
                facts.fmaGflops(),
                facts.threads());
    if (!facts.fmaFlag()) {
      return problem(
          "FMA",
          value,
          "without the instruction Math.fma is many times slower: remove -XX:-UseFMA, or use a"
              + " newer CPU");
    }
    if (Double.isNaN(facts.fmaGflops())) {
      return note("FMA", value, "it would take minutes like this: mend the problems first");
    }
    if (facts.fmaGflops() < LEAST_GFLOPS_PER_THREAD * facts.threads()) {
      return problem(
          "FMA",
          value,
          "far below any CPU with vector FMA: see the findings above, and whether the machine is"
              + " busy");
    }
    return ok("FMA", value);
  }

  private static Finding boundsChecks(Facts facts) {
    if (facts.boundsChecksOff()) {
      return problem(
          "bounds checks",
          "off",
          "a wrong index would corrupt memory, and kernels gain nothing: remove"
              + " -Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK");
    }
    return ok("bounds checks", "on");
  }

  private static Finding cores(Facts facts) {
    String value =
        facts.processors() + " processors for this JVM, " + facts.threads() + " threads used";
    if (facts.threads() > facts.processors()) {
      return note(
          "cores",
          value,
          "more threads than processors wait for each other: lower -Dlanewise.threads");
    }
    return ok("cores", value);
  }

  private static Finding memory(Facts facts) {
    String value =
        String.format(
            Locale.ROOT,
            "%.1f GiB off-heap budget, %.1f GiB heap at most",
            gib(facts.budgetBytes()),
            gib(facts.heapBytes()));
    if (gib(facts.heapBytes()) < 0.25) {
      return note(
          "memory",
          value,
          "a corpus of 64 MiB wants a quarter GiB of heap: set -Xmx1g or lower --corpus-limit");
    }
    if (gib(facts.budgetBytes()) < 0.5) {
      return note(
          "memory", value, "the default training wants half a GiB: raise -Dlanewise.memoryBudget");
    }
    return ok("memory", value);
  }

  private static Finding nativeAccess(Facts facts) {
    if (!facts.nativeAccess()) {
      return note(
          "native access",
          "denied",
          "huge pages need it: start java with --enable-native-access=ALL-UNNAMED");
    }
    return ok("native access", "allowed");
  }

  private static Finding hugePages(Facts facts) {
    String value =
        (facts.hugePages() ? "asked for" : "not in use")
            + ", system setting: "
            + facts.hugePagesSetting();
    return facts.hugePages()
        ? ok("huge pages", value)
        : note("huge pages", value, facts.hugePagesAdvice());
  }

  private static double gib(long bytes) {
    return bytes / 0x1p30;
  }

  private static Finding ok(String label, String value) {
    return new Finding(Mark.OK, label, value, "");
  }

  private static Finding note(String label, String value, String advice) {
    return new Finding(Mark.NOTE, label, value, advice);
  }

  private static Finding problem(String label, String value, String advice) {
    return new Finding(Mark.PROBLEM, label, value, advice);
  }
}
