package dev.lanewise.jmh.tracker.command;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.openjdk.jmh.generators.BenchmarkProcessor;

/**
 * A project that knows nothing of the tracker: a few benchmarks, compiled with the annotation
 * processor of JMH. Their speed is that of sleeping, which no busy machine makes shorter.
 */
final class ForeignProject {
  private static final String SOURCE =
      """
      package foreign;

      import java.util.concurrent.TimeUnit;
      import org.openjdk.jmh.annotations.*;

      @State(Scope.Benchmark)
      @BenchmarkMode(Mode.AverageTime)
      @OutputTimeUnit(TimeUnit.MILLISECONDS)
      @Warmup(iterations = 1, time = 20, timeUnit = TimeUnit.MILLISECONDS)
      @Measurement(iterations = 2, time = 20, timeUnit = TimeUnit.MILLISECONDS)
      public class ForeignBenchmark {
        @Param({"1", "2"}) int n;

        @Benchmark
        public void sleep() throws InterruptedException {
          Thread.sleep(n * Integer.getInteger("foreign.slower", 1));
        }

        @Benchmark
        public Object boxed() {
          Integer[] sums = new Integer[1000 * n];
          for (int i = 0; i < sums.length; i++) {
            sums[i] = i * 1000;
          }
          return sums;
        }

        @Benchmark
        public int plain() {
          return n * 31;
        }

        @Benchmark
        public void broken() {
          throw new IllegalStateException("broken on purpose");
        }
      }
      """;

  private ForeignProject() {}

  /** Compiles the project and returns the class path of its benchmarks. */
  static String compile(Path folder) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    List<String> libraries =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(path -> path.matches(".*(jmh-core|jopt-simple|commons-math3)-[^/\\\\]*\\.jar"))
            .toList();
    JavaCompiler.CompilationTask task =
        compiler.getTask(
            messages,
            null,
            null,
            List.of("-d", folder.toString(), "-cp", String.join(File.pathSeparator, libraries)),
            null,
            List.of(
                new SimpleJavaFileObject(
                    URI.create("string:///foreign/ForeignBenchmark.java"),
                    JavaFileObject.Kind.SOURCE) {
                  @Override
                  public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                    return SOURCE;
                  }
                }));
    task.setProcessors(List.of(new BenchmarkProcessor()));
    if (!task.call() || !Files.exists(folder.resolve("META-INF/BenchmarkList"))) {
      throw new IOException("the foreign project does not compile: " + messages);
    }
    return Stream.concat(Stream.of(folder.toString()), libraries.stream())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
