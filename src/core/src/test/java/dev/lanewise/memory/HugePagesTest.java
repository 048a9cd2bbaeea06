package dev.lanewise.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Native access is decided when a JVM starts, so each case runs in one of its own. */
class HugePagesTest {
  @Test
  @EnabledOnOs(OS.LINUX)
  void withNativeAccessASlabMapsItsOwnMemoryAndEverythingHoldsThatHoldsForArenas()
      throws Exception {
    List<String> lines = probe("--enable-native-access=ALL-UNNAMED");
    assertEquals("canMap true", lines.get(0));
    assertEquals("ok", lines.getLast());
  }

  @Test
  void withoutNativeAccessNothingRestrictedIsCalledAndNothingIsPrinted() throws Exception {
    List<String> lines = probe("--illegal-native-access=deny");
    assertEquals("canMap false", lines.get(0));
    assertEquals("ok", lines.getLast());
    List<String> withoutAnyFlag = probe();
    assertEquals("canMap false", withoutAnyFlag.get(0));
    assertEquals("ok", withoutAnyFlag.getLast());
  }

  @Test
  void theAdviceIsASentenceThatNamesWhatToDo() {
    String advice = HugePages.advice();
    assertTrue(
        HugePages.available()
            || advice.contains("--enable-native-access=")
            || advice.contains("off")
            || advice.contains("Linux"),
        advice);
  }

  /** Everything the probe printed; a warning of the JVM would be among it. */
  private static List<String> probe(String... flags) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(flags));
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1", "-Xmx128m", "-cp", System.getProperty("java.class.path")));
    command.add(Probe.class.getName());
    Path output = Files.createTempFile("probe", ".txt");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the probe hangs");
      String text = Files.readString(output, StandardCharsets.UTF_8);
      assertEquals(0, process.exitValue(), text);
      List<String> lines = text.lines().toList();
      assertTrue(lines.size() == 2, text);
      return lines;
    } finally {
      Files.delete(output);
    }
  }

  /** Runs in a JVM of its own. */
  static final class Probe {
    private Probe() {}

    public static void main(String[] arguments) throws Exception {
      System.out.println("canMap " + HugePages.canMap());
      check(HugePages.canMap() || !HugePages.available(), "available without mapping");
      long before = MemoryBudget.global().usedBytes();
      try (Slab slab = Slab.open("probe", 64L << 20)) {
        check(slab.hugePages() == HugePages.available(), "hugePages");
        MemorySegment buffer = slab.allocateFloats(8L << 20);
        check(buffer.getClass() == SegmentClass.NATIVE, "class " + buffer.getClass());
        check(buffer.asSlice(4).getClass() == SegmentClass.NATIVE, "class of a slice");
        check(buffer.address() % (2L << 20) == 0, "address " + buffer.address());
        for (long i = 0; i < buffer.byteSize(); i += 4096) {
          check(buffer.get(JAVA_BYTE, i) == 0, "not zeroed");
        }
        buffer.fill((byte) 1);
        if (slab.hugePages()) {
          check(isAdvised(buffer.address()), "the mapping is not marked for huge pages");
        }
        slab.allocateFloats(20L << 20).fill((byte) 2);
      }
      check(MemoryBudget.global().usedBytes() == before, "budget");
      long mapped = mappedKiB();
      for (int i = 0; i < 16; i++) {
        Slab.open("probe", 64L << 20).close();
      }
      check(mappedKiB() - mapped < 512 << 10, "closed slabs are still mapped");
      int races = 300;
      int met = CloseRaces.run(races, () -> Slab.open("raced", 4096));
      check(met == CloseRaces.expected(races), "races " + met);
      System.out.println("ok");
    }

    /**
     * Whether the kernel lists the mapping at {@code address} with the flag "hg", huge pages
     * advised.
     */
    private static boolean isAdvised(long address) throws Exception {
      Pattern range = Pattern.compile("^([0-9a-f]+)-([0-9a-f]+) .*");
      boolean inside = false;
      for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
        Matcher matcher = range.matcher(line);
        if (matcher.matches()) {
          inside =
              Long.parseUnsignedLong(matcher.group(1), 16) <= address
                  && address < Long.parseUnsignedLong(matcher.group(2), 16);
        } else if (inside && line.startsWith("VmFlags:")) {
          return (line + " ").contains(" hg ");
        }
      }
      return true;
    }

    /** Address space of this process; 0 where the system does not say. */
    private static long mappedKiB() throws Exception {
      Path status = Path.of("/proc/self/status");
      if (!Files.exists(status)) {
        return 0;
      }
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith("VmSize:")) {
          return Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
      return 0;
    }

    private static void check(boolean holds, String what) {
      if (!holds) {
        throw new IllegalStateException(what);
      }
    }
  }
}
