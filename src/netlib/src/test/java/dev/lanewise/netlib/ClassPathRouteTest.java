package dev.lanewise.netlib;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The jar that stands before netlib's on the class path, in a JVM of its own. */
class ClassPathRouteTest {
  private static final String CLASS_PATH = System.getProperty("java.class.path");

  private static List<String> run(String classPath) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-cp",
                classPath,
                BreezeProduct.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), output);
    return output.lines().toList();
  }

  @Test
  void firstOnTheClassPathEveryUserOfNetlibComputesWithLanewise() throws Exception {
    String first = System.getProperty("lanewise.first");
    assertEquals(
        List.of(LanewiseBlas.class.getName(), LanewiseBlas.class.getName(), "100.0"),
        run(first + File.pathSeparator + CLASS_PATH));
  }

  @Test
  void withoutItNetlibStaysAsItIs() throws Exception {
    List<String> lines = run(CLASS_PATH);
    assertTrue(lines.getFirst().startsWith("dev.ludovic.netlib.blas."), lines.toString());
    assertEquals("100.0", lines.getLast());
  }
}
