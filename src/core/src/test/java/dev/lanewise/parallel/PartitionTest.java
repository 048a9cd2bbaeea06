package dev.lanewise.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

final class PartitionTest {
  private static final Map<Integer, Workers> POOLS = new ConcurrentHashMap<>();

  /** Pools of the properties, kept over their tries; their threads are daemons. */
  private static Workers pool(int threads) {
    return POOLS.computeIfAbsent(threads, Workers::of);
  }

  @Property(tries = 300)
  void everyIndexIsCoveredExactlyOnceInBlocksThatBeginAtMultiplesOfTheGrain(
      @ForAll @IntRange(max = 5000) int n,
      @ForAll @IntRange(min = 1, max = 300) int grain,
      @ForAll @IntRange(min = 1, max = 7) int threads) {
    AtomicIntegerArray visits = new AtomicIntegerArray(n);
    AtomicInteger crooked = new AtomicInteger();
    pool(threads)
        .run(
            n,
            grain,
            (begin, end) -> {
              if (begin % grain != 0 || begin >= end || end > n) {
                crooked.incrementAndGet();
              }
              for (long i = begin; i < end; i++) {
                visits.incrementAndGet((int) i);
              }
            });
    assertEquals(0, crooked.get());
    for (int i = 0; i < n; i++) {
      assertEquals(1, visits.get(i), "index " + i);
    }
  }

  @Property(tries = 200)
  void blocksOfHugeRangesJoinWithoutGapOrOverflow(
      @ForAll @LongRange(min = 1) long n,
      @ForAll @LongRange(min = 1, max = 1L << 40) long grain,
      @ForAll @IntRange(min = 1, max = 5) int threads) {
    ConcurrentSkipListMap<Long, Long> blocks = new ConcurrentSkipListMap<>();
    pool(threads).run(n, grain, (begin, end) -> assertNull(blocks.put(begin, end)));
    long expected = 0;
    for (Map.Entry<Long, Long> block : blocks.entrySet()) {
      assertEquals(expected, block.getKey());
      assertTrue(block.getValue() > block.getKey());
      expected = block.getValue();
    }
    assertEquals(n, expected);
  }

  @Property(tries = 500)
  void blocksAreMultiplesOfTheGrainAndNeverMoreThanFourForEachThread(
      @ForAll @LongRange(min = 0) long n,
      @ForAll @LongRange(min = 1, max = 1L << 40) long grain,
      @ForAll @IntRange(min = 1, max = 1024) int threads) {
    long size = Partition.blockSize(n, grain, threads);
    assertTrue(size >= grain);
    if (threads == 1) {
      assertTrue(size >= n, "one thread gets one block");
    } else {
      assertEquals(0, size % grain);
      assertTrue(Math.ceilDiv(n, size) <= 4L * threads);
    }
  }

  @Test
  void aRangeWithinOneGrainIsOneBlock() {
    assertEquals(64, Partition.blockSize(64, 64, 8));
    assertEquals(64, Partition.blockSize(0, 64, 8));
  }

  @Test
  void sizesOutOfRangeAreNamed() {
    String text = assertThrows(IllegalArgumentException.class, () -> Partition.blockSize(-1, 0, 0)).getMessage();
    assertEquals("n = -1, grain = 0, threads = 0: want n >= 0, grain >= 1, threads >= 1", text);
  }
}
