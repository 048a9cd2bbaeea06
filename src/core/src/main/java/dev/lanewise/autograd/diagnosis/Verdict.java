package dev.lanewise.autograd.diagnosis;

import java.util.List;
import java.util.Locale;

/**
 * What a step says about a training.
 *
 * @param kind what is the matter
 * @param layer where; empty if all is well
 * @param text in a sentence, with what would help
 */
public record Verdict(Kind kind, String layer, String text) {
  /** What can be the matter; the first that is true is told. */
  public enum Kind {
    /** There is a NaN or an infinity. */
    NOT_FINITE,
    /**
     * Gradients grow on the way back to the first layer, to more than 1,000 times the last one's,
     * and the step there changes a matrix by more than half of its size.
     */
    EXPLODING,
    /**
     * Gradients shrink on the way back, to less than a thousandth of the last one's, and the step
     * there changes less than 1e-5 of the layer, or less than a thousandth of what it changes of
     * the last one: those of Adam and its like do not depend on the size of a gradient.
     */
    VANISHING,
    /** More than half of a layer's units get no gradient from any row of the batch. */
    DEAD_UNITS,
    /** A step changes a matrix by more than half of its size. */
    STEP_TOO_LARGE,
    /** None of these. */
    HEALTHY
  }

  /**
   * A layer whose gradient is that much smaller or larger than the last one's learns that much
   * slower or faster by gradient descent: no learning rate suits both. Three orders of magnitude
   * are far outside of what healthy networks show.
   */
  private static final double FAR = 1e3;

  /** It takes 100,000 such steps to change a layer by its own size. */
  private static final double SMALL_STEP = 1e-5;

  private static final double DEAD = 0.5;

  /** 1e-3 is usual; AdamW's first steps on small start values come to a tenth. */
  private static final double LARGE_STEP = 0.5;

  /** The verdict on a sample. */
  static Verdict of(Sample sample) {
    for (LayerSample layer : sample.layers()) {
      if (!layer.isFinite()) {
        return notFinite(layer);
      }
    }
    List<LayerSample> seen =
        sample.layers().stream().filter(layer -> !Double.isNaN(layer.gradient())).toList();
    for (int i = seen.size() - 2; i >= 0; i--) {
      double ratio = seen.get(i).gradient() / seen.getLast().gradient();
      if (ratio > FAR && !(seen.get(i).update() < LARGE_STEP)) {
        return exploding(seen, i, ratio);
      }
      if (ratio < 1 / FAR && stalls(seen.get(i), seen.getLast())) {
        return vanishing(seen, i, ratio);
      }
    }
    for (LayerSample layer : sample.layers()) {
      if (layer.deadUnits() > DEAD) {
        return deadUnits(layer);
      }
    }
    for (LayerSample layer : sample.layers()) {
      if (layer.update() > LARGE_STEP) {
        return stepTooLarge(layer);
      }
    }
    return new Verdict(
        Kind.HEALTHY, "", "healthy: gradients of all layers are of comparable size and finite");
  }

  /** Whether the steps of a layer are small too: those of Adam do not depend on the gradient. */
  private static boolean stalls(LayerSample layer, LayerSample last) {
    return !(layer.update() >= SMALL_STEP && layer.update() >= last.update() / FAR);
  }

  private static Verdict notFinite(LayerSample layer) {
    String what =
        Double.isInfinite(layer.weight())
            ? "parameters"
            : Double.isInfinite(layer.activation()) ? "activations" : "gradients";
    return new Verdict(
        Kind.NOT_FINITE,
        layer.layer(),
        what
            + " of \""
            + layer.layer()
            + "\" are NaN or infinite: open the tape with Anomalies.open to see which op made the"
            + " first, and clip gradients or lower the learning rate if it came up in training");
  }

  private static Verdict exploding(List<LayerSample> seen, int at, double ratio) {
    return new Verdict(
        Kind.EXPLODING,
        seen.get(at).layer(),
        way("gradients explode", seen, at, ratio)
            + ": clip them by their global norm, and draw smaller start values (Init.kaimingNormal"
            + " before rectifiers, Init.xavierNormal else) or normalise between the layers");
  }

  private static Verdict vanishing(List<LayerSample> seen, int at, double ratio) {
    LayerSample last = seen.getLast();
    boolean forward = last.activation() < seen.getFirst().activation() / FAR;
    String help =
        forward
            ? ", and activations shrink on the way forward: draw larger start values"
                + " (Init.kaimingNormal before rectifiers, Init.xavierNormal else) or normalise"
                + " between the layers"
            : ": put residual connections around the layers, normalise between them, replace"
                + " activations that saturate, or train with AdamW, whose steps do not depend on"
                + " the size of a gradient";
    return new Verdict(
        Kind.VANISHING, seen.get(at).layer(), way("gradients vanish", seen, at, ratio) + help);
  }

  private static String way(String what, List<LayerSample> seen, int at, double ratio) {
    int layers = seen.size() - 1 - at;
    return String.format(
        Locale.ROOT,
        "%s: at \"%s\" the norm is %.2g times that at \"%s\", a factor of %.2g with each of %d"
            + " layers",
        what,
        seen.get(at).layer(),
        ratio,
        seen.getLast().layer(),
        Math.pow(ratio, 1.0 / layers),
        layers);
  }

  private static Verdict deadUnits(LayerSample layer) {
    return new Verdict(
        Kind.DEAD_UNITS,
        layer.layer(),
        String.format(
            Locale.ROOT,
            "%.0f %% of the units of \"%s\" get no gradient from any row of the batch: lower the"
                + " learning rate, or take an activation that is not flat (GELU, leaky ReLU)",
            100 * layer.deadUnits(),
            layer.layer()));
  }

  private static Verdict stepTooLarge(LayerSample layer) {
    return new Verdict(
        Kind.STEP_TOO_LARGE,
        layer.layer(),
        String.format(
            Locale.ROOT,
            "the step has changed \"%s\" by %.0f %% of its size: lower the learning rate, or let it"
                + " warm up",
            layer.layer(),
            100 * layer.update()));
  }
}
