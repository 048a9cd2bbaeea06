package dev.lanewise.jmh.tracker.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** An HTML page under construction: everything that is text is escaped here. */
public final class Page {
  private final StringBuilder body = new StringBuilder();
  private final String title;

  public Page(String title) {
    this.title = title;
  }

  public void heading(int level, String text) {
    raw("<h" + level + ">" + Svg.escaped(text) + "</h" + level + ">");
  }

  public void paragraph(String text) {
    raw("<p class=\"dim\">" + Svg.escaped(text) + "</p>");
  }

  /** Nothing for an empty list. */
  public void items(List<String> items) {
    if (!items.isEmpty()) {
      raw("<ul>");
      items.forEach(item -> raw("<li>" + Svg.escaped(item) + "</li>"));
      raw("</ul>");
    }
  }

  /** Terms and what they are, in turns. */
  public void terms(String... termsAndDescriptions) {
    raw("<dl>");
    for (int i = 0; i < termsAndDescriptions.length; i += 2) {
      raw(
          "<dt>"
              + Svg.escaped(termsAndDescriptions[i])
              + "</dt><dd>"
              + Svg.escaped(termsAndDescriptions[i + 1])
              + "</dd>");
    }
    raw("</dl>");
  }

  /**
   * A table; a cell that ends with .html is the address of a flame graph.
   *
   * @param styles the class of the last cell of each row
   */
  public void table(List<String> heads, List<List<String>> rows, List<String> styles) {
    StringBuilder table = new StringBuilder("<div class=\"scroll\"><table><tr>");
    heads.forEach(head -> table.append("<th>").append(Svg.escaped(head)).append("</th>"));
    table.append("</tr>\n");
    for (int i = 0; i < rows.size(); i++) {
      table.append("<tr>");
      List<String> row = rows.get(i);
      for (int j = 0; j < row.size(); j++) {
        String style = j == row.size() - 1 ? " class=\"" + styles.get(i) + "\"" : "";
        table.append("<td").append(style).append('>').append(cell(row.get(j))).append("</td>");
      }
      table.append("</tr>\n");
    }
    raw(table.append("</table></div>").toString());
  }

  private static String cell(String text) {
    String escaped = Svg.escaped(text);
    return text.endsWith(".html") ? "<a href=\"" + escaped + "\">flame graph</a>" : escaped;
  }

  /** A drawing that may be wider than the screen. */
  public void scrolling(String svg) {
    raw("<div class=\"scroll\">" + svg + "</div>");
  }

  static String strong(String style, String text) {
    return "<b class=\"" + style + "\">" + Svg.escaped(text) + "</b>";
  }

  /** Markup as it is. */
  public void raw(String markup) {
    body.append(markup).append('\n');
  }

  @Override
  public String toString() {
    return "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>"
        + Svg.escaped(title)
        + "</title>\n<style>\n"
        + styles()
        + "</style>\n"
        + body
        + "</html>\n";
  }

  static String styles() {
    try (InputStream in = Page.class.getResourceAsStream("report.css")) {
      if (in == null) {
        throw new IllegalStateException("report.css is not beside " + Page.class);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
