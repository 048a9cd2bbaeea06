package dev.lanewise.kernel.attention;

/**
 * The sizes of an attention, and what of it is visible: query {@code t} sees the keys {@code 0 ...
 * t + diagonal}, those of them that there are.
 *
 * @param batch sequences, each with attention of its own
 * @param heads heads of the queries and of the output; a multiple of {@code keyHeads}
 * @param keyHeads heads of the keys and values: query head h reads head {@code h / (heads /
 *     keyHeads)}
 * @param queries rows of each query head, at least 1
 * @param keys rows of each key and value head, at least 1
 * @param width elements of a row, at least 1
 * @param scale what the scores are multiplied by, positive and finite; mostly 1 / sqrt(width)
 * @param diagonal {@code keys - queries} for a causal mask over sequences that end together, {@code
 *     keys} for none
 */
public record AttentionShape(
    int batch,
    int heads,
    int keyHeads,
    int queries,
    int keys,
    int width,
    float scale,
    long diagonal) {
  /**
   * Rows of a tile of scores: each of them reads a tile of keys and values that was packed once.
   */
  static final int QUERIES = 128;

  /**
   * Rows and columns of a strip of a tile that the diagonal crosses: a causal mask wastes half of
   * the squares of this size on the diagonal. A multiple of all widths of register tiles.
   */
  static final int STRIP = 32;

  /** Columns of a tile of scores: 256 KiB with the rows, half of that for the packed operands. */
  static final int KEYS = 512;

  /** Blocks of queries of a head: the last one may be shorter. */
  public int queryBlocks() {
    return Math.ceilDiv(queries, QUERIES);
  }

  /** Blocks of keys of a head: the last one may be shorter. */
  public int keyBlocks() {
    return Math.ceilDiv(keys, KEYS);
  }

  /**
   * Rows of tiles, those of all queries over all blocks of keys: what a mask of dropout counts.
   *
   * @throws ArithmeticException if they are more than a long counts
   */
  public long tileRows() {
    return Math.multiplyExact(
        (long) batch * heads, Math.multiplyExact((long) queries, keyBlocks()));
  }

  /** The first of them that a query has. */
  long tileRow(int batch, int head, int query) {
    return (((long) batch * heads + head) * queries + query) * keyBlocks();
  }

  /** Units of {@link AttentionForward} and of {@link AttentionBackward#ofQueries}. */
  public long queryUnits() {
    return (long) batch * heads * queryBlocks();
  }

  /** Units of {@link AttentionBackward#ofHeads}. */
  public long headUnits() {
    return (long) batch * keyHeads;
  }

  /** Units of {@link AttentionBackward#ofKeys}. */
  public long keyUnits() {
    return headUnits() * keyBlocks();
  }

  /**
   * Whether backward is faster in two passes: with fewer heads of keys than threads the cores that
   * would wait pay for computing each tile twice.
   */
  public boolean fewHeadsFor(int threads) {
    return headUnits() < threads;
  }

  /** Operations of one of the products, {@code q k'} for instance, over all that is visible. */
  public long flopsOfProduct() {
    long pairs = 0;
    for (int query = 0; query < queries; query++) {
      pairs += visible(query);
    }
    return 2L * batch * heads * width * pairs;
  }

  /** Query heads that share a head of keys. */
  int group() {
    return heads / keyHeads;
  }

  /** Keys that a query sees: the first so many. */
  int visible(int query) {
    return Math.clamp(query + diagonal + 1, 0, keys);
  }

  /** Queries of a block. */
  int rows(int queryBlock) {
    return Math.min(QUERIES, queries - queryBlock * QUERIES);
  }

  /** Whether the diagonal cuts a tile into strips. */
  boolean isCut(int queryBlock, int keyBlock) {
    return rows(queryBlock) > STRIP
        && visible(queryBlock * QUERIES) - (long) keyBlock * KEYS < columns(queryBlock, keyBlock);
  }

  /** Keys of a block that the rows of a tile before row {@code past} see, in whole strips. */
  int columns(int queryBlock, int past, int keyBlock) {
    long seen = visible(queryBlock * QUERIES + past - 1) - (long) keyBlock * KEYS;
    int whole = Math.ceilDiv(Math.clamp(seen, 0, KEYS), STRIP) * STRIP;
    return Math.min(whole, columns(queryBlock, keyBlock));
  }

  /** The first row of a tile that sees column {@code column} of it, rounded down to even. */
  int firstRow(int queryBlock, int keyBlock, int column) {
    long query = (long) keyBlock * KEYS + column - diagonal;
    return Math.clamp(query - (long) queryBlock * QUERIES, 0, rows(queryBlock)) & ~1;
  }

  /** Keys of a block that a block of queries sees. */
  int columns(int queryBlock, int keyBlock) {
    int last = queryBlock * QUERIES + rows(queryBlock) - 1;
    return Math.clamp(visible(last) - (long) keyBlock * KEYS, 0, KEYS);
  }
}
