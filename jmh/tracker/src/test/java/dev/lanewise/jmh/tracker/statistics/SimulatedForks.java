package dev.lanewise.jmh.tracker.statistics;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Rounds as a shared machine gives them: log-normal noise of the machine that both forks of a round
 * see, of each fork, and of each iteration, and a heavy tail of forks that were disturbed.
 */
public final class SimulatedForks {
  private static final int ITERATIONS = 5;
  private static final double OF_ROUND = 0.05;
  private static final double OF_FORK = 0.01;
  private static final double OF_ITERATION = 0.01;
  private static final double DISTURBED = 0.05;

  private final SplittableRandom random;

  public SimulatedForks(long seed) {
    random = new SplittableRandom(seed);
  }

  /** Rounds whose candidate is slower by the factor. */
  public List<Round> rounds(int count, double factor) {
    List<Round> rounds = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double level = Math.exp(OF_ROUND * random.nextGaussian());
      rounds.add(new Round(fork(level), fork(level * factor)));
    }
    return rounds;
  }

  private Fork fork(double level) {
    double cost = level * Math.exp(OF_FORK * random.nextGaussian());
    if (random.nextDouble() < DISTURBED) {
      cost *= 1.1;
    }
    double[] costs = new double[ITERATIONS];
    for (int i = 0; i < ITERATIONS; i++) {
      costs[i] = cost * Math.exp(OF_ITERATION * random.nextGaussian());
    }
    return Fork.ofTimes(costs);
  }
}
