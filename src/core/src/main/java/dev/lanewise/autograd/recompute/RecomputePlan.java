package dev.lanewise.autograd.recompute;

/**
 * Which layers of a sequence are computed again in backward. With {@code k} segments of the first
 * {@code r} of {@code n} layers there are kept at once
 *
 * <pre>k inputs of segments + (ceil(r / k) + n - r) layers</pre>
 *
 * <p>which for {@code r = n} is least near {@code k = sqrt(n layerBytes / inputBytes)} (Chen et al.
 * 2016).
 *
 * @param layers of the sequence
 * @param recomputed how many of them, from the first on
 * @param segments into which those are split, as evenly as can be
 */
public record RecomputePlan(int layers, int recomputed, int segments) {
  /** Checks the numbers. */
  public RecomputePlan {
    if (layers < 0 || recomputed < 0 || recomputed > layers) {
      throw new IllegalArgumentException(
          "of " + layers + " layers " + recomputed + " are to be recomputed: ask for 0 to all");
    }
    if (segments < 0 || segments > recomputed || (segments == 0 && recomputed > 0)) {
      throw new IllegalArgumentException(
          recomputed
              + " layers cannot be split into "
              + segments
              + " segments: give each at least one layer, and no segments to no layers");
    }
  }

  /** All layers in about {@code sqrt(layers)} segments, where an input is as large as a layer. */
  public static RecomputePlan ofSquareRoot(int layers) {
    return new RecomputePlan(layers, layers, (int) Math.round(Math.sqrt(layers)));
  }

  /**
   * The plan that recomputes the fewest layers within a budget.
   *
   * @param layers of the sequence
   * @param layerBytes what one layer keeps for backward
   * @param inputBytes what the input of a layer takes
   * @param budgetBytes for all that is kept at once
   * @throws IllegalArgumentException if no plan fits, with what the smallest takes
   */
  public static RecomputePlan within(
      long budgetBytes, int layers, long layerBytes, long inputBytes) {
    long least = Long.MAX_VALUE;
    for (int recomputed = 0; recomputed <= layers; recomputed++) {
      for (int segments = Math.min(1, recomputed); segments <= recomputed; segments++) {
        RecomputePlan plan = new RecomputePlan(layers, recomputed, segments);
        long bytes = plan.bytes(layerBytes, inputBytes);
        if (bytes <= budgetBytes) {
          return plan;
        }
        least = Math.min(least, bytes);
      }
    }
    throw new IllegalArgumentException(
        "a budget of "
            + budgetBytes
            + " bytes is too small for "
            + layers
            + " layers of "
            + layerBytes
            + " bytes with inputs of "
            + inputBytes
            + ": give at least "
            + least);
  }

  /** What is kept at once. */
  public long bytes(long layerBytes, long inputBytes) {
    long longest = segments == 0 ? 0 : Math.ceilDiv(recomputed, segments);
    long recorded = (long) layers - recomputed;
    return Math.addExact(
        Math.multiplyExact(segments, inputBytes),
        Math.multiplyExact(longest + recorded, layerBytes));
  }

  /** The first layer of a segment; one past the last one for the number of segments. */
  int begin(int segment) {
    return segments == 0 ? 0 : Math.toIntExact((long) recomputed * segment / segments);
  }
}
