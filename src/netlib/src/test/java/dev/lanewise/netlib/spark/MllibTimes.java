package dev.lanewise.netlib.spark;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.netlib.LanewiseBlas;
import dev.lanewise.netlib.SparkFields;
import dev.ludovic.netlib.blas.BLAS;
import dev.ludovic.netlib.blas.JavaBLAS;
import dev.ludovic.netlib.blas.NativeBLAS;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/**
 * Times of MLlib jobs with one BLAS after the other, in turns, in one JVM: trainings a minute of
 * each round. A native library is measured if netlib finds one: {@code
 * -Ddev.ludovic.netlib.blas.nativeLibPath=<file>}.
 *
 * <p>The results can be written as JMH writes its own, a round for a fork, so that what reads those
 * can read them.
 */
final class MllibTimes {
  private static final String BENCHMARK = "dev.lanewise.netlib.spark.MllibBenchmark.train";

  /** The library by the name that tables of results know it by. */
  private final Map<String, BLAS> libraries = new LinkedHashMap<>();

  private final SparkSession spark;
  private final int rounds;

  private MllibTimes(SparkSession spark, int rounds) {
    this.spark = spark;
    this.rounds = rounds;
    libraries.put("LANEWISE", new LanewiseBlas());
    libraries.put("NETLIB", JavaBLAS.getInstance());
    try {
      libraries.put("NATIVE", NativeBLAS.getInstance());
    } catch (RuntimeException | LinkageError e) {
      System.out.println("no native BLAS: " + e.getMessage());
    }
  }

  /**
   * The number of rounds, the file for the results or {@code -}, and perhaps jobs with or without
   * their size: {@code 3 - PCA_COMPONENTS MULTILAYER_PERCEPTRON:WIDE}.
   */
  public static void main(String[] arguments) throws Exception {
    int rounds = Integer.parseInt(arguments[0]);
    List<String> jobs =
        arguments.length > 2
            ? List.of(arguments).subList(2, arguments.length)
            : Arrays.stream(Job.values()).map(Job::name).toList();
    List<Map<String, Object>> results = new ArrayList<>();
    try (SparkSession spark = Sessions.local().getOrCreate()) {
      MllibTimes times = new MllibTimes(spark, rounds);
      for (String name : jobs) {
        String[] parts = name.split(":", 2);
        Job.Size size = parts.length == 1 ? Job.Size.LARGE : Job.Size.valueOf(parts[1]);
        results.addAll(times.measure(Job.valueOf(parts[0]), size));
      }
    }
    if (!arguments[1].equals("-")) {
      write(Path.of(arguments[1]), results);
    }
  }

  /** One round more than asked for: the first one compiles. */
  private List<Map<String, Object>> measure(Job job, Job.Size size) throws Exception {
    Map<String, double[]> perMinute = new LinkedHashMap<>();
    for (int round = -1; round < rounds; round++) {
      for (Map.Entry<String, BLAS> library : libraries.entrySet()) {
        SparkFields.set(library.getValue());
        long begin = System.nanoTime();
        job.train(spark, size);
        double seconds = (System.nanoTime() - begin) * 1e-9;
        System.out.printf(
            Locale.ROOT,
            "%s %s %s, round %d: %.2f s%n",
            job,
            size,
            library.getKey(),
            round + 1,
            seconds);
        if (round >= 0) {
          perMinute.computeIfAbsent(library.getKey(), name -> new double[rounds])[round] =
              60 / seconds;
        }
      }
    }
    List<Map<String, Object>> results = new ArrayList<>();
    perMinute.forEach((library, rates) -> results.add(result(job, size, library, rates)));
    return results;
  }

  private static Map<String, Object> result(
      Job job, Job.Size size, String library, double[] perMinute) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("benchmark", BENCHMARK);
    result.put("mode", "thrpt");
    result.put("forks", perMinute.length);
    result.put("jdkVersion", System.getProperty("java.version"));
    result.put("vmName", System.getProperty("java.vm.name"));
    result.put("vmVersion", System.getProperty("java.vm.version"));
    result.put(
        "params",
        Map.of("job", job.name(), "size", size.name(), "library", library, "threads", "ALL"));
    List<double[]> raw = Arrays.stream(perMinute).mapToObj(rate -> new double[] {rate}).toList();
    Map<String, Object> metric = new LinkedHashMap<>();
    metric.put("score", Arrays.stream(perMinute).average().orElseThrow());
    metric.put("scoreUnit", "trainings/min");
    metric.put("rawData", raw);
    result.put("primaryMetric", metric);
    return result;
  }

  private static void write(Path file, List<Map<String, Object>> results) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    StringBuilder json = new StringBuilder("[\n");
    String separator = "";
    for (Map<String, Object> result : results) {
      json.append(separator).append(mapper.writeValueAsString(result));
      separator = ",\n";
    }
    Files.writeString(file, json.append("\n]\n"));
  }
}
