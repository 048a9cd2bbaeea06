package dev.lanewise.kernel.attention;

import dev.lanewise.kernel.random.Philox;

/**
 * Attention and its gradients in double precision, naively, and beside each result the bound on the
 * error of the kernel that follows from the one of its documentation. All operands are token-major
 * and packed: [batch, tokens, heads, width]. What dropout drops is read off the generator element
 * by element.
 */
final class AttentionOracle {
  private static final double U = 0x1p-24;

  /** What is off by nothing but the flush of far probabilities to 0. */
  private static final double FLUSH = 0x1p-99;

  final double[] y;
  final double[] yBound;
  final double[] lse;
  final double[] lseBound;
  final double[] dq;
  final double[] dqBound;
  final double[] dk;
  final double[] dkBound;
  final double[] dv;
  final double[] dvBound;

  private final AttentionShape shape;
  private final float[] q;
  private final float[] k;
  private final float[] v;
  private final float[] dy;
  private final AttentionDropout dropout;
  private final long step;

  AttentionOracle(AttentionShape shape, float[] q, float[] k, float[] v, float[] dy) {
    this(shape, AttentionDropout.NONE, 0, q, k, v, dy);
  }

  AttentionOracle(
      AttentionShape shape,
      AttentionDropout dropout,
      long step,
      float[] q,
      float[] k,
      float[] v,
      float[] dy) {
    this.shape = shape;
    this.dropout = dropout;
    this.step = step;
    this.q = q;
    this.k = k;
    this.v = v;
    this.dy = dy;
    y = new double[q.length];
    yBound = new double[q.length];
    lse = new double[shape.batch() * shape.heads() * shape.queries()];
    lseBound = new double[lse.length];
    dq = new double[q.length];
    dqBound = new double[q.length];
    dk = new double[k.length];
    dkBound = new double[k.length];
    dv = new double[v.length];
    dvBound = new double[v.length];
    for (int batch = 0; batch < shape.batch(); batch++) {
      for (int head = 0; head < shape.heads(); head++) {
        for (int t = 0; t < shape.queries(); t++) {
          row(batch, head, t);
        }
      }
    }
  }

  static double gamma(double n) {
    return n * U / (1 - n * U);
  }

  /** 1 / (1 - p) for a key that is kept, else 0. */
  private double factor(int batch, int head, int t, int key) {
    long blocks = Math.ceilDiv(shape.keys(), 512);
    long row = ((long) batch * shape.heads() + head) * shape.queries() + t;
    long place = (row * blocks + key / 512) << 32 | step;
    int word = Philox.word(dropout.seed(), dropout.stream(), place, key % 512) >>> 8;
    return word < dropout.probability() * 0x1p24 ? 0 : 1 / (1 - (double) dropout.probability());
  }

  private void row(int batch, int head, int t) {
    int width = shape.width();
    int n = Math.clamp(t + shape.diagonal() + 1, 0, shape.keys());
    int row = (batch * shape.heads() + head) * shape.queries() + t;
    if (n == 0) {
      lse[row] = Double.NEGATIVE_INFINITY;
      return;
    }
    int atQ = ((batch * shape.queries() + t) * shape.heads() + head) * width;
    double scale = shape.scale();
    double[] score = new double[n];
    double[] scoreError = new double[n];
    double max = Double.NEGATIVE_INFINITY;
    double worst = 0;
    for (int j = 0; j < n; j++) {
      int atK = atKey(batch, head, j);
      double magnitude = 0;
      for (int e = 0; e < width; e++) {
        score[j] += scale * q[atQ + e] * k[atK + e];
        magnitude += Math.abs((double) q[atQ + e] * k[atK + e]);
      }
      scoreError[j] = scale * gamma(width) * magnitude;
      worst = Math.max(worst, scoreError[j]);
      max = Math.max(max, score[j]);
    }
    double sum = 0;
    for (double s : score) {
      sum += StrictMath.exp(s - max);
    }
    lse[row] = max + StrictMath.log(sum);
    double sums = n / 32.0 + 40 + shape.keyBlocks() * 16;
    lseBound[row] = worst + (sums + 4 * Math.abs(lse[row]) + 4 * Math.abs(max) + 140) * U;

    double[] p = new double[n];
    double[] factor = new double[n];
    double[] error = new double[n];
    for (int j = 0; j < n; j++) {
      p[j] = StrictMath.exp(score[j] - lse[row]);
      double distance = max - score[j];
      factor[j] = dropout.probability() == 0 ? 1 : factor(batch, head, t, j);
      double rounding = factor[j] == 1 ? 10 : 12;
      error[j] = (scoreError[j] + worst + (2 * distance + rounding + sums) * U) * p[j] + FLUSH;
    }
    for (int e = 0; e < width; e++) {
      double magnitude = 0;
      for (int j = 0; j < n; j++) {
        int atV = atKey(batch, head, j) + e;
        y[atQ + e] += factor[j] * p[j] * v[atV];
        magnitude += factor[j] * p[j] * Math.abs(v[atV]);
        yBound[atQ + e] += factor[j] * error[j] * Math.abs(v[atV]);
      }
      yBound[atQ + e] += gamma(n + 4 + 2 * shape.keyBlocks()) * magnitude;
    }
    gradients(batch, head, atQ, n, score, scoreError, p, factor, row);
  }

  private void gradients(
      int batch,
      int head,
      int atQ,
      int n,
      double[] score,
      double[] scoreError,
      double[] p,
      double[] factor,
      int row) {
    int width = shape.width();
    double scale = shape.scale();
    double delta = 0;
    double deltaError = 0;
    for (int e = 0; e < width; e++) {
      double term = dy[atQ + e] * y[atQ + e];
      delta += term;
      deltaError += gamma(width) * Math.abs(term) + 2 * Math.abs(dy[atQ + e]) * yBound[atQ + e];
    }
    // Terms that an element of dk or dv sums: those of all query heads that share it.
    double terms = (double) shape.queries() * shape.heads() / shape.keyHeads() + 4;
    for (int j = 0; j < n; j++) {
      int at = atKey(batch, head, j);
      double distance = Math.abs(score[j]) + Math.abs(lse[row]);
      double pError = (scoreError[j] + lseBound[row] + (4 * distance + 10) * U) * p[j] + FLUSH;
      double kept = factor[j] * p[j];
      double keptError = factor[j] * pError + 2 * U * kept;
      double dp = 0;
      double dpError = 0;
      for (int e = 0; e < width; e++) {
        double term = (double) dy[atQ + e] * v[at + e];
        dp += term;
        dpError += gamma(width) * Math.abs(term);
        dv[at + e] += kept * dy[atQ + e];
        dvBound[at + e] += (keptError + gamma(terms) * kept) * Math.abs(dy[atQ + e]);
      }
      double ds = scale * (kept * dp - p[j] * delta);
      double dsError =
          scale
              * (kept * dpError
                  + p[j] * deltaError
                  + (keptError + 4 * U * kept) * Math.abs(dp)
                  + (pError + 4 * U * p[j]) * Math.abs(delta));
      for (int e = 0; e < width; e++) {
        dq[atQ + e] += ds * k[at + e];
        dqBound[atQ + e] += (dsError + gamma(n + 4) * Math.abs(ds)) * Math.abs(k[at + e]);
        dk[at + e] += ds * q[atQ + e];
        dkBound[at + e] += (dsError + gamma(terms) * Math.abs(ds)) * Math.abs(q[atQ + e]);
      }
    }
  }

  private int atKey(int batch, int head, int j) {
    int keyHead = head / (shape.heads() / shape.keyHeads());
    return ((batch * shape.keys() + j) * shape.keyHeads() + keyHead) * shape.width();
  }
}
