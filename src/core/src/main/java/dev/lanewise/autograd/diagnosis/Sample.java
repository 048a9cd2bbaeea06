package dev.lanewise.autograd.diagnosis;

import java.util.List;

/**
 * All layers at one step.
 *
 * @param step optimizer steps before it
 * @param layers in the order of the forward pass
 */
public record Sample(long step, List<LayerSample> layers) {
  /** A sample with a copy of the list. */
  public Sample {
    layers = List.copyOf(layers);
  }

  /** What it says about the training. */
  public Verdict verdict() {
    return Verdict.of(this);
  }
}
