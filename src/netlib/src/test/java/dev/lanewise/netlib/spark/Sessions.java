package dev.lanewise.netlib.spark;

import org.apache.spark.sql.SparkSession;

/** Spark in this JVM, with two threads. */
final class Sessions {
  private Sessions() {}

  static SparkSession.Builder local() {
    return SparkSession.builder()
        .master("local[2]")
        .appName("lanewise")
        .config("spark.ui.enabled", false)
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", 2)
        .config("spark.default.parallelism", 2);
  }
}
