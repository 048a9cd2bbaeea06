import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of a kernel on arrays: the original on native segments but for these substitutions.
 *
 * <pre>
 * MemorySegment x (parameter)                       float[] x, int xOffset; short[], int[] or double[] if x is read or written so
 * x (argument), null (argument)                     x, xOffset; null, 0
 * long begin, end, ...Base, ...Stride (parameter)   int begin, ...
 * if (x.getClass() != NATIVE ...) { throw ... }     nothing
 * long base = block * Float.BYTES;                  int base = (int) block;
 * long at = (a * b + c) * Float.BYTES;              int at = (int) (a * b + c);
 * long at = base + (long) i * Float.BYTES;          int at = base + i;
 * long at = (long) i * Float.BYTES;                 int at = i;
 * long at = a * b * Float.BYTES;                    int at = (int) (a * b);
 * FloatVector.fromMemorySegment(F32, x, at, ...)    FloatVector.fromArray(F32, x, xOffset + at)
 * v.intoMemorySegment(y, at, ...)                   v.intoArray(y, yOffset + at)
 * x.get(JAVA_FLOAT_UNALIGNED, at)                   x[xOffset + at]
 * x.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES)      x[xOffset + (int) r]
 * y.set(JAVA_FLOAT_UNALIGNED, at, value);           y[yOffset + at] = value;
 * package and imports in a folder segments          the same in arrays
 * the word segment                                  array
 * </pre>
 *
 * <p>So each array has an offset of its own, as an array cannot be sliced.
 *
 * <p>An offset that an access uses is a variable that one of these lines declared, or a sum of such
 * variables: anything else, as everything that speaks of segments and is not in the table, fails
 * with the line at which it stands. What is left wrong then is an offset of type {@code long},
 * which no array takes: the compiler refuses it.
 */
final class ArrayForm {
  /** What an access may add up: offsets, their multiples, and elements times their bytes. */
  private static final String TERM =
      "(?:\\w+ \\* )?(?:Float|Lanes)\\.BYTES"
          + "|(?:\\(long\\) )?\\w+ \\* (?:Float|Short|Integer|Double)\\.BYTES"
          + "|\\([\\w +*%-]+\\) \\* Float\\.BYTES"
          + "|\\w+ \\* \\w+|\\w+";

  private static final String SUM = "(?:" + TERM + ")(?:\\s*\\+\\s*(?:" + TERM + "))*";
  private static final String ORDER = ",\\s*ByteOrder\\.nativeOrder\\(\\)\\s*\\)";
  private static final String BYTES = "(?:Float|Short|Integer|Double)\\.BYTES";

  private static final Pattern IMPORT =
      Pattern.compile(
          "import (?:static )?(?:dev\\.lanewise\\.memory\\.SegmentClass(?:\\.NATIVE)?"
              + "|java\\.lang\\.foreign\\.MemorySegment"
              + "|java\\.lang\\.foreign\\.ValueLayout\\.JAVA_(?:FLOAT|SHORT|INT|DOUBLE)_UNALIGNED"
              + "|java\\.nio\\.ByteOrder);\n");

  private static final Pattern GUARD =
      Pattern.compile(
          " *if \\(\\s*\\w+\\.getClass\\(\\) != NATIVE(?:\\s*\\|\\| \\w+\\.getClass\\(\\) !="
              + " NATIVE)*\\) \\{\\s*throw SegmentClass\\.notNative\\([\\w,\\s]+\\);\\s*\\}\n");

  private static final Pattern LOAD =
      Pattern.compile(
          "\\b(?<type>Float|Short|Int)Vector\\s*\\.fromMemorySegment\\(\\s*(?<species>\\w+),\\s*(?<operand>\\w+),\\s*(?<offset>"
              + SUM
              + ")"
              + ORDER);

  private static final Pattern STORE =
      Pattern.compile(
          "\\.intoMemorySegment\\(\\s*(?<operand>\\w+),\\s*(?<offset>" + SUM + ")" + ORDER);

  private static final Pattern GET =
      Pattern.compile(
          "\\b(?<operand>\\w+)\\.get\\(\\s*JAVA_(?<type>FLOAT|SHORT|INT|DOUBLE)_UNALIGNED,\\s*(?<offset>"
              + SUM
              + ")\\s*\\)");

  private static final Pattern SET =
      Pattern.compile(
          "\\b(?<operand>\\w+)\\.set\\(\\s*JAVA_(?<type>FLOAT|SHORT|INT|DOUBLE)_UNALIGNED,\\s*(?<offset>"
              + SUM
              + "),\\s*");

  private static final Pattern OFFSET =
      Pattern.compile(
          "\\blong (?<name>\\w+) =\\s*(?:(?<base>\\w+) \\+ )?"
              + "(?:\\(long\\) (?<index>\\w+)|(?<start>\\w+)|(?<product>[\\w(][\\w +*%()-]*)) \\* "
              + BYTES
              + ";");

  private static final Pattern PARAMETER =
      Pattern.compile("\\blong (?<name>begin|end|base|stride|\\w+(?:Base|Stride))(?=[,)])");

  private static final Pattern OPERAND =
      Pattern.compile("(?<nullable>@Nullable )?\\bMemorySegment (?<operand>\\w+)(?=\\s*[,)])");

  /** A method that takes operands, up to its first brace. */
  private static final Pattern METHOD =
      Pattern.compile(
          "\\n {2}[\\w ]*\\bstatic [\\w<>]+ \\w+\\([^)]*\\bMemorySegment\\b[^)]*\\)\\s*\\{");

  /** Stands behind an operand whose access has been rewritten: it is no argument of a method. */
  private static final char DONE = '\u0001';

  /** What a twin must not speak of. */
  private static final Pattern LEFT_OVER =
      Pattern.compile(
          "\\w*(?:MemorySegment|SegmentClass|ByteOrder|NATIVE|_UNALIGNED|(?:Float|Short|Integer|Double)\\.BYTES)\\w*|\\blong"
              + " (?:at|base|begin|end|stride|\\w+Base)\\b");

  private final String name;
  private final String source;
  private final Map<String, String> elementTypes = new HashMap<>();
  private final Set<String> offsets = new HashSet<>();

  private ArrayForm(String name, String source) {
    this.name = name;
    this.source = source;
  }

  /**
   * The twin of a source file.
   *
   * @param name the file, for messages
   * @throws IllegalArgumentException if the source has a line that the table does not cover
   */
  static String rewrite(String name, String source) {
    return new ArrayForm(name, source).rewrite();
  }

  private String rewrite() {
    OFFSET.matcher(source).results().forEach(found -> offsets.add(found.group("name")));
    PARAMETER.matcher(source).results().forEach(found -> offsets.add(found.group("name")));
    for (Pattern access : new Pattern[] {LOAD, STORE, GET, SET}) {
      access.matcher(source).results().forEach(this::checkOffset);
    }
    for (Pattern access : new Pattern[] {LOAD, GET, SET}) {
      access.matcher(source).results().forEach(this::noteType);
    }
    String twin = IMPORT.matcher(source).replaceAll("");
    twin = GUARD.matcher(twin).replaceAll("");
    twin =
        LOAD.matcher(twin)
            .replaceAll(
                found ->
                    found.group("type")
                        + "Vector.fromArray("
                        + found.group("species")
                        + ", "
                        + found.group("operand")
                        + DONE
                        + ", "
                        + place(found)
                        + ")");
    twin =
        STORE
            .matcher(twin)
            .replaceAll(
                found -> ".intoArray(" + found.group("operand") + DONE + ", " + place(found) + ")");
    twin = GET.matcher(twin).replaceAll(found -> found.group("operand") + "[" + place(found) + "]");
    twin = sets(twin);
    twin = arguments(twin).replace(String.valueOf(DONE), "");
    twin = OFFSET.matcher(twin).replaceAll(this::offset);
    twin = PARAMETER.matcher(twin).replaceAll("int ${name}");
    twin =
        OPERAND
            .matcher(twin)
            .replaceAll(
                found ->
                    elementTypes.getOrDefault(found.group("operand"), "float")
                        + (found.group("nullable") == null ? "[] " : " @Nullable [] ")
                        + found.group("operand")
                        + ", int "
                        + found.group("operand")
                        + "Offset");
    twin =
        twin.replaceAll("\\bsegment(s?)\\b", "array$1").replaceAll("\\bSegment(s?)\\b", "Array$1");
    Matcher leftOver = LEFT_OVER.matcher(twin);
    if (leftOver.find()) {
      throw failure(twin, leftOver.start(), "'" + leftOver.group() + "' has no form on arrays");
    }
    return twin;
  }

  private String offset(MatchResult found) {
    String base = found.group("base") == null ? "" : found.group("base") + " + ";
    if (found.group("index") != null) {
      return "int " + found.group("name") + " = " + base + found.group("index") + ";";
    }
    String whole = found.group("start") != null ? found.group("start") : found.group("product");
    if (topLevelSum(whole)) {
      throw failure(source, found.start(), "a sum of which one term alone is in bytes");
    }
    boolean plain =
        base.isEmpty() && (found.group("start") != null || whole.matches("\\([^()]*\\)"));
    return "int "
        + found.group("name")
        + " = (int) "
        + (plain ? whole : "(" + base + whole + ")")
        + ";";
  }

  /** Whether a plus or a minus stands outside of all parentheses. */
  private static boolean topLevelSum(String expression) {
    int open = 0;
    for (char c : expression.toCharArray()) {
      open += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (open == 0 && (c == '+' || c == '-')) {
        return true;
      }
    }
    return false;
  }

  /** Where an access goes, in elements. */
  private static String place(MatchResult access) {
    StringBuilder place = new StringBuilder(access.group("operand") + "Offset");
    for (String term : access.group("offset").split("\\s*\\+\\s*(?![^(]*\\))")) {
      place.append(" + ").append(elements(term));
    }
    return place.toString();
  }

  private static String elements(String term) {
    if (term.endsWith("Lanes.BYTES")) {
      return term.replace("L *", " *").replace("Lanes.BYTES", "Lanes.F32_LANES");
    }
    if (term.equals("Float.BYTES")) {
      return "1";
    }
    if (!term.contains(".BYTES")) {
      return term.contains(" * ") ? "(int) ((long) " + term + ")" : term;
    }
    String index = term.substring(0, term.lastIndexOf(" * "));
    return index.startsWith("(long) ")
        ? index.substring("(long) ".length())
        : index.matches("\\d+") ? index : "(int) " + index;
  }

  /** {@code y.set(layout, at, value);} with its closing parenthesis, wherever that stands. */
  private String sets(String text) {
    StringBuilder twin = new StringBuilder();
    Matcher set = SET.matcher(text);
    int done = 0;
    while (set.find(done)) {
      int close = closing(text, set.end());
      if (close < 0 || !text.startsWith(");", close)) {
        throw failure(text, set.start(), "a write that is not a statement of its own");
      }
      twin.append(text, done, set.start())
          .append(set.group("operand"))
          .append('[')
          .append(place(set.toMatchResult()))
          .append("] = ")
          .append(text, set.end(), close)
          .append(';');
      done = close + 2;
    }
    return twin.append(text.substring(done)).toString();
  }

  /** Where a method hands an operand of its own on, it hands on the offset too. */
  private static String arguments(String text) {
    StringBuilder twin = new StringBuilder();
    Matcher method = METHOD.matcher(text);
    int done = 0;
    while (method.find(done)) {
      int end = closing(text, method.end(), '{', '}');
      String body = text.substring(method.end(), end);
      for (MatchResult operand : OPERAND.matcher(method.group()).results().toList()) {
        String name = operand.group("operand");
        body =
            body.replaceAll(
                "([(,]\\s*)" + name + "(?=\\s*[,)])", "$1" + name + ", " + name + "Offset");
      }
      body = body.replaceAll("([(,]\\s*)null(?=\\s*[,)])", "$1null, 0");
      twin.append(text, done, method.end()).append(body);
      done = end;
    }
    return twin.append(text.substring(done)).toString();
  }

  private static int closing(String text, int from) {
    return closing(text, from, '(', ')');
  }

  /** Where the bracket closes that was open before {@code from}, or -1. */
  private static int closing(String text, int from, char opening, char closing) {
    int open = 1;
    for (int i = from; i < text.length(); i++) {
      if (text.charAt(i) == opening) {
        open++;
      } else if (text.charAt(i) == closing && --open == 0) {
        return i;
      }
    }
    return -1;
  }

  private void checkOffset(MatchResult access) {
    for (String term : access.group("offset").split("\\s*\\+\\s*(?![^(]*\\))")) {
      String name = term.replaceFirst("^\\w+ \\* ", "");
      if (!term.contains(".BYTES") && !offsets.contains(name)) {
        throw failure(
            source, access.start(), "'" + term + "' is not declared as an offset of elements");
      }
    }
  }

  private void noteType(MatchResult access) {
    String type = access.group("type").toLowerCase(Locale.ROOT);
    String before = elementTypes.put(access.group("operand"), type);
    if (before != null && !before.equals(type)) {
      throw failure(
          source,
          access.start(),
          "'" + access.group("operand") + "' holds elements of type " + before + " and " + type);
    }
  }

  private IllegalArgumentException failure(String text, int at, String problem) {
    int begin = text.lastIndexOf('\n', at) + 1;
    int end = text.indexOf('\n', at);
    String line = text.substring(begin, end < 0 ? text.length() : end).strip();
    return new IllegalArgumentException(
        name + ": " + problem + ", at `" + line + "`: write it as .mvn/ArrayForm.java says");
  }
}
