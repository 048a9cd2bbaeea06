package dev.lanewise.jmh.tracker.measure;

import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.statistics.Median;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What the machine gave during a run, in looks taken before and after what is measured.
 *
 * <p>Two forks that run one after the other are compared by their ratio, which a machine that is
 * slow for both leaves alone: only a {@linkplain #hasChanged change meanwhile} disturbs them. A
 * machine that is shared changes a little all the time, and that makes intervals wider but no alarm
 * more likely, since the order of the two is drawn; so a change is judged beside the usual one of
 * the run. A fork that stands for itself is compared with other days: there it counts whether the
 * machine {@linkplain #isUnusual gave what it usually gives}.
 */
public final class Calibration {
  /** A yardstick cannot be off before there is a median to speak of. */
  private static final int LEAST_LOOKS = 3;

  /** A change this many times the usual one is not the machine's ordinary unrest. */
  private static final double OUTLYING = 3;

  /** One look at the machine. */
  public record Point(double gflops, double gigabytes) {
    /** How far apart two looks are, by the yardstick that says so louder: 0.1 is about 10 %. */
    double distance(Point other) {
      return Math.max(
          Math.abs(Math.log(gflops / other.gflops)),
          Math.abs(Math.log(gigabytes / other.gigabytes)));
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%.1f GFLOP/s, %.1f GB/s", gflops, gigabytes);
    }
  }

  /** Takes a look: a JVM of its own by default. */
  public interface Yardstick {
    Point measure();
  }

  private final Yardstick yardstick;
  private final double tolerance;
  private final List<Point> points = new ArrayList<>();

  /**
   * Begins without a look.
   *
   * @param tolerance as a fraction: 0.1 for 10 %; infinite for a run that does without
   */
  public Calibration(Yardstick yardstick, double tolerance) {
    this.yardstick = yardstick;
    this.tolerance = tolerance;
  }

  /**
   * Runs {@link CalibrationKernels} on the java that runs the tracker.
   *
   * @param launcher goes before the command of the JVM
   */
  public static Yardstick ownJvm(List<String> launcher, Path scratch) {
    List<String> command = new ArrayList<>(launcher);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xms256m",
            "-cp",
            System.getProperty("java.class.path"),
            CalibrationKernels.class.getName()));
    return () -> {
      Subprocess process = new Subprocess(command, scratch.resolve("calibration.log"));
      if (process.run(null, Map.of()) != 0) {
        throw TrackerException.infrastructure("the calibration failed: " + process.lastWords());
      }
      String[] rates = process.output().strip().split("\\s+", -1);
      return new Point(Double.parseDouble(rates[0]), Double.parseDouble(rates[1]));
    };
  }

  /** Whether rounds are judged at all. */
  public boolean isOn() {
    return Double.isFinite(tolerance);
  }

  /** Looks at the machine. */
  public void look() {
    if (isOn()) {
      points.add(yardstick.measure());
    }
  }

  /**
   * Whether the machine changed between the last two looks: by more than the tolerance, and by more
   * than thrice the usual change of this run. On a machine that is never still, thrice the
   * tolerance is the most that passes.
   */
  public boolean hasChanged() {
    if (points.size() < 2) {
      return false;
    }
    double[] changes = new double[points.size() - 1];
    for (int i = 0; i < changes.length; i++) {
      changes[i] = points.get(i).distance(points.get(i + 1));
    }
    double usual = Math.min(OUTLYING * Median.of(changes), OUTLYING * tolerance);
    return changes[changes.length - 1] > Math.max(tolerance, usual);
  }

  /** Whether the last look is off the medians so far by more than the tolerance. */
  public boolean isUnusual() {
    return points.size() >= LEAST_LOOKS
        && points.get(points.size() - 1).distance(middle()) > tolerance;
  }

  /** The medians so far, zeros where nothing was measured. */
  public Point middle() {
    return middle(List.of(this));
  }

  /** The medians of several that looked side by side. */
  public static Point middle(Collection<Calibration> calibrations) {
    List<Point> all = calibrations.stream().flatMap(one -> one.points.stream()).toList();
    if (all.isEmpty()) {
      return new Point(0, 0);
    }
    return new Point(
        Median.of(all.stream().mapToDouble(Point::gflops).toArray()),
        Median.of(all.stream().mapToDouble(Point::gigabytes).toArray()));
  }
}
