package dev.lanewise.kernel.attention;

import static dev.lanewise.kernel.attention.AttentionShape.KEYS;
import static dev.lanewise.kernel.attention.AttentionShape.QUERIES;
import static dev.lanewise.kernel.attention.AttentionShape.STRIP;
import static dev.lanewise.kernel.attention.Scores.LD;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.kernel.softmax.row.arrays.RowExp;
import dev.lanewise.simd.math.Exp;
import dev.lanewise.simd.math.Log;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Scaled dot-product attention, {@code y = softmax(scale q k') v} for each head, and {@code lse},
 * the logarithm of each row's sum of exponentials, which is all that backward needs beside y.
 *
 * <p>A block of queries meets the keys tile by tile; the scores of a tile live in scratch memory
 * and the matrix of all of them never does. Of each row the largest score so far is subtracted
 * before exp; when a later tile has a larger one, the sum and the output so far are scaled down
 * (Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018; Dao et al.,
 * "FlashAttention", 2022).
 *
 * <p>Hidden keys have probability 0, as has one whose score lies 69 or more below the largest; a
 * query that sees no key has output 0 and {@code lse = -infinity}. A NaN or +infinity among the
 * scores that a query sees makes its row NaN. A value row that is not finite reaches the queries
 * beside those that see it, too: 0 times infinity is NaN.
 *
 * <p>With dropout the products with v are those of what {@link AttentionDropout} leaves of the
 * probabilities; the sums and lse are as without it.
 *
 * <p>The bits depend neither on the split of the units nor on the vector width. Error, {@code S}
 * the sum of {@code |q| |k|} of the worst visible score, {@code D} the largest of {@code scale |x -
 * m|}, n keys, u = 2^-24: a probability is off by {@code e = 2 scale gamma(width) S + (2 D + 10 + n
 * / 32 + 36) u} of itself, an output by {@code (2 e + gamma(n + 4)) sum of p |v|}; with dropout p
 * in this sum is what is left of it, and e grows by 2 u.
 */
public final class AttentionForward {
  private AttentionForward() {}

  /**
   * The units {@code [begin, end)} of {@link AttentionShape#queryUnits()}: blocks of queries.
   *
   * @param step of the training, for the dropout
   * @param q read: rows of queries
   * @param k read: rows of keys
   * @param v read: rows of values
   * @param y overwritten: rows of the output, apart from all inputs
   * @param lse overwritten: f32 [batch, heads, queries]
   */
  public static void run(
      AttentionShape shape,
      AttentionDropout dropout,
      long step,
      Heads q,
      Heads k,
      Heads v,
      Heads y,
      MemorySegment lse,
      long begin,
      long end) {
    int blocks = shape.queryBlocks();
    Scores scores = Scores.borrow(shape.width());
    try {
      scores.block.set(scores.out, 0, shape.width(), false);
      for (long unit = begin; unit < end; unit++) {
        int block = (int) (unit % blocks);
        int head = (int) (unit / blocks % shape.heads());
        int batch = (int) (unit / blocks / shape.heads());
        scores.setInputs(shape, q, k, v, batch, head);
        long tileRow = shape.tileRow(batch, head, block * QUERIES);
        block(shape, dropout, step, tileRow, block, scores);
        long row = ((long) batch * shape.heads() + head) * shape.queries() + (long) block * QUERIES;
        finish(shape, y, y.at(batch, head), block, lse, row, scores);
      }
    } finally {
      scores.giveBack();
    }
  }

  private static void block(
      AttentionShape shape,
      AttentionDropout dropout,
      long step,
      long firstTileRow,
      int block,
      Scores scores) {
    int rows = shape.rows(block);
    int width = shape.width();
    Arrays.fill(scores.max, 0, rows, Float.NEGATIVE_INFINITY);
    Arrays.fill(scores.sum, 0, rows, 0);
    for (int j = 0; j < shape.keyBlocks(); j++) {
      int columns = shape.columns(block, j);
      if (columns == 0) {
        break;
      }
      boolean cut = shape.isCut(block, j);
      scores.keysAcross.set((long) j * KEYS * scores.k.ld(), width, columns, cut);
      scores.v.set((long) j * KEYS * scores.v.ld(), columns, width, cut);
      int past;
      for (int first = 0; first < rows; first = past) {
        past = cut ? Math.min(rows, first + STRIP) : rows;
        strip(shape, dropout, step, firstTileRow + j, block, j, first, past, scores);
      }
    }
  }

  /** Rows {@code [first, past)} of a tile. */
  private static void strip(
      AttentionShape shape,
      AttentionDropout dropout,
      long step,
      long tileRow,
      int block,
      int j,
      int first,
      int past,
      Scores scores) {
    int width = shape.width();
    int columns = shape.columns(block, past, j);
    if (columns == 0) {
      if (j == 0) {
        Arrays.fill(
            scores.out, Math.multiplyExact(first, width), Math.multiplyExact(past, width), 0);
      }
      return;
    }
    long atQ = (long) block * QUERIES * scores.q.ld();
    scores.keysAcross.multiply(
        first, past, columns, 0, width, scores.q.matrix, atQ, 0, scores.tile, 0);
    for (int r = first; r < past; r++) {
      int visible = Math.clamp(shape.visible(block * QUERIES + r) - (long) j * KEYS, 0, columns);
      row(scores, r, visible, columns, shape.scale(), width);
      if (dropout.drops()) {
        long place = tileRow + (long) r * shape.keyBlocks();
        dropout.apply(step, place, scores.p, r * LD, scores.p, r * LD, visible);
      }
    }
    float beta = j == 0 ? 0 : 1;
    scores.v.multiply(first, past, width, 0, columns, scores.tile, 0, beta, scores.block, 0);
  }

  /** Makes probabilities, up to the sum of the row, of a row of scores. */
  private static void row(Scores scores, int r, int visible, int columns, float scale, int width) {
    int at = r * LD;
    if (visible > 0) {
      float before = scores.max[r];
      float largest = RowExp.max(scores.p, at, 0, visible);
      if (largest > before) {
        scores.max[r] = largest;
        if (before > Float.NEGATIVE_INFINITY) {
          float distance = (before - largest) * scale;
          float factor = distance < RowExp.FARTHEST ? 0 : Exp.share(distance);
          scores.sum[r] *= factor;
          RowExp.scale(scores.out, 0, r * width, width, factor);
        }
      }
      float shift = RowExp.shift(scores.max[r]);
      scores.sum[r] += RowExp.sumInto(scores.p, at, scores.p, at, 0, visible, shift, scale);
    }
    if (visible < columns) {
      RowExp.clear(scores.p, at, visible, columns - visible);
    }
  }

  private static void finish(
      AttentionShape shape,
      Heads y,
      long at,
      int block,
      MemorySegment lse,
      long firstLse,
      Scores scores) {
    int width = shape.width();
    float[] out = scores.out;
    if (shape.columns(block, 0) == 0) {
      Arrays.fill(out, 0, shape.rows(block) * width, 0);
    }
    long row = at + (long) block * QUERIES * y.ld();
    int from = 0;
    for (int r = 0; r < shape.rows(block); r++) {
      float sum = scores.sum[r];
      RowExp.scale(out, 0, from, width, sum == 0 ? 0 : 1 / sum);
      MemorySegment.copy(out, from, y.memory(), JAVA_FLOAT, row * Float.BYTES, width);
      float logarithm =
          sum == 0 ? Float.NEGATIVE_INFINITY : Math.fma(shape.scale(), scores.max[r], Log.log(sum));
      lse.set(JAVA_FLOAT, (firstLse + r) * Float.BYTES, logarithm);
      from += width;
      row += y.ld();
    }
  }
}
