package dev.lanewise.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.testing.AwkwardSizes;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SlabTest {
  private static final long MIB = 1L << 20;
  private static final long PAGE = 4096;

  private final MemoryBudget budget = new MemoryBudget(256 * MIB);

  private Slab open(long mappingBytes) {
    return Slab.open("test", mappingBytes, budget, Arena::allocate);
  }

  @Test
  void everyBufferIsZeroedAlignedAndOfTheKernelsSegmentClass() {
    try (Slab slab = open(PAGE)) {
      List<LongFunction<MemorySegment>> kinds =
          List.of(
              slab::allocateFloats,
              slab::allocateInts,
              slab::allocateDoubles,
              n -> slab.allocate(TensorLayout.of(n)));
      long[] elementBytes = {4, 4, 8, 4};
      for (int n : AwkwardSizes.lengths()) {
        for (int kind = 0; kind < kinds.size(); kind++) {
          MemorySegment buffer = kinds.get(kind).apply(n);
          assertEquals(n * elementBytes[kind], buffer.byteSize());
          assertEquals(0, buffer.address() % 64);
          assertSame(SegmentClass.NATIVE, buffer.getClass());
          assertEquals(
              -1, MemorySegment.ofArray(new byte[(int) buffer.byteSize()]).mismatch(buffer));
          buffer.fill((byte) -1);
        }
      }
    }
  }

  @Test
  void buffersOfAPageOrMoreStartSeventeenLinesFurtherIntoTheirPageEachTime() {
    try (Slab slab = open(8 * MIB)) {
      long first = slab.allocateFloats(1024).address();
      for (int i = 1; i < 130; i++) {
        slab.allocateFloats(3);
        long next = slab.allocateFloats(1024 + 13 * i).address();
        assertEquals((first + i * 1088L) % PAGE, next % PAGE);
      }
    }
  }

  @Test
  void equalStreamsAreSpacedByTheirSizeAndTheStagger() {
    try (Slab slab = open(8 * MIB)) {
      long[] addresses = new long[4];
      for (int i = 0; i < 4; i++) {
        addresses[i] = slab.allocateFloats(MIB / 4).address();
      }
      for (int i = 1; i < 4; i++) {
        assertEquals(MIB + 1088, addresses[i] - addresses[i - 1]);
      }
    }
  }

  @Test
  void largeMappingsAreAlignedToTwoMebibytes() {
    try (Slab slab = open(3 * MIB)) {
      assertEquals(4 * MIB, slab.reservedBytes());
      assertEquals(0, slab.allocateFloats(1).address() % (2 * MIB));
    }
  }

  @Test
  void aFullSlabGrowsByFurtherMappingsAndALargerBufferGetsOneOfItsOwnSize() {
    try (Slab slab = open(64 * 1024)) {
      slab.allocateFloats(16 * 1024);
      assertEquals(64 * 1024, slab.reservedBytes());
      slab.allocateFloats(1024);
      // The second buffer of a page or more is staggered, and there is room for it in the second
      // mapping alone.
      assertEquals(2 * 64 * 1024, slab.reservedBytes());
      slab.allocateFloats(100 * 1024);
      assertEquals(2 * 64 * 1024 + 400 * 1024 + PAGE, slab.reservedBytes());
      slab.allocateFloats(2048);
      assertEquals(
          2 * 64 * 1024 + 400 * 1024 + PAGE,
          slab.reservedBytes(),
          "the second mapping still has room");
    }
    assertEquals(0, budget.usedBytes());
  }

  @Property(tries = 60)
  void buffersNeverOverlapWhateverTheirSizes(
      @ForAll @Size(max = 60) List<@IntRange(max = 20_000) Integer> sizes) {
    try (Slab slab = open(64 * 1024);
        Slab.Frame frame = slab.openFrame()) {
      List<MemorySegment> buffers = new ArrayList<>();
      for (int size : sizes) {
        buffers.add(size % 2 == 0 ? slab.allocateFloats(size) : frame.allocateFloats(size));
      }
      for (int i = 0; i < buffers.size(); i++) {
        for (long e = 0; e < buffers.get(i).byteSize() / 4; e++) {
          buffers.get(i).setAtIndex(JAVA_FLOAT, e, i);
        }
      }
      for (int i = 0; i < buffers.size(); i++) {
        for (long e = 0; e < buffers.get(i).byteSize() / 4; e++) {
          assertEquals(i, buffers.get(i).getAtIndex(JAVA_FLOAT, e));
        }
      }
      assertTrue(slab.usedBytes() <= slab.reservedBytes());
    }
    assertEquals(0, budget.usedBytes());
  }

  @Test
  void buffersWithoutElementsAreLegalAndTakeNothing() {
    try (Slab slab = open(PAGE);
        Slab.Frame frame = slab.openFrame()) {
      for (int i = 0; i < 1000; i++) {
        assertEquals(0, slab.allocateFloats(0).byteSize());
        assertEquals(0, slab.allocate(TensorLayout.of(3, 0)).byteSize());
        assertSame(SegmentClass.NATIVE, frame.allocateDoubles(0).getClass());
      }
      assertEquals(0, slab.usedBytes());
      assertEquals(PAGE, slab.reservedBytes());
    }
  }

  @Test
  void sizesThatAreNegativeOrOverflowAreRejectedInASentence() {
    try (Slab slab = open(PAGE);
        Slab.Frame frame = slab.openFrame()) {
      for (long n :
          new long[] {
            -1, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE / 4, (1L << 62) + 1, 1L << 61
          }) {
        for (LongFunction<MemorySegment> kind :
            List.<LongFunction<MemorySegment>>of(
                slab::allocateFloats,
                slab::allocateInts,
                slab::allocateDoubles,
                frame::allocateFloats,
                frame::allocateInts,
                frame::allocateDoubles)) {
          String message =
              assertThrows(IllegalArgumentException.class, () -> kind.apply(n)).toString();
          assertTrue(
              message.contains(": " + n + " elements of ") && message.contains("\"test\""),
              message);
        }
      }
      assertEquals(0, slab.usedBytes());
      assertThrows(OffHeapBudgetException.class, () -> slab.allocateFloats(1L << 59));
      assertThrows(OffHeapBudgetException.class, () -> frame.allocateFloats((1L << 60) - 1));
      assertEquals(PAGE, slab.reservedBytes());
    }
    for (long mappingBytes : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThrows(IllegalArgumentException.class, () -> open(mappingBytes));
    }
    assertEquals(0, budget.usedBytes());
  }

  @Test
  void afterCloseEveryUseIsAnIllegalStateExceptionAndClosingAgainIsHarmless() {
    Slab slab = open(PAGE);
    Slab.Frame frame = slab.openFrame();
    MemorySegment buffer = slab.allocateFloats(10);
    MemorySegment stepBuffer = frame.allocateFloats(10);
    slab.close();
    slab.close();
    frame.close();
    assertFalse(slab.isOpen());
    assertEquals(0, slab.usedBytes());
    assertEquals(0, slab.reservedBytes());
    assertEquals(0, budget.usedBytes());
    assertThrows(IllegalStateException.class, () -> buffer.get(JAVA_FLOAT, 0));
    assertThrows(IllegalStateException.class, () -> stepBuffer.fill((byte) 1));
    assertThrows(IllegalStateException.class, () -> slab.allocateFloats(1));
    assertThrows(IllegalStateException.class, () -> slab.allocateFloats(0));
    assertThrows(IllegalStateException.class, slab::openFrame);
    assertThrows(IllegalStateException.class, () -> frame.allocateFloats(1));
  }

  @Test
  void aStepOfAShapeSeenBeforeMapsNothingAndGetsTheSameMemory() {
    try (Slab slab = open(64 * 1024)) {
      int[][] shapes = {
        {10, 5000, 20_000, 3}, {30_000, 7, 7}, {100_000, 1, 16_384, 16_384, 16_384}
      };
      List<Long> firstAddresses = new ArrayList<>();
      for (int[] shape : shapes) {
        firstAddresses.addAll(step(slab, shape));
      }
      long reserved = slab.reservedBytes();
      long used = slab.usedBytes();
      for (int round = 0; round < 3; round++) {
        List<Long> addresses = new ArrayList<>();
        for (int[] shape : shapes) {
          addresses.addAll(step(slab, shape));
        }
        assertEquals(firstAddresses, addresses);
        assertEquals(reserved, slab.reservedBytes());
        assertEquals(used, slab.usedBytes());
      }
    }
  }

  /** Takes the shape in a frame, with the second half again in a nested one. */
  private static List<Long> step(Slab slab, int[] shape) {
    List<Long> addresses = new ArrayList<>();
    try (Slab.Frame frame = slab.openFrame()) {
      for (int n : shape) {
        addresses.add(frame.allocateFloats(n).address());
      }
      try (Slab.Frame inner = slab.openFrame()) {
        for (int i = shape.length / 2; i < shape.length; i++) {
          addresses.add(inner.allocateFloats(shape[i]).address());
        }
      }
      addresses.add(frame.allocateDoubles(shape[0]).address());
    }
    return addresses;
  }

  @Test
  void stepMemoryNeverLiesInTheMappingsOfPersistentBuffers() {
    try (Slab slab = open(64 * 1024)) {
      MemorySegment persistent = slab.allocateFloats(10);
      try (Slab.Frame frame = slab.openFrame()) {
        long distance = Math.abs(frame.allocateFloats(10).address() - persistent.address());
        assertTrue(distance >= 64 * 1024, () -> "only " + distance + " bytes away");
        assertEquals(2 * 64 * 1024, slab.reservedBytes());
        frame.allocateFloats(10).fill((byte) -1);
      }
      assertEquals(
          0f, slab.allocateFloats(10).get(JAVA_FLOAT, 0), "zeroed though a frame has been written");
    }
  }

  @Test
  void framesNestAndOnlyTheInnermostAllocatesAndCloses() {
    try (Slab slab = open(64 * 1024)) {
      Slab.Frame outer = slab.openFrame();
      MemorySegment kept = outer.allocateFloats(100);
      kept.fill((byte) 7);
      Slab.Frame inner = slab.openFrame();
      assertNotEquals(kept.address(), inner.allocateFloats(100).address());
      assertThrows(IllegalStateException.class, outer::close);
      assertThrows(IllegalStateException.class, () -> outer.allocateFloats(1));
      inner.allocateFloats(1).fill((byte) 1);
      inner.close();
      inner.close();
      assertThrows(IllegalStateException.class, () -> inner.allocateFloats(1));
      assertNotEquals(kept.address(), outer.allocateFloats(100).address());
      assertEquals(7, kept.get(JAVA_BYTE, 399));
      outer.close();
      assertEquals(0, slab.usedBytes());
      try (Slab.Frame next = slab.openFrame()) {
        assertEquals(kept.address(), next.allocateFloats(100).address());
      }
    }
  }

  /**
   * A budget that refuses one request, and a source of mappings that fails once: both at a number
   * to be set.
   */
  private static final class FailingBudget extends MemoryBudget {
    private int refuseAfter;

    FailingBudget(int refuseAfter) {
      super(256 * MIB);
      this.refuseAfter = refuseAfter;
    }

    @Override
    public synchronized void charge(String owner, long bytes) {
      if (refuseAfter-- == 0) {
        throw new OffHeapBudgetException("refused by the test");
      }
      super.charge(owner, bytes);
    }
  }

  @Test
  void whicheverRequestTheBudgetRefusesNothingLeaksAndTheSlabGoesOn() {
    int failures = 0;
    for (int n = 0; n < 12; n++) {
      failures +=
          runWithFailures(new FailingBudget(n), Arena::allocate, OffHeapBudgetException.class);
    }
    assertTrue(failures >= 8, failures + " requests were refused");
  }

  @Test
  void whicheverMappingTheSystemRefusesNothingLeaksAndTheSlabGoesOn() {
    int failures = 0;
    for (int n = 0; n < 12; n++) {
      int[] left = {n};
      Mapper mapper =
          (arena, bytes, alignment) -> {
            if (left[0]-- == 0) {
              throw new OutOfMemoryError("refused by the test");
            }
            return arena.allocate(bytes, alignment);
          };
      failures += runWithFailures(new MemoryBudget(256 * MIB), mapper, OutOfMemoryError.class);
    }
    assertTrue(failures >= 8, failures + " mappings were refused");
  }

  /** Allocates until it fails, checks the state, tries again, closes; 1 if there was a failure. */
  private static int runWithFailures(
      MemoryBudget budget, Mapper mapper, Class<? extends Throwable> expected) {
    int failures = 0;
    Slab opened;
    try {
      opened = Slab.open("failing", PAGE, budget, mapper);
    } catch (Throwable failure) {
      assertSame(expected, failure.getClass());
      assertEquals(Map.of(), budget.bytesByOwner());
      opened = Slab.open("failing", PAGE, budget, mapper);
      failures++;
    }
    try (Slab slab = opened;
        Slab.Frame frame = slab.openFrame()) {
      for (int i = 0; i < 5; i++) {
        int n = 2000 + i;
        for (LongFunction<MemorySegment> kind :
            List.<LongFunction<MemorySegment>>of(slab::allocateFloats, frame::allocateFloats)) {
          long used = slab.usedBytes();
          long reserved = slab.reservedBytes();
          try {
            kind.apply(n).fill((byte) 1);
          } catch (Throwable failure) {
            assertSame(expected, failure.getClass());
            assertEquals(used, slab.usedBytes());
            assertEquals(reserved, slab.reservedBytes());
            assertEquals(reserved, budget.usedBytes());
            kind.apply(n).fill((byte) 1);
            failures++;
          }
        }
      }
    }
    assertEquals(0, budget.usedBytes());
    assertEquals(Map.of(), budget.bytesByOwner());
    return failures;
  }

  @Test
  void theMessagePastTheBudgetNamesTheSlab() {
    try (Slab slab = Slab.open("model", MIB, new MemoryBudget(3 * MIB), Arena::allocate)) {
      String message =
          assertThrows(OffHeapBudgetException.class, () -> slab.allocateFloats(MIB)).toString();
      assertTrue(message.contains("\"model\" asks for 4.0 MiB"), message);
      assertTrue(message.contains("(largest: \"model\" 1.0 MiB)"), message);
    }
  }

  @Test
  void closingWhileASystemCallUsesABufferFailsAndLeavesTheSlabOpen() throws Exception {
    Slab slab = open(64 * 1024);
    ByteBuffer buffer = slab.allocateFloats(16 * 1024).asByteBuffer();
    Pipe pipe = Pipe.open();
    Thread writer =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    // Nobody reads: the pipe fills up, and the write waits inside the system call.
                    while (true) {
                      pipe.sink().write(buffer.clear());
                    }
                  } catch (IOException closed) {
                    // That is how the test ends the writer.
                  }
                });
    try {
      do {
        Thread.sleep(20);
      } while (writer.getState() != Thread.State.RUNNABLE);
      Thread.sleep(200);
      assertThrows(IllegalStateException.class, slab::close);
      assertTrue(slab.isOpen());
      assertEquals(64 * 1024, slab.reservedBytes());
      assertEquals(64 * 1024, budget.usedBytes());
    } finally {
      pipe.sink().close();
      pipe.source().close();
      writer.join();
    }
    slab.close();
    assertEquals(0, budget.usedBytes());
  }
}
