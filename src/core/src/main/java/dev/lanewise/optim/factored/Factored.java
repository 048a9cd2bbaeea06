package dev.lanewise.optim.factored;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.kernel.arithmetic.segments.Axpby;
import dev.lanewise.kernel.reduce.segments.ColumnSum;
import dev.lanewise.kernel.reduce.segments.RowSum;
import dev.lanewise.kernel.step.factored.FactoredStep;
import dev.lanewise.kernel.step.factored.PlainStep;
import dev.lanewise.kernel.step.factored.SquareSums;
import dev.lanewise.kernel.unary.segments.Fill;
import dev.lanewise.kernel.unary.segments.Reciprocal;
import dev.lanewise.kernel.unary.segments.Sqrt;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;

/** The second moment of one parameter and its step, tile by tile. */
final class Factored {
  final Tiles tiles;
  final int group;
  final int firstTile;
  final int firstFold;

  /** Factor of the gradient at this step. */
  float scale;

  private final MemorySegment params;
  private final MemorySegment grads;
  private final TensorLayout layout;
  private final MemorySegment r;
  private final MemorySegment c;
  private final MemorySegment v;

  // What the sums of the tiles of a matrix go through: those of each row, one for each tile across,
  // those of each column, one for each tile down, their totals, and 1 / sqrt(c).
  private final MemorySegment rowSums;
  private final MemorySegment colSums;
  private final MemorySegment rowTotals;
  private final MemorySegment colTotals;
  private final MemorySegment colFactors;

  /** Sums of the squares of the update, tile by tile. */
  private final double[] squares;

  private double mean;

  /**
   * Takes its scratch memory from the slab of the parameter.
   *
   * @param r row means of a matrix
   * @param c its column means
   * @param v second moments of a vector
   */
  Factored(
      Parameter parameter,
      int group,
      int firstTile,
      int firstFold,
      MemorySegment r,
      MemorySegment c,
      MemorySegment v) {
    params = parameter.data();
    grads = parameter.gradient();
    layout = parameter.layout();
    tiles = Tiles.of(layout);
    this.group = group;
    this.firstTile = firstTile;
    this.firstFold = firstFold;
    this.r = r;
    this.c = c;
    this.v = v;
    Slab slab = parameter.slab();
    long rows = tiles.matrix ? tiles.rows : 0;
    long cols = tiles.matrix ? tiles.cols : 0;
    rowSums = slab.allocateFloats(Math.multiplyExact(rows, (long) tiles.across));
    colSums = slab.allocateFloats(Math.multiplyExact(cols, (long) tiles.down));
    rowTotals = slab.allocateFloats(rows);
    colTotals = slab.allocateFloats(cols);
    colFactors = slab.allocateFloats(cols);
    squares = new double[tiles.count()];
  }

  /** The shape of r, c or v. */
  static TensorLayout stateLayout(int which, TensorLayout layout) {
    Tiles tiles = Tiles.of(layout);
    return switch (which) {
      case 0 -> TensorLayout.of(tiles.matrix ? tiles.rows : 0);
      case 1 -> TensorLayout.of(tiles.matrix ? tiles.cols : 0);
      default -> tiles.matrix ? TensorLayout.of(0) : layout;
    };
  }

  /**
   * What is to be folded of a parameter: the rows of tiles of a matrix and its columns of tiles.
   */
  static int folds(Tiles tiles) {
    return tiles.matrix && tiles.count() > 0 ? Math.addExact(tiles.down, tiles.across) : 0;
  }

  /** First pass: the sums of a tile of a matrix, or the moments of one of a vector. */
  void sum(int tile, float beta2, float eps) {
    long row = tiles.rowBegin(tile);
    long col = tiles.colBegin(tile);
    int n = tiles.cols(tile);
    if (!tiles.matrix) {
      squares[tile] = PlainStep.moments(grads, v, col * Float.BYTES, n, scale, beta2, eps);
      return;
    }
    SquareSums.part(
        grads,
        tiles.cols,
        row,
        tiles.rows(tile),
        col,
        n,
        scale,
        eps,
        rowSums,
        row * tiles.across + tile % tiles.across,
        tiles.across,
        colSums,
        tile / tiles.across * tiles.cols + col);
  }

  /** Takes the sums of a row or of a column of tiles into the means. */
  void fold(int which, float beta2) {
    if (which < tiles.down) {
      int first = Math.multiplyExact(which, tiles.across);
      long begin = tiles.rowBegin(first);
      long end = begin + tiles.rows(first);
      RowSum.forward(rowSums, rowTotals, begin, end, tiles.across);
      Axpby.accumulate((1 - beta2) / tiles.cols, rowTotals, beta2, r, begin, end);
      return;
    }
    int first = which - tiles.down;
    long begin = tiles.colBegin(first);
    long end = begin + tiles.cols(first);
    Fill.fill(0, colTotals, begin, end);
    ColumnSum.accumulate(colSums, colTotals, tiles.down, tiles.cols, begin, end);
    Axpby.accumulate((1 - beta2) / tiles.rows, colTotals, beta2, c, begin, end);
    Sqrt.forward(c, colFactors, begin, end);
    Reciprocal.forward(colFactors, colFactors, begin, end);
  }

  /** The mean of the row means, once all are folded. */
  void computeMean() {
    if (tiles.matrix && tiles.rows > 0) {
      mean = (double) RowSum.sum(r, 0, Math.toIntExact(tiles.rows)) / tiles.rows;
    }
  }

  /** Second pass, of matrices: the squares of the update of a tile. */
  void measure(int tile) {
    if (tiles.matrix) {
      squares[tile] =
          FactoredStep.sumOfSquares(
              grads,
              tiles.cols,
              tiles.rowBegin(tile),
              tiles.rows(tile),
              tiles.colBegin(tile),
              tiles.cols(tile),
              scale,
              r,
              mean,
              colFactors);
    }
  }

  /** The root mean square of the update; 0 without elements. */
  double rmsOfUpdate() {
    double sum = 0;
    for (double square : squares) {
      sum += square;
    }
    return layout.elements() == 0 ? 0 : Math.sqrt(sum / layout.elements());
  }

  /** Third pass: the step of a tile. */
  void walk(int tile, float rate, float decay, boolean zeroGrads) {
    long col = tiles.colBegin(tile);
    int n = tiles.cols(tile);
    if (tiles.matrix) {
      FactoredStep.update(
          params,
          grads,
          tiles.cols,
          tiles.rowBegin(tile),
          tiles.rows(tile),
          col,
          n,
          scale,
          r,
          mean,
          colFactors,
          rate,
          decay,
          zeroGrads);
    } else {
      PlainStep.update(params, grads, v, col * Float.BYTES, n, scale, rate, decay, zeroGrads);
    }
  }
}
