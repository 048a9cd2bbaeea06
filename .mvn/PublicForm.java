import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The public class of a kernel, as {@code ops.activation.Gelu} of {@code
 * kernel.activation.segments.Gelu}: on arrays and on segments, checked, split over threads. What it
 * checks is what the documentation of the kernel promises:
 *
 * <pre>
 * last parameters                          units          read or written by one call
 * long begin, long end                     elements       n elements of each operand
 * long rowBegin, long rowEnd, long cols    rows           what the documentation says
 * long rows, long cols,
 *     long colBegin, long colEnd           columns        what the documentation says
 *
 * documentation of an operand              elements
 * rows of {cols} elements, {rows} x {cols},
 *     {cols} x {rows}                      rows * cols
 * {cols} elements                          cols
 * one element per row, one int32 per row   rows
 *
 * read ...                                 an input
 * overwritten, accumulated into, ...       an output, which shares no element with another operand
 * may be {x} itself                        but may be x
 *
 * documentation of an operand or parameter refused
 * each in {[0, cols)}, {[0, cols]}         an index outside of it
 * not negative                             what is less than 0, and NaN
 * at least 1                               less than 1
 * 0 to 1                                   anything else
 * from 1 to (of cols)                      rows without columns
 * positive and finite                      anything else
 * less than 2^31 (of rows)                 more rows
 * </pre>
 *
 * <p>Operands come first, then sizes, then parameters. A method that is not void or takes no
 * segment is not made public. An operand whose documentation is not in the table fails the run.
 */
final class PublicForm {
  private static final Pattern CLASS =
      Pattern.compile(
          "(?s)(?<doc>/\\*\\*(?:(?!\\*/).)*\\*/)\npublic final class (?<name>\\w+) \\{");

  private static final Pattern METHOD =
      Pattern.compile(
          "(?s)(?<doc> {2}/\\*\\*(?:(?!\\*/).)*\\*/)\n"
              + " {2}public static void (?<name>\\w+)\\((?<parameters>[^)]*)\\)");

  private static final Pattern PARAMETER_DOC =
      Pattern.compile("(?s)@param (?<name>\\w+) (?<text>(?:(?!@param|@return).)*)");

  private static final Pattern LINK =
      Pattern.compile("\\{@link\\s+(?<target>[\\w.]*(?:#\\w+)?)(?:\\([^)]*\\))?(?:\\s+[^}]*)?\\}");

  private static final Pattern MAY_BE = Pattern.compile("(?s)may be (?<names>.*)");

  private static final Map<String, String> SIZES =
      Map.of(
          "long begin, long end",
          "n",
          "long rowBegin, long rowEnd, long cols",
          "rows",
          "long rows, long cols, long colBegin, long colEnd",
          "columns");

  /** What costs several times as much as arithmetic. */
  private static final Pattern ELEMENTARY =
      Pattern.compile(
          "import dev\\.lanewise\\.(?:simd\\.math|kernel\\.random|kernel\\.softmax)\\.");

  /** How many elements an operand has, and the expression for it. */
  private enum Extent {
    ALL("n"),
    MATRIX("rows * cols"),
    ROWS("rows"),
    COLS("cols");

    final String count;

    Extent(String count) {
      this.count = count;
    }
  }

  /** An operand or a parameter in the order of the kernel. */
  private record Parameter(
      String name, String type, String arrayType, String doc, Extent extent, int slot) {
    boolean isOperand() {
      return type.equals("MemorySegment");
    }

    boolean written() {
      return isOperand() && !(doc.startsWith("read") && !doc.contains("overwritten"));
    }

    /** Size of an element in bytes. */
    String bytes() {
      return switch (arrayType) {
        case "short" -> "Short.BYTES";
        case "int" -> "Integer.BYTES";
        default -> "Float.BYTES";
      };
    }
  }

  private final String path;
  private final String source;
  private final String arrays;
  private final String room;
  private final String kernel;
  private final boolean elementary;
  private final Map<String, Integer> names = new HashMap<>();

  private String units = "";
  private String most = "";
  private boolean atLeastOneColumn;
  private boolean intRows;
  private String method = "";
  private List<Parameter> parameters = List.of();

  private PublicForm(String path, String source, String arrays) {
    this.path = path;
    this.source = source;
    this.arrays = arrays;
    Matcher found =
        Pattern.compile("package dev\\.lanewise\\.kernel\\.(\\w+)\\.segments;").matcher(source);
    if (!found.find()) {
      throw new IllegalArgumentException(path + ": a kernel in kernel.ROOM.segments is wanted");
    }
    room = found.group(1);
    Matcher type = CLASS.matcher(source);
    if (!type.find()) {
      throw new IllegalArgumentException(path + ": a documented public final class is wanted");
    }
    kernel = type.group("name");
    elementary = ELEMENTARY.matcher(source).find();
  }

  /**
   * The public class.
   *
   * @param path the file of the kernel, for messages
   * @param source its text
   * @param arrays the text of its twin on arrays
   */
  static String of(String path, String source, String arrays) {
    return new PublicForm(path, source, arrays).text();
  }

  private String text() {
    StringBuilder kernels = new StringBuilder();
    StringBuilder methods = new StringBuilder();
    for (MatchResult found : METHOD.matcher(source).results().toList()) {
      if (found.group("parameters").contains("MemorySegment")) {
        read(found);
        int overload = names.merge(method, 1, Integer::sum);
        String constant =
            method.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT)
                + (overload == 1 ? "" : "_" + overload);
        kernels.append(kernelConstant(constant + "_ARRAYS", "arrays", true));
        kernels.append(kernelConstant(constant + "_SEGMENTS", "segments", false));
        String doc = documentation(found.group("doc"));
        methods.append(wholeArrays(doc)).append(rangesOfArrays()).append(onArrays(doc, constant));
        methods.append(wholeSegments()).append(onSegments(constant));
      }
    }
    Matcher type = CLASS.matcher(source);
    type.find();
    String classDoc = plain(type.group("doc"));
    classDoc =
        classDoc
                .substring(0, classDoc.lastIndexOf("*/"))
                .stripTrailing()
                .replaceFirst("^/\\*\\* (?=\\S)", "/**\n * ")
            + "\n"
            + " *\n"
            + " * <p>On arrays and on native segments, on one thread or several: the same bits, and"
            + " nothing\n"
            + " * is allocated. Arguments are checked before the first element is written: an"
            + " {@link\n"
            + " * IllegalArgumentException} names both sides of what does not fit.\n"
            + " */";
    return "package dev.lanewise.ops."
        + room
        + ";\n\nimport dev.lanewise.operand.Ranges;\nimport dev.lanewise.ops.call.Call;\n"
        + "import dev.lanewise.ops.call.Grain;\nimport dev.lanewise.parallel.Workers;\n"
        + "import dev.lanewise.simd.VectorModule;\nimport java.lang.foreign.MemorySegment;\n\n"
        + classDoc
        + "\npublic final class "
        + kernel
        + " {\n"
        + kernels
        + "  private static final long GRAIN = Grain."
        + (elementary ? "ELEMENTARY" : "ARITHMETIC")
        + ";\n\n  static {\n    VectorModule.require();\n  }\n\n  private "
        + kernel
        + "() {}\n"
        + methods
        + "}\n";
  }

  /** Reads the signature and the documentation of one method of the kernel. */
  private void read(MatchResult found) {
    method = found.group("name");
    Map<String, String> docs = new LinkedHashMap<>();
    for (MatchResult doc : PARAMETER_DOC.matcher(found.group("doc")).results().toList()) {
      docs.put(
          doc.group("name"),
          doc.group("text").replaceAll("\\s*\\n\\s*\\*/?", " ").replaceAll("\\s+", " ").strip());
    }
    String signature = found.group("parameters").replaceAll("\\s+", " ").strip();
    String tail =
        SIZES.keySet().stream()
            .filter(sizes -> signature.endsWith(sizes))
            .findFirst()
            .orElseThrow(() -> failure("its last parameters are no range of units"));
    units = SIZES.get(tail);
    most = most(docs.getOrDefault("end", ""));
    intRows =
        (docs.getOrDefault("rows", "") + docs.getOrDefault("rowEnd", ""))
            .contains("less than 2^31");
    atLeastOneColumn = docs.getOrDefault("cols", "").contains("from 1 to");
    String[] own = signature.substring(0, signature.length() - tail.length()).split(", ?");
    String[] twin = twinParameters(own);
    parameters = new ArrayList<>();
    int operands = 0;
    int whole = 2;
    int others = 0;
    for (int i = 0; i < own.length; i++) {
      String[] words = own[i].strip().split(" ");
      String name = words[1];
      String doc = docs.get(name);
      if (doc == null) {
        throw failure("parameter " + name + " has no documentation");
      }
      boolean operand = words[0].equals("MemorySegment");
      parameters.add(
          new Parameter(
              name,
              words[0],
              operand ? twin[i].strip().split("\\[\\] ")[0] : words[0],
              doc,
              operand ? extent(name, doc) : Extent.ALL,
              operand ? operands++ : isWhole(words[0]) ? whole++ : others++));
    }
  }

  /** The constant that the documentation of {@code end} names as its bound, or nothing. */
  private String most(String doc) {
    Matcher bound = Pattern.compile("at most \\{@link (\\w+)#(\\w+)}").matcher(doc);
    if (!bound.find()) {
      return "";
    }
    Matcher imported =
        Pattern.compile("import ([\\w.]+\\." + bound.group(1) + ");").matcher(source);
    if (!imported.find()) {
      throw failure("the bound of its range is not imported");
    }
    return imported.group(1) + "." + bound.group(2);
  }

  /** The same parameters in the twin on arrays, without the offsets. */
  private String[] twinParameters(String[] own) {
    for (MatchResult found : METHOD.matcher(arrays).results().toList()) {
      String[] twin =
          found
              .group("parameters")
              .replaceAll("\\s+", " ")
              .replaceAll(", int \\w+Offset", "")
              .split(", ?");
      if (found.group("name").equals(method) && sameNames(own, twin)) {
        return twin;
      }
    }
    throw failure("it has no twin on arrays");
  }

  private static boolean sameNames(String[] own, String[] twin) {
    for (int i = 0; i < own.length; i++) {
      if (i >= twin.length || !lastWord(own[i]).equals(lastWord(twin[i]))) {
        return false;
      }
    }
    return true;
  }

  private static String lastWord(String text) {
    return text.strip().substring(text.strip().lastIndexOf(' ') + 1);
  }

  private Extent extent(String name, String doc) {
    if (units.equals("n")) {
      return Extent.ALL;
    }
    String text = doc.replace("{@code ", "").replace("}", "");
    if (text.contains("rows of cols elements")
        || text.contains("rows x cols")
        || text.contains("cols x rows")) {
      return Extent.MATRIX;
    }
    if (text.contains("one element per row") || text.contains("one int32 per row")) {
      return Extent.ROWS;
    }
    if (text.contains("cols elements")) {
      return Extent.COLS;
    }
    throw failure("the documentation of " + name + " does not say how many elements it has");
  }

  // The kernel as a constant, so that a call captures nothing.

  private String kernelConstant(String constant, String form, boolean onArrays) {
    return "  private static final Call.Kernel "
        + constant
        + " =\n      (c, begin, end) ->\n          dev.lanewise.kernel."
        + room
        + "."
        + form
        + "."
        + kernel
        + "."
        + method
        + "(\n              "
        + kernelArguments(
            p ->
                p.isOperand()
                    ? onArrays
                        ? "(" + p.arrayType() + "[]) c.a" + p.slot() + ", c.o" + p.slot()
                        : "(MemorySegment) c.a" + p.slot()
                    : (p.type().equals("long") ? "" : "(" + p.type() + ") ")
                        + "c."
                        + (isWhole(p.type()) ? "n" : "p")
                        + p.slot(),
            units.equals("columns") ? "c.n0, c.n1, " : "",
            onArrays && units.equals("n") ? "(int) begin, (int) end" : "begin, end",
            units.equals("rows") ? ", c.n1" : "")
        + ");\n\n";
  }

  private static boolean isWhole(String type) {
    return type.equals("long") || type.equals("int");
  }

  private String kernelArguments(
      Function<Parameter, String> parameter, String before, String range, String after) {
    return parameters.stream().map(parameter).collect(Collectors.joining(", ", "", ", "))
        + before
        + range
        + after;
  }

  // The public forms.

  private List<Parameter> operands() {
    return parameters.stream().filter(Parameter::isOperand).toList();
  }

  private String declaredSizes(String type) {
    return units.equals("n") ? type + " n" : type + " rows, " + type + " cols";
  }

  private String sizes() {
    return units.equals("n") ? "n" : "rows, cols";
  }

  private String scalars(boolean declared) {
    return parameters.stream()
        .filter(p -> !p.isOperand())
        .map(p -> ", " + (declared ? p.type() + " " : "") + p.name())
        .collect(Collectors.joining());
  }

  private String operandList(Function<Parameter, String> each) {
    return operands().stream().map(each).collect(Collectors.joining(", "));
  }

  private String head(String operandsAndSizes) {
    return "  public static void " + method + "(\n      " + operandsAndSizes + ") {\n";
  }

  private String wholeArrays(String doc) {
    String first = operands().getFirst().name();
    String body;
    if (units.equals("n")) {
      body =
          operands().stream()
              .skip(1)
              .map(
                  p ->
                      "    Ranges.checkSameLength(\""
                          + first
                          + "\", "
                          + first
                          + ".length, \""
                          + p.name()
                          + "\", "
                          + p.name()
                          + ".length);\n")
              .collect(Collectors.joining());
    } else {
      body = "";
    }
    return "\n"
        + summary(doc)
        + head(
            operandList(p -> p.arrayType() + "[] " + p.name())
                + (units.equals("n") ? "" : ", " + declaredSizes("int"))
                + scalars(true))
        + body
        + "    "
        + method
        + "("
        + operandList(p -> p.name() + ", 0")
        + ", "
        + (units.equals("n") ? first + ".length" : sizes())
        + scalars(false)
        + ", Workers.shared());\n  }\n";
  }

  private String offsetOperands() {
    return operandList(p -> p.arrayType() + "[] " + p.name() + ", int " + p.name() + "Offset");
  }

  private String rangesOfArrays() {
    return "\n  /** The same on ranges of arrays, each from an offset on. */\n"
        + head(offsetOperands() + ", " + declaredSizes("int") + scalars(true))
        + "    "
        + method
        + "("
        + operandList(p -> p.name() + ", " + p.name() + "Offset")
        + ", "
        + sizes()
        + scalars(false)
        + ", Workers.shared());\n  }\n";
  }

  private String onArrays(String doc, String constant) {
    StringBuilder body = new StringBuilder(sizeChecks());
    for (Parameter p : operands()) {
      body.append(
          "    Ranges.check(\""
              + p.name()
              + "\", "
              + p.name()
              + ".length, "
              + p.name()
              + "Offset, "
              + count(p, true)
              + ");\n");
    }
    forEachPair(
        (written, other, same) ->
            body.append(
                "    Ranges.checkApart(\""
                    + written.name()
                    + "\", "
                    + written.name()
                    + ", "
                    + written.name()
                    + "Offset, "
                    + count(written, true)
                    + ", \""
                    + other.name()
                    + "\", "
                    + other.name()
                    + ", "
                    + other.name()
                    + "Offset, "
                    + count(other, true)
                    + ", "
                    + same
                    + ");\n"));
    body.append(parameterChecks(true));
    body.append(call(constant + "_ARRAYS", "arrays", true, "work <= GRAIN"));
    return "\n"
        + doc
        + head(offsetOperands() + ", " + declaredSizes("int") + scalars(true) + ", Workers workers")
        + body
        + "  }\n";
  }

  private String wholeSegments() {
    String first = operands().getFirst().name();
    StringBuilder body = new StringBuilder();
    if (units.equals("n")) {
      for (Parameter p : operands()) {
        String length = "Ranges.length(\"" + p.name() + "\", " + p.name() + ", " + p.bytes() + ")";
        body.append(
            p.name().equals(first)
                ? "    long n = " + length + ";\n"
                : "    Ranges.checkSameLength(\""
                    + first
                    + "\", n, \""
                    + p.name()
                    + "\", "
                    + length
                    + ");\n");
      }
    }
    return "\n  /** The same on segments"
        + (units.equals("n") ? " taken whole" : "")
        + ". */\n"
        + head(
            operandList(p -> "MemorySegment " + p.name())
                + (units.equals("n") ? "" : ", " + declaredSizes("long"))
                + scalars(true))
        + body
        + "    "
        + method
        + "("
        + operandList(Parameter::name)
        + ", "
        + sizes()
        + scalars(false)
        + ", Workers.shared());\n  }\n";
  }

  private String onSegments(String constant) {
    StringBuilder body = new StringBuilder(sizeChecks());
    for (Parameter p : operands()) {
      body.append(
          "    Ranges."
              + (p.written() ? "checkWritten" : "check")
              + "(\""
              + p.name()
              + "\", "
              + p.name()
              + ", "
              + p.bytes()
              + ", "
              + count(p, false)
              + ");\n");
    }
    forEachPair(
        (written, other, same) ->
            body.append(
                "    Ranges.checkApart(\""
                    + written.name()
                    + "\", "
                    + written.name()
                    + ", "
                    + count(written, false)
                    + " * "
                    + written.bytes()
                    + ", \""
                    + other.name()
                    + "\", "
                    + other.name()
                    + ", "
                    + count(other, false)
                    + " * "
                    + other.bytes()
                    + ", "
                    + same
                    + ");\n"));
    body.append(parameterChecks(false));
    String confined =
        operands().stream()
            .map(p -> "Ranges.confined(" + p.name() + ")")
            .collect(Collectors.joining(" || "));
    body.append(call(constant + "_SEGMENTS", "segments", false, "work <= GRAIN || " + confined));
    return "\n  /** The same on segments, from the start of each on. */\n"
        + head(
            operandList(p -> "MemorySegment " + p.name())
                + ", "
                + declaredSizes("long")
                + scalars(true)
                + ", Workers workers")
        + body
        + "  }\n";
  }

  /** A product of ints would overflow, one of longs needs no cast. */
  private static String count(Parameter p, boolean onArrays) {
    return p.extent() == Extent.MATRIX && onArrays ? "(long) rows * cols" : p.extent().count;
  }

  private String sizeChecks() {
    return units.equals("n")
        ? "    Ranges.checkSize(\"n\", n);\n"
        : "    Ranges.checkRows(rows, cols);\n";
  }

  private String parameterChecks(boolean onArrays) {
    StringBuilder checks = new StringBuilder();
    if (atLeastOneColumn) {
      checks.append("    Ranges.requireColumns(rows, cols);\n");
    }
    for (Parameter p : parameters) {
      if (p.doc().contains("each in {@code [0, cols")) {
        checks.append(
            "    Ranges.checkIndices(\""
                + p.name()
                + "\", "
                + p.name()
                + (onArrays ? ", " + p.name() + "Offset" : "")
                + ", rows, "
                + (p.doc().contains("[0, cols]") ? "cols + 1L" : "cols")
                + ");\n");
      }
      String rule =
          p.isOperand()
              ? ""
              : p.doc().contains("not negative")
                  ? "NotNegative"
                  : p.doc().contains("at least 1")
                      ? "AtLeastOne"
                      : p.doc().contains("positive and finite")
                          ? "PositiveAndFinite"
                          : p.doc().contains("0 to 1") ? "Share" : "";
      if (!rule.isEmpty()) {
        checks.append("    Ranges.require" + rule + "(\"" + p.name() + "\", " + p.name() + ");\n");
      }
    }
    if (intRows) {
      checks.append("    Ranges.requireAtMost(\"rows\", rows, Integer.MAX_VALUE);\n");
    }
    if (!most.isEmpty()) {
      checks.append("    Ranges.requireAtMost(\"n\", n, " + most + ");\n");
    }
    return checks.toString();
  }

  /** The kernel at once where the work is little, else over the workers. */
  private String call(String constant, String form, boolean onArrays, String alone) {
    String all =
        units.equals("n") ? "0, n" : units.equals("rows") ? "0, rows, cols" : "rows, cols, 0, cols";
    String unit = units.equals("columns") ? "cols" : units.equals("rows") ? "rows" : "n";
    String grain =
        switch (units) {
          case "n" -> "GRAIN";
          case "rows" -> "Grain.rows(GRAIN, cols)";
          default -> "Grain.columns(GRAIN, rows)";
        };
    StringBuilder text = new StringBuilder();
    text.append(
        "    long work = "
            + (units.equals("n") ? "n" : onArrays ? "(long) rows * cols" : "rows * cols")
            + ";\n");
    text.append(
        "    if ("
            + alone
            + ") {\n      dev.lanewise.kernel."
            + room
            + "."
            + form
            + "."
            + kernel
            + "."
            + method
            + "("
            + parameters.stream()
                .map(p -> p.name() + (p.isOperand() && onArrays ? ", " + p.name() + "Offset" : ""))
                .collect(Collectors.joining(", "))
            + ", "
            + all
            + ");\n      return;\n    }\n    Call call = Call.borrow();\n");
    for (Parameter p : parameters) {
      if (p.isOperand()) {
        text.append("    call.a" + p.slot() + " = " + p.name() + ";\n");
        if (onArrays) {
          text.append("    call.o" + p.slot() + " = " + p.name() + "Offset;\n");
        }
      } else {
        text.append(
            "    call." + (isWhole(p.type()) ? "n" : "p") + p.slot() + " = " + p.name() + ";\n");
      }
    }
    if (!units.equals("n")) {
      text.append("    call.n0 = rows;\n    call.n1 = cols;\n");
    }
    text.append("    call.run(" + constant + ", " + unit + ", " + grain + ", workers);\n");
    return text.toString();
  }

  private interface Pair {
    void check(Parameter written, Parameter other, boolean mayBeSame);
  }

  /** Every operand that is written, with every input and with every one written before it. */
  private void forEachPair(Pair pair) {
    List<Parameter> operands = operands();
    for (int i = 0; i < operands.size(); i++) {
      for (int j = 0; j < operands.size(); j++) {
        Parameter written = operands.get(i);
        Parameter other = operands.get(j);
        if (written.written() && i != j && !(other.written() && j > i)) {
          pair.check(written, other, mayBeSame(written, other));
        }
      }
    }
  }

  /** Element-wise every output may be an input; elsewhere it is as the documentation says. */
  private boolean mayBeSame(Parameter written, Parameter other) {
    if (other.written() || !written.arrayType().equals(other.arrayType())) {
      return false;
    }
    if (units.equals("n")) {
      return true;
    }
    Matcher names = MAY_BE.matcher(written.doc());
    return names.find() && names.group("names").contains("{@code " + other.name() + "}");
  }

  // Documentation.

  /** What a kernel says of its range, and the public form does not have. */
  private static final Pattern RANGE =
      Pattern.compile(
          "\\s+(?:\\*\\s+)?for\\s+(?:\\*\\s+)?the\\s+(?:\\*\\s+)?(?:given\\s+(?:\\*\\s+)?rows"
              + "|rows\\s+(?:\\*\\s+)?\\{@code\\s+(?:\\*\\s+)?\\[rowBegin,\\s+(?:\\*\\s+)?rowEnd\\)\\}"
              + "|columns\\s+(?:\\*\\s+)?\\{@code\\s+(?:\\*\\s+)?\\[colBegin,\\s+(?:\\*\\s+)?colEnd\\)\\}"
              + "(?:\\s+(?:\\*\\s+)?and\\s+(?:\\*\\s+)?all\\s+(?:\\*\\s+)?rows)?)");

  private String documentation(String doc) {
    String text =
        plain(
            doc.substring(
                0, doc.contains("@param") ? doc.indexOf("@param") : doc.lastIndexOf("*/")));
    StringBuilder all =
        new StringBuilder(RANGE.matcher(text).replaceAll("").replaceFirst("[\\s*]+$", ""));
    all.append("\n   *");
    for (Parameter p : operands()) {
      all.append("\n   * @param " + p.name() + " " + plain(p.doc()));
      all.append("\n   * @param " + p.name() + "Offset element at which it begins");
    }
    all.append(
        units.equals("n")
            ? "\n   * @param n elements of each"
            : "\n   * @param rows rows of a matrix\n   * @param cols columns of a matrix");
    for (Parameter p : parameters) {
      if (!p.isOperand()) {
        all.append("\n   * @param " + p.name() + " " + plain(p.doc()));
      }
    }
    return all + "\n   * @param workers the threads it is split over where that pays\n   */\n";
  }

  /** The documentation without its parameters. */
  private static String summary(String doc) {
    return doc.substring(0, doc.indexOf("@param")).replaceFirst("[\\s*]+$", "") + "\n   */\n";
  }

  /** Links lead to what is internal: their text stays. */
  private static String plain(String doc) {
    return LINK.matcher(doc)
        .replaceAll(
            link ->
                "{@code " + link.group("target").replaceFirst("^#", "").replace('#', '.') + "}");
  }

  private IllegalArgumentException failure(String problem) {
    return new IllegalArgumentException(
        path
            + ": "
            + method
            + " cannot be made public, "
            + problem
            + ": write it as .mvn/PublicForm.java says");
  }
}
