package dev.lanewise.io;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.TensorLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("once")
class CheckpointsTest {
  private static final int ELEMENTS = 50;

  @TempDir Path folder;

  /** Tensors that tell which step they are from. */
  private static SequencedMap<String, Safetensors.Entry> tensors(long step) {
    float[] weight = new float[ELEMENTS];
    Arrays.fill(weight, (float) step);
    SequencedMap<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
    tensors.put("weight", entry(weight, ELEMENTS / 2, 2));
    tensors.put("optimizer.m.weight", entry(new float[] {(float) step, Float.NaN, -0f}, 3));
    return tensors;
  }

  private static Safetensors.Entry entry(float[] values, long... dims) {
    return new Safetensors.Entry(TensorLayout.of(dims), MemorySegment.ofArray(values));
  }

  private static void save(Checkpoints checkpoints, long step) throws IOException {
    checkpoints.save(step, tensors(step), Map.of("seed", "seed of " + step));
  }

  /** The step of the newest one, once its content is seen to be that of this step. */
  private long newest(Checkpoints checkpoints) throws IOException {
    Checkpoints.Search search = checkpoints.newest();
    try (Checkpoint found = search.checkpoint().orElseThrow()) {
      SequencedMap<String, Safetensors.Entry> live = tensors(-1);
      found.restore(live);
      assertEquals(values(tensors(found.step())), values(live));
      assertEquals(Map.of("seed", "seed of " + found.step()), found.metadata());
      return found.step();
    }
  }

  /** All values of all tensors, in an order that has to be the same too. */
  private static List<Float> values(SequencedMap<String, Safetensors.Entry> tensors) {
    List<Float> values = new ArrayList<>();
    for (Safetensors.Entry entry : tensors.values()) {
      for (float value : entry.data().toArray(JAVA_FLOAT)) {
        values.add(value);
      }
    }
    return values;
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void theNewestIsFoundAndTheLastTwoAreKept() throws IOException {
    Checkpoints checkpoints = Checkpoints.in(folder, 2);
    for (long step : new long[] {0, 9, 10, 200}) {
      save(checkpoints, step);
      assertEquals(step, newest(checkpoints));
    }
    assertEquals(
        List.of(
            "checkpoint-0000000000000000010.safetensors",
            "checkpoint-0000000000000000200.safetensors"),
        names());
    checkpoints.deleteAll();
    assertEquals(List.of(), names());
    assertTrue(checkpoints.newest().checkpoint().isEmpty());
  }

  @Test
  void aFolderThatIsNotThereHoldsNoneAndIsMadeByTheFirst() throws IOException {
    Checkpoints checkpoints = Checkpoints.in(folder.resolve("a/b"), 1);
    assertTrue(checkpoints.newest().checkpoint().isEmpty());
    save(checkpoints, 3);
    assertEquals(3, newest(checkpoints));
  }

  @Test
  void oneThatIsDamagedIsSkippedAndNamedWhicheverByteItIs() throws IOException {
    Checkpoints checkpoints = Checkpoints.in(folder, 2);
    save(checkpoints, 1);
    Path newer = checkpoints.save(2, tensors(2), Map.of("seed", "seed of 2"));
    byte[] whole = Files.readAllBytes(newer);
    for (int at = 0; at < whole.length; at += 5) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x04;
      Files.write(newer, damaged);
      assertEquals(1, newest(checkpoints), "byte " + at);
      IOException reason = checkpoints.newest().skipped().getFirst();
      assertTrue(String.valueOf(reason.getMessage()).contains(newer.toString()));
    }
    for (int length = 0; length < whole.length; length += 11) {
      Files.write(newer, Arrays.copyOf(whole, length));
      assertEquals(1, newest(checkpoints), "cut to " + length);
    }
    save(checkpoints, 2);
    assertEquals(2, newest(checkpoints));
  }

  @Test
  void onesThatLieAheadOfWhereTheTrainingWentOnDoNotPushOthersOut() throws IOException {
    Checkpoints checkpoints = Checkpoints.in(folder, 2);
    save(checkpoints, 10);
    Files.writeString(folder.resolve("checkpoint-0000000000000000020.safetensors"), "broken");
    save(checkpoints, 15);
    assertEquals(15, newest(checkpoints));
    assertEquals(3, names().size());
    save(checkpoints, 20);
    assertEquals(20, newest(checkpoints));
    assertEquals(2, names().size());
  }

  @Test
  void afterALossOfPowerAtAnyCallTheOldOneOrTheNewOneIsFound() throws IOException {
    List<Long> found = new ArrayList<>();
    int calls = callsOfASave();
    for (int at = 0; at < calls; at++) {
      Checkpoints.in(folder, 1).deleteAll();
      save(Checkpoints.in(folder, 1), 1);
      CrashingDisk disk = new CrashingDisk(CrashingDisk.Fault.POWER_LOSS, at);
      assertThrows(CrashingDisk.PowerLoss.class, () -> save(Checkpoints.in(folder, 1, disk), 2));
      found.add(newest(Checkpoints.in(folder, 1)));
      // What was left half done is no obstacle, and is cleared away.
      save(Checkpoints.in(folder, 1), 3);
      assertEquals(3, newest(Checkpoints.in(folder, 1)));
      assertEquals(1, names().size());
    }
    assertEquals(found.stream().sorted().toList(), found, "the new one is there from one call on");
    assertEquals(List.of(1L, 2L), found.stream().distinct().toList());
  }

  @Test
  void afterALossOfPowerTheOneThatWasReplacedIsOldOrNew() throws IOException {
    int calls = callsOfASave();
    for (int at = 0; at < calls; at++) {
      save(Checkpoints.in(folder, 1), 2);
      CrashingDisk disk = new CrashingDisk(CrashingDisk.Fault.POWER_LOSS, at);
      try {
        save(Checkpoints.in(folder, 1, disk), 2);
      } catch (CrashingDisk.PowerLoss expected) {
        assertEquals(2, newest(Checkpoints.in(folder, 1)));
      }
    }
  }

  @Test
  void afterACallThatFailsTheOldOneOrTheNewOneIsFoundAndTheErrorNamesTheFile() throws IOException {
    int calls = callsOfASave();
    for (int at = 0; at < calls; at++) {
      Checkpoints.in(folder, 1).deleteAll();
      save(Checkpoints.in(folder, 1), 1);
      Checkpoints failing =
          Checkpoints.in(folder, 1, new CrashingDisk(CrashingDisk.Fault.FAILS, at));
      IOException error = assertThrows(IOException.class, () -> save(failing, 2));
      assertTrue(
          String.valueOf(error.getMessage()).contains("Input/output error"), error.toString());
      assertTrue(newest(Checkpoints.in(folder, 1)) >= 1);
    }
  }

  private int callsOfASave() throws IOException {
    save(Checkpoints.in(folder, 1), 1);
    CrashingDisk counting = new CrashingDisk(CrashingDisk.Fault.NONE, 0);
    save(Checkpoints.in(folder, 1, counting), 2);
    Checkpoints.in(folder, 1).deleteAll();
    assertTrue(counting.calls() > 10, "writes are not short");
    return counting.calls();
  }

  @Test
  void anotherModelIsRefusedByWhatDiffersAndNothingIsOverwritten() throws IOException {
    Checkpoints checkpoints = Checkpoints.in(folder, 1);
    save(checkpoints, 4);
    SequencedMap<String, Safetensors.Entry> wider = tensors(-1);
    wider.put("optimizer.m.weight", entry(new float[4], 2, 2));
    assertRefused(
        checkpoints, wider, "\"optimizer.m.weight\" is 3 in the checkpoint ", " and 2x2 here");
    SequencedMap<String, Safetensors.Entry> more = tensors(-1);
    more.put("bias", entry(new float[1], 1));
    assertRefused(checkpoints, more, "\"bias\" is missing in the checkpoint ", " and 1 here");
    SequencedMap<String, Safetensors.Entry> fewer = tensors(-1);
    fewer.remove("optimizer.m.weight");
    assertRefused(checkpoints, fewer, "\"optimizer.m.weight\" is 3 in", " and missing here");
  }

  private static void assertRefused(
      Checkpoints checkpoints, SequencedMap<String, Safetensors.Entry> live, String... parts)
      throws IOException {
    try (Checkpoint checkpoint = checkpoints.newest().checkpoint().orElseThrow()) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> checkpoint.restore(live)).toString();
      for (String part : parts) {
        assertTrue(message.contains(part), message);
      }
    }
    assertEquals(-1f, values(live).getFirst());
  }

  @Test
  void aTensorFileOfAnotherKindIsNoCheckpoint() throws IOException {
    Path file = folder.resolve("checkpoint-0000000000000000001.safetensors");
    Safetensors.write(file, tensors(1), Map.of("a", "b"));
    Checkpoints.Search search = Checkpoints.in(folder, 1).newest();
    assertTrue(search.checkpoint().isEmpty());
    assertTrue(search.skipped().getFirst().toString().contains("is no checkpoint"));
  }

  @Test
  void badArgumentsAreRefused() {
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> Checkpoints.in(folder, 0))
            .toString()
            .contains("0 checkpoints are to be kept"));
    Checkpoints checkpoints = Checkpoints.in(folder, 1);
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> save(checkpoints, -1))
            .toString()
            .contains("step = -1"));
    assertTrue(
        assertThrows(
                IllegalArgumentException.class,
                () -> checkpoints.save(1, tensors(1), Map.of("lanewise.step", "7")))
            .toString()
            .contains("is taken by checkpoints"));
  }

  @Test
  void theFormatIsASafetensorsFileThatOthersCanRead() throws IOException {
    Path file = Checkpoints.in(folder, 1).save(7, tensors(7), Map.of("seed", "1"));
    try (Safetensors read = Safetensors.open(file)) {
      assertEquals("7", read.metadata().get("lanewise.step"));
      assertEquals(List.of("weight", "optimizer.m.weight"), List.copyOf(read.names()));
    }
    assertTrue(
        new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains("crc32c"));
  }
}
