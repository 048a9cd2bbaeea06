package dev.lanewise.autograd;

import dev.lanewise.parallel.Workers;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Time and work of the ops of one or more tapes, summed per family. A tape without a meter reads no
 * clock.
 *
 * <p>For one thread, the one that uses the tapes.
 */
public final class Meter {
  /** What an op spends its time with. */
  public enum Family {
    /** Matrix products: {@code 2 m n k} operations each, the bias that one adds not counted. */
    MATRIX,
    /** Element-wise ops and copies: counted as one operation per element. */
    ELEMENTWISE,
    /** Sums over rows or columns, losses: counted as one operation per element read. */
    REDUCTION,
    /** Gather and scatter-add: counted as one operation per element moved. */
    INDEX
  }

  private static final class Tally {
    long nanos;
    long flops;
  }

  private final Map<Family, Tally> tallies = new EnumMap<>(Family.class);

  /** A meter at zero. */
  public Meter() {}

  /** The same computation, counted each time it runs. */
  Consumer<Workers> measured(Family family, long flops, Consumer<Workers> computation) {
    return workers -> {
      long started = System.nanoTime();
      computation.accept(workers);
      add(family, System.nanoTime() - started, flops);
    };
  }

  /** Adds one call. */
  public void add(Family family, long nanos, long flops) {
    Tally tally = tallies.computeIfAbsent(family, f -> new Tally());
    tally.nanos += nanos;
    tally.flops += flops;
  }

  /** Wall-clock time spent in a family. */
  public long nanos(Family family) {
    Tally tally = tallies.get(family);
    return tally == null ? 0 : tally.nanos;
  }

  /** Operations of a family, counted as its constant says. */
  public long flops(Family family) {
    Tally tally = tallies.get(family);
    return tally == null ? 0 : tally.flops;
  }

  /** Operations per time, in units of 1e9 a second; 0 if nothing was measured. */
  public double gflops(Family family) {
    long time = nanos(family);
    return time == 0 ? 0 : (double) flops(family) / time;
  }

  /** Starts again at zero. */
  public void reset() {
    tallies.clear();
  }
}
