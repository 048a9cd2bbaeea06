import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Derives the double-precision twin of every source file in single precision.
 *
 * <p>A kernel is written once, in a folder named {@code f32}; the build writes its twin into the
 * folder {@code f64} of a source root of its own, under the same class name. The twin is the
 * original word for word but for the substitutions of this file:
 *
 * <ul>
 *   <li>words: {@link #WORDS}, the routines of {@link #ROUTINES} with {@code d} for {@code s}, and
 *       {@code f32}, {@code F32}, {@code F32_} at the start of a word; {@code double} as a type and
 *       {@code Double} stay as they are, so an accumulator in double precision is one in both
 *   <li>literals: {@code 1.5f} becomes {@code 1.5d}, hexadecimal ones too
 *   <li>the unit roundoff in code and text: {@code 2^-24}, {@code 0x1p-24}; and {@code single
 *       precision}
 * </ul>
 *
 * <p>Whatever else depends on the precision is written as a constant that follows from {@code
 * Float.BYTES}. Where the twin would be wrong, the file in {@code f64} is written by hand: a file
 * that stands in the sources is never generated. {@code package-info.java} is twinned as well.
 *
 * <p>What the original casts to {@code float} from {@code double} is a redundant cast in the twin:
 * such a class says {@code @SuppressWarnings("cast")}.
 *
 * <p>Arguments, in pairs: a source root, and the folder for its twins. A twin is written only if it
 * changed, and deleted when its original is gone.
 */
final class Twins {
  private static final String SINGLE = "f32";
  private static final String DOUBLE = "f64";

  private static final Map<String, String> WORDS =
      Map.ofEntries(
          Map.entry("float", "double"),
          Map.entry("floats", "doubles"),
          Map.entry("Float", "Double"),
          Map.entry("Floats", "Doubles"),
          Map.entry("FloatVector", "DoubleVector"),
          Map.entry("FloatBuffer", "DoubleBuffer"),
          Map.entry("GuardedFloats", "GuardedDoubles"),
          Map.entry("JAVA_FLOAT", "JAVA_DOUBLE"),
          Map.entry("JAVA_FLOAT_UNALIGNED", "JAVA_DOUBLE_UNALIGNED"),
          Map.entry("intBitsToFloat", "longBitsToDouble"),
          Map.entry("floatToIntBits", "doubleToLongBits"),
          Map.entry("floatToRawIntBits", "doubleToRawLongBits"),
          Map.entry("isamax", "idamax"));

  /** Routines of the BLAS, without the letter of their precision. */
  private static final Set<String> ROUTINES =
      Set.of(
          "gemm",
          "gemmBias",
          "gemmBiasGrad",
          "gemmStridedBatched",
          "gemv",
          "ger",
          "syrk",
          "dot",
          "axpy",
          "scal",
          "nrm2",
          "asum",
          "swap",
          "copy",
          "rot");

  private static final String NUMBER = "\\d[\\d_]*(?:\\.[\\d_]*)?(?:[eE][+-]?\\d+)?";
  private static final String HEX_NUMBER = "0[xX][\\da-fA-F_.]+[pP][+-]?\\d+";

  /** What may be substituted, the longest form first: a unit roundoff, a literal, a word. */
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<roundoff>\\b(?:2\\^|0x1p)-24\\b)f?"
              + "|(?<![\\w.])(?<literal>"
              + HEX_NUMBER
              + "|"
              + NUMBER
              + ")[fF]\\b"
              + "|(?<precision>\\b[sS]ingle)(?=[\\s*]+precision\\b)"
              + "|(?<word>\\b[A-Za-z]\\w*)");

  public static void main(String[] arguments) throws IOException {
    for (int i = 0; i < arguments.length; i += 2) {
      derive(Path.of(arguments[i]), Path.of(arguments[i + 1]));
    }
  }

  private static void derive(Path sources, Path target) throws IOException {
    Map<Path, String> twins = new LinkedHashMap<>();
    for (Path original : javaFiles(sources)) {
      Path relative = sources.relativize(original);
      Path twin = twinOf(relative);
      if (!twin.equals(relative) && !Files.exists(sources.resolve(twin))) {
        twins.put(target.resolve(twin), rewrite(Files.readString(original)));
      }
    }
    for (Path stale : javaFiles(target)) {
      if (!twins.containsKey(stale)) {
        Files.delete(stale);
      }
    }
    int written = 0;
    for (Map.Entry<Path, String> twin : twins.entrySet()) {
      Path file = twin.getKey();
      if (!Files.exists(file) || !Files.readString(file).equals(twin.getValue())) {
        Files.createDirectories(file.getParent());
        Files.writeString(file, twin.getValue());
        written++;
      }
    }
    System.out.println(
        target.getFileName() + " of " + sources + ": " + twins.size() + ", written: " + written);
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

  /** The path with each folder {@code f32} replaced. */
  private static Path twinOf(Path relative) {
    Path twin = Path.of("");
    for (Path part : relative) {
      twin = twin.resolve(part.toString().equals(SINGLE) ? DOUBLE : part.toString());
    }
    return twin;
  }

  private static String rewrite(String source) {
    Matcher token = TOKEN.matcher(source);
    return token.replaceAll(found -> Matcher.quoteReplacement(substitute(token)));
  }

  private static String substitute(Matcher token) {
    if (token.group("roundoff") != null) {
      return token.group("roundoff").replace("24", "53");
    }
    if (token.group("literal") != null) {
      return token.group("literal") + "d";
    }
    if (token.group("precision") != null) {
      return token.group("precision").startsWith("S") ? "Double" : "double";
    }
    String word = token.group("word");
    if (word.startsWith("s") && ROUTINES.contains(word.substring(1))) {
      return "d" + word.substring(1);
    }
    if (word.equals("F32") || word.startsWith("F32_") || word.equals(SINGLE)) {
      return word.replaceFirst("32", "64");
    }
    return WORDS.getOrDefault(word, word);
  }
}
