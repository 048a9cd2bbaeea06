package dev.lanewise.jmh.tracker.compare;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.jmh.tracker.measure.BenchmarkJar;
import dev.lanewise.jmh.tracker.measure.Configuration;
import dev.lanewise.jmh.tracker.measure.ForkResult;
import dev.lanewise.jmh.tracker.measure.ForkRunner;
import dev.lanewise.jmh.tracker.measure.SeriesKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/** Forks without processes: times with noise of 1 %, of the candidate times a factor. */
final class SimulatedRunner implements ForkRunner {
  static final BenchmarkJar BASE = new BenchmarkJar("base", "base.jar", List.of());
  static final BenchmarkJar CANDIDATE = new BenchmarkJar("candidate", "candidate.jar", List.of());

  private final SplittableRandom random;
  private final ToDoubleFunction<Integer> factor;
  private final Map<String, ForkResult.Jvm> jvms;
  private int forksOfCandidate;

  /**
   * Simulates.
   *
   * @param factor by the number of the fork of the candidate, from 0
   * @param jvms by the label of the side
   */
  SimulatedRunner(long seed, ToDoubleFunction<Integer> factor, Map<String, ForkResult.Jvm> jvms) {
    this.random = new SplittableRandom(seed);
    this.factor = factor;
    this.jvms = jvms;
  }

  static SimulatedRunner of(long seed, ToDoubleFunction<Integer> factor) {
    return new SimulatedRunner(seed, factor, Map.of("base", jvm("25"), "candidate", jvm("25")));
  }

  static ForkResult.Jvm jvm(String jdk) {
    return new ForkResult.Jvm(jdk, "HotSpot", jdk + "+1", List.of());
  }

  @Override
  public List<ForkResult> fork(BenchmarkJar jar, Configuration configuration) {
    double time =
        100
            * Math.exp(0.01 * random.nextGaussian())
            * (jar.equals(CANDIDATE) ? factor.applyAsDouble(forksOfCandidate++) : 1);
    List<Double> scores = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      scores.add(time * Math.exp(0.005 * random.nextGaussian()));
    }
    SeriesKey key = new SeriesKey(configuration.benchmark(), "avgt", 1, configuration.parameters());
    ObjectNode raw = new ObjectMapper().createObjectNode();
    ForkResult.Jvm jvm = jvms.getOrDefault(jar.label(), jvm("25"));
    return List.of(new ForkResult(key, "ns/op", scores, Map.of(), jvm, raw));
  }
}
