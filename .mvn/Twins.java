import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Derives the twins of source files, so that a kernel is written once.
 *
 * <p>Two folder names ask for a twin, which goes into a sibling folder of a source root of its own,
 * under the same class name:
 *
 * <ul>
 *   <li>{@code segments}: in {@code arrays} the same kernel on {@code float[]}, see {@link
 *       ArrayForm}
 *   <li>{@code f32}: in {@code f64} the same code in double precision, see {@link DoublePrecision};
 *       what was derived from {@code segments} is twinned as well
 * </ul>
 *
 * <p>A kernel in {@code kernel/ROOM/segments} also gets a public class in {@code ops/ROOM}, see
 * {@link PublicForm}.
 *
 * <p>A file that stands in the sources is never generated: where the twin would be wrong, it is
 * written by hand.
 *
 * <p>Arguments, in pairs: a source root, and the folder for its twins. A twin is written only if it
 * changed, and deleted when its original is gone. A source that cannot be twinned fails the run
 * before anything is written.
 */
final class Twins {
  /** How the text of a file becomes that of its twin, given its path for messages. */
  private record Kind(String folder, String twinFolder, BinaryOperator<String> rewrite) {}

  private static final Kind ARRAYS = new Kind("segments", "arrays", ArrayForm::rewrite);
  private static final Kind DOUBLES =
      new Kind("f32", "f64", (name, source) -> DoublePrecision.rewrite(source));

  private static final Pattern KERNEL =
      Pattern.compile(
          "(?<root>.*)/kernel/(?<room>\\w+)/segments/(?<name>(?!package-info)\\w+\\.java)");

  public static void main(String[] arguments) throws IOException {
    for (int i = 0; i < arguments.length; i += 2) {
      derive(Path.of(arguments[i]), Path.of(arguments[i + 1]));
    }
  }

  private static void derive(Path sources, Path target) throws IOException {
    Map<Path, String> originals = new TreeMap<>();
    for (Path original : javaFiles(sources)) {
      originals.put(sources.relativize(original), Files.readString(original));
    }
    Map<Path, String> twins;
    try {
      Map<Path, String> all = new TreeMap<>(originals);
      all.putAll(twinsOf(all, ARRAYS));
      all.putAll(twinsOf(all, DOUBLES));
      all.putAll(publicFormsOf(all));
      twins = new LinkedHashMap<>(all);
      twins.keySet().removeAll(originals.keySet());
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(1);
      return;
    }
    for (Path stale : javaFiles(target)) {
      if (!twins.containsKey(target.relativize(stale))) {
        Files.delete(stale);
      }
    }
    int written = 0;
    for (Map.Entry<Path, String> twin : twins.entrySet()) {
      Path file = target.resolve(twin.getKey());
      if (!Files.exists(file) || !Files.readString(file).equals(twin.getValue())) {
        Files.createDirectories(file.getParent());
        Files.writeString(file, twin.getValue());
        written++;
      }
    }
    System.out.println(
        target.getFileName() + " of " + sources + ": " + twins.size() + ", written: " + written);
  }

  /** The twins of one kind that no file of the sources is. */
  private static Map<Path, String> twinsOf(Map<Path, String> files, Kind kind) {
    Map<Path, String> twins = new TreeMap<>();
    files.forEach(
        (path, text) -> {
          Path twin = twinOf(path, kind);
          if (!twin.equals(path) && !files.containsKey(twin)) {
            twins.put(twin, kind.rewrite().apply(path.toString(), text));
          }
        });
    return twins;
  }

  /** The public classes of the kernels on segments that no file of the sources is. */
  private static Map<Path, String> publicFormsOf(Map<Path, String> files) {
    Map<Path, String> forms = new TreeMap<>();
    files.forEach(
        (path, text) -> {
          Matcher kernel = KERNEL.matcher(path.toString().replace('\\', '/'));
          if (kernel.matches() && text.contains("\npublic final class ")) {
            Path form =
                Path.of(kernel.group("root"), "ops", kernel.group("room"), kernel.group("name"));
            if (!files.containsKey(form)) {
              String twin = files.get(twinOf(path, ARRAYS));
              forms.put(form, PublicForm.of(path.toString(), text, twin));
            }
          }
        });
    return forms;
  }

  private static Set<Path> javaFiles(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return Set.of();
    }
    try (Stream<Path> walked = Files.walk(folder)) {
      return walked
          .filter(file -> file.toString().endsWith(".java"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  /** The path with each folder of the kind replaced. */
  private static Path twinOf(Path relative, Kind kind) {
    Path twin = Path.of("");
    for (Path part : relative) {
      String name = part.toString();
      twin = twin.resolve(name.equals(kind.folder()) ? kind.twinFolder() : name);
    }
    return twin;
  }
}
