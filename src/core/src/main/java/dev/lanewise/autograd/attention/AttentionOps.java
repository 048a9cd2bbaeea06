package dev.lanewise.autograd.attention;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.elementwise.DropoutMask;
import dev.lanewise.kernel.attention.AttentionBackward;
import dev.lanewise.kernel.attention.AttentionDropout;
import dev.lanewise.kernel.attention.AttentionForward;
import dev.lanewise.kernel.attention.AttentionShape;
import dev.lanewise.kernel.attention.Heads;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.unary.Fill;
import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention. The scores are computed tile by tile, forward and again in
 * backward: memory grows with the tokens, not with their square.
 *
 * <pre>
 * op              y, for each head                              what is visible
 * attention       softmax(q k' / sqrt(width)) v                 all keys
 * causal          the same                                      key j for query t: j - keys <= t - queries
 * </pre>
 *
 * <p>Query head h reads the keys and values of head {@code h / (heads / keyHeads)}: one each,
 * shared by groups, or one for all. A query that sees no key has output 0.
 *
 * <p>With dropout y is {@code dropout(softmax(q k' / sqrt(width))) v}: a probability is dropped, or
 * multiplied by {@code 1 / (1 - p)} and rounded once more. The mask is computed tile by tile with
 * the probabilities, and again in backward; it is a function of the numbers of the {@link
 * DropoutMask}, of the sizes and of the place, the same for any number of threads.
 */
public final class AttentionOps {
  private AttentionOps() {}

  /** Heads inside a tensor: where they begin, and how far it is from one to the next. */
  private record Part(Tensor tensor, long offset, long batchStride, int width, int ld) {
    Heads over(MemorySegment memory) {
      return new Heads(memory, offset, batchStride, width, ld);
    }

    Heads values() {
      return over(tensor.data());
    }
  }

  /** All that the kernels need beside the operands. */
  private record Call(AttentionShape shape, AttentionDropout dropout, LongSupplier source) {
    static Call of(AttentionShape shape, @Nullable DropoutMask mask) {
      if (mask == null || mask.p() == 0) {
        return new Call(shape, AttentionDropout.NONE, () -> 0);
      }
      if (mask.p() == 1) {
        throw new IllegalArgumentException(
            "attention: dropout with p = 1 leaves no probability: a p below 1 is wanted");
      }
      if (shape.tileRows() > AttentionDropout.MAX) {
        throw new IllegalArgumentException(
            "attention: dropout over "
                + shape
                + " has "
                + shape.tileRows()
                + " rows of tiles to tell apart, of which there can be "
                + AttentionDropout.MAX
                + ": split the batch");
      }
      return new Call(
          shape, new AttentionDropout(mask.p(), mask.seed(), mask.stream()), mask.step());
    }

    /** The step of the training. */
    long step() {
      long step = source.getAsLong();
      if (step < 0 || step >= AttentionDropout.MAX) {
        throw new IllegalArgumentException(
            "attention: dropout at step "
                + step
                + ": a step from 0 to "
                + (AttentionDropout.MAX - 1)
                + " is wanted");
      }
      return step;
    }
  }

  /** The same as below without dropout. */
  public static Tensor attention(Tape tape, Tensor q, Tensor k, Tensor v, boolean causal) {
    return attention(tape, q, k, v, causal, null);
  }

  /**
   * Attention of queries over keys and values.
   *
   * @param q [batch, queries, heads, width]
   * @param k [batch, keys, keyHeads, width], heads a multiple of keyHeads
   * @param v shaped as k
   * @param causal whether a query sees only the keys up to its own place, counted from the end
   * @param dropout of the probabilities, its p below 1, or null for none
   * @return [batch, queries, heads, width]
   */
  public static Tensor attention(
      Tape tape, Tensor q, Tensor k, Tensor v, boolean causal, @Nullable DropoutMask dropout) {
    TensorLayout shapeQ = tokens("q", q);
    TensorLayout shapeK = tokens("k", k);
    if (!v.layout().equals(shapeK)) {
      throw new IllegalArgumentException(
          "attention: k is " + shapeK + ", v is " + v.layout() + ": both need the same shape");
    }
    if (shapeQ.dim(0) != shapeK.dim(0) || shapeQ.dim(3) != shapeK.dim(3)) {
      throw new IllegalArgumentException(
          "attention: q is "
              + shapeQ
              + ", k is "
              + shapeK
              + " [batch, tokens, heads, width]: batch and width have to agree");
    }
    requireGroups(shapeQ.dim(2), shapeK.dim(2), "q is " + shapeQ + ", k is " + shapeK);
    AttentionShape shape = shape(shapeQ, shapeK.dim(1), shapeQ.dim(2), shapeK.dim(2), causal);
    return attend(tape, Call.of(shape, dropout), whole(q), whole(k), whole(v), false);
  }

  /** The same as below without dropout. */
  public static Tensor selfAttention(
      Tape tape, Tensor qkv, int heads, int keyHeads, boolean causal) {
    return selfAttention(tape, qkv, heads, keyHeads, causal, null);
  }

  /**
   * Attention of tokens over themselves, on the projections of all three side by side, read where
   * they lie.
   *
   * @param qkv [batch, tokens, heads + 2 keyHeads, width]: of each token the heads of its queries,
   *     then of its keys, then of its values
   * @param heads heads of the queries, a multiple of keyHeads
   * @param keyHeads heads of the keys and of the values
   * @param causal whether a token sees only itself and those before it
   * @param dropout of the probabilities, its p below 1, or null for none
   * @return [batch, tokens, heads, width]
   */
  public static Tensor selfAttention(
      Tape tape,
      Tensor qkv,
      int heads,
      int keyHeads,
      boolean causal,
      @Nullable DropoutMask dropout) {
    TensorLayout layout = tokens("qkv", qkv);
    if (heads < 1 || keyHeads < 1 || layout.dim(2) != heads + 2L * keyHeads) {
      throw new IllegalArgumentException(
          "attention: qkv is "
              + layout
              + " [batch, tokens, heads, width], with "
              + layout.dim(2)
              + " heads: "
              + heads
              + " of queries and "
              + keyHeads
              + " each of keys and values are "
              + (heads + 2L * keyHeads));
    }
    requireGroups(heads, keyHeads, "qkv is " + layout);
    AttentionShape shape = shape(layout, layout.dim(1), heads, keyHeads, causal);
    Part all = whole(qkv);
    long width = all.width;
    return attend(
        tape,
        Call.of(shape, dropout),
        all,
        new Part(qkv, heads * width, all.batchStride, all.width, all.ld),
        new Part(qkv, (heads + keyHeads) * width, all.batchStride, all.width, all.ld),
        true);
  }

  /** All that a call computes with; {@code packed}: the three are parts of one tensor. */
  private static Tensor attend(Tape tape, Call call, Part q, Part k, Part v, boolean packed) {
    AttentionShape shape = call.shape;
    TensorLayout layout =
        TensorLayout.of(shape.batch(), shape.queries(), shape.heads(), shape.width());
    Tensor result = tape.output(layout, q.tensor, k.tensor, v.tensor);
    Heads qs = q.values();
    Heads ks = k.values();
    Heads vs = v.values();
    Heads ys = whole(result).values();
    MemorySegment lse = tape.allocateFloats((long) shape.batch() * shape.heads() * shape.queries());

    tape.compute(
        Meter.Family.MATRIX,
        2 * shape.flopsOfProduct(),
        shape.queryUnits(),
        1,
        (begin, end) ->
            AttentionForward.run(
                shape, call.dropout, call.step(), qs, ks, vs, ys, lse, begin, end));

    if (result.requiresGrad()) {
      q.tensor.keep();
      k.tensor.keep();
      v.tensor.keep();
      result.keep();
      tape.record(
          "attention",
          result,
          dy -> {
            boolean ofQueries = q.tensor.requiresGrad();
            boolean ofKeys = k.tensor.requiresGrad() || v.tensor.requiresGrad();
            MemorySegment all = packed ? zeros(tape, q.tensor) : null;
            Heads dq = ofQueries ? q.over(orZeros(all, tape, q.tensor)) : null;
            Heads dk = ofKeys ? k.over(orZeros(all, tape, k.tensor)) : null;
            Heads dv = ofKeys ? v.over(orZeros(all, tape, v.tensor)) : null;
            backward(tape, call, qs, ks, vs, ys, dy, lse, dq, dk, dv);
            hand(tape, q.tensor, dq);
            if (!packed) {
              hand(tape, k.tensor, dk);
              hand(tape, v.tensor, dv);
            }
          });
    }
    return result;
  }

  /** Memory for the gradient of a tensor, to add to. */
  private static MemorySegment zeros(Tape tape, Tensor x) {
    long n = x.layout().elements();
    MemorySegment zeros = tape.allocateFloats(n);
    tape.compute(Meter.Family.ELEMENTWISE, 0, workers -> Fill.fill(zeros, n, 0f, workers));
    return zeros;
  }

  private static MemorySegment orZeros(@Nullable MemorySegment given, Tape tape, Tensor x) {
    return given == null ? zeros(tape, x) : given;
  }

  private static void hand(Tape tape, Tensor x, @Nullable Heads gradient) {
    if (gradient != null) {
      tape.addGradient(x, gradient.memory());
    }
  }

  private static void backward(
      Tape tape,
      Call call,
      Heads q,
      Heads k,
      Heads v,
      Heads y,
      MemorySegment dy,
      MemorySegment lse,
      @Nullable Heads dq,
      @Nullable Heads dk,
      @Nullable Heads dv) {
    AttentionShape shape = call.shape;
    AttentionDropout dropout = call.dropout;
    long flops = shape.flopsOfProduct();
    if (dq != null && dk != null && dv != null && !shape.fewHeadsFor(tape.workers().threads())) {
      tape.compute(
          Meter.Family.MATRIX,
          5 * flops,
          shape.headUnits(),
          1,
          (begin, end) ->
              AttentionBackward.ofHeads(
                  shape, dropout, call.step(), q, k, v, y, dy, lse, dq, dk, dv, begin, end));
      return;
    }
    if (dk != null && dv != null) {
      tape.compute(
          Meter.Family.MATRIX,
          3 * flops,
          shape.keyUnits(),
          1,
          (begin, end) ->
              AttentionBackward.ofKeys(
                  shape, dropout, call.step(), q, k, v, y, dy, lse, dk, dv, begin, end));
    }
    if (dq != null) {
      tape.compute(
          Meter.Family.MATRIX,
          2 * flops,
          shape.queryUnits(),
          1,
          (begin, end) ->
              AttentionBackward.ofQueries(
                  shape, dropout, call.step(), q, k, v, y, dy, lse, dq, begin, end));
    }
  }

  private static Part whole(Tensor tensor) {
    TensorLayout layout = tensor.layout();
    long ld = Math.multiplyExact(layout.dim(2), layout.dim(3));
    return new Part(
        tensor,
        0,
        Math.multiplyExact(layout.dim(1), ld),
        Math.toIntExact(layout.dim(3)),
        Math.toIntExact(ld));
  }

  private static AttentionShape shape(
      TensorLayout q, long keys, long heads, long keyHeads, boolean causal) {
    int queries = Math.toIntExact(q.dim(1));
    int width = Math.toIntExact(q.dim(3));
    return new AttentionShape(
        Math.toIntExact(q.dim(0)),
        Math.toIntExact(heads),
        Math.toIntExact(keyHeads),
        queries,
        Math.toIntExact(keys),
        width,
        (float) (1 / Math.sqrt(Math.max(1, width))),
        causal ? keys - queries : keys);
  }

  private static void requireGroups(long heads, long keyHeads, String shapes) {
    if (keyHeads == 0 ? heads != 0 : heads % keyHeads != 0) {
      throw new IllegalArgumentException(
          "attention: "
              + shapes
              + ": "
              + heads
              + " heads of queries cannot share "
              + keyHeads
              + " of keys, give a multiple");
    }
  }

  /** Checks the rank, and that every size and a row of a token fit what the kernels count with. */
  private static TensorLayout tokens(String name, Tensor tensor) {
    TensorLayout layout = tensor.layout();
    if (layout.rank() != 4) {
      throw new IllegalArgumentException(
          "attention: "
              + name
              + " is "
              + layout
              + ", of rank "
              + layout.rank()
              + ": [batch, tokens, heads, width] is wanted, reshape it first");
    }
    long largest = Math.max(layout.dim(0), layout.dim(1));
    if (largest > Integer.MAX_VALUE
        || layout.dim(2) > Integer.MAX_VALUE
        || layout.dim(2) * layout.dim(3) > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "attention: "
              + name
              + " is "
              + layout
              + " [batch, tokens, heads, width]: batch, tokens and heads times width are at most "
              + Integer.MAX_VALUE);
    }
    return layout;
  }
}
