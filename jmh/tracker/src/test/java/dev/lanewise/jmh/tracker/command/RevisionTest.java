package dev.lanewise.jmh.tracker.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.jmh.tracker.ExitCode;
import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.source.BuildRecipe;
import dev.lanewise.jmh.tracker.source.Sources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Revisions of a small repository, "built" by copying a file to where the jar should be. */
class RevisionTest {
  private static final String BUILD =
      "mkdir -p target && cp code.txt target/benchmarks.jar && grep -q works code.txt";

  @TempDir Path repository;
  @TempDir Path store;
  @TempDir Path scratch;

  @BeforeEach
  void commitThreeRevisions() throws IOException, InterruptedException {
    git("init", "-q");
    commit("this works");
    commit("this is broken");
    commit("this works again");
  }

  @Test
  void aRevisionIsBuiltInACheckoutOfItsOwnAndOnce() throws IOException {
    Sources.Side side = sources(BUILD).resolve("HEAD~2");
    assertEquals("this works", Files.readString(side.jar().file()));
    assertEquals("this works again", Files.readString(repository.resolve("code.txt")));
    assertEquals(40, side.commit().length());
    assertFalse(Files.exists(store.resolve("checkouts").resolve(side.commit())));
    assertEquals(side, sources("exit 1").resolve("HEAD~2"));
  }

  @Test
  void aFolderIsBuiltWhereItLiesAndTellsThatItWasChanged() throws IOException {
    Files.writeString(repository.resolve("code.txt"), "this works better");
    Sources.Side side = sources(BUILD).resolve(repository.toString());
    assertEquals("this works better", Files.readString(side.jar().file()));
    assertTrue(side.commit().endsWith("+"), side.commit());
  }

  @Test
  void aRevisionThatDoesNotBuildIsNoFaultOfTheUsage() {
    TrackerException told =
        assertThrows(TrackerException.class, () -> sources(BUILD).resolve("HEAD~1"));
    assertEquals(ExitCode.UNSTABLE, told.exitCode());
    assertTrue(told.getMessage().contains("does not build"), told.getMessage());
    TrackerException noJar =
        assertThrows(TrackerException.class, () -> sources("true").resolve("HEAD"));
    assertTrue(noJar.getMessage().contains("has no jar at"), noJar.getMessage());
  }

  @Test
  void aRevisionThatDoesNotExistIsToldByItsName() {
    TrackerException told =
        assertThrows(TrackerException.class, () -> sources(BUILD).resolve("v9"));
    assertEquals(ExitCode.USAGE, told.exitCode());
    assertTrue(told.getMessage().startsWith("v9 is neither"), told.getMessage());
  }

  private Sources sources(String build) {
    return new Sources(repository, store, scratch, new BuildRecipe(build, BuildRecipe.USUAL_JAR));
  }

  private void commit(String content) throws IOException, InterruptedException {
    Files.writeString(repository.resolve("code.txt"), content);
    git("add", "code.txt");
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", content);
  }

  private void git(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("git", "-C", repository.toString()));
    command.addAll(List.of(arguments));
    assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
  }
}
