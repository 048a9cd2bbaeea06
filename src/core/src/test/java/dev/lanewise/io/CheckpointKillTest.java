package dev.lanewise.io;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.TensorLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process that writes checkpoints without pause, {@code -Dkills=200} times, at random
 * moments: {@code mvn -q -pl src/core test -Dtest=CheckpointKillTest -Dwidth=512
 * -Dtest.excludedGroups=exhaustive}.
 */
@Tag("slow")
class CheckpointKillTest {
  private static final int ELEMENTS = 200_000;

  @TempDir Path folder;

  /** The process that is killed: goes on from the newest one, and tells each step it has saved. */
  static final class Writer {
    public static void main(String[] args) throws IOException {
      Checkpoints checkpoints = Checkpoints.in(Path.of(args[0]), 2);
      long step = stepOf(checkpoints);
      while (true) {
        step++;
        checkpoints.save(step, tensors(step), Map.of());
        System.out.println(step);
      }
    }
  }

  private static SequencedMap<String, Safetensors.Entry> tensors(long step) {
    float[] values = new float[ELEMENTS];
    Arrays.fill(values, (float) step);
    SequencedMap<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
    tensors.put(
        "x", new Safetensors.Entry(TensorLayout.of(ELEMENTS), MemorySegment.ofArray(values)));
    return tensors;
  }

  /** The step of the newest one, 0 where there is none; every element has to be that step. */
  private static long stepOf(Checkpoints checkpoints) throws IOException {
    var found = checkpoints.newest().checkpoint();
    if (found.isEmpty()) {
      return 0;
    }
    try (Checkpoint checkpoint = found.get()) {
      SequencedMap<String, Safetensors.Entry> live = tensors(-1);
      checkpoint.restore(live);
      MemorySegment x = live.firstEntry().getValue().data();
      for (int i = 0; i < ELEMENTS; i++) {
        assertEquals(checkpoint.step(), (long) x.getAtIndex(JAVA_FLOAT, i));
      }
      return checkpoint.step();
    }
  }

  @Test
  void noKillLosesACheckpointThatWasTold() throws Exception {
    SplittableRandom random = new SplittableRandom(1);
    long told = 0;
    for (int kill = 0; kill < Integer.getInteger("kills", 200); kill++) {
      Path log = Files.createTempFile("saved", ".log");
      Process writer = start(log);
      while (Files.size(log) == 0 && writer.isAlive()) {
        Thread.sleep(1);
      }
      Thread.sleep(random.nextInt(40));
      writer.destroyForcibly();
      assertTrue(writer.waitFor(60, TimeUnit.SECONDS));
      told = Math.max(told, lastLine(log));
      Files.delete(log);
      long found = stepOf(Checkpoints.in(folder, 2));
      assertTrue(found == told || found == told + 1, found + " is found after " + told);
      told = found;
    }
    assertTrue(told > 0);
  }

  /** The last number that was written whole. */
  private static long lastLine(Path log) throws IOException {
    String text = Files.readString(log);
    List<String> lines = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    return Long.parseLong(lines.getLast());
  }

  private Process start(Path log) throws IOException {
    return new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                folder.toString()))
        .redirectOutput(log.toFile())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
