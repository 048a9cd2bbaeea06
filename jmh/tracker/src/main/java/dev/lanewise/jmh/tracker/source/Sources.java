package dev.lanewise.jmh.tracker.source;

import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.measure.BenchmarkJar;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Turns what the user names into benchmarks that can be run: a jar or class path as it is, a folder
 * by building it where it lies, anything else as a git revision, built once in a checkout of its
 * own.
 */
public final class Sources {
  private static final int SHORT = 10;

  private final Path store;
  private final Path scratch;
  private final BuildRecipe recipe;
  private final Git git;

  /**
   * @param root of the project whose revisions are meant
   * @param store where the jars of revisions are kept
   * @param scratch for logs
   */
  public Sources(Path root, Path store, Path scratch, BuildRecipe recipe) {
    this.store = store;
    this.scratch = scratch;
    this.recipe = recipe;
    this.git = new Git(root, scratch);
  }

  /**
   * Benchmarks and where they come from.
   *
   * @param commit the full hash, empty where none is known
   * @param digest SHA-256 of the jar, of the first element of a class path
   */
  public record Side(BenchmarkJar jar, String commit, String digest) {}

  public Side resolve(String name) {
    Optional<String> classPath = existing(name);
    if (classPath.isPresent()) {
      BenchmarkJar jar = new BenchmarkJar(label(name), classPath.get(), List.of());
      return new Side(jar, "", digest(jar.file()));
    }
    Path folder = Path.of(name);
    if (Files.isDirectory(folder)) {
      return ofFolder(name, folder);
    }
    if (name.endsWith(".jar")) {
      throw TrackerException.usage("there is no file " + name);
    }
    if (!git.isRepository()) {
      throw TrackerException.usage(
          name
              + " is no file, and this folder is not in a git repository with a revision of that"
              + " name");
    }
    String commit =
        git.commit(name)
            .orElseThrow(
                () ->
                    TrackerException.usage(
                        name + " is neither a jar, a folder nor a revision of this repository"));
    return ofCommit(name, commit);
  }

  /** A class path is called after its first element. */
  private static String label(String name) {
    int end = name.indexOf(File.pathSeparatorChar);
    return end < 0 ? name : name.substring(0, end) + File.pathSeparator + "...";
  }

  /** A file, or several with the separator of class paths between them. */
  private static Optional<String> existing(String name) {
    String[] elements = name.split(File.pathSeparator);
    boolean isClassPath = elements.length > 1;
    boolean exist =
        Arrays.stream(elements)
            .map(Path::of)
            .allMatch(path -> isClassPath ? Files.exists(path) : Files.isRegularFile(path));
    return exist
        ? Optional.of(
            Arrays.stream(elements)
                .map(element -> Path.of(element).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator)))
        : Optional.empty();
  }

  private Side ofFolder(String name, Path folder) {
    Path built = recipe.build(folder.toAbsolutePath().normalize(), name, scratch);
    String digest = digest(built);
    Path kept = keep(built, "folder-" + digest.substring(0, SHORT));
    Git here = new Git(folder, scratch);
    String commit = here.commit("HEAD").map(hash -> here.isDirty() ? hash + "+" : hash).orElse("");
    return new Side(new BenchmarkJar(name, kept.toString(), List.of()), commit, digest);
  }

  private Side ofCommit(String name, String commit) {
    Path kept = kept(commit);
    if (!Files.exists(kept)) {
      Path checkout = store.resolve("checkouts").resolve(commit).toAbsolutePath();
      git.removeCheckout(checkout);
      if (!git.checkOut(commit, checkout)) {
        throw TrackerException.infrastructure("git cannot check " + name + " out to " + checkout);
      }
      try {
        keep(recipe.build(checkout, name + " (" + shortened(commit) + ")", scratch), commit);
      } finally {
        git.removeCheckout(checkout);
      }
    }
    String label = commit.startsWith(name) ? shortened(commit) : name + " " + shortened(commit);
    return new Side(new BenchmarkJar(label, kept.toString(), List.of()), commit, digest(kept));
  }

  public static String shortened(String commit) {
    return commit.substring(0, Math.min(SHORT, commit.length()));
  }

  private Path kept(String name) {
    return store.resolve("jars").resolve(name + ".jar").toAbsolutePath();
  }

  private Path keep(Path jar, String name) {
    Path kept = kept(name);
    try {
      Files.createDirectories(kept.getParent());
      Path partial =
          kept.resolveSibling("." + name + "-" + ProcessHandle.current().pid() + ".part");
      try {
        Files.copy(jar, partial, StandardCopyOption.REPLACE_EXISTING);
        Files.move(partial, kept, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(partial);
      }
      return kept;
    } catch (IOException e) {
      throw TrackerException.infrastructure("cannot keep " + jar + " as " + kept + ": " + e, e);
    }
  }

  private static String digest(Path file) {
    if (Files.isDirectory(file)) {
      return "";
    }
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 16];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        sha.update(buffer, 0, read);
      }
      return HexFormat.of().formatHex(sha.digest());
    } catch (IOException e) {
      throw TrackerException.infrastructure("cannot read " + file + ": " + e, e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
