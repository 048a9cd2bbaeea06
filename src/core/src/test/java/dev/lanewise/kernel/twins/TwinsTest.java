package dev.lanewise.kernel.twins;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program that derives twins, run on sources of its own. */
@Tag("once")
class TwinsTest {
  private static final String KERNEL =
      """
      package k.segments;

      import static dev.lanewise.memory.SegmentClass.NATIVE;
      import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

      import dev.lanewise.memory.SegmentClass;
      import java.lang.foreign.MemorySegment;

      /** On segments. */
      final class K {
        static void run(MemorySegment x, MemorySegment y, long begin, long end) {
          if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
            throw SegmentClass.notNative(x, y);
          }
          for (long block = begin; block < end; block += 8) {
            int n = (int) Math.min(8, end - block);
            long base = block * Float.BYTES;
            for (int i = 0; i < n; i++) {
              long at = base + (long) i * Float.BYTES;
              y.set(JAVA_FLOAT_UNALIGNED, at, Math.max(0, x.get(JAVA_FLOAT_UNALIGNED, at)));
            }
          }
        }
      }
      """;

  private static final String TWIN =
      """
      package k.arrays;



      /** On arrays. */
      final class K {
        static void run(float[] x, int xOffset, float[] y, int yOffset, int begin, int end) {
          for (long block = begin; block < end; block += 8) {
            int n = (int) Math.min(8, end - block);
            int base = (int) block;
            for (int i = 0; i < n; i++) {
              int at = base + i;
              y[yOffset + at] = Math.max(0, x[xOffset + at]);
            }
          }
        }
      }
      """;

  /** A kernel whose documentation says all that its public form has to know. */
  private static final String DOCUMENTED =
      """
      package dev.lanewise.kernel.room.segments;

      import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

      import java.lang.foreign.MemorySegment;

      /** {@code y = eps x}, see {@link Other#thing}. */
      public final class K {
        /**
         * {@code y = eps x} for the given rows.
         *
         * @param eps not negative
         * @param x read: rows of {@code cols} elements
         * @param column read: one element per row
         * @param y overwritten: rows of {@code cols} elements; may be {@code x} itself
         * @param rowBegin first row
         * @param rowEnd one past the last row
         * @param cols elements of a row, from 1 to 2^31 - 1
         */
        public static void forward(
            float eps,
            MemorySegment x,
            MemorySegment column,
            MemorySegment y,
            long rowBegin,
            long rowEnd,
            long cols) {
          for (long r = rowBegin; r < rowEnd; r++) {
            float factor = column.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES);
            for (long c = 0; c < cols; c++) {
              long at = (r * cols + c) * Float.BYTES;
              y.set(JAVA_FLOAT_UNALIGNED, at, eps * factor * x.get(JAVA_FLOAT_UNALIGNED, at));
            }
          }
        }
      }
      """;

  @TempDir static Path program;
  @TempDir Path folder;

  @BeforeAll
  static void compile() {
    Path programs = Path.of("").toAbsolutePath().resolve("../../.mvn").normalize();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    assertEquals(
        0,
        compiler.run(
            null,
            null,
            null,
            "-d",
            program.toString(),
            "-sourcepath",
            programs.toString(),
            programs.resolve("Twins.java").toString()));
  }

  @Test
  void aKernelOnSegmentsGetsATwinOnArrays() throws IOException, InterruptedException {
    assertEquals("", derive(KERNEL));
    assertEquals(TWIN, Files.readString(twin()));
  }

  @Test
  void aKernelInSinglePrecisionOnSegmentsGetsThreeTwins() throws IOException, InterruptedException {
    Path source = folder.resolve("src/f32/segments/K.java");
    Files.createDirectories(source.getParent());
    Files.writeString(source, KERNEL.replace("package k.", "package f32."));
    assertEquals("", run());
    assertTrue(read("twins/f32/arrays/K.java").contains("float[] x"));
    assertTrue(read("twins/f64/segments/K.java").contains("JAVA_DOUBLE_UNALIGNED, at"));
    assertTrue(read("twins/f64/arrays/K.java").contains("double[] y, int yOffset, int begin"));
  }

  @Test
  void aDocumentedKernelGetsAPublicFormThatChecksWhatIsPromised()
      throws IOException, InterruptedException {
    assertEquals("", derivePublic(DOCUMENTED));
    String form = read("twins/root/ops/room/K.java");
    for (String line :
        new String[] {
          "package dev.lanewise.ops.room;",
          " * {@code y = eps x}, see {@code Other.thing}.",
          "   * {@code y = eps x}.\n",
          "float[] x, float[] column, float[] y, int rows, int cols, float eps) {",
          "MemorySegment x, MemorySegment column, MemorySegment y, long rows, long cols, float eps,"
              + " Workers workers) {",
          "Ranges.check(\"x\", x.length, xOffset, (long) rows * cols);",
          "Ranges.check(\"column\", column, Float.BYTES, rows);",
          "Ranges.checkWritten(\"y\", y, Float.BYTES, rows * cols);",
          "\"x\", x, xOffset, (long) rows * cols, true);",
          "\"column\", column, columnOffset, rows, false);",
          "Ranges.requireColumns(rows, cols);",
          "Ranges.requireNotNegative(\"eps\", eps);",
          "K.forward(eps, x, xOffset, column, columnOffset, y, yOffset, 0, rows, cols);",
          "call.run(FORWARD_SEGMENTS, rows, Grain.rows(GRAIN, cols), workers);"
        }) {
      assertTrue(form.contains(line), () -> line + " is missing in\n" + form);
    }
  }

  @Test
  void aPublicFormOfWhatIsNotDocumentedIsRefused() throws IOException, InterruptedException {
    assertPublicRefused(
        DOCUMENTED.replace("read: one element per row", "read: some elements"),
        "the documentation of column does not say how many elements it has");
    assertPublicRefused(
        DOCUMENTED.replace("@param eps not negative", "and eps"),
        "parameter eps has no documentation");
    assertPublicRefused(
        DOCUMENTED.replace("long rowEnd,\n      long cols)", "long rowEnd,\n      long columns)"),
        "its last parameters are no range of units");
  }

  private void assertPublicRefused(String source, String message)
      throws IOException, InterruptedException {
    String output = derivePublic(source);
    assertTrue(output.contains(message), () -> "expected " + message + " but got: " + output);
    assertTrue(Files.notExists(folder.resolve("twins/root/ops/room/K.java")));
  }

  private String derivePublic(String source) throws IOException, InterruptedException {
    Path file = folder.resolve("src/root/kernel/room/segments/K.java");
    Files.createDirectories(file.getParent());
    Files.writeString(file, source);
    return run();
  }

  @Test
  void aTwinWrittenByHandIsLeftAlone() throws IOException, InterruptedException {
    Path hand = folder.resolve("src/k/arrays/K.java");
    Files.createDirectories(hand.getParent());
    Files.writeString(hand, TWIN);
    assertEquals("", derive(KERNEL));
    assertTrue(Files.notExists(twin()));
  }

  @Test
  void whatHasNoFormOnArraysFailsWithItsLineAndLeavesNothing()
      throws IOException, InterruptedException {
    assertRefused(
        KERNEL.replace("base + (long) i * Float.BYTES", "base + ((long) i << 2)"),
        "'at' is not declared as an offset of elements, at `y.set(");
    assertRefused(
        KERNEL.replace("x.get(JAVA_FLOAT_UNALIGNED, at)", "x.get(JAVA_FLOAT_UNALIGNED, at + 4)"),
        "'4' is not declared as an offset of elements, at `y.set(");
    assertRefused(
        KERNEL.replace("        long at", "        x.asSlice(4, Float.BYTES);\n        long at"),
        "'Float.BYTES' has no form on arrays, at `x.asSlice(4, Float.BYTES);`");
    assertRefused(
        KERNEL.replace("final class K {", "final class K {\n  MemorySegment kept() {}"),
        "'MemorySegment' has no form on arrays");
    assertRefused(
        KERNEL.replace(
            "y.set(JAVA_FLOAT_UNALIGNED, at, Math",
            "y.set(JAVA_SHORT_UNALIGNED, at, x.get(JAVA_FLOAT_UNALIGNED, at) +"
                + " y.get(JAVA_FLOAT_UNALIGNED, at) + Math"),
        "'y' holds elements of type");
    assertRefused(
        KERNEL.replace("x.getClass() != NATIVE ||", "x == y ||"),
        "'NATIVE' has no form on arrays, at `if (x == y || y.getClass() != NATIVE) {`");
  }

  private void assertRefused(String source, String message)
      throws IOException, InterruptedException {
    String output = derive(source);
    assertTrue(output.contains(message), () -> "expected " + message + " but got: " + output);
    assertTrue(output.contains("k/segments/K.java"), output);
    assertTrue(Files.notExists(twin()));
  }

  private Path twin() {
    return folder.resolve("twins/k/arrays/K.java");
  }

  private String read(String file) throws IOException {
    return Files.readString(folder.resolve(file));
  }

  private String derive(String source) throws IOException, InterruptedException {
    Path file = folder.resolve("src/k/segments/K.java");
    Files.createDirectories(file.getParent());
    Files.writeString(file, source);
    return run();
  }

  /** Runs the program; what it complains of, or nothing if it succeeds. */
  private String run() throws IOException, InterruptedException {
    Path errors = folder.resolve("errors");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                program.toString(),
                "Twins",
                folder.resolve("src").toString(),
                folder.resolve("twins").toString())
            .redirectError(errors.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    int code = process.waitFor();
    String complaint = Files.readString(errors);
    assertEquals(complaint.isEmpty() ? 0 : 1, code, complaint);
    return complaint;
  }
}
