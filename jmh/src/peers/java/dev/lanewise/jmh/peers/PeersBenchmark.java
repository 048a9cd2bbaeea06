package dev.lanewise.jmh.peers;

import com.sun.management.OperatingSystemMXBean;
import dev.lanewise.jmh.GemmBenchmark.Layout;
import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Operands;
import dev.lanewise.jmh.Threads;
import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One product of one library in one fork, some two seconds long, so that the forks of a comparison
 * lie close together. Everybody is warmed up by JMH for 0.4 s, which is enough for native code;
 * what C2 has to compile first runs for 1.2 s before.
 */
@Warmup(iterations = 4, time = 100, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 100, timeUnit = TimeUnit.MILLISECONDS)
public abstract class PeersBenchmark extends KernelBenchmark {
  private static final long COMPILING_NANOS = 1_200_000_000;
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private static final int LOOKS = 10;
  private static final long LOOK_NANOS = 100_000_000;
  private static final double BUSIEST = 1.4;

  @Param("ONE")
  public Threads threads;

  private Slab slab;
  private Problem problem;
  private Product product;
  private long flops;

  /**
   * What is multiplied.
   *
   * @param bytes size of an element
   */
  record Shape(int bytes, Layout layout, int m, int n, int k) {}

  abstract Library library();

  abstract Shape shape();

  /** Checks the answer and warms up. */
  @Setup
  public void setUp() {
    Library library = library();
    Shape shape = shape();
    int bytes = shape.bytes();
    int m = shape.m();
    int n = shape.n();
    int k = shape.k();
    long spare = 1 << 20;
    slab = Slab.open("peers", bytes * ((long) m * k + (long) k * n + (long) m * n) + spare);
    MemorySegment a = allocate(bytes, (long) m * k);
    MemorySegment b = allocate(bytes, (long) k * n);
    MemorySegment c = allocate(bytes, (long) m * n);
    problem = new Problem(shape.layout(), m, n, k, threads.count(), bytes, a, b, c);
    if (bytes == Float.BYTES) {
      Operands.randomise(a, 1);
      Operands.randomise(b, 2);
    } else {
      Operands.randomiseDoubles(a, 1);
      Operands.randomiseDoubles(b, 2);
    }
    product = library.opener().open(problem);
    flops = product.flops(problem);
    problem.spoil();
    product.multiply();
    if (product.answers()) {
      product.copyResult(c);
      problem.check();
    }
    if (library.isJava()) {
      multiplyFor(COMPILING_NANOS);
    }
    if (threads == Threads.ONE) {
      requireOneThread();
    }
  }

  /**
   * Fails if the product keeps more than one processor busy: a library may have the number of
   * threads in more places than one. Several looks, since the compiler of the JVM may be at work.
   */
  private void requireOneThread() {
    double busy = Double.POSITIVE_INFINITY;
    for (int look = 0; look < LOOKS && busy > BUSIEST; look++) {
      long cpu = SYSTEM.getProcessCpuTime();
      long nanos = multiplyFor(LOOK_NANOS);
      busy = Math.min(busy, (SYSTEM.getProcessCpuTime() - cpu) / (double) nanos);
    }
    if (busy > BUSIEST) {
      throw new IllegalStateException("one thread was asked for, " + busy + " are busy");
    }
  }

  /** Over and over, for at least so long; how long it was. */
  private long multiplyFor(long nanos) {
    long begin = System.nanoTime();
    do {
      product.multiply();
    } while (System.nanoTime() - begin < nanos);
    return System.nanoTime() - begin;
  }

  private MemorySegment allocate(int bytes, long n) {
    return bytes == Float.BYTES ? slab.allocateFloats(n) : slab.allocateDoubles(n);
  }

  final void multiply(Work work) {
    product.multiply();
    work.flops += flops;
  }

  @TearDown
  public void close() {
    product.close();
    slab.close();
  }
}
