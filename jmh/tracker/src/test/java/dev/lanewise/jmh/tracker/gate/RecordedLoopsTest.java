package dev.lanewise.jmh.tracker.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.jmh.tracker.ExitCode;
import dev.lanewise.jmh.tracker.TrackerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordedLoopsTest {
  private static final RecordedLoops TWO =
      new RecordedLoops(List.of())
          .with(new RecordedLoops.Loop("Gemm n=256", "a.Tall::multiply", loop(512)))
          .with(new RecordedLoops.Loop("Gemm n=256", "a.Flat::multiply", loop(256)));

  @Test
  void whatIsWrittenIsReadAgain(@TempDir Path folder) {
    Path file = folder.resolve("loops.json");
    TWO.write(file);
    assertEquals(TWO, RecordedLoops.read(file));
    assertEquals(List.of("a.Flat::multiply", "a.Tall::multiply"), TWO.methods("Gemm n=256"));
    assertEquals(List.of(), TWO.methods("Gemm n=64"));
  }

  @Test
  void aLoopThatIsRecordedAgainTakesThePlaceOfTheOldOne() {
    HotLoop shorter = new HotLoop(80, 48, 52, 1, 4, 0, 512);
    RecordedLoops again =
        TWO.with(new RecordedLoops.Loop("Gemm n=256", "a.Tall::multiply", shorter));
    assertEquals(2, again.loops().size());
    assertEquals(shorter, again.find("Gemm n=256", "a.Tall::multiply", 512).orElseThrow());
  }

  @Test
  void theKernelOfAnotherWidthIsNotMissed() {
    assertTrue(TWO.isOfOtherWidths("Gemm n=256", "a.Flat::multiply", Set.of(512)));
    assertFalse(TWO.isOfOtherWidths("Gemm n=256", "a.Tall::multiply", Set.of(512)));
    assertFalse(TWO.isOfOtherWidths("Gemm n=256", "a.Flat::multiply", Set.of()));
  }

  @Test
  void aFileThatHoldsSomethingElseIsToldByItsName(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("loops.json"), "{\"a\": 1}");
    TrackerException told = assertThrows(TrackerException.class, () -> RecordedLoops.read(file));
    assertEquals(ExitCode.USAGE, told.exitCode());
    assertTrue(told.getMessage().contains("loops.json holds no recorded loops"), told.getMessage());
  }

  private static HotLoop loop(int bits) {
    return new HotLoop(91, 48, 52, 1, 4, 0, bits);
  }
}
