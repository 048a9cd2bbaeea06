package dev.lanewise.jmh.tracker.compare;

import dev.lanewise.jmh.tracker.measure.ForkResult;
import dev.lanewise.jmh.tracker.measure.SeriesKey;
import dev.lanewise.jmh.tracker.statistics.Round;
import java.util.ArrayList;
import java.util.List;

/** The forks of one series, base and candidate of a round at the same index. */
public record Pairs(SeriesKey series, List<ForkResult> base, List<ForkResult> candidate) {
  static Pairs none(SeriesKey series) {
    return new Pairs(series, new ArrayList<>(), new ArrayList<>());
  }

  void add(ForkResult ofBase, ForkResult ofCandidate) {
    base.add(ofBase);
    candidate.add(ofCandidate);
  }

  public List<Round> rounds() {
    List<Round> rounds = new ArrayList<>();
    for (int i = 0; i < base.size(); i++) {
      rounds.add(new Round(base.get(i).fork(), candidate.get(i).fork()));
    }
    return rounds;
  }
}
