package dev.lanewise.jmh.tracker.measure;

import java.util.List;

/** Runs one fork: a process, or a simulation of one in tests. */
public interface ForkRunner {
  /** One result for each mode of the benchmark. */
  List<ForkResult> fork(BenchmarkJar jar, Configuration configuration) throws FailedForkException;
}
