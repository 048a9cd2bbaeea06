package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DiagnosisTest {
  /** A machine where all is right, one fact at a time to be spoilt. */
  private static final class Machine {
    int javaFeature = 25;
    String vmName = "OpenJDK 64-Bit Server VM";
    String vmInfo = "mixed mode, sharing";
    @Nullable String compiler = "HotSpot 64-Bit Tiered Compilers";
    boolean tieredStopsBelowC2;
    boolean jvmci;
    boolean fma = true;
    boolean boundsChecksOff;
    int vectorBits = 256;
    int preferredBits = 256;
    double gflops = 150;
    int threads = 2;
    long heap = 4L << 30;
    long budget = 8L << 30;
    boolean hugePages = true;
    boolean nativeAccess = true;

    Diagnosis diagnosis() {
      return Diagnosis.of(
          new Diagnosis.Facts(
              javaFeature,
              "25.0.3+9",
              "/jdk",
              vmName,
              "Eclipse Adoptium",
              vmInfo,
              compiler,
              tieredStopsBelowC2,
              jvmci,
              fma,
              boundsChecksOff,
              vectorBits,
              preferredBits,
              gflops,
              threads,
              2,
              budget,
              heap,
              hugePages,
              "write madvise or always to /sys",
              "always [madvise] never",
              nativeAccess));
    }
  }

  private static Diagnosis.Finding only(UnaryOperator<Machine> spoil) {
    var findings =
        spoil.apply(new Machine()).diagnosis().findings().stream()
            .filter(finding -> finding.mark() != Diagnosis.Mark.OK)
            .toList();
    assertEquals(1, findings.size(), findings.toString());
    assertFalse(findings.getFirst().advice().isBlank());
    return findings.getFirst();
  }

  private static void assertProblem(String label, String advice, UnaryOperator<Machine> spoil) {
    Diagnosis.Finding finding = only(spoil);
    assertEquals(Diagnosis.Mark.PROBLEM, finding.mark());
    assertEquals(label, finding.label());
    assertTrue(finding.advice().contains(advice), finding.advice());
    assertFalse(spoil.apply(new Machine()).diagnosis().allRight());
  }

  private static void assertNote(String label, String advice, UnaryOperator<Machine> spoil) {
    Diagnosis.Finding finding = only(spoil);
    assertEquals(Diagnosis.Mark.NOTE, finding.mark());
    assertEquals(label, finding.label());
    assertTrue(finding.advice().contains(advice), finding.advice());
    assertTrue(spoil.apply(new Machine()).diagnosis().allRight());
  }

  @Test
  void aGoodMachineHasNoFinding() {
    Diagnosis diagnosis = new Machine().diagnosis();
    assertTrue(diagnosis.allRight());
    assertTrue(
        diagnosis.lines().stream().allMatch(line -> line.startsWith("ok ")),
        diagnosis.lines().toString());
  }

  @Test
  void aJvmThatDoesNotCompileTheVectorApiIsReportedLoudly() {
    assertProblem(
        "JDK",
        "HotSpot",
        m -> {
          m.vmName = "Eclipse OpenJ9 VM";
          return m;
        });
    assertProblem(
        "JDK",
        "25",
        m -> {
          m.javaFeature = 24;
          return m;
        });
    assertProblem(
        "JIT",
        "HotSpot",
        m -> {
          m.jvmci = true;
          return m;
        });
    assertProblem(
        "JIT",
        "-Xint",
        m -> {
          m.compiler = null;
          return m;
        });
    assertProblem(
        "JIT",
        "-Xint",
        m -> {
          m.vmInfo = "interpreted mode, sharing";
          return m;
        });
    assertProblem(
        "JIT",
        "TieredStopAtLevel",
        m -> {
          m.tieredStopsBelowC2 = true;
          return m;
        });
  }

  @Test
  void vectorsAndFmaAreChecked() {
    assertProblem(
        "vectors",
        "lanewise.vectorBits",
        m -> {
          m.vectorBits = 512;
          return m;
        });
    assertNote(
        "vectors",
        "lanewise.vectorBits",
        m -> {
          m.vectorBits = 128;
          return m;
        });
    assertProblem(
        "vectors",
        "UseAVX",
        m -> {
          m.vectorBits = 64;
          m.preferredBits = 64;
          return m;
        });
    assertProblem(
        "FMA",
        "UseFMA",
        m -> {
          m.fma = false;
          return m;
        });
    assertProblem(
        "FMA",
        "busy",
        m -> {
          m.gflops = 1;
          return m;
        });
  }

  @Test
  void whatWouldTakeMinutesIsNotMeasured() {
    assertNote(
        "FMA",
        "mend the problems first",
        m -> {
          m.gflops = Double.NaN;
          return m;
        });
  }

  @Test
  void switchedOffBoundsChecksAreAProblem() {
    assertProblem(
        "bounds checks",
        "VECTOR_ACCESS_OOB_CHECK",
        m -> {
          m.boundsChecksOff = true;
          return m;
        });
  }

  @Test
  void threadsMemoryAndHugePagesAreNotes() {
    assertNote(
        "cores",
        "lanewise.threads",
        m -> {
          m.threads = 3;
          return m;
        });
    assertNote(
        "memory",
        "-Xmx1g",
        m -> {
          m.heap = 128L << 20;
          return m;
        });
    assertNote(
        "memory",
        "lanewise.memoryBudget",
        m -> {
          m.budget = 256L << 20;
          return m;
        });
    assertNote(
        "native access",
        "--enable-native-access",
        m -> {
          m.nativeAccess = false;
          return m;
        });
    assertNote(
        "huge pages",
        "madvise",
        m -> {
          m.hugePages = false;
          return m;
        });
  }
}
