package dev.lanewise.kernel.attention;

import static dev.lanewise.kernel.attention.AttentionShape.KEYS;
import static dev.lanewise.kernel.attention.AttentionShape.QUERIES;
import static dev.lanewise.kernel.attention.AttentionShape.STRIP;
import static dev.lanewise.kernel.attention.Scores.LD;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.kernel.softmax.row.arrays.RowExp;
import java.lang.foreign.MemorySegment;

/**
 * The gradients of {@link AttentionForward}. For each tile the probabilities are computed anew from
 * the scores and {@code lse}, and then
 *
 * <pre>
 * p  = exp(scale q k' - lse)        dv += p' dy
 * ds = scale p (dy v' - delta)      dq += ds k      dk += ds' q
 * </pre>
 *
 * <p>with {@code delta} the sum of {@code dy y} of each row (Dao, "FlashAttention-2", 2023). With
 * dropout, and {@code kept} what it has left of p, the mask computed anew as well, {@code dv +=
 * kept' dy} and {@code ds = scale (kept dy v' - p delta)}.
 *
 * <p>{@link #ofHeads} computes each tile once; there are as many units as heads of keys, and where
 * these are fewer than the threads {@link #ofKeys} and {@link #ofQueries} compute each tile twice
 * and split further. Each adds up the same terms in the same order, query heads, then blocks of
 * queries or of keys, both ascending: the bits are those of {@code ofHeads}, however the units are
 * split and at every vector width.
 *
 * <p>A hidden key gets nothing from a query that does not see it, nor does a query without a key.
 * NaN and infinities spread as the products above say.
 */
public final class AttentionBackward {
  private AttentionBackward() {}

  /**
   * All three gradients of the units {@code [begin, end)} of {@link AttentionShape#headUnits()}.
   *
   * @param dropout as in the forward pass
   * @param step as in the forward pass
   * @param q read: rows of queries
   * @param k read: rows of keys
   * @param v read: rows of values
   * @param y read: rows of the output
   * @param dy read: its cotangent, lying as y does
   * @param lse read: f32 [batch, heads, queries]
   * @param dq accumulated into; apart from everything that is read, as dk and dv
   * @param dk accumulated into
   * @param dv accumulated into
   */
  public static void ofHeads(
      AttentionShape shape,
      AttentionDropout dropout,
      long step,
      Heads q,
      Heads k,
      Heads v,
      Heads y,
      MemorySegment dy,
      MemorySegment lse,
      Heads dq,
      Heads dk,
      Heads dv,
      long begin,
      long end) {
    Scores scores = Scores.borrow(shape.width());
    try {
      scores.setDropping(dropout.drops());
      for (long unit = begin; unit < end; unit++) {
        int batch = (int) (unit / shape.keyHeads());
        int keyHead = (int) (unit % shape.keyHeads());
        int past = (keyHead + 1) * shape.group();
        for (int head = past - shape.group(); head < past; head++) {
          scores.setInputs(shape, q, k, v, batch, head);
          scores.setGradients(shape, y, dy, dq, dk, dv, batch, head);
          for (int i = 0; i < shape.queryBlocks(); i++) {
            delta(shape, y, dy, batch, head, i, scores);
            for (int j = 0; j < shape.keyBlocks() && shape.columns(i, j) > 0; j++) {
              tile(shape, dropout, step, lse, batch, head, i, j, true, true, scores);
            }
          }
        }
      }
    } finally {
      scores.giveBack();
    }
  }

  /** dk and dv of the units {@code [begin, end)} of {@link AttentionShape#keyUnits()}. */
  public static void ofKeys(
      AttentionShape shape,
      AttentionDropout dropout,
      long step,
      Heads q,
      Heads k,
      Heads v,
      Heads y,
      MemorySegment dy,
      MemorySegment lse,
      Heads dk,
      Heads dv,
      long begin,
      long end) {
    Scores scores = Scores.borrow(shape.width());
    try {
      scores.setDropping(dropout.drops());
      for (long unit = begin; unit < end; unit++) {
        int j = (int) (unit % shape.keyBlocks());
        int keyHead = (int) (unit / shape.keyBlocks() % shape.keyHeads());
        int batch = (int) (unit / shape.keyBlocks() / shape.keyHeads());
        int past = (keyHead + 1) * shape.group();
        for (int head = past - shape.group(); head < past; head++) {
          scores.setInputs(shape, q, k, v, batch, head);
          scores.setGradients(shape, y, dy, y, dk, dv, batch, head);
          for (int i = 0; i < shape.queryBlocks(); i++) {
            if (shape.columns(i, j) > 0) {
              delta(shape, y, dy, batch, head, i, scores);
              tile(shape, dropout, step, lse, batch, head, i, j, false, true, scores);
            }
          }
        }
      }
    } finally {
      scores.giveBack();
    }
  }

  /** dq of the units {@code [begin, end)} of {@link AttentionShape#queryUnits()}. */
  public static void ofQueries(
      AttentionShape shape,
      AttentionDropout dropout,
      long step,
      Heads q,
      Heads k,
      Heads v,
      Heads y,
      MemorySegment dy,
      MemorySegment lse,
      Heads dq,
      long begin,
      long end) {
    int blocks = shape.queryBlocks();
    Scores scores = Scores.borrow(shape.width());
    try {
      scores.setDropping(dropout.drops());
      for (long unit = begin; unit < end; unit++) {
        int i = (int) (unit % blocks);
        int head = (int) (unit / blocks % shape.heads());
        int batch = (int) (unit / blocks / shape.heads());
        scores.setInputs(shape, q, k, v, batch, head);
        scores.setGradients(shape, y, dy, dq, k, v, batch, head);
        delta(shape, y, dy, batch, head, i, scores);
        for (int j = 0; j < shape.keyBlocks() && shape.columns(i, j) > 0; j++) {
          tile(shape, dropout, step, lse, batch, head, i, j, true, false, scores);
        }
      }
    } finally {
      scores.giveBack();
    }
  }

  /** The sums of dy y of a block of rows. */
  private static void delta(
      AttentionShape shape, Heads y, MemorySegment dy, int batch, int head, int i, Scores scores) {
    long row = y.at(batch, head) + (long) i * QUERIES * y.ld();
    for (int r = 0; r < shape.rows(i); r++) {
      scores.sum[r] =
          dev.lanewise.kernel.softmax.row.segments.RowExp.dot(
              y.memory(), dy, row * Float.BYTES, shape.width());
      row += y.ld();
    }
  }

  private static void tile(
      AttentionShape shape,
      AttentionDropout dropout,
      long step,
      MemorySegment lse,
      int batch,
      int head,
      int i,
      int j,
      boolean queries,
      boolean keys,
      Scores s) {
    int rows = shape.rows(i);
    int columns = shape.columns(i, j);
    int width = shape.width();
    long q0 = (long) i * QUERIES;
    long k0 = (long) j * KEYS;
    long atQ = q0 * s.q.ld();
    long atK = k0 * s.k.ld();
    long atV = k0 * s.v.ld();
    long atY = q0 * s.dy.ld();
    long firstLse = ((long) batch * shape.heads() + head) * shape.queries() + q0;
    boolean cut = shape.isCut(i, j);
    s.keysAcross.set(atK, width, columns, cut);
    s.valuesAcross.set(atV, width, columns, cut);
    if (queries) {
      s.k.set(atK, columns, width, cut);
    }
    long tileRow = shape.tileRow(batch, head, (int) q0) + j;
    int past;
    for (int first = 0; first < rows; first = past) {
      past = cut ? Math.min(rows, first + STRIP) : rows;
      int seen = shape.columns(i, past, j);
      if (seen > 0) {
        s.keysAcross.multiply(first, past, seen, 0, width, s.q.matrix, atQ, 0, s.tile, 0);
        s.valuesAcross.multiply(first, past, seen, 0, width, s.dy.matrix, atY, 0, s.gradient, 0);
      }
      for (int r = first; r < past; r++) {
        int at = Math.multiplyExact(r, LD);
        int visible = visible(shape, i, r, j, columns);
        float rowLse = lse.get(JAVA_FLOAT, (firstLse + r) * Float.BYTES);
        probabilities(s.p, at, visible, columns, rowLse, shape.scale());
        if (dropout.drops()) {
          dropout.apply(step, tileRow + (long) r * shape.keyBlocks(), s.p, at, s.kept, at, columns);
        }
        ofScores(shape, dropout, r, visible, columns, s);
      }
      if (queries && seen > 0) {
        s.k.multiply(first, past, width, 0, seen, s.gradient, 0, 1, s.dq, q0 * s.dq.ld());
      }
    }
    if (keys) {
      s.q.set(atQ, rows, width, cut);
      s.dy.set(atY, rows, width, cut);
      for (int first = 0; first < columns; first = past) {
        past = cut ? Math.min(columns, first + STRIP) : columns;
        int row = cut ? shape.firstRow(i, j, first) : 0;
        if (row < rows) {
          s.dy.multiply(first, past, width, row, rows, s.keptAcross, 0, 1, s.dv, k0 * s.dv.ld());
          s.q.multiply(first, past, width, row, rows, s.gradientAcross, 0, 1, s.dk, k0 * s.dk.ld());
        }
      }
    }
  }

  /** Keys of a block that a row of a block sees, at most {@code columns}. */
  private static int visible(AttentionShape shape, int i, int r, int j, int columns) {
    return Math.clamp(shape.visible(i * QUERIES + r) - (long) j * KEYS, 0, columns);
  }

  /** Makes probabilities of a row of scores. */
  private static void probabilities(
      float[] p, int at, int visible, int columns, float lse, float scale) {
    if (lse == Float.NEGATIVE_INFINITY) {
      RowExp.clear(p, at, 0, columns);
      return;
    }
    RowExp.sumInto(p, at, p, at, 0, visible, lse / scale, scale);
    RowExp.clear(p, at, visible, columns - visible);
  }

  /** Makes gradients of a row of scores of those of its probabilities. */
  private static void ofScores(
      AttentionShape shape, AttentionDropout dropout, int r, int visible, int columns, Scores s) {
    int at = Math.multiplyExact(r, LD);
    if (dropout.drops()) {
      DroppedGradient.row(s.p, s.kept, s.dp, at, visible, s.sum[r], shape.scale());
    } else {
      RowExp.gradient(s.p, at, s.dp, at, s.dp, at, 0, visible, s.sum[r], shape.scale());
    }
    RowExp.clear(s.dp, at, visible, columns - visible);
  }
}
