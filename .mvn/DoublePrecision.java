import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of a source file in double precision: the original in single precision word for word but
 * for these substitutions.
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
 * Float.BYTES}. What the original casts to {@code float} from {@code double} is a redundant cast in
 * the twin: such a class says {@code @SuppressWarnings("cast")}.
 */
final class DoublePrecision {
  private static final String SINGLE = "f32";

  private static final Map<String, String> WORDS =
      Map.ofEntries(
          Map.entry("float", "double"),
          Map.entry("floats", "doubles"),
          Map.entry("Float", "Double"),
          Map.entry("Floats", "Doubles"),
          Map.entry("FloatVector", "DoubleVector"),
          Map.entry("IntVector", "LongVector"),
          Map.entry("reinterpretAsInts", "reinterpretAsLongs"),
          Map.entry("reinterpretAsFloats", "reinterpretAsDoubles"),
          Map.entry("I32", "I64"),
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
          "symm",
          "symv",
          "spmv",
          "syr",
          "spr",
          "trmm",
          "trsm",
          "trmv",
          "trsv",
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

  private DoublePrecision() {}

  static String rewrite(String source) {
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
