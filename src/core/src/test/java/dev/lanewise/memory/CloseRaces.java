package dev.lanewise.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Closes slabs while other threads read and write them; also run in JVMs of their own. */
final class CloseRaces {
  private static final int THREADS = 2;

  private CloseRaces() {}

  /**
   * Runs {@code races} rounds: all threads use a buffer until it throws, and the slab is closed
   * meanwhile.
   *
   * @return how many threads met an IllegalStateException: all of them in all rounds, if all is
   *     well
   * @throws Exception what a thread met instead
   */
  static int run(int races, Supplier<Slab> slabs) throws Exception {
    AtomicReference<@Nullable MemorySegment> shared = new AtomicReference<>();
    AtomicReference<@Nullable Throwable> wrong = new AtomicReference<>();
    AtomicInteger illegalStates = new AtomicInteger();
    AtomicInteger busy = new AtomicInteger();
    CyclicBarrier barrier = new CyclicBarrier(THREADS + 1);
    Thread[] threads = new Thread[THREADS];
    for (int t = 0; t < THREADS; t++) {
      int kind = t;
      threads[t] =
          Thread.ofPlatform()
              .daemon()
              .start(
                  () -> {
                    try {
                      for (int race = 0; race < races; race++) {
                        barrier.await(30, TimeUnit.SECONDS);
                        MemorySegment buffer = shared.get();
                        busy.incrementAndGet();
                        if (buffer != null) {
                          try {
                            useForever(buffer, (race + kind) % 3);
                          } catch (IllegalStateException closed) {
                            illegalStates.incrementAndGet();
                            // The JVM delivers the exception as it does an interrupt and leaves the
                            // flag set.
                            Thread.interrupted();
                          }
                        }
                        barrier.await(30, TimeUnit.SECONDS);
                      }
                    } catch (Throwable failure) {
                      wrong.compareAndSet(null, failure);
                    }
                  });
    }
    try {
      race(races, slabs, shared, busy, barrier);
    } catch (BrokenBarrierException | TimeoutException aThreadFailed) {
      wrong.compareAndSet(null, aThreadFailed);
    }
    Throwable failure = wrong.get();
    if (failure != null) {
      throw new AssertionError("a thread met something else", failure);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return illegalStates.get();
  }

  private static void race(
      int races,
      Supplier<Slab> slabs,
      AtomicReference<@Nullable MemorySegment> shared,
      AtomicInteger busy,
      CyclicBarrier barrier)
      throws Exception {
    for (int race = 0; race < races; race++) {
      Slab slab = slabs.get();
      shared.set(slab.allocateFloats(1000));
      busy.set(0);
      barrier.await(30, TimeUnit.SECONDS);
      while (busy.get() < 1 + race % THREADS) {
        LockSupport.parkNanos(1);
      }
      slab.close();
      barrier.await(30, TimeUnit.SECONDS);
    }
  }

  static int expected(int races) {
    return races * THREADS;
  }

  private static void useForever(MemorySegment buffer, int kind) {
    while (true) {
      // Leaves a core to the thread that closes, where there are few.
      LockSupport.parkNanos(1);
      for (int i = 0; i < 300; i++) {
        use(buffer, kind);
      }
    }
  }

  private static float use(MemorySegment buffer, int kind) {
    float sum = 0;
    switch (kind) {
      case 0 -> buffer.fill((byte) 1);
      case 1 -> {
        for (long i = 0; i < 1000; i++) {
          sum += buffer.getAtIndex(JAVA_FLOAT, i);
        }
      }
      default -> MemorySegment.copy(buffer, 0, buffer, 2000, 2000);
    }
    return sum;
  }
}
