package dev.lanewise.jmh.report;

import static dev.lanewise.jmh.report.ResultsTable.percent;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Tables of what the tracker of performance wrote: slow-downs that were put in on purpose ({@code
 * tracker power}), equal code ({@code aa}), two versions ({@code compare}), gates ({@code gate}),
 * many versions ({@code detect}).
 */
final class EvidenceTables {
  private static final List<String> VERDICTS =
      List.of("REGRESSION", "IMPROVED", "EQUIVALENT", "NO_CHANGE_SHOWN", "UNSTABLE");

  private EvidenceTables() {}

  /** A row for each slow-down. */
  static String power(JsonNode file) {
    StringBuilder out = new StringBuilder(machine(file));
    row(
        out,
        "benchmark",
        "option of the candidate",
        "comparisons",
        "regression",
        "improved",
        "equivalent",
        "no change shown",
        "unstable",
        "changes not confirmed",
        "ratio, least .. most");
    out.append("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (JsonNode one : file.path("rows")) {
      List<String> cells = new ArrayList<>();
      cells.add(one.path("benchmark").asText());
      cells.add('`' + one.path("option").asText() + '`');
      cells.add(one.path("comparisons").asText());
      VERDICTS.forEach(verdict -> cells.add(one.path("verdicts").path(verdict).asText("0")));
      cells.add(one.path("unconfirmed").asText());
      cells.add(
          one.path("ratio").isNumber()
              ? String.format(
                  Locale.ROOT,
                  "%.3f, %.3f .. %.3f",
                  one.path("ratio").asDouble(),
                  one.path("low").asDouble(),
                  one.path("high").asDouble())
              : "");
      row(out, cells.toArray(String[]::new));
    }
    return out.append('\n').toString();
  }

  /**
   * A row for each series, the power of its slow-downs in columns; the rates of alarms are those of
   * drawn comparisons, which {@code aa} did not always tell.
   */
  static String noise(JsonNode file) {
    StringBuilder out = new StringBuilder(machine(file));
    List<String> slowDowns = new ArrayList<>();
    file.path("series").path(0).path("power").fieldNames().forEachRemaining(slowDowns::add);
    List<String> header =
        new ArrayList<>(List.of("series", "comparisons", "first alarms", "confirmed"));
    boolean drawn = file.path("series").path(0).has("rates");
    if (drawn) {
      header.addAll(List.of("first, drawn", "confirmed, drawn"));
    }
    header.add("noise");
    slowDowns.forEach(slowDown -> header.add("finds +" + percent(Double.parseDouble(slowDown))));
    row(out, header.toArray(String[]::new));
    out.append("|---").append("|--:".repeat(header.size() - 1)).append("|\n");
    for (JsonNode one : file.path("series")) {
      List<String> cells = new ArrayList<>();
      cells.add(series(one.path("series")));
      cells.add(one.path("comparisons").asText());
      cells.add(one.path("firstAlarms").asText());
      cells.add(one.path("alarms").asText());
      if (drawn) {
        cells.add(hundredths(one.path("rates").path("first")));
        cells.add(hundredths(one.path("rates").path("confirmed")));
      }
      cells.add(String.format(Locale.ROOT, "%.1f %%", 100 * one.path("delta").asDouble()));
      slowDowns.forEach(
          slowDown -> cells.add(percent(one.path("power").path(slowDown).asDouble())));
      row(out, cells.toArray(String[]::new));
    }
    return out.append('\n').toString();
  }

  private static String hundredths(JsonNode share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share.asDouble());
  }

  /** A row for each benchmark of a comparison. */
  static String comparison(JsonNode file) {
    StringBuilder out = new StringBuilder(machine(file));
    out.append("Base ").append(file.path("base").asText());
    out.append(", candidate ").append(file.path("candidate").asText());
    out.append(", ").append(file.path("rounds").asText()).append(" rounds.\n\n");
    row(out, "benchmark", "candidate / base", "95 % interval", "confirmed", "delta", "verdict");
    out.append("|---|--:|--:|--:|--:|---|\n");
    for (JsonNode one : file.path("comparisons")) {
      JsonNode interval = one.path("interval");
      row(
          out,
          series(one.path("series")),
          interval.isObject()
              ? String.format(Locale.ROOT, "%.3f", interval.path("ratio").asDouble())
              : "",
          bounds(interval),
          bounds(one.path("confirmation")),
          String.format(Locale.ROOT, "%.1f %%", 100 * one.path("delta").asDouble()),
          one.path("verdict").asText().toLowerCase(Locale.ROOT).replace('_', ' '));
    }
    return out.append('\n').toString();
  }

  /** A row for each benchmark that was asked. */
  static String gate(JsonNode file) {
    StringBuilder out = new StringBuilder(machine(file));
    row(out, "benchmark", "gates");
    out.append("|---|---|\n");
    for (JsonNode one : file.path("benchmarks")) {
      List<String> answers = new ArrayList<>();
      one.path("shut").forEach(why -> answers.add("shut: " + why.asText()));
      if (!one.path("failed").asText().isEmpty()) {
        answers.add("failed: " + one.path("failed").asText());
      }
      row(
          out,
          one.path("benchmark").asText(),
          answers.isEmpty() ? "open" : String.join("; ", answers));
    }
    return out.append('\n').toString();
  }

  /** A row for each series, its lasting changes in the order in which they came. */
  static String history(JsonNode file) {
    StringBuilder out = new StringBuilder(machine(file));
    row(out, "series", "runs", "first", "last", "unit", "lasting changes");
    out.append("|---|--:|--:|--:|---|---|\n");
    for (JsonNode one : file.path("series")) {
      JsonNode runs = one.path("runs");
      List<String> changes = new ArrayList<>();
      for (JsonNode change : one.path("changes")) {
        double ratio = change.path("ratio").asDouble();
        changes.add(
            String.format(
                Locale.ROOT,
                "%.2f times %s since %s",
                Math.max(ratio, 1 / ratio),
                ratio > 1 ? "slower" : "faster",
                runs.path(change.path("index").asInt()).path("code").asText()));
      }
      row(
          out,
          series(one.path("series")),
          String.valueOf(runs.size()),
          ResultsTable.number(runs.path(0).path("score").asDouble()),
          ResultsTable.number(runs.path(runs.size() - 1).path("score").asDouble()),
          one.path("unit").asText(),
          changes.isEmpty() ? "none" : String.join("; ", changes));
    }
    return out.append('\n').toString();
  }

  private static String machine(JsonNode file) {
    JsonNode machine = file.path("machine");
    String command = file.path("command").asText();
    return "\n"
        + String.join(
            ", ",
            machine.path("processor").asText(),
            machine.path("threads").asText() + " threads",
            machine.path("system").asText(),
            file.path("time").asText())
        + (command.isEmpty() ? ".\n\n" : ":\n\n    java -jar tracker.jar " + command + "\n\n");
  }

  private static String bounds(JsonNode interval) {
    return interval.isObject()
        ? String.format(
            Locale.ROOT,
            "%.3f .. %.3f",
            interval.path("low").asDouble(),
            interval.path("high").asDouble())
        : "";
  }

  private static String series(JsonNode key) {
    StringBuilder name = new StringBuilder(Measurement.name(key.path("benchmark").asText()));
    key.path("parameters")
        .properties()
        .forEach(
            parameter ->
                name.append(", ")
                    .append(parameter.getKey())
                    .append(' ')
                    .append(parameter.getValue().asText()));
    return name.toString();
  }

  private static void row(StringBuilder out, String... cells) {
    out.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }
}
