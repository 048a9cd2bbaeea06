package dev.lanewise.blas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.blas.f32.GemmCall;
import dev.lanewise.blas.f32.SharedB;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.Lanes;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products with other tiles and blocks than the derived ones, each in a JVM of its own. */
class BlockingSettingsTest {
  /** Prints what all bits of some products come to. */
  static final class Products {
    private Products() {}

    public static void main(String[] arguments) {
      System.out.println(checksum());
    }
  }

  private record Run(int exit, String output) {}

  static Stream<List<String>> settings() {
    return Stream.of(
        List.of("tileRows=6", "depth=3", "rows=18", "columns=100", "blockBytes=1024"),
        List.of("tileRows=12", "depth=50", "rows=13", "columns=8192", "blockBytes=20000"),
        List.of("tileRows=6", "depth=8192", "rows=4096", "columns=300", "blockBytes=67108864"));
  }

  @ParameterizedTest
  @MethodSource("settings")
  void noTileAndNoBlockChangesABit(List<String> settings) throws Exception {
    Run run = products(settings.toArray(String[]::new));
    assertEquals(0, run.exit(), run.output());
    assertEquals(Long.toString(checksum()), run.output().strip());
  }

  @Test
  void aTileThatDoesNotExistIsNamed() throws Exception {
    Run run = products("tileRows=8");
    assertNotEquals(0, run.exit());
    String wanted = "-Dlanewise.gemm.tileRows=8 is not a size that fits: want 6 or 12";
    assertTrue(run.output().contains(wanted), run.output());
  }

  private static Run products(String... settings) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-modules=jdk.incubator.vector");
    command.add("-D" + Lanes.PROPERTY + "=" + Lanes.BITS);
    for (String setting : settings) {
      command.add("-Dlanewise.gemm." + setting);
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Products.class.getName()));
    Process java = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    // The JVM says that it uses an incubator module.
    String said =
        String.join("\n", output.lines().filter(line -> !line.startsWith("WARNING")).toList());
    return new Run(java.waitFor(), said);
  }

  private static long checksum() {
    CRC32 crc = new CRC32();
    int[][] sizes = {{97, 83, 131}, {13, 200, 75}, {211, 65, 300}};
    for (int[] size : sizes) {
      for (Transpose a : List.of(Transpose.NO_TRANS, Transpose.TRANS)) {
        for (Transpose b : List.of(Transpose.NO_TRANS, Transpose.TRANS)) {
          product(size[0], size[1], size[2], a, b, crc);
        }
      }
    }
    return crc.getValue();
  }

  private static void product(int m, int n, int k, Transpose ta, Transpose tb, CRC32 crc) {
    SplittableRandom random = new SplittableRandom(m);
    double[] a = random.doubles((long) m * k, -1, 1).toArray();
    double[] b = random.doubles((long) k * n, -1, 1).toArray();
    double[] c = new double[m * n];
    int lda = ta == Transpose.TRANS ? m : k;
    int ldb = tb == Transpose.TRANS ? k : n;
    Workers workers = Workers.shared();
    Gemm.dgemm(ta, tb, m, n, k, 1, a, 0, lda, b, 0, ldb, 0, c, 0, n, workers);
    float[] fa = floats(a);
    float[] fb = floats(b);
    float[] fc = new float[m * n];
    Gemm.sgemm(ta, tb, m, n, k, 1f, fa, 0, lda, fb, 0, ldb, 0f, fc, 0, n, workers);
    float[] shared = shared(m, n, k, ta, lda, fa, tb, ldb, fb);
    ByteBuffer bytes = ByteBuffer.allocate(m * n * (Double.BYTES + 2 * Float.BYTES));
    bytes.asDoubleBuffer().put(c);
    bytes.position(m * n * Double.BYTES).slice().asFloatBuffer().put(fc).put(shared);
    crc.update(bytes.array());
  }

  /** The same product with a B that is packed once as a whole. */
  private static float[] shared(
      int m, int n, int k, Transpose ta, int lda, float[] a, Transpose tb, int ldb, float[] b) {
    float[] c = new float[m * n];
    Workers workers = Workers.shared();
    try (Arena arena = Arena.ofShared();
        SharedB packed =
            SharedB.of(
                tb == Transpose.TRANS,
                k,
                n,
                arena.allocateFrom(ValueLayout.JAVA_FLOAT, b),
                0,
                ldb,
                workers)) {
      GemmCall call = GemmCall.borrow();
      call.setA(arena.allocateFrom(ValueLayout.JAVA_FLOAT, a), 0, lda, ta == Transpose.TRANS);
      call.setB(packed);
      call.setC(c, 0, n);
      call.run(m, n, k, 1f, 0f, 0, 0, 0, 1, workers);
    }
    return c;
  }

  private static float[] floats(double[] values) {
    float[] narrowed = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      narrowed[i] = (float) values[i];
    }
    return narrowed;
  }
}
