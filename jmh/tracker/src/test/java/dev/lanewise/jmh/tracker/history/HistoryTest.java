package dev.lanewise.jmh.tracker.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.jmh.tracker.ExitCode;
import dev.lanewise.jmh.tracker.TrackerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {
  @TempDir Path folder;

  @Test
  void whatWasAppendedIsReadAgain() {
    History history = new History(folder.resolve("new").resolve("h.jsonl"));
    List<Entry> entries = Entries.runs(100, 101, 102);
    history.append(entries.subList(0, 1));
    history.append(entries.subList(1, 3));
    assertEquals(new History.Content(entries, List.of()), history.read());
  }

  @Test
  void damagedLinesAreToldSkippedAndLeftAsTheyAre() throws IOException {
    Path file = folder.resolve("h.jsonl");
    History history = new History(file);
    List<Entry> entries = Entries.runs(100, 101);
    history.append(entries.subList(0, 1));
    byte[] garbage = {'{', (byte) 0xff, (byte) 0xfe, '\n', 'n', 'u', 'l', 'l', '\n'};
    Files.write(file, garbage, StandardOpenOption.APPEND);
    Files.writeString(file, "{\"schema\":1}\n", StandardOpenOption.APPEND);
    byte[] before = Files.readAllBytes(file);

    history.append(entries.subList(1, 2));

    History.Content content = history.read();
    assertEquals(entries, content.entries());
    assertEquals(3, content.complaints().size(), content.complaints().toString());
    assertTrue(content.complaints().get(0).startsWith("line 2 of "), content.complaints().get(0));
    byte[] after = Files.readAllBytes(file);
    assertEquals(-1, Arrays.mismatch(before, Arrays.copyOf(after, before.length)));
  }

  @Test
  void aLineThatWasCutOffDoesNotSwallowTheNextOne() throws IOException {
    Path file = folder.resolve("h.jsonl");
    List<Entry> entries = Entries.runs(100);
    Files.writeString(file, "{\"schema\":1,\"time\":\"2026");
    History history = new History(file);
    history.append(entries);
    assertEquals(entries, history.read().entries());
    assertEquals(1, history.read().complaints().size());
  }

  @Test
  void nothingIsReadWhereNothingWasWritten() {
    assertEquals(
        new History.Content(List.of(), List.of()), new History(folder.resolve("no")).read());
  }

  @Test
  void writersWaitForEachOther() throws IOException, InterruptedException {
    Path file = folder.resolve("h.jsonl");
    List<Process> writers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      writers.add(writer("", file, "a line of writer " + i + "\n", 20));
    }
    for (Process writer : writers) {
      assertEquals(0, writer.waitFor(), () -> output(writer));
    }
    assertEquals(60, Files.readAllLines(file).size());
  }

  @Test
  void afterADiskThatIsFullTheHistoryIsWhatItWas() throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")));
    Path file = folder.resolve("h.jsonl");
    String before = "x".repeat(100_000) + "\n";
    Files.writeString(file, before);
    // A limit on the size of files stands in for the end of the disk: the write comes to a stop.
    Process writer = writer("ulimit -f 64; ", file, "y".repeat(100_000) + "\n", 1);
    assertEquals(ExitCode.UNSTABLE, writer.waitFor(), () -> output(writer));
    assertEquals(before, Files.readString(file));
    try (Stream<Path> left = Files.list(folder)) {
      assertTrue(left.noneMatch(path -> path.toString().endsWith(".part")));
    }
  }

  @Test
  void aFolderThatIsAFileIsToldInASentence() throws IOException {
    Path notAFolder = Files.writeString(folder.resolve("file"), "");
    TrackerException told =
        assertThrows(
            TrackerException.class,
            () -> new History(notAFolder.resolve("h.jsonl")).append(Entries.runs(100)));
    assertEquals(ExitCode.UNSTABLE, told.exitCode());
  }

  private static Process writer(String shell, Path file, String line, int times)
      throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command =
        List.of(
            "/bin/sh",
            "-c",
            shell + "exec \"$@\"",
            "sh",
            java,
            "-XX:-UsePerfData",
            "-cp",
            System.getProperty("java.class.path"),
            AppendingProcess.class.getName(),
            file.toString(),
            line,
            String.valueOf(times));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static String output(Process process) {
    try {
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
