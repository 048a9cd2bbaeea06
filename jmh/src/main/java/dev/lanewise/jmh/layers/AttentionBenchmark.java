package dev.lanewise.jmh.layers;

import static dev.lanewise.jmh.Operands.at;
import static dev.lanewise.jmh.Operands.set;
import static dev.lanewise.kernel.attention.AttentionDropout.NONE;

import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Operands;
import dev.lanewise.jmh.Threads;
import dev.lanewise.kernel.attention.AttentionBackward;
import dev.lanewise.kernel.attention.AttentionForward;
import dev.lanewise.kernel.attention.AttentionShape;
import dev.lanewise.kernel.attention.Heads;
import dev.lanewise.kernel.unary.segments.Fill;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Scaled dot-product attention without a mask, and its gradients. */
public class AttentionBenchmark extends KernelBenchmark {
  /**
   * Heads x tokens x width: in the first, second and third level, in memory, and an awkward one.
   */
  @Param({"1x32x16", "4x128x32", "32x512x64", "128x2048x128", "3x127x29"})
  public String shape;

  @Param public Threads threads;

  private int heads;
  private int tokens;
  private int width;
  private AttentionShape sizes;
  private Slab slab;
  private Workers workers;
  private MemorySegment q;
  private MemorySegment k;
  private MemorySegment v;
  private MemorySegment y;
  private MemorySegment dy;
  private MemorySegment lse;
  private MemorySegment dq;
  private MemorySegment dk;
  private MemorySegment dv;
  private Workers.Task forward;
  private Workers.Task backward;

  @Setup
  public void setUp() {
    int[] numbers = Arrays.stream(shape.split("x", -1)).mapToInt(Integer::parseInt).toArray();
    heads = numbers[0];
    tokens = numbers[1];
    width = numbers[2];
    float scale = (float) (1 / Math.sqrt(width));
    sizes = new AttentionShape(1, heads, heads, tokens, tokens, width, scale, tokens);
    long n = (long) heads * tokens * width;
    slab = Slab.open("attention", 10 * n * Float.BYTES + 8L * heads * tokens);
    workers = threads.open();
    q = random(n, 1);
    k = random(n, 2);
    v = random(n, 3);
    dy = random(n, 4);
    y = slab.allocateFloats(n);
    dq = slab.allocateFloats(n);
    dk = slab.allocateFloats(n);
    dv = slab.allocateFloats(n);
    lse = slab.allocateFloats((long) heads * tokens);
    Heads inQ = lying(q);
    Heads inK = lying(k);
    Heads inV = lying(v);
    Heads outY = lying(y);
    Heads outQ = lying(dq);
    Heads outK = lying(dk);
    Heads outV = lying(dv);
    forward =
        (begin, end) -> AttentionForward.run(sizes, NONE, 0, inQ, inK, inV, outY, lse, begin, end);
    backward =
        (begin, end) ->
            AttentionBackward.ofHeads(
                sizes, NONE, 0, inQ, inK, inV, outY, dy, lse, outQ, outK, outV, begin, end);
    check();
  }

  private MemorySegment random(long n, long seed) {
    MemorySegment memory = slab.allocateFloats(n);
    Operands.randomise(memory, seed);
    return memory;
  }

  private Heads lying(MemorySegment memory) {
    long head = (long) tokens * width;
    return new Heads(memory, 0, heads * head, head, width);
  }

  /** The last query of the last head, and that the gradients of the values add up to dy. */
  private void check() {
    runForward();
    runBackward();
    float[] expected = new float[width];
    query(heads - 1, tokens - 1, new float[tokens], expected);
    long last = ((long) heads * tokens - 1) * width;
    for (int c = 0; c < width; c++) {
      Operands.require("column " + c, expected[c], at(y, last + c), 1e-5);
      double ofValues = 0;
      double given = 0;
      for (int t = 0; t < tokens; t++) {
        ofValues += at(dv, (long) t * width + c);
        given += at(dy, (long) t * width + c);
      }
      Operands.require("the gradients of the values", given, ofValues, 1e-5 * tokens);
    }
  }

  @TearDown
  public void close() {
    workers.close();
    slab.close();
  }

  private void runForward() {
    workers.run(sizes.queryUnits(), 1, forward);
  }

  private void runBackward() {
    long n = (long) heads * tokens * width;
    Fill.fill(0f, dq, 0, n);
    Fill.fill(0f, dk, 0, n);
    Fill.fill(0f, dv, 0, n);
    workers.run(sizes.headUnits(), 1, backward);
  }

  /** Two products of queries, keys and width forward, five backward. */
  private long flops(int products) {
    return 2L * products * heads * tokens * tokens * width;
  }

  @Benchmark
  public MemorySegment forward(Work work, Traffic traffic) {
    runForward();
    work.flops += flops(2);
    traffic.bytes += 4L * Float.BYTES * heads * tokens * width;
    return y;
  }

  @Benchmark
  public MemorySegment backward(Work work, Traffic traffic) {
    runBackward();
    work.flops += flops(5);
    traffic.bytes += 8L * Float.BYTES * heads * tokens * width;
    return dq;
  }

  @Benchmark
  public MemorySegment forwardScalar(Work work, Traffic traffic) {
    float[] scores = new float[tokens];
    float[] sums = new float[width];
    for (int head = 0; head < heads; head++) {
      for (int t = 0; t < tokens; t++) {
        query(head, t, scores, sums);
        for (int c = 0; c < width; c++) {
          set(y, ((long) head * tokens + t) * width + c, sums[c]);
        }
      }
    }
    work.flops += flops(2);
    traffic.bytes += 4L * Float.BYTES * heads * tokens * width;
    return y;
  }

  /** The output of one query, {@code softmax(scale q k') v}. */
  private void query(int head, int t, float[] scores, float[] output) {
    long base = (long) head * tokens * width;
    float largest = Float.NEGATIVE_INFINITY;
    for (int key = 0; key < tokens; key++) {
      float score = 0;
      for (int c = 0; c < width; c++) {
        score += at(q, base + (long) t * width + c) * at(k, base + (long) key * width + c);
      }
      scores[key] = score * sizes.scale();
      largest = Math.max(largest, scores[key]);
    }
    float sum = 0;
    Arrays.fill(output, 0);
    for (int key = 0; key < tokens; key++) {
      float probability = (float) Math.exp(scores[key] - largest);
      sum += probability;
      for (int c = 0; c < width; c++) {
        output[c] += probability * at(v, base + (long) key * width + c);
      }
    }
    for (int c = 0; c < width; c++) {
      output[c] /= sum;
    }
  }
}
