package dev.lanewise.testing;

import dev.lanewise.simd.Lanes;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Assumptions;

/** Heap bytes that a piece of code allocates on the calling thread once it is warm. */
public final class AllocatedBytes {
  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final com.sun.management.OperatingSystemMXBean PROCESS =
      (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private AllocatedBytes() {}

  /** Skips the test at a width that the machine lacks: there every vector is an object. */
  public static void assumeNothingIsBoxed() {
    Assumptions.assumeTrue(
        Lanes.BITS <= Lanes.preferredBits(), "vectors wider than the machine's are boxed");
  }

  /**
   * Bytes per call, measured over many calls after the code was compiled: C2 has to have removed
   * every vector box.
   *
   * @param warmUpCalls calls before the measurement; on background compilation the call repeats
   *     until a measurement gives 0 or this JVM has computed for 40 s, with the compiler beside it:
   *     not 20 s of the clock, of which a busy machine gives it a part
   */
  public static long perCall(int warmUpCalls, int calls, Runnable code) {
    assumeNothingIsBoxed();
    long deadline = PROCESS.getProcessCpuTime() + 40_000_000_000L;
    long perCall;
    do {
      for (int i = 0; i < warmUpCalls; i++) {
        code.run();
      }
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < calls; i++) {
        code.run();
      }
      perCall = (THREADS.getCurrentThreadAllocatedBytes() - before) / calls;
    } while (perCall > 0 && PROCESS.getProcessCpuTime() < deadline);
    return perCall;
  }
}
