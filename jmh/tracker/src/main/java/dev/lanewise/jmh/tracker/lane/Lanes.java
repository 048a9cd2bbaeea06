package dev.lanewise.jmh.tracker.lane;

import dev.lanewise.jmh.tracker.TrackerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * Streams of forks that run side by side. What shares caches or memory disturbs its neighbours, so
 * lanes are for benchmarks that live in the caches of a core, and for gates.
 */
public final class Lanes {
  private final List<Lane> lanes;

  private Lanes(List<Lane> lanes) {
    this.lanes = lanes;
  }

  /**
   * The processors of this process in equal shares, by {@code taskset}; a single lane is not
   * pinned.
   *
   * @param scratch a folder is made in it for each of several lanes
   */
  public static Lanes of(int count, Path scratch) {
    if (count < 1) {
      throw TrackerException.usage("--lanes is " + count + ": one lane at least");
    }
    return count == 1
        ? new Lanes(List.of(new Lane(List.of(), scratch)))
        : of(count, Processors.allowed(), scratch);
  }

  static Lanes of(int count, List<Integer> processors, Path scratch) {
    int each = processors.size() / count;
    if (each == 0) {
      throw TrackerException.usage(
          "--lanes is " + count + " and there are " + processors.size() + " processors: one each");
    }
    List<Lane> lanes = new ArrayList<>();
    for (int lane = 0; lane < count; lane++) {
      String own =
          processors.subList(lane * each, (lane + 1) * each).stream()
              .map(String::valueOf)
              .collect(Collectors.joining(","));
      lanes.add(new Lane(List.of("taskset", "-c", own), folder(scratch.resolve("lane-" + lane))));
    }
    return new Lanes(List.copyOf(lanes));
  }

  private static Path folder(Path folder) {
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw TrackerException.infrastructure("cannot make " + folder + ": " + e, e);
    }
  }

  public List<Lane> all() {
    return lanes;
  }

  /**
   * What is to be measured in equal shares, none of them empty: the first has elements 0, n, 2n.
   */
  public <T> List<List<T>> shares(List<T> work) {
    List<List<T>> shares = new ArrayList<>();
    for (int i = 0; i < work.size(); i++) {
      if (i < lanes.size()) {
        shares.add(new ArrayList<>());
      }
      shares.get(i % lanes.size()).add(work.get(i));
    }
    return shares;
  }

  /** Does each job on the next lane that is free; the results have the order of the jobs. */
  public <J, R> List<R> run(List<J> jobs, BiFunction<Lane, J, R> work) {
    BlockingQueue<Lane> free = new ArrayBlockingQueue<>(lanes.size(), true, lanes);
    ExecutorService threads = Executors.newFixedThreadPool(lanes.size());
    try {
      List<Future<R>> running = new ArrayList<>();
      for (J job : jobs) {
        running.add(threads.submit(() -> onFreeLane(free, job, work)));
      }
      List<R> results = new ArrayList<>();
      for (Future<R> one : running) {
        results.add(one.get());
      }
      return results;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw TrackerException.infrastructure("interrupted while forks ran", e);
    } catch (ExecutionException e) {
      throw unwrapped(e);
    } finally {
      threads.shutdownNow();
    }
  }

  private static <J, R> R onFreeLane(BlockingQueue<Lane> free, J job, BiFunction<Lane, J, R> work)
      throws InterruptedException {
    Lane lane = free.take();
    try {
      return work.apply(lane, job);
    } finally {
      free.add(lane);
    }
  }

  private static RuntimeException unwrapped(ExecutionException e) {
    return e.getCause() instanceof RuntimeException failure
        ? failure
        : new IllegalStateException(e.getCause());
  }
}
