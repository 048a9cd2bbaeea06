package dev.lanewise.jmh.netlib;

import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Threads;
import dev.lanewise.parallel.Workers;
import dev.ludovic.netlib.blas.BLAS;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A routine through the interface of netlib. At 1,291 and 2,048 netlib's own product goes scalar:
 * it compares m n k with a threshold, and the product of ints overflows.
 */
@Warmup(iterations = 4, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 200, timeUnit = TimeUnit.MILLISECONDS)
public class NetlibBenchmark extends KernelBenchmark {
  @Param public BlasRoutine routine;

  @Param({"2", "3", "5", "10", "20", "50", "100", "256", "512", "1000", "1291", "2048"})
  public int n;

  @Param("ONE")
  public Threads threads;

  @Param public BlasLibrary library;

  private Workers workers;
  private BLAS blas;
  private BlasOperands operands;

  /** Checks the answer against that of netlib's Java, all of it; larger ones take that seconds. */
  @Setup
  public void setUp() {
    workers = threads.open();
    blas = library.open(workers);
    operands = new BlasOperands(n);
    if (n <= 1000) {
      BlasOperands expected = new BlasOperands(n);
      routine.call(blas, n, operands);
      routine.call(BlasLibrary.NETLIB.open(workers), n, expected);
      operands.requireNear(expected, routine + " by " + library);
    }
  }

  @Benchmark
  public void call(Work work) {
    routine.call(blas, n, operands);
    work.flops += routine.flops(n);
  }

  @TearDown
  public void close() {
    workers.close();
  }
}
