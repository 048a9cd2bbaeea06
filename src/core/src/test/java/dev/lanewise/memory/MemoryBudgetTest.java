package dev.lanewise.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryBudgetTest {
  @ParameterizedTest
  @CsvSource({
    "1,1",
    "4096,4096",
    "1k,1024",
    "512m,536870912",
    "8g,8589934592",
    "2T,2199023255552",
    "' 3G ',3221225472"
  })
  void thePropertyTakesBytesOrASuffix(String text, long bytes) {
    assertEquals(bytes, MemoryBudget.configuredLimit(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "g",
        "8gb",
        "0",
        "-1",
        "+5",
        "1.5g",
        "8 g",
        "9999999999999g",
        "9223372036854775808"
      })
  void anythingElseIsAnErrorThatQuotesIt(String text) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> MemoryBudget.configuredLimit(text))
            .toString();
    assertTrue(message.contains("-Dlanewise.memoryBudget=" + text + " is not a size"), message);
  }

  @Test
  void theDefaultIsThreeQuartersOfTheMemoryThereIs() {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    assertEquals(system.getTotalMemorySize() / 4 * 3, MemoryBudget.configuredLimit(null));
  }

  @Test
  void ownersAreCountedByName() {
    MemoryBudget budget = new MemoryBudget(100);
    budget.charge("a", 30);
    budget.charge("b", 20);
    budget.charge("a", 50);
    assertEquals(Map.of("a", 80L, "b", 20L), budget.bytesByOwner());
    budget.release("a", 80);
    assertEquals(Map.of("b", 20L), budget.bytesByOwner());
    assertEquals(20, budget.usedBytes());
    assertEquals(100, budget.limitBytes());
  }

  @Test
  void pastTheLimitTheLargestOwnersAreNamedAndNothingChanges() {
    MemoryBudget budget = new MemoryBudget(10L << 20);
    for (int i = 1; i <= 6; i++) {
      budget.charge("owner" + i, i * 100_000L);
    }
    Map<String, Long> before = budget.bytesByOwner();
    String message =
        assertThrows(OffHeapBudgetException.class, () -> budget.charge("new", 9L << 20))
            .getMessage();
    assertEquals(
        "\"new\" asks for 9.0 MiB, but 2.0 MiB of the off-heap budget of 10.0 MiB are taken"
            + " (largest: \"owner6\" 585.9 KiB, \"owner5\" 488.3 KiB, \"owner4\" 390.6 KiB,"
            + " \"owner3\" 293.0 KiB, \"owner2\" 195.3 KiB): close a slab, ask for less or raise"
            + " -Dlanewise.memoryBudget",
        message);
    assertEquals(before, budget.bytesByOwner());
    assertEquals(2_100_000, budget.usedBytes());
  }

  @Test
  void aRequestThatWouldOverflowTheSumIsRejectedToo() {
    MemoryBudget budget = new MemoryBudget(Long.MAX_VALUE);
    budget.charge("a", Long.MAX_VALUE - 5);
    assertThrows(OffHeapBudgetException.class, () -> budget.charge("b", Long.MAX_VALUE));
    assertEquals(Long.MAX_VALUE - 5, budget.usedBytes());
  }

  @Test
  void givingBackMoreThanIsHeldIsAnErrorAndChangesNothing() {
    MemoryBudget budget = new MemoryBudget(100);
    budget.charge("a", 30);
    assertThrows(IllegalStateException.class, () -> budget.release("a", 31));
    assertThrows(IllegalStateException.class, () -> budget.release("b", 1));
    assertEquals(30, budget.usedBytes());
  }
}
