package dev.lanewise.jmh.tracker.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.jmh.tracker.ExitCode;
import dev.lanewise.jmh.tracker.TrackerException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LanesTest {
  private static final List<Integer> SEVEN = List.of(0, 1, 2, 3, 8, 9, 10);

  @TempDir Path scratch;

  @Test
  void aListOfTheKernelIsRead() {
    assertEquals(SEVEN, Processors.parse("0-3,8-10"));
    assertEquals(List.of(5), Processors.parse("5"));
  }

  @Test
  void eachLaneHasAnEqualShareOfTheProcessorsAndAFolder() {
    List<Lane> lanes = Lanes.of(3, SEVEN, scratch).all();
    assertEquals(
        List.of(
            List.of("taskset", "-c", "0,1"),
            List.of("taskset", "-c", "2,3"),
            List.of("taskset", "-c", "8,9")),
        lanes.stream().map(Lane::launcher).toList());
    assertEquals(
        3, lanes.stream().map(Lane::scratch).distinct().filter(Files::isDirectory).count());
  }

  @Test
  void aSingleLaneIsNotPinned() {
    assertEquals(List.of(new Lane(List.of(), scratch)), Lanes.of(1, scratch).all());
  }

  @Test
  void moreLanesThanProcessorsAreRefusedByTheirNumbers() {
    TrackerException told = assertThrows(TrackerException.class, () -> Lanes.of(8, SEVEN, scratch));
    assertEquals(ExitCode.USAGE, told.exitCode());
    assertTrue(told.getMessage().contains("8 and there are 7"), told.getMessage());
    assertThrows(TrackerException.class, () -> Lanes.of(0, scratch));
  }

  @Test
  void sharesDifferByOneAtMostAndNoneIsEmpty() {
    Lanes lanes = Lanes.of(3, SEVEN, scratch);
    assertEquals(
        List.of(List.of(0, 3, 6), List.of(1, 4), List.of(2, 5)),
        lanes.shares(IntStream.range(0, 7).boxed().toList()));
    assertEquals(List.of(List.of(1)), lanes.shares(List.of(1)));
    assertEquals(List.of(), lanes.shares(List.of()));
  }

  @Test
  void resultsHaveTheOrderOfTheJobsAndNoLaneDoesTwoAtOnce() {
    Lanes lanes = Lanes.of(3, SEVEN, scratch);
    Set<Lane> busy = ConcurrentHashMap.newKeySet();
    List<Integer> squares =
        lanes.run(
            IntStream.range(0, 50).boxed().toList(),
            (lane, job) -> {
              assertTrue(busy.add(lane), () -> lane + " was not free");
              assertTrue(busy.remove(lane));
              return job * job;
            });
    assertEquals(IntStream.range(0, 50).mapToObj(i -> i * i).toList(), squares);
    assertFalse(lanes.all().isEmpty());
  }

  @Test
  void whatFailsOnALaneIsToldAsItWas() {
    Lanes lanes = Lanes.of(2, SEVEN, scratch);
    TrackerException told =
        assertThrows(
            TrackerException.class,
            () ->
                lanes.run(
                    List.of(1, 2),
                    (lane, job) -> {
                      throw TrackerException.usage("no job " + job);
                    }));
    assertEquals("no job 1", told.getMessage());
  }
}
