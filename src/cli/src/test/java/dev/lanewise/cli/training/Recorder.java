package dev.lanewise.cli.training;

import dev.lanewise.cli.report.Progress;
import dev.lanewise.cli.report.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Collects what is reported and calls back after each step. */
final class Recorder implements Progress {
  final List<Double> fractions = new ArrayList<>();
  final List<Snapshot> snapshots = new ArrayList<>();
  Consumer<Integer> afterStep = step -> {};

  @Override
  public void advance(double fraction) {
    fractions.add(fraction);
    afterStep.accept(fractions.size());
  }

  @Override
  public void report(Snapshot snapshot) {
    snapshots.add(snapshot);
  }

  @Override
  public void close() {}
}
