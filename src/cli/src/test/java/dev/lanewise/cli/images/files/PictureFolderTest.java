package dev.lanewise.cli.images.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.cli.report.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lies where in a folder of pictures; none of them is read. */
class PictureFolderTest {
  @TempDir Path folder;

  private Path empty(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.createFile(file);
  }

  private void empty(String prefix, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      empty(prefix + i + ".png");
    }
  }

  private static Set<String> names(List<PictureFolder.Labelled> pictures) {
    return pictures.stream()
        .map(labelled -> labelled.label() + labelled.file().getFileName().toString())
        .collect(Collectors.toSet());
  }

  @Test
  void classesAreTheFoldersByNameAndATenthIsHeldOut() throws IOException {
    empty("dog/d", 300);
    empty("cat/c", 200);
    empty("README.txt");
    empty("cat/.hidden");
    PictureFolder listed = PictureFolder.of(folder);
    assertEquals(List.of("cat", "dog"), listed.classes());
    Set<String> all = new HashSet<>(names(listed.training()));
    all.addAll(names(listed.heldOut()));
    assertEquals(500, all.size());
    assertEquals(500, listed.training().size() + listed.heldOut().size());
    assertTrue(all.contains("0c7.png") && all.contains("1d7.png"));
    // Binomial: 50 with a standard deviation of 6.7.
    assertEquals(50, listed.heldOut().size(), 27);
  }

  @Test
  void whatIsHeldOutStaysSoWhateverOtherFilesThereAre() throws IOException {
    empty("a/a", 100);
    empty("b/b", 100);
    Set<String> before = names(PictureFolder.of(folder).heldOut());
    empty("a/more", 100);
    Set<String> after = names(PictureFolder.of(folder).heldOut());
    assertTrue(after.containsAll(before));
    after.removeIf(name -> name.contains("more"));
    assertEquals(before, after);
  }

  @Test
  void aFolderTestIsHeldOutBesideTheOthersOrBesideTrain() throws IOException {
    empty("a/x", 3);
    empty("b/y", 3);
    empty("test/b/z", 2);
    PictureFolder listed = PictureFolder.of(folder);
    assertEquals(List.of("a", "b"), listed.classes());
    assertEquals(6, listed.training().size());
    assertEquals(Set.of("1z0.png", "1z1.png"), names(listed.heldOut()));
    empty("train/b/v", 1);
    empty("train/c/w", 1);
    listed = PictureFolder.of(folder);
    assertEquals(List.of("b", "c"), listed.classes());
    assertEquals(Set.of("0v0.png", "1w0.png"), names(listed.training()));
    assertEquals(Set.of("0z0.png", "0z1.png"), names(listed.heldOut()));
  }

  @Test
  void aFolderHasClassesOnlyIfItHasFolders() throws IOException {
    assertFalse(PictureFolder.hasFolders(folder));
    empty("picture.png");
    Files.createDirectory(folder.resolve(".git"));
    assertFalse(PictureFolder.hasFolders(folder));
    assertFalse(PictureFolder.hasFolders(folder.resolve("picture.png")));
    Files.createDirectory(folder.resolve("cat"));
    assertTrue(PictureFolder.hasFolders(folder));
  }

  @Test
  void whatIsWrongIsNamedWithItsPath() throws IOException {
    empty("a/x", 3);
    refuses(folder + " has 1 folders of pictures, one for each class: give 2 to 256 classes");
    Path b = Files.createDirectory(folder.resolve("b"));
    refuses(b + " has no pictures: add some, or delete it");
    Path text = empty("b/notes.txt");
    refuses(text + " is no PNG, JPEG or PGM by its name");
    Files.delete(text);
    Path within = Files.createDirectory(b.resolve("more"));
    refuses(within + " is a folder within that of a class: move its pictures into " + b);
    Files.delete(within);
    empty("b/1.JPEG");
    refuses(folder + " has too few pictures, 4, to hold out a tenth of them");
    Path test = Files.createDirectory(folder.resolve("test"));
    refuses(test + " has no pictures to judge by");
    Path unknown = Files.createDirectory(test.resolve("c"));
    refuses(unknown + " is of no class that is trained on: add its folder to " + folder);
  }

  private void refuses(String part) {
    String message =
        String.valueOf(assertThrows(UserError.class, () -> PictureFolder.of(folder)).getMessage());
    assertTrue(message.contains(part), message);
  }
}
