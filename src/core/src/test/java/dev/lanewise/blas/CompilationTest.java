package dev.lanewise.blas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.simd.Lanes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the compilers of HotSpot say of the products while they compile them. */
class CompilationTest {
  @Test
  void noCompilerGivesUpOnAProduct() throws Exception {
    assumeTrue(Lanes.BITS <= Lanes.preferredBits(), "vectors of this width are emulated here");
    List<String> kernels =
        compilations().stream()
            .filter(line -> line.matches(".*dev[.]lanewise[.]kernel[.](gemm|conv)[.].*"))
            .toList();
    assertEquals(List.of(), kernels.stream().filter(CompilationTest::wasGivenUp).toList());
    String micro = Lanes.BITS == 512 ? "MicroKernel12" : "MicroKernel6";
    Stream<String> pixels =
        (Lanes.BITS == 512 ? Stream.of("PixelKernel8", "PixelKernel16") : Stream.of("PixelKernel6"))
            .flatMap(kernel -> Stream.of(kernel + "::run", kernel + "::runTriples"));
    Stream<String> weights =
        Lanes.BITS == 512
            ? Stream.of("WeightKernel8::run", "WeightKernel8::runPairs")
            : Stream.of("PixelKernel6::runPairs", "WeightKernel6::run", "WeightKernel6::runPairs");
    Stream<String> convolutions = Stream.concat(pixels, weights);
    List<String> small =
        Lanes.BITS == 512
            ? List.of("Tiles::x1", "SegmentTiles::x1", "WideTiles::x4", "WideSegmentTiles::x4")
            : List.of("PanelTiles::six");
    Stream<String> products =
        Stream.of("f32", "f64")
            .flatMap(
                p ->
                    Stream.concat(
                        Stream.of("multiply", "accumulate").map(m -> p + "." + micro + "::" + m),
                        small.stream().map(tiles -> "small." + p + "." + tiles)));
    List<String> hot =
        Stream.concat(products, convolutions.map(kernel -> "conv." + kernel)).toList();
    for (String method : hot) {
      List<String> lines = kernels.stream().filter(line -> line.contains(method + " ")).toList();
      assertFalse(lines.isEmpty(), method + " was not compiled at all");
      assertTrue(lines.stream().anyMatch(CompilationTest::isC2), method + ": " + lines);
    }
  }

  /** While a class is being loaded a compilation is only put off. */
  private static boolean wasGivenUp(String line) {
    return line.contains("COMPILE SKIPPED") && !line.contains("concurrent class loading");
  }

  /** Time, number, flags, tier, method. */
  private static boolean isC2(String line) {
    return line.matches("\\s*\\d+\\s+\\d+\\s+[%sbn! ]*4\\s+.*");
  }

  private static List<String> compilations() throws IOException, InterruptedException {
    Process java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-D" + Lanes.PROPERTY + "=" + Lanes.BITS,
                "-Xbatch",
                "-XX:+PrintCompilation",
                "-cp",
                System.getProperty("java.class.path"),
                CompiledProducts.class.getName())
            .redirectErrorStream(true)
            .start();
    List<String> lines =
        new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    assertEquals(0, java.waitFor(), () -> String.join("\n", lines));
    return lines;
  }
}
