package dev.lanewise.netlib.spark;

import dev.lanewise.netlib.LanewiseBlas;
import dev.lanewise.netlib.SparkFields;
import dev.ludovic.netlib.blas.BLAS;
import dev.ludovic.netlib.blas.JavaBLAS;
import dev.ludovic.netlib.blas.NativeBLAS;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/**
 * Wall times of MLlib jobs with one BLAS after the other, in turns, in one JVM: seconds, the median
 * of the rounds. A native library is measured if netlib finds one: {@code
 * -Ddev.ludovic.netlib.blas.nativeLibPath=<file>}.
 */
final class MllibTimes {
  private MllibTimes() {}

  /** The number of rounds, and perhaps the jobs. */
  public static void main(String[] arguments) throws Exception {
    int rounds = Integer.parseInt(arguments[0]);
    Job[] jobs =
        arguments.length == 1
            ? Job.values()
            : Arrays.stream(arguments).skip(1).map(Job::valueOf).toArray(Job[]::new);
    Map<String, BLAS> libraries = new LinkedHashMap<>();
    libraries.put("netlib in Java", JavaBLAS.getInstance());
    libraries.put("Lanewise", new LanewiseBlas());
    addNative(libraries);
    try (SparkSession spark = Sessions.local().getOrCreate()) {
      System.out.println("| job | " + String.join(" | ", libraries.keySet()) + " |");
      System.out.println("|---|" + "---|".repeat(libraries.size()));
      for (Job job : jobs) {
        System.out.println("| " + job + " | " + times(job, rounds, libraries, spark) + " |");
      }
    }
  }

  private static void addNative(Map<String, BLAS> libraries) {
    try {
      libraries.put("native", NativeBLAS.getInstance());
    } catch (RuntimeException | LinkageError e) {
      System.out.println("no native BLAS: " + e.getMessage());
    }
  }

  /** One round more than asked for: the first one compiles. */
  private static String times(Job job, int rounds, Map<String, BLAS> libraries, SparkSession spark)
      throws Exception {
    double[][] seconds = new double[libraries.size()][rounds];
    for (int round = -1; round < rounds; round++) {
      int library = 0;
      for (BLAS blas : libraries.values()) {
        SparkFields.set(blas);
        long begin = System.nanoTime();
        job.train(spark, Job.Size.LARGE);
        if (round >= 0) {
          seconds[library][round] = (System.nanoTime() - begin) * 1e-9;
        }
        library++;
      }
    }
    StringBuilder line = new StringBuilder();
    for (double[] times : seconds) {
      Arrays.sort(times);
      line.append(line.isEmpty() ? "" : " | ").append("%.2f".formatted(times[rounds / 2]));
    }
    return line.toString();
  }
}
