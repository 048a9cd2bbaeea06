package dev.lanewise.jmh.torch;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.jmh.Operands;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Attention of whole sequences, beside the fused one of libtorch. */
public class TorchAttentionBenchmark extends TorchPeersBenchmark {
  private static final int OFTEN = 100;
  private static final double TOLERANCE = 1e-5;

  @Param public AttentionPass pass;

  @Param({"true", "false"})
  public boolean causal;

  /** Batch, heads, tokens, width. */
  @Param({"1x6x1024x64", "8x4x128x32"})
  public String shape;

  private int[] sizes = {};

  @Override
  long operandBytes() {
    String[] parts = shape.split("x", -1);
    sizes = new int[parts.length];
    for (int i = 0; i < parts.length; i++) {
      sizes[i] = Integer.parseInt(parts[i]);
    }
    return 9 * tensorBytes();
  }

  private long tensorBytes() {
    return (long) Float.BYTES * sizes[0] * sizes[1] * sizes[2] * sizes[3];
  }

  @Override
  @SuppressWarnings("try") // the resource works by being open
  Pair open(Slab slab, Workers workers, Torch torch) throws Throwable {
    AttentionOperands operands = new AttentionOperands(slab, sizes, causal, workers);
    for (int i = 0; i < OFTEN; i++) {
      operands.forward();
      operands.backward();
    }
    AttentionOperands.Views views = operands.views(torch);
    try (PointerScope scope = new PointerScope()) {
      compare("y", views.forward(causal), operands.y);
      views.forwardBackward(causal);
      compare("dq", views.q().mutable_grad(), operands.dq);
      compare("dk", views.k().mutable_grad(), operands.dk);
      compare("dv", views.v().mutable_grad(), operands.dv);
      views.zeroGrad();
    }
    return new Pair(pass.ours(operands), pass.theirs(views, causal), operands.y.asSlice(0, 0));
  }

  private static void compare(String name, Tensor theirs, MemorySegment ours) {
    FloatPointer data = new FloatPointer(theirs.contiguous().data_ptr());
    for (long i = 0; i < ours.byteSize() / Float.BYTES; i++) {
      float value = data.get(i);
      Operands.require(
          name + " " + i, value, ours.getAtIndex(JAVA_FLOAT, i), TOLERANCE * (1 + Math.abs(value)));
    }
  }

  @Benchmark
  public void run(Traffic traffic) throws Throwable {
    run(traffic, pass.tensors * tensorBytes());
  }
}
