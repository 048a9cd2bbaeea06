package dev.lanewise.netlib.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.netlib.LanewiseBlas;
import dev.lanewise.netlib.LanewisePlugin;
import dev.lanewise.netlib.SparkFields;
import dev.ludovic.netlib.blas.BLAS;
import dev.ludovic.netlib.blas.JavaBLAS;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A real Spark trains with the plugin what it trains without, and the calls arrive. */
class MllibTest {
  private static final Map<Job, double[]> WITHOUT = new EnumMap<>(Job.class);
  private static SparkSession spark;

  @BeforeAll
  static void trainWithoutThePlugin() throws IOException {
    try (SparkSession plain = Sessions.local().getOrCreate()) {
      assertEquals(JavaBLAS.getInstance(), inSpark());
      for (Job job : Job.values()) {
        WITHOUT.put(job, job.train(plain, Job.Size.SMALL));
      }
    }
    spark = Sessions.local().config("spark.plugins", LanewisePlugin.class.getName()).getOrCreate();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static BLAS inSpark() {
    return org.apache.spark.mllib.linalg.BLAS$.MODULE$.nativeBLAS();
  }

  @Test
  void thePluginIsUnderBothLinearAlgebrasOfSpark() {
    assertInstanceOf(LanewiseBlas.class, org.apache.spark.ml.linalg.BLAS$.MODULE$.javaBLAS());
    assertInstanceOf(LanewiseBlas.class, org.apache.spark.ml.linalg.BLAS$.MODULE$.nativeBLAS());
    assertInstanceOf(LanewiseBlas.class, org.apache.spark.mllib.linalg.BLAS$.MODULE$.javaBLAS());
    assertInstanceOf(LanewiseBlas.class, inSpark());
  }

  @ParameterizedTest
  @EnumSource
  void theModelIsTheSameAndTheCallsArrive(Job job) throws Exception {
    double[] expected = Objects.requireNonNull(WITHOUT.get(job));
    Map<String, Integer> calls = new ConcurrentHashMap<>();
    SparkFields.set(SparkFields.counting(new LanewiseBlas(), calls));
    double[] actual;
    try {
      actual = job.train(spark, Job.Size.SMALL);
    } finally {
      SparkFields.set(new LanewiseBlas());
    }
    assertTrue(calls.getOrDefault(job.routine, 0) > 0, job + " calls " + calls);
    assertEquals(expected.length, actual.length);
    double scale = 0;
    for (double value : expected) {
      scale = Math.max(scale, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], job.tolerance * scale, job + ", number " + i);
    }
  }
}
