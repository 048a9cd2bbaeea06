package dev.lanewise.jmh.torch;

import static dev.lanewise.kernel.attention.AttentionDropout.NONE;

import dev.lanewise.jmh.Operands;
import dev.lanewise.kernel.attention.AttentionBackward;
import dev.lanewise.kernel.attention.AttentionForward;
import dev.lanewise.kernel.attention.AttentionShape;
import dev.lanewise.kernel.attention.Heads;
import dev.lanewise.kernel.unary.segments.Fill;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** What an attention reads and writes: [batch, heads, tokens, width]. */
final class AttentionOperands {
  private final AttentionShape shape;
  private final Workers workers;
  private final int[] sizes;

  final MemorySegment q;
  final MemorySegment k;
  final MemorySegment v;
  final MemorySegment y;
  final MemorySegment dy;
  final MemorySegment dq;
  final MemorySegment dk;
  final MemorySegment dv;
  private final MemorySegment lse;

  /** The same as tensors. */
  record Views(
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor dy,
      TensorOptional noMask,
      DoubleOptional defaultScale,
      BoolOptional graphNotKept,
      TensorArrayRefOptional allInputs) {
    Tensor forward(boolean causal) {
      return torch.scaled_dot_product_attention(q, k, v, noMask, 0, causal, defaultScale, false);
    }

    /** Leaves the gradients of q, k and v with them. */
    @SuppressWarnings("try") // the resource works by being open
    void forwardBackward(boolean causal) {
      try (AutoGradMode recording = new AutoGradMode(true)) {
        forward(causal).backward(dy, graphNotKept, false, allInputs);
      }
    }

    void zeroGrad() {
      q.mutable_grad().reset();
      k.mutable_grad().reset();
      v.mutable_grad().reset();
    }
  }

  AttentionOperands(Slab slab, int[] sizes, boolean causal, Workers workers) {
    this.sizes = sizes;
    this.workers = workers;
    int heads = sizes[1];
    int tokens = sizes[2];
    int width = sizes[3];
    float scale = (float) (1 / Math.sqrt(width));
    shape =
        new AttentionShape(
            sizes[0], heads, heads, tokens, tokens, width, scale, causal ? 0 : tokens);
    long n = (long) sizes[0] * heads * tokens * width;
    q = slab.allocateFloats(n);
    k = slab.allocateFloats(n);
    v = slab.allocateFloats(n);
    y = slab.allocateFloats(n);
    dy = slab.allocateFloats(n);
    dq = slab.allocateFloats(n);
    dk = slab.allocateFloats(n);
    dv = slab.allocateFloats(n);
    lse = slab.allocateFloats((long) sizes[0] * heads * tokens);
    Operands.randomise(q, 1);
    Operands.randomise(k, 2);
    Operands.randomise(v, 3);
    Operands.randomise(dy, 4);
  }

  private Heads heads(MemorySegment memory) {
    long headStride = (long) sizes[2] * sizes[3];
    return new Heads(memory, 0, sizes[1] * headStride, headStride, sizes[3]);
  }

  void forward() {
    workers.run(
        shape.queryUnits(),
        1,
        (begin, end) ->
            AttentionForward.run(
                shape, NONE, 0, heads(q), heads(k), heads(v), heads(y), lse, begin, end));
  }

  void backward() {
    for (MemorySegment gradient : new MemorySegment[] {dq, dk, dv}) {
      Fill.fill(0f, gradient, 0, gradient.byteSize() / Float.BYTES);
    }
    if (shape.fewHeadsFor(workers.threads())) {
      workers.run(
          shape.keyUnits(),
          1,
          (begin, end) ->
              AttentionBackward.ofKeys(
                  shape, NONE, 0, heads(q), heads(k), heads(v), heads(y), dy, lse, heads(dk),
                  heads(dv), begin, end));
      workers.run(
          shape.queryUnits(),
          1,
          (begin, end) ->
              AttentionBackward.ofQueries(
                  shape, NONE, 0, heads(q), heads(k), heads(v), heads(y), dy, lse, heads(dq), begin,
                  end));
    } else {
      workers.run(
          shape.headUnits(),
          1,
          (begin, end) ->
              AttentionBackward.ofHeads(
                  shape, NONE, 0, heads(q), heads(k), heads(v), heads(y), dy, lse, heads(dq),
                  heads(dk), heads(dv), begin, end));
    }
  }

  Views views(Torch libtorch) {
    long[] dims = {sizes[0], sizes[1], sizes[2], sizes[3]};
    return new Views(
        libtorch.keep(libtorch.tensor(q, dims).requires_grad_(true)),
        libtorch.keep(libtorch.tensor(k, dims).requires_grad_(true)),
        libtorch.keep(libtorch.tensor(v, dims).requires_grad_(true)),
        libtorch.tensor(dy, dims),
        libtorch.keep(new TensorOptional()),
        libtorch.keep(new DoubleOptional()),
        libtorch.keep(new BoolOptional()),
        libtorch.keep(new TensorArrayRefOptional()));
  }
}
