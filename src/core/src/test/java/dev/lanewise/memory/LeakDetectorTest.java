package dev.lanewise.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeakDetectorTest {
  private final MemoryBudget budget = new MemoryBudget(1L << 20);
  private final List<LogRecord> records = new CopyOnWriteArrayList<>();
  // The platform logger System.getLogger falls back to; held, since java.util.logging keeps loggers
  // weakly.
  private final Logger logger = Logger.getLogger(LeakDetector.LOGGER);
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          records.add(record);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  private @Nullable String property;

  @BeforeEach
  void listen() {
    property = System.setProperty(LeakDetector.PROPERTY, "true");
    logger.setUseParentHandlers(false);
    logger.addHandler(handler);
  }

  @AfterEach
  void stopListening() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
    if (property == null) {
      System.clearProperty(LeakDetector.PROPERTY);
    } else {
      System.setProperty(LeakDetector.PROPERTY, property);
    }
  }

  private MemorySegment leak(String name) {
    return Slab.open(name, 4096, budget, Arena::allocate).allocateFloats(1);
  }

  private long reportsOf(String name) {
    return records.stream()
        .filter(record -> record.getMessage().contains("\"" + name + "\""))
        .count();
  }

  /** The report follows the release, on the cleaner's thread. */
  private void awaitReportOf(String name) throws InterruptedException {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (reportsOf(name) == 0 && System.nanoTime() < deadline) {
      Thread.sleep(5);
    }
    assertEquals(1, reportsOf(name));
  }

  private void collectUntilBudgetIs(long bytes) throws InterruptedException {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (budget.usedBytes() != bytes && System.nanoTime() < deadline) {
      System.gc();
      Thread.sleep(10);
    }
    assertEquals(bytes, budget.usedBytes());
  }

  @Test
  void aSlabThatNobodyClosedIsFreedAndReportedOnceWithThePlaceThatOpenedIt() throws Exception {
    MemorySegment buffer = leak("forgotten");
    assertEquals(4096, budget.usedBytes());
    collectUntilBudgetIs(0);
    assertThrows(IllegalStateException.class, () -> buffer.get(ValueLayout.JAVA_FLOAT, 0));
    awaitReportOf("forgotten");
    System.gc();
    Thread.sleep(50);
    assertEquals(1, reportsOf("forgotten"));
    LogRecord record =
        records.stream()
            .filter(r -> r.getMessage().contains("forgotten"))
            .findFirst()
            .orElseThrow();
    assertEquals(Level.WARNING, record.getLevel());
    assertTrue(record.getMessage().contains("4.0 KiB"), record.getMessage());
    Throwable site = record.getThrown();
    assertNotNull(site);
    assertTrue(
        Arrays.stream(site.getStackTrace())
            .anyMatch(
                frame ->
                    frame.getClassName().equals(LeakDetectorTest.class.getName())
                        && frame.getMethodName().equals("leak")),
        "the site names the method that opened the slab");
  }

  @Test
  void aClosedSlabIsNeverReported() throws Exception {
    Slab.open("closed", 4096, budget, Arena::allocate).close();
    assertEquals(0, budget.usedBytes());
    leak("marker");
    collectUntilBudgetIs(0);
    awaitReportOf("marker");
    assertEquals(0, reportsOf("closed"));
  }

  @Test
  void withoutThePropertyNothingIsWatched() {
    System.clearProperty(LeakDetector.PROPERTY);
    try (Slab slab = Slab.open("unwatched", 4096, budget, Arena::allocate)) {
      assertNull(LeakDetector.watch(slab, new SlabMemory("unwatched", budget, Arena::allocate)));
    }
  }
}
