package dev.lanewise.cli.report;

import dev.lanewise.autograd.diagnosis.LayerSample;
import dev.lanewise.autograd.diagnosis.Sample;
import java.util.List;
import java.util.Map;

/**
 * A training on one page: learning curve, learning rate, speed, what was trained where, a sample.
 *
 * @param curve at least one snapshot
 * @param run what was trained, by name
 * @param system where, by name
 * @param samples what a diagnosis has seen; empty if there was none
 * @param prompt held-out text before the sample
 * @param sample how the model goes on; empty if the training was stopped before
 */
public record TrainingReport(
    String title,
    List<Snapshot> curve,
    List<LearningCurve.Baseline> baselines,
    Map<String, String> run,
    Map<String, String> system,
    List<Sample> samples,
    String prompt,
    String sample) {

  /** The page. */
  public String html() {
    StringBuilder body = new StringBuilder();
    body.append(LearningCurve.svg("bits per byte", curve, baselines));
    body.append(
        new Plot("learning rate", "optimizer steps", "learning rate", "at the last step")
            .line("lr", "#8a4fb4", 2, LearningCurve.overSteps(curve, Snapshot::lr))
            .svg());
    body.append(
        new Plot("speed", "optimizer steps", "tokens per second", "tokens/s")
            .line(
                "training", "#2d8a55", 2, LearningCurve.overSteps(curve, Snapshot::tokensPerSecond))
            .svg());
    if (!samples.isEmpty()) {
      body.append("<h2>Diagnosis</h2>\n<p>")
          .append(Html.escaped(samples.getLast().verdict().text()))
          .append("</p>\n")
          .append(HeatMap.svg("norm of the gradient", samples, LayerSample::weightGradient))
          .append(HeatMap.svg("step / size of the weights", samples, LayerSample::update));
    }
    body.append("<h2>Run</h2>\n").append(Html.table(run));
    body.append("<h2>System</h2>\n").append(Html.table(system));
    if (!sample.isEmpty()) {
      body.append("<h2>Sample</h2>\n<pre><span class=\"prompt\">")
          .append(Html.escaped(prompt))
          .append("</span>")
          .append(Html.escaped(sample))
          .append("</pre>\n");
    }
    return Html.page(title, body.toString());
  }
}
