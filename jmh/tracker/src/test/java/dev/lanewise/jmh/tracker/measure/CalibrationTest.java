package dev.lanewise.jmh.tracker.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class CalibrationTest {
  private static final List<Boolean> NEVER = List.of(false, false, false, false);

  @Test
  void aForkIsUnusualWhereAYardstickIsOffItsMedian() {
    assertEquals(
        List.of(false, false, false, true, true),
        unusual(at(100, 20), at(101, 20), at(99, 21), at(80, 20), at(100, 17)));
  }

  @Test
  void aMachineThatIsStillAndThenJumpsHasChangedAndIsTakenForStillAgainAfterwards() {
    assertEquals(
        List.of(false, false, false, false, true, false),
        changed(at(100, 20), at(101, 20), at(99, 20), at(100, 20), at(70, 20), at(70, 20)));
    assertEquals(
        List.of(false, false, false, true),
        changed(at(100, 20), at(101, 20), at(99, 20), at(100, 16)));
  }

  @Test
  void aMachineThatIsNeverStillIsJudgedByItsUsualUnrestUpToThriceTheTolerance() {
    assertEquals(NEVER, changed(at(100, 20), at(115, 20), at(95, 20), at(112, 20)));
    assertEquals(
        List.of(false, true, true, true),
        changed(at(100, 20), at(50, 20), at(100, 20), at(50, 20)));
  }

  @Test
  void aSlowDriftIsNoChangeHoweverFarItGoes() {
    assertEquals(NEVER, changed(at(100, 20), at(92, 20), at(85, 20), at(78, 20)));
  }

  @Test
  void theMiddleIsThatOfAllWhoLook() {
    Calibration one = looking(at(100, 20), at(120, 22));
    Calibration other = looking(at(90, 30));
    one.look();
    one.look();
    other.look();
    assertEquals(at(100, 22), Calibration.middle(List.of(one, other)));
    assertEquals(at(0, 0), looking().middle());
  }

  @Test
  void aRunWithoutCalibrationNeverLooks() {
    Calibration off =
        new Calibration(
            () -> {
              throw new AssertionError("measured");
            },
            Double.POSITIVE_INFINITY);
    off.look();
    off.look();
    assertFalse(off.hasChanged() || off.isUnusual());
  }

  private static List<Boolean> changed(Calibration.Point... points) {
    Calibration calibration = looking(points);
    List<Boolean> changed = new ArrayList<>();
    for (int i = 0; i < points.length; i++) {
      calibration.look();
      changed.add(calibration.hasChanged());
    }
    return changed;
  }

  private static List<Boolean> unusual(Calibration.Point... points) {
    Calibration calibration = looking(points);
    List<Boolean> unusual = new ArrayList<>();
    for (int i = 0; i < points.length; i++) {
      calibration.look();
      unusual.add(calibration.isUnusual());
    }
    return unusual;
  }

  private static Calibration looking(Calibration.Point... points) {
    Queue<Calibration.Point> rest = new ArrayDeque<>(Arrays.asList(points));
    return new Calibration(rest::remove, 0.1);
  }

  private static Calibration.Point at(double gflops, double gigabytes) {
    return new Calibration.Point(gflops, gigabytes);
  }
}
