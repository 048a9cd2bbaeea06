package dev.lanewise.optim.factored;

import dev.lanewise.memory.TensorLayout;

/**
 * How a parameter is cut for passes that sum over rows and over columns: into tiles of a size that
 * depends on its shape alone, so that no sum depends on who computes which of them. A parameter of
 * rank 2 or more is a matrix of its first dimension by all others, a smaller one a single row.
 *
 * <pre>
 * tile t covers rows [rowBegin(t), rowEnd(t)) and columns [colBegin(t), colEnd(t))
 * </pre>
 */
final class Tiles {
  /** A row of column sums, 4 KiB, stays in the first-level cache beside the gradient. */
  private static final int COLS = 1024;

  /**
   * Elements of a tile where the matrix is wide enough: 256 KiB, some microseconds of memory
   * traffic, and column sums of one tile are a 64th of its elements.
   */
  private static final int ELEMENTS = 1 << 16;

  /** Where it is narrow: what bounds the error of a column sum. */
  private static final int MOST_ROWS = 1024;

  /** Elements of a tile of a single row. */
  private static final int ROW_ELEMENTS = 4096;

  final boolean matrix;
  final long rows;
  final long cols;
  final int tileCols;
  final int tileRows;

  /** Tiles one below the other. */
  final int down;

  /** Tiles side by side. */
  final int across;

  private Tiles(boolean matrix, long rows, long cols, int tileRows, int tileCols) {
    this.matrix = matrix;
    this.rows = rows;
    this.cols = cols;
    this.tileRows = tileRows;
    this.tileCols = tileCols;
    boolean empty = rows == 0 || cols == 0;
    down = empty ? 0 : Math.toIntExact(Math.ceilDiv(rows, (long) tileRows));
    across = empty ? 0 : Math.toIntExact(Math.ceilDiv(cols, (long) tileCols));
  }

  static Tiles of(TensorLayout layout) {
    if (layout.rank() < 2) {
      return new Tiles(false, 1, layout.elements(), 1, ROW_ELEMENTS);
    }
    long rows = layout.dim(0);
    long cols = rows == 0 ? 0 : layout.elements() / rows;
    int tileCols = (int) Math.clamp(cols, 1L, COLS);
    int tileRows = Math.min(ELEMENTS / tileCols, MOST_ROWS);
    return new Tiles(true, rows, cols, tileRows, tileCols);
  }

  int count() {
    return Math.multiplyExact(down, across);
  }

  long rowBegin(int tile) {
    return (long) (tile / across) * tileRows;
  }

  int rows(int tile) {
    return (int) Math.min(tileRows, rows - rowBegin(tile));
  }

  long colBegin(int tile) {
    return (long) (tile % across) * tileCols;
  }

  int cols(int tile) {
    return (int) Math.min(tileCols, cols - colBegin(tile));
  }
}
