package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.Slab;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadmeExampleTest {
  private static final Path README = Path.of(System.getProperty("basedir", "."), "../../README.md");

  @Test
  @Tag("once")
  void theExampleOfTheReadmeCompilesRunsAndLearns(@TempDir Path folder) throws Exception {
    String readme = Files.readString(README);
    int begin = readme.indexOf("```java\n") + "```java\n".length();
    String example = readme.substring(begin, readme.indexOf("```", begin));
    Path source = Files.writeString(folder.resolve("Xor.java"), example);
    Path printed = folder.resolve("printed");
    Path classes = Path.of(Slab.class.getProtectionDomain().getCodeSource().getLocation().toURI());

    Process java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "-cp",
                classes.toString(),
                source.toString())
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile())
            .start();
    assertTrue(java.waitFor(60, TimeUnit.SECONDS), "the example does not end");

    List<String> lines = Files.readAllLines(printed);
    assertEquals(0, java.exitValue(), () -> String.join("\n", lines));
    String last = lines.getLast();
    double loss = Double.parseDouble(last.substring(last.lastIndexOf(' ') + 1));
    assertTrue(loss < 0.05, "the example learns nothing: " + last);
  }
}
