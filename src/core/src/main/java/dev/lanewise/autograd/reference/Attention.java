package dev.lanewise.autograd.reference;

import static dev.lanewise.autograd.higher.Arithmetic.mul;

import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Indexing;
import dev.lanewise.autograd.higher.Matrices;
import dev.lanewise.autograd.higher.Reductions;
import dev.lanewise.memory.TensorLayout;

/**
 * Scaled dot-product attention (A. Vaswani et al.: Attention Is All You Need, 2017): {@code y =
 * softmax(q k' / sqrt(width)) v} for each head.
 */
public final class Attention {
  private Attention() {}

  /**
   * Attention of queries over keys and values.
   *
   * @param q [batch, queries, heads, width]
   * @param k [batch, keys, keyHeads, width], heads a multiple of keyHeads
   * @param v shaped as k
   * @param causal whether a query sees only the keys up to its own place, counted from the end
   * @param factors of the probabilities, [batch, heads, queries, keys] or what is broadcast to it:
   *     for dropout
   * @return [batch, queries, heads, width]
   */
  public static DoubleTensor attention(
      DoubleTensor q, DoubleTensor k, DoubleTensor v, boolean causal, DoubleTensor factors) {
    TensorLayout layout = q.layout();
    long batch = layout.dim(0);
    long queries = layout.dim(1);
    long heads = layout.dim(2);
    long width = layout.dim(3);
    long keys = k.layout().dim(1);
    long keyHeads = k.layout().dim(2);
    long share = heads / keyHeads;
    // [batch, keyHeads, share, queries, keys, width], 1 where one is broadcast.
    DoubleTensor qs = headsFirst(q, batch, keyHeads, share, queries, 1, width);
    DoubleTensor ks = headsFirst(k, batch, keyHeads, 1, 1, keys, width);
    DoubleTensor vs = headsFirst(v, batch, keyHeads, 1, 1, keys, width);
    TensorLayout scores = TensorLayout.of(batch, keyHeads, share, queries, keys, 1);
    TensorLayout square = TensorLayout.of(batch, heads, queries, keys);
    DoubleTensor products = Matrices.reshape(Reductions.sumTo(mul(qs, ks), scores), square);
    double scale = 1 / Math.sqrt((double) width);
    DoubleTensor p = Rows.softmax(products, scale, causal);
    DoubleTensor weighted = mul(Matrices.reshape(mul(p, factors), scores), vs);
    TensorLayout outputs = TensorLayout.of(batch, keyHeads, share, queries, 1, width);
    DoubleTensor y = Reductions.sumTo(weighted, outputs);
    return Indexing.permute(
        Matrices.reshape(y, TensorLayout.of(batch, heads, queries, width)), 0, 2, 1, 3);
  }

  private static DoubleTensor headsFirst(DoubleTensor x, long... dims) {
    return Matrices.reshape(Indexing.permute(x, 0, 2, 1, 3), TensorLayout.of(dims));
  }
}
