package dev.lanewise.jmh.tracker.report;

import java.util.Locale;
import java.util.regex.Matcher;

/** A drawing inside a page: colours come from the classes of the page's style sheet. */
public final class Svg {
  private final StringBuilder elements = new StringBuilder();
  private final double width;
  private final double height;
  private final String title;

  /**
   * Begins a drawing.
   *
   * @param title what a reader who does not see it hears
   */
  public Svg(double width, double height, String title) {
    this.width = width;
    this.height = height;
    this.title = title;
  }

  public Svg line(String style, double x1, double y1, double x2, double y2) {
    return add(
        "<line class=\"%s\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>",
        style, number(x1), number(y1), number(x2), number(y2));
  }

  public Svg rectangle(String style, double x, double y, double w, double h, String tip) {
    return add(
        "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"><title>%s</title></rect>",
        style, number(x), number(y), number(w), number(h), escaped(tip));
  }

  public Svg dot(String style, double x, double y, double radius, String tip) {
    return add(
        "<circle class=\"%s\" cx=\"%s\" cy=\"%s\" r=\"%s\"><title>%s</title></circle>",
        style, number(x), number(y), number(radius), escaped(tip));
  }

  public Svg text(String style, double x, double y, String text) {
    return add(
        "<text class=\"%s\" x=\"%s\" y=\"%s\">%s</text>",
        style, number(x), number(y), escaped(text));
  }

  /**
   * A tile of a heat map.
   *
   * @param strength of its colour, from 0 to 1
   */
  public Svg tile(
      double x, double y, double w, double h, double strength, String text, String tip) {
    add(
        "<rect style=\"fill: color-mix(in oklab, var(--equal) %s%%, var(--band))\" x=\"%s\""
            + " y=\"%s\" width=\"%s\" height=\"%s\" rx=\"3\"><title>%s</title></rect>",
        number(100 * strength * strength),
        number(x),
        number(y),
        number(w),
        number(h),
        escaped(tip));
    return text("tile", x + w / 2, y + h / 2 + 4, text);
  }

  /** A line through points, x and y in turns. */
  public Svg path(String style, double... points) {
    StringBuilder list = new StringBuilder();
    for (int i = 0; i < points.length; i += 2) {
      list.append(number(points[i])).append(',').append(number(points[i + 1])).append(' ');
    }
    return add("<polyline class=\"%s\" points=\"%s\"/>", style, list.toString().strip());
  }

  @SuppressWarnings("AnnotateFormatMethod") // The annotation is in a library of its own.
  private Svg add(String format, Object... values) {
    elements.append(String.format(Locale.ROOT, format, values)).append('\n');
    return this;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "<svg viewBox=\"0 0 %s %s\" width=\"%s\" role=\"img\"><title>%s</title>%n%s</svg>%n",
        number(width),
        number(height),
        number(width),
        escaped(title),
        elements);
  }

  /** The drawing as a file of its own, which brings its style sheet. */
  public String standalone() {
    return toString()
        .replaceFirst("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ")
        .replaceFirst(
            "</title>", "</title>\n<style>" + Matcher.quoteReplacement(Page.styles()) + "</style>");
  }

  private static String number(double value) {
    String text = String.format(Locale.ROOT, "%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }

  public static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
