package dev.lanewise.jmh.tracker.measure;

import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.statistics.Median;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What the machine gave during a run, taken before and after each pair of forks. A pair beside
 * which either yardstick is off its median so far by more than the tolerance is to be repeated.
 */
public final class Calibration {
  /** A yardstick cannot be off before there is a median to speak of. */
  private static final int LEAST_POINTS = 3;

  /** One look at the machine. */
  public record Point(double gflops, double gigabytes) {
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
   * @param tolerance as a fraction: 0.1 for 10 %; infinite for a run that does without
   */
  public Calibration(Yardstick yardstick, double tolerance) {
    this.yardstick = yardstick;
    this.tolerance = tolerance;
  }

  /** Runs {@link CalibrationKernels} on the java that runs the tracker. */
  public static Yardstick ownJvm(Path scratch) {
    return () -> {
      String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
      Subprocess process =
          new Subprocess(
              List.of(
                  java,
                  "-Xms256m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  CalibrationKernels.class.getName()),
              scratch.resolve("calibration.log"));
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

  /** Looks at the machine and tells whether it gives what it gave so far. */
  public boolean steady() {
    if (!isOn()) {
      return true;
    }
    Point point = yardstick.measure();
    points.add(point);
    if (points.size() < LEAST_POINTS) {
      return true;
    }
    Point middle = middle();
    return near(point.gflops(), middle.gflops()) && near(point.gigabytes(), middle.gigabytes());
  }

  private boolean near(double value, double middle) {
    return Math.abs(value / middle - 1) <= tolerance;
  }

  /** The medians so far, zeros where nothing was measured. */
  public Point middle() {
    if (points.isEmpty()) {
      return new Point(0, 0);
    }
    return new Point(
        Median.of(points.stream().mapToDouble(Point::gflops).toArray()),
        Median.of(points.stream().mapToDouble(Point::gigabytes).toArray()));
  }
}
