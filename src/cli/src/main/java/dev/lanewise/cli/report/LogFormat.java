package dev.lanewise.cli.report;

import java.util.List;
import java.util.function.Function;

/**
 * How a snapshot of a training is a line of a table.
 *
 * @param <S> a snapshot
 * @param columns their names, the first that of the optimizer steps done
 * @param numbers of a snapshot, one for each column
 * @param snapshot of the numbers
 */
public record LogFormat<S>(
    List<String> columns,
    Function<S, List<? extends Number>> numbers,
    Function<double[], S> snapshot) {
  /** Optimizer steps done. */
  long step(S of) {
    return numbers.apply(of).getFirst().longValue();
  }

  /**
   * The snapshot of a line.
   *
   * @param cells as many as columns
   * @throws NumberFormatException if one is no number
   */
  S parse(List<String> cells) {
    return snapshot.apply(cells.stream().mapToDouble(Double::parseDouble).toArray());
  }
}
