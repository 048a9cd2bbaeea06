package dev.lanewise.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.testing.AllocatedBytes;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class WorkersTest {
  /** A late thread must not take a block of the next region by the count of the last one: more threads than processors. */
  @Test
  void regionsThatFollowEachOtherAtOnceAreEachCompleteWhenRunReturns() {
    try (Workers workers = Workers.of(6)) {
      AtomicLong sum = new AtomicLong();
      int[] plain = new int[64];
      long deadline = System.nanoTime() + 3_000_000_000L;
      int region = 0;
      for (; region < 200_000 && System.nanoTime() < deadline; region++) {
        int n = 2 + region * 7 % 62;
        sum.set(0);
        workers.run(
            n,
            1,
            (begin, end) -> {
              for (long i = begin; i < end; i++) {
                plain[(int) i]++;
                sum.addAndGet(i + 1);
              }
            });
        assertEquals((long) n * (n + 1) / 2, sum.get(), "region " + region);
        for (int i = 0; i < n; i++) {
          assertEquals(1, plain[i], "index " + i + " of region " + region + ": every write is there, each once");
          plain[i] = 0;
        }
      }
      assertTrue(region > 100, "too slow to show anything: " + region + " regions");
    }
  }

  @Test
  void aRegionInsideARegionIsComputedByItsCaller() {
    try (Workers workers = Workers.of(3)) {
      AtomicInteger count = new AtomicInteger();
      workers.run(
          24,
          1,
          (begin, end) -> {
            for (long i = begin; i < end; i++) {
              Thread caller = Thread.currentThread();
              workers.run(
                  100,
                  1,
                  (b, e) -> {
                    assertSame(caller, Thread.currentThread());
                    count.addAndGet((int) (e - b));
                  });
            }
          });
      assertEquals(2400, count.get());
    }
  }

  @Test
  void manyCallersAtOncePlatformAndVirtualGetTheirOwnResult() throws Exception {
    try (Workers workers = Workers.of(3);
        ExecutorService platform = Executors.newFixedThreadPool(8);
        ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Long>> sums = new ArrayList<>();
      for (int caller = 0; caller < 200; caller++) {
        int n = 100 + caller;
        sums.add((caller % 2 == 0 ? platform : virtual).submit(() -> sumOfManyRegions(workers, n)));
      }
      for (int caller = 0; caller < 200; caller++) {
        long n = 100L + caller;
        assertEquals(50 * n * (n - 1) / 2, sums.get(caller).get());
      }
    }
  }

  private static long sumOfManyRegions(Workers workers, int n) {
    AtomicLong sum = new AtomicLong();
    for (int region = 0; region < 50; region++) {
      workers.run(
          n,
          1,
          (begin, end) -> {
            for (long i = begin; i < end; i++) {
              sum.addAndGet(i);
            }
          });
    }
    return sum.get();
  }

  @Test
  void whatABlockThrowsReachesTheCallerAndThePoolWorksOn() {
    try (Workers workers = Workers.of(4)) {
      for (int failing = 0; failing < 16; failing++) {
        int index = failing;
        Error failure = new AssertionError("block " + index);
        Error thrown =
            assertThrows(
                AssertionError.class,
                () ->
                    workers.run(
                        16,
                        1,
                        (begin, end) -> {
                          if (begin <= index && index < end) {
                            throw failure;
                          }
                        }));
        assertSame(failure, thrown);
        AtomicInteger count = new AtomicInteger();
        workers.run(1000, 1, (begin, end) -> count.addAndGet((int) (end - begin)));
        assertEquals(1000, count.get());
      }
    }
  }

  @Test
  void noBlockRunsAnyMoreWhenAFailureIsReported() {
    try (Workers workers = Workers.of(4)) {
      for (int region = 0; region < 200; region++) {
        AtomicInteger running = new AtomicInteger();
        assertThrows(
            IllegalStateException.class,
            () ->
                workers.run(
                    16,
                    1,
                    (begin, end) -> {
                      running.incrementAndGet();
                      try {
                        Thread.onSpinWait();
                        throw new IllegalStateException("every block fails");
                      } finally {
                        running.decrementAndGet();
                      }
                    }));
        assertEquals(0, running.get());
      }
    }
  }

  @Test
  void anInterruptOfTheCallerIsNeitherObeyedNorLost() {
    try (Workers workers = Workers.of(2)) {
      AtomicInteger count = new AtomicInteger();
      Thread.currentThread().interrupt();
      workers.run(1000, 1, (begin, end) -> count.addAndGet((int) (end - begin)));
      assertTrue(Thread.interrupted(), "the interrupt is still pending");
      assertEquals(1000, count.get());
    }
  }

  @Test
  void anInterruptOfAPoolThreadDoesNotKeepItFromParking() throws Exception {
    try (Workers workers = Workers.of(3)) {
      Set<Thread> pool = poolThreads(workers);
      for (Thread thread : pool) {
        thread.interrupt();
      }
      for (Thread thread : pool) {
        awaitState(thread, Thread.State.WAITING);
        assertFalse(thread.isInterrupted());
      }
      assertEquals(pool, poolThreads(workers), "the pool still works with the same threads");
    }
  }

  @Test
  void poolThreadsAreNamedDaemonsThatParkWhenIdle() throws Exception {
    try (Workers workers = Workers.of(3)) {
      for (Thread thread : poolThreads(workers)) {
        assertTrue(thread.isDaemon());
        assertTrue(thread.getName().startsWith("lanewise-worker-"), thread.getName());
        awaitState(thread, Thread.State.WAITING);
      }
    }
  }

  @Test
  void closeEndsTheThreadsAndRunSaysSo() throws Exception {
    Workers workers = Workers.of(3);
    Set<Thread> pool = poolThreads(workers);
    workers.close();
    workers.close();
    for (Thread thread : pool) {
      assertTrue(thread.join(Duration.ofSeconds(10)), "still alive: " + thread);
    }
    IllegalStateException closed =
        assertThrows(IllegalStateException.class, () -> workers.run(10, 1, (begin, end) -> {}));
    assertEquals("these workers are closed", closed.getMessage());
  }

  @Test
  void aRegionThatRunsDuringCloseIsStillCompleted() throws Exception {
    for (int round = 0; round < 50; round++) {
      Workers workers = Workers.of(3);
      CountDownLatch begun = new CountDownLatch(1);
      AtomicInteger count = new AtomicInteger();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      Thread caller =
          Thread.ofPlatform()
              .uncaughtExceptionHandler((thread, thrown) -> failure.set(thrown))
              .start(
                  () ->
                      workers.run(
                          1000,
                          1,
                          (begin, end) -> {
                            begun.countDown();
                            count.addAndGet((int) (end - begin));
                          }));
      assertTrue(begun.await(10, TimeUnit.SECONDS));
      workers.close();
      assertTrue(caller.join(Duration.ofSeconds(10)));
      assertNull(failure.get());
      assertEquals(1000, count.get());
    }
  }

  @Test
  void theSharedPoolCannotBeClosed() {
    IllegalStateException shared = assertThrows(IllegalStateException.class, () -> Workers.shared().close());
    assertEquals("the shared workers live as long as the JVM", shared.getMessage());
    assertSame(Workers.shared(), Workers.shared());
  }

  @Test
  void aRegionAllocatesNothingOnAnyThread() throws Exception {
    try (Workers workers = Workers.of(3)) {
      long[] cells = new long[64];
      Workers.Task task = (begin, end) -> cells[(int) begin] = end;
      Set<Thread> pool = poolThreads(workers);
      assertEquals(0, AllocatedBytes.perCall(2000, 2000, () -> workers.run(64, 1, task)));
      var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
      long before = 0;
      long after = 0;
      for (Thread thread : pool) {
        before += threads.getThreadAllocatedBytes(thread.threadId());
      }
      for (int region = 0; region < 2000; region++) {
        workers.run(64, 1, task);
      }
      for (Thread thread : pool) {
        after += threads.getThreadAllocatedBytes(thread.threadId());
      }
      assertEquals(0, (after - before) / 2000, "bytes per region on the pool's own threads");
    }
  }

  @Test
  void argumentsOutOfRangeAreNamed() {
    assertEquals(
        "threads = 0: want 1 to 1024",
        assertThrows(IllegalArgumentException.class, () -> Workers.of(0)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> Workers.of(1025));
    try (Workers workers = Workers.of(2)) {
      assertThrows(IllegalArgumentException.class, () -> workers.run(-1, 1, (begin, end) -> {}));
      assertThrows(IllegalArgumentException.class, () -> workers.run(1, 0, (begin, end) -> {}));
      workers.run(0, 1, (begin, end) -> assertTrue(false, "an empty range has no block"));
    }
  }

  /** Runs a region in which every thread waits for the others, so each shows itself. */
  private static Set<Thread> poolThreads(Workers workers) throws InterruptedException {
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    Thread caller = Thread.currentThread();
    CountDownLatch all = new CountDownLatch(workers.threads());
    workers.run(
        workers.threads() * 4L,
        4,
        (begin, end) -> {
          seen.add(Thread.currentThread());
          all.countDown();
          try {
            all.await(10, TimeUnit.SECONDS);
          } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
          }
        });
    seen.remove(caller);
    assertEquals(workers.threads() - 1, seen.size());
    return seen;
  }

  private static void awaitState(Thread thread, Thread.State state) throws InterruptedException {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (thread.getState() != state || thread.isInterrupted()) {
      assertTrue(System.nanoTime() < deadline, thread + " is " + thread.getState() + ", interrupted " + thread.isInterrupted());
      Thread.sleep(1);
    }
  }
}
