package dev.lanewise.cli.report;

import java.util.Map;

/** Pieces of a page that stands alone and is well-formed XML. */
public final class Html {
  private static final String STYLE =
      "body{font-family:system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
          + "color:#222;background:#fff}svg{max-width:100%;height:auto}"
          + "table{border-collapse:collapse}th,td{text-align:left;padding:.2rem .9rem .2rem 0;"
          + "vertical-align:top;border-bottom:1px solid #eee;font-weight:400}th{color:#666}"
          + "pre{background:#f6f6f6;padding:1rem;overflow-x:auto;white-space:pre-wrap}"
          + ".prompt{color:#888}";

  private Html() {}

  /** A page. */
  public static String page(String title, String body) {
    return "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>"
        + "<meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width\"/><title>"
        + escaped(title)
        + "</title><style>"
        + STYLE
        + "</style></head>\n<body>\n<h1>"
        + escaped(title)
        + "</h1>\n"
        + body
        + "</body>\n</html>\n";
  }

  /** Names and values, a row each. */
  public static String table(Map<String, String> rows) {
    StringBuilder table = new StringBuilder("<table>\n");
    rows.forEach(
        (name, value) ->
            table
                .append("<tr><th>")
                .append(escaped(name))
                .append("</th><td>")
                .append(escaped(value))
                .append("</td></tr>\n"));
    return table.append("</table>\n").toString();
  }

  /** Text that is text in a page, whatever is in it; what XML cannot hold is a question mark. */
  public static String escaped(String text) {
    return text.replaceAll("[\\p{Cntrl}&&[^\\n\\t]]|\\p{Cs}|[\\ufffe\\uffff]", "?")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
