package dev.lanewise.autograd.diagnosis;

import java.util.Locale;

/** A sample as text, a line for each layer. */
final class SampleTable {
  private SampleTable() {}

  static String of(Sample sample) {
    int width = 5;
    for (LayerSample layer : sample.layers()) {
      width = Math.max(width, layer.layer().length());
    }
    StringBuilder table = new StringBuilder();
    table.append(
        String.format(
            Locale.ROOT,
            "%-" + width + "s  activation  gradient   dead  weight grad    weight    update%n",
            "layer"));
    for (LayerSample layer : sample.layers()) {
      table.append(
          String.format(
              Locale.ROOT,
              "%-" + width + "s  %10s  %8s  %5s  %11s  %8s  %8s%n",
              layer.layer(),
              number(layer.activation()),
              number(layer.gradient()),
              percent(layer.deadUnits()),
              number(layer.weightGradient()),
              number(layer.weight()),
              number(layer.update())));
    }
    return table
        .append("step ")
        .append(sample.step())
        .append(": ")
        .append(sample.verdict().text())
        .append(System.lineSeparator())
        .toString();
  }

  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "";
    }
    return Double.isInfinite(value) ? "not fin." : String.format(Locale.ROOT, "%.2e", value);
  }

  private static String percent(double value) {
    return Double.isNaN(value) ? "" : String.format(Locale.ROOT, "%.0f %%", 100 * value);
  }
}
