package dev.lanewise.io.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches that are prepared ahead: their order, their memory, their errors, their end. */
@Timeout(60)
class DataLoaderTest {
  private static List<long[]> ring(int batches) {
    return Stream.generate(() -> new long[2]).limit(batches).toList();
  }

  private static void fill(long[] batch, long number) {
    batch[0] = number;
    batch[1] = new SplittableRandom(number).nextLong();
  }

  private static void sleepAWhile() throws InterruptedException {
    TimeUnit.MICROSECONDS.sleep(new SplittableRandom(System.nanoTime()).nextLong(300));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void theBatchesAndTheirOrderAreTheSameForAnyNumberOfThreadsAndAnyTiming(int threads)
      throws InterruptedException {
    try (DataLoader<long[]> loader =
        DataLoader.of(
            ring(4),
            10,
            threads,
            (batch, number) -> {
              sleepAWhile();
              fill(batch, number);
            })) {
      for (long number = 10; number < 200; number++) {
        long[] batch = loader.next();
        if (number % 3 == 0) {
          sleepAWhile();
        }
        assertEquals(number, batch[0]);
        assertEquals(new SplittableRandom(number).nextLong(), batch[1]);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5})
  void noBatchIsFilledFurtherAheadThanTheRingIsLong(int threads) throws InterruptedException {
    AtomicInteger begun = new AtomicInteger();
    Semaphore filled = new Semaphore(0);
    try (DataLoader<long[]> loader =
        DataLoader.of(
            ring(3),
            0,
            threads,
            (batch, number) -> {
              begun.incrementAndGet();
              fill(batch, number);
              filled.release();
            })) {
      filled.acquire(3);
      long[] held = loader.next();
      // A fourth would have to overwrite the one that is held.
      assertFalse(filled.tryAcquire(50, TimeUnit.MILLISECONDS));
      assertEquals(0, held[0]);
      assertEquals(3, begun.get());
      assertEquals(1, loader.next()[0]);
      filled.acquire();
      assertFalse(filled.tryAcquire(50, TimeUnit.MILLISECONDS));
      assertEquals(4, begun.get());
    }
  }

  @Test
  void anErrorIsToldWithItsCauseWhenItsBatchIsAskedForAndAgainBehindIt() {
    IOException cause = new IOException("no such picture");
    for (int threads = 1; threads <= 4; threads++) {
      try (DataLoader<long[]> loader =
          DataLoader.of(
              ring(3),
              0,
              threads,
              (batch, number) -> {
                sleepAWhile();
                if (number == 5) {
                  throw cause;
                }
                fill(batch, number);
              })) {
        for (long number = 0; number < 5; number++) {
          assertEquals(number, loader.next()[0]);
        }
        for (int again = 0; again < 3; again++) {
          FailedBatchException failure =
              assertThrows(FailedBatchException.class, () -> loader.next());
          assertSame(cause, failure.getCause());
          assertEquals(
              "batch 5 could not be prepared: java.io.IOException: no such picture",
              failure.getMessage());
        }
      }
    }
  }

  @Test
  void anErrorOfTheMachineIsToldToo() {
    try (DataLoader<long[]> loader =
        DataLoader.of(
            ring(2),
            0,
            1,
            (batch, number) -> {
              throw new StackOverflowError("deep");
            })) {
      FailedBatchException failure = assertThrows(FailedBatchException.class, loader::next);
      assertTrue(failure.getCause() instanceof StackOverflowError);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void closeEndsThreadsThatWaitOrSleepAndNobodyTouchesTheRingBehindIt(int threads)
      throws InterruptedException {
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    CountDownLatch asleep = new CountDownLatch(threads);
    AtomicBoolean woken = new AtomicBoolean();
    DataLoader<long[]> loader =
        DataLoader.of(
            ring(threads + 1),
            0,
            threads,
            (batch, number) -> {
              seen.add(Thread.currentThread());
              asleep.countDown();
              try {
                TimeUnit.HOURS.sleep(1);
              } catch (InterruptedException end) {
                woken.set(true);
                throw end;
              }
            });
    asleep.await();
    loader.close();
    assertTrue(woken.get());
    assertEquals(threads, seen.size());
    for (Thread thread : seen) {
      assertFalse(thread.isAlive(), thread.getName());
      assertTrue(thread.isDaemon(), "one that is forgotten must not hold up the end of the JVM");
    }
    assertEquals(
        "this loader is closed: it has no batches any more",
        assertThrows(IllegalStateException.class, loader::next).getMessage());
    loader.close();
  }

  @Test
  void threadsWithNothingToDoEndAsWell() {
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    DataLoader<long[]> loader =
        DataLoader.of(
            ring(2),
            0,
            2,
            (batch, number) -> {
              seen.add(Thread.currentThread());
              fill(batch, number);
            });
    assertEquals(0, loader.next()[0]);
    loader.close();
    seen.forEach(thread -> assertFalse(thread.isAlive(), thread.getName()));
  }

  @Test
  void oneWhoWaitsForABatchIsToldOfTheEnd() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    DataLoader<long[]> loader =
        DataLoader.of(
            ring(2),
            0,
            1,
            (batch, number) -> {
              begun.countDown();
              TimeUnit.HOURS.sleep(1);
            });
    CompletableFuture<IllegalStateException> told = new CompletableFuture<>();
    Thread waiting =
        Thread.ofPlatform()
            .start(() -> told.complete(assertThrows(IllegalStateException.class, loader::next)));
    begun.await();
    while (waiting.getState() == Thread.State.RUNNABLE) {
      Thread.onSpinWait();
    }
    loader.close();
    waiting.join();
    assertEquals("this loader is closed: it has no batches any more", told.join().getMessage());
  }

  @Test
  void anInterruptOfTheCallerIsNeitherLostNorObeyed() {
    try (DataLoader<long[]> loader = DataLoader.of(ring(2), 0, 1, DataLoaderTest::fill)) {
      Thread.currentThread().interrupt();
      for (long number = 0; number < 20; number++) {
        assertEquals(number, loader.next()[0]);
      }
    }
    assertTrue(Thread.interrupted());
  }

  @Test
  void whatIsNoLoaderIsNamed() {
    refuses("a ring of 1 batches: at least 2 are wanted, one to use and one to fill", 1, 0, 1);
    refuses(
        "a loader of 0 threads that begins with batch 0: want at least 1 thread, and 0 or more",
        2,
        0,
        0);
    refuses(
        "a loader of 1 threads that begins with batch -1: want at least 1 thread, and 0 or more",
        2,
        -1,
        1);
  }

  private static void refuses(String message, int batches, long first, int threads) {
    List<DataLoader<long[]>> opened = new ArrayList<>();
    assertEquals(
        message,
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    opened.add(DataLoader.of(ring(batches), first, threads, DataLoaderTest::fill)))
            .getMessage());
    opened.forEach(DataLoader::close);
  }
}
