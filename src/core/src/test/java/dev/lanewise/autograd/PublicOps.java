package dev.lanewise.autograd;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The differentiable ops that users can call: the public methods of the classes named so. */
public final class PublicOps {
  private PublicOps() {}

  /** Class and method of each. */
  public static SortedSet<String> names() throws IOException, URISyntaxException {
    Path root =
        Path.of(Tape.class.getProtectionDomain().getCodeSource().getLocation().toURI())
            .resolve("dev/lanewise/autograd");
    SortedSet<String> ops = new TreeSet<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = file.getFileName().toString();
        if (name.endsWith("Ops.class")) {
          String type = root.relativize(file).toString().replace('/', '.').replace(".class", "");
          for (Method method : load("dev.lanewise.autograd." + type).getDeclaredMethods()) {
            if (Modifier.isPublic(method.getModifiers())) {
              ops.add(name.replace(".class", ".") + method.getName());
            }
          }
        }
      }
    }
    return ops;
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }
}
