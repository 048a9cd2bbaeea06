package dev.lanewise.jmh.tracker.statistics;

/**
 * One JVM's iterations as costs: the smaller the better, in a unit that cancels in ratios. C2's
 * choices differ between JVMs that run the same code, so the fork is the sample and counts with the
 * median of its iterations.
 */
public final class Fork {
  private final double[] costs;
  private final double median;

  private Fork(double[] costs) {
    for (double cost : costs) {
      if (!(cost > 0) || Double.isInfinite(cost)) {
        throw new IllegalArgumentException(
            "an iteration cost " + cost + ": only positive, finite scores can be compared");
      }
    }
    this.costs = costs;
    this.median = Median.of(costs);
  }

  /** Times per operation, or anything else of which less is better. */
  public static Fork ofTimes(double... times) {
    return new Fork(times.clone());
  }

  /** Operations per time: the cost is the reciprocal. */
  public static Fork ofThroughputs(double... throughputs) {
    double[] costs = new double[throughputs.length];
    for (int i = 0; i < costs.length; i++) {
      costs[i] = 1 / throughputs[i];
    }
    return new Fork(costs);
  }

  public double median() {
    return median;
  }

  int iterations() {
    return costs.length;
  }

  double cost(int iteration) {
    return costs[iteration];
  }

  /** This fork, slower by the factor. */
  public Fork times(double factor) {
    double[] slower = costs.clone();
    for (int i = 0; i < slower.length; i++) {
      slower[i] *= factor;
    }
    return new Fork(slower);
  }
}
