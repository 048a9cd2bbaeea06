package dev.lanewise.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.cli.model.file.ModelFile;
import dev.lanewise.memory.Slab;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The command line as processes of its own: restart, signals, exit codes. */
@Timeout(120)
class ProcessTest {
  private static final String FLAG = "--add-modules=jdk.incubator.vector";

  @TempDir Path folder;

  private static Process start(List<String> jvm, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvm);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.lanewise.cli.Main"));
    command.addAll(arguments);
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static String output(Process process) throws IOException, InterruptedException {
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), output);
    return output;
  }

  @Test
  void withoutTheFlagTheSameJavaIsStartedAgainAndItsExitCodePassedOn() throws Exception {
    Process process =
        start(List.of(), List.of("sample", "--model", folder.resolve("nowhere").toString()));
    String output = output(process);
    assertEquals(2, process.exitValue(), output);
    assertTrue(output.contains("lanewise: cannot read"), output);
  }

  @Test
  void theArgumentsOfTheJvmAreKept() throws Exception {
    Process process = start(List.of("-Dlanewise.vectorBits=77", "-Xmx300m"), List.of("doctor"));
    String output = output(process);
    assertTrue(output.contains("-Dlanewise.vectorBits=77 is not a vector width"), output);
  }

  /** On a JRE of a server there may be none; pictures in files alone need java.desktop. */
  @Test
  void drawnImagesNeedNoModuleOfADesktop() throws Exception {
    String options =
        "train --model resnet --layers 1 --width 4 --batch 4 --steps 1 --threads 1 --output";
    List<String> arguments = new ArrayList<>(Arrays.asList(options.split(" ")));
    arguments.add(folder.resolve("out").toString());
    List<String> jvm =
        List.of(FLAG, "--limit-modules=java.base,java.logging,jdk.incubator.vector,jdk.management");
    Process process = start(jvm, arguments);
    String output = output(process);
    assertEquals(0, process.exitValue(), output);
    assertTrue(output.contains("saved "), output);

    Path pictures = folder.resolve("pictures");
    for (String name : List.of("a/1.png", "b/1.png", "test/a/1.png")) {
      Path file = pictures.resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, new byte[] {1, 2, 3});
    }
    arguments.addAll(List.of("--force", "--images", pictures.toString()));
    process = start(jvm, arguments);
    output = output(process);
    assertEquals(2, process.exitValue(), output);
    assertTrue(output.contains("this java has no module java.desktop"), output);
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void ctrlCSavesFirst() throws Exception {
    assumeTrue(
        interruptsReachChildren(), "SIGINT is ignored here, as in a background job of a shell");
    interrupt(List.of(FLAG), "INT");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aSignalToTheFirstJvmReachesTheOneThatTrains() throws Exception {
    interrupt(List.of(), "TERM");
  }

  private void interrupt(List<String> jvm, String signal) throws Exception {
    Path text = Files.writeString(folder.resolve("text.txt"), "the quick brown fox\n".repeat(200));
    Path out = folder.resolve("out");
    String options =
        "train --model mlp --seconds 1000 --context 16 --embedding 4 --hidden 16 --batch 32"
            + " --checkpoint-interval 0.001 --corpus";
    List<String> arguments = new ArrayList<>(Arrays.asList(options.split(" ")));
    arguments.addAll(List.of(text.toString(), "--output", out.toString()));
    Process process = start(jvm, arguments);
    try (BufferedReader reader = process.inputReader(UTF_8)) {
      List<String> lines = new ArrayList<>();
      String line;
      while ((line = reader.readLine()) != null && !line.startsWith("model ")) {
        lines.add(line);
      }
      assertNotNull(line, lines::toString);
      // The line before the training: give it a step.
      while (process.isAlive() && !holdsFiles(out.resolve("checkpoints"), 1)) {
        Thread.sleep(5);
      }
      Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
      assertEquals(0, kill.waitFor());
      while ((line = reader.readLine()) != null) {
        lines.add(line);
      }
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      assertTrue(lines.stream().anyMatch(each -> each.startsWith("saved ")), lines::toString);
      assertFalse(lines.stream().anyMatch(each -> each.contains("this model")), lines::toString);
    } finally {
      process.destroyForcibly();
    }
    assertEquals(signal.equals("INT") ? 130 : 143, process.exitValue());
    assertTrue(Files.readString(out.resolve("learning-curve.svg")).endsWith("</svg>\n"));
    try (Slab slab = Slab.open("saved");
        var files = Files.list(out)) {
      assertNotNull(ModelFile.load(out.resolve("model.safetensors"), slab).model());
      assertEquals(
          List.of(
              "checkpoints", "learning-curve.svg", "log.csv", "model.safetensors", "report.html"),
          files.map(file -> file.getFileName().toString()).sorted().toList(),
          "temporary files are left");
    }
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void afterAKillTheTrainingGoesOnFromItsLastCheckpointAndItsPageIsThere() throws Exception {
    Path text = Files.writeString(folder.resolve("text.txt"), "the quick brown fox\n".repeat(200));
    Path out = folder.resolve("out");
    List<String> output = List.of("--output", out.toString(), "--checkpoint-interval", "0.001");
    List<String> arguments =
        new ArrayList<>(
            List.of("train", "--model", "mlp", "--steps", "100000", "--corpus", text.toString()));
    arguments.addAll(List.of("--context", "16", "--embedding", "4", "--hidden", "16"));
    arguments.addAll(List.of("--batch", "32", "--seed", "3"));
    arguments.addAll(output);
    Process process = start(List.of(FLAG), arguments);
    try {
      Path checkpoints = out.resolve("checkpoints");
      while (process.isAlive() && !holdsFiles(checkpoints, 2)) {
        Thread.sleep(5);
      }
    } finally {
      process.destroyForcibly();
    }
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertFalse(Files.exists(out.resolve("model.safetensors")));
    List<String> again = new ArrayList<>(List.of("train", "--resume", "--steps", "100"));
    again.addAll(output);
    String said = output(start(List.of(FLAG), again));
    // More than 100 steps may have been done before the kill: then there is nothing left to do.
    if (said.contains("this training was over at step")) {
      return;
    }
    assertTrue(said.contains("resume    at step "), said);
    assertTrue(said.contains("the model goes on:"), said);
    assertTrue(Files.readString(out.resolve("report.html")).contains("<td>3</td>"));
    assertTrue(Files.exists(out.resolve("model.safetensors")));
  }

  private static boolean holdsFiles(Path folder, int least) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (var files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".safetensors")).count() >= least;
    }
  }

  private static boolean interruptsReachChildren() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return true;
    }
    try (var lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("SigIgn:"))
          .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
          .noneMatch(ignored -> (ignored >> 1 & 1) == 1);
    }
  }

  @Test
  void anOlderJavaCanLoadMainAndIsToldWhichOneIsWanted() throws IOException {
    try (InputStream in = Main.class.getResourceAsStream("Main.class")) {
      byte[] head = Objects.requireNonNull(in).readNBytes(8);
      assertEquals(52, head[7], "class-file version of Main: 52 is Java 8");
    }
    for (String old : List.of("1.8", "11", "17", "24")) {
      String complaint = String.valueOf(Main.complaint(old));
      assertTrue(complaint.contains("needs Java 25"), complaint);
      assertEquals(1, complaint.lines().count());
    }
    assertNull(Main.complaint("25"));
    assertNull(Main.complaint("26"));
  }
}
