package dev.lanewise.jmh.peers;

import dev.lanewise.jmh.GemmBenchmark.Layout;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Square products of floats. */
public class GemmPeersF32Benchmark extends PeersBenchmark {
  /** From call overhead to large, with awkward ones. */
  @Param({"4", "8", "16", "17", "32", "64", "100", "128", "256", "512", "1000", "1024", "2048"})
  public int n;

  @Param("NN")
  public Layout layout;

  @Param public F32Library library;

  @Override
  Library library() {
    return library;
  }

  @Override
  Shape shape() {
    return new Shape(Float.BYTES, layout, n, n, n);
  }

  @Benchmark
  public void sgemm(Work work) {
    multiply(work);
  }
}
