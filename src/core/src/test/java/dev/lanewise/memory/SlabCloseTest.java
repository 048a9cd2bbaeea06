package dev.lanewise.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class SlabCloseTest {
  @Test
  void threadsThatUseABufferWhileTheSlabIsClosedMeetIllegalStateExceptionsAlone() throws Exception {
    MemoryBudget budget = new MemoryBudget(1L << 20);
    int races = 2000;
    int met = CloseRaces.run(races, () -> Slab.open("raced", 4096, budget, Arena::allocate));
    assertEquals(CloseRaces.expected(races), met);
    assertEquals(0, budget.usedBytes());
  }
}
