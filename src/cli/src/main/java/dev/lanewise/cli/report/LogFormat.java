package dev.lanewise.cli.report;

import java.util.List;

/**
 * How a snapshot of a training is a line of a table.
 *
 * @param <S> a snapshot
 */
public interface LogFormat<S> {
  /** The names of the columns. */
  List<String> columns();

  /** Optimizer steps done. */
  long step(S snapshot);

  /** The numbers of a snapshot, one for each column. */
  List<? extends Number> numbers(S snapshot);

  /**
   * The snapshot of a line.
   *
   * @param cells as many as columns
   * @throws NumberFormatException if one is no number
   */
  S snapshot(List<String> cells);
}
