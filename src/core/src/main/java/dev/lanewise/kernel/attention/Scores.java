package dev.lanewise.kernel.attention;

import static dev.lanewise.kernel.attention.AttentionShape.KEYS;
import static dev.lanewise.kernel.attention.AttentionShape.QUERIES;

import dev.lanewise.kernel.gemm.f32.Matrix;
import dev.lanewise.memory.MemoryBudget;
import dev.lanewise.parallel.Pool;
import java.lang.foreign.MemorySegment;

/**
 * The scratch memory of one thread inside an attention: a tile of scores and one of their
 * gradients, the output of a block of queries, and the operands, packed where the diagonal cuts a
 * tile. Half a megabyte of heap and what is packed, a quarter more for dropout in backward, counted
 * in the memory budget and borrowed for the time of a call.
 */
final class Scores {
  /** Under this name the memory budget counts them. */
  static final String OWNER = "attention";

  /**
   * Elements from one row of a tile to the next: not a power of two, whose rows collide in a cache.
   */
  static final int LD = KEYS + 16;

  private static final Pool<Scores> POOL = new Pool<>();

  /** Scores, then probabilities. */
  final float[] p = new float[QUERIES * LD];

  /** Gradients of the probabilities, then of the scores. */
  final float[] dp = new float[QUERIES * LD];

  /** In backward what dropout has left of the probabilities; p itself where it leaves all. */
  float[] kept = p;

  /** Memory for that, made when something is dropped first. */
  private float[] dropped = {};

  /** The output of a block of queries, before its rows are divided by their sums. */
  float[] out = {};

  /** Of each row of the block: the largest score so far. */
  final float[] max = new float[QUERIES];

  /** Of each row of the block: the sum so far; in backward the sum of dy y. */
  final float[] sum = new float[QUERIES];

  // Views of the operands of the head in hand, and of the tiles.
  final TileOperand q = new TileOperand();
  final TileOperand k = new TileOperand();
  final TileOperand keysAcross = new TileOperand();
  final TileOperand v = new TileOperand();
  final TileOperand valuesAcross = new TileOperand();
  final TileOperand dy = new TileOperand();
  final Matrix dq = new Matrix();
  final Matrix dk = new Matrix();
  final Matrix dv = new Matrix();
  final Matrix tile = new Matrix();
  final Matrix keptAcross = new Matrix();
  final Matrix gradient = new Matrix();
  final Matrix gradientAcross = new Matrix();
  final Matrix block = new Matrix();

  private Scores() {
    tile.set(p, 0, LD, false);
    gradient.set(dp, 0, LD, false);
    gradientAcross.set(dp, 0, LD, true);
  }

  static Scores borrow(int width) {
    Scores scores = POOL.poll();
    if (scores == null) {
      scores = new Scores();
      MemoryBudget.global().charge(OWNER, scores.bytes());
    }
    int size = Math.multiplyExact(QUERIES, width);
    if (scores.out.length < size) {
      MemoryBudget.global().charge(OWNER, (long) Float.BYTES * (size - scores.out.length));
      scores.out = new float[size];
    }
    return scores;
  }

  private long operandBytes() {
    return q.bytes()
        + k.bytes()
        + keysAcross.bytes()
        + v.bytes()
        + valuesAcross.bytes()
        + dy.bytes();
  }

  /** Says whether backward drops probabilities: it needs those before and those after it. */
  void setDropping(boolean dropping) {
    if (dropping && dropped.length == 0) {
      MemoryBudget.global().charge(OWNER, (long) Float.BYTES * p.length);
      dropped = new float[p.length];
    }
    kept = dropping ? dropped : p;
    keptAcross.set(kept, 0, LD, true);
  }

  void giveBack() {
    q.matrix.clear();
    k.matrix.clear();
    keysAcross.matrix.clear();
    v.matrix.clear();
    valuesAcross.matrix.clear();
    dy.matrix.clear();
    dq.clear();
    dk.clear();
    dv.clear();
    block.clear();
    if (!POOL.give(this)) {
      MemoryBudget.global().release(OWNER, bytes());
    }
  }

  /** Points the views of the inputs at a head. */
  void setInputs(AttentionShape shape, Heads q, Heads k, Heads v, int batch, int head) {
    int keyHead = head / shape.group();
    this.q.matrix.set(q.memory(), q.at(batch, head), q.ld(), false);
    this.k.matrix.set(k.memory(), k.at(batch, keyHead), k.ld(), false);
    keysAcross.matrix.set(k.memory(), k.at(batch, keyHead), k.ld(), true);
    this.v.matrix.set(v.memory(), v.at(batch, keyHead), v.ld(), false);
    valuesAcross.matrix.set(v.memory(), v.at(batch, keyHead), v.ld(), true);
  }

  /** Points the views of what only backward uses at a head; what a call lacks, it may repeat. */
  void setGradients(
      AttentionShape shape,
      Heads y,
      MemorySegment dy,
      Heads dq,
      Heads dk,
      Heads dv,
      int batch,
      int head) {
    int keyHead = head / shape.group();
    this.dy.matrix.set(dy, y.at(batch, head), y.ld(), false);
    this.dq.set(dq.memory(), dq.at(batch, head), dq.ld(), false);
    this.dk.set(dk.memory(), dk.at(batch, keyHead), dk.ld(), false);
    this.dv.set(dv.memory(), dv.at(batch, keyHead), dv.ld(), false);
  }

  private long bytes() {
    int tiles = p.length + dp.length + dropped.length;
    return (long) Float.BYTES * (tiles + out.length + max.length + sum.length) + operandBytes();
  }
}
