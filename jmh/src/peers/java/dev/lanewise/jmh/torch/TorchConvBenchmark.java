package dev.lanewise.jmh.torch;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.jmh.Operands;
import dev.lanewise.memory.Slab;
import dev.lanewise.ops.conv.ConvShape;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/**
 * Convolutions of 3 x 3 with padding 1 as a residual network for small images has them, beside
 * those of libtorch, which are oneDNN's, on the same memory.
 */
public class TorchConvBenchmark extends TorchPeersBenchmark {
  private static final int OFTEN = 30;
  private static final int SAMPLES = 64;

  /** An element sums up to 65,536 terms. */
  private static final double TOLERANCE = 1e-3;

  @Param public ConvPass pass;

  /** Pixels of a side, channels, output channels, stride. */
  @Param({"32x16x16x1", "16x32x32x1", "8x64x64x1", "32x16x32x2"})
  public String shape;

  private ConvShape sizes = ConvShape.of(0, 1, 1, 1, 1, 1, 1);

  @Override
  long operandBytes() {
    String[] parts = shape.split("x", -1);
    int side = Integer.parseInt(parts[0]);
    int stride = Integer.parseInt(parts[3]);
    sizes =
        ConvShape.of(
                SAMPLES, side, side, Integer.parseInt(parts[1]), Integer.parseInt(parts[2]), 3, 3)
            .padding(1, 1)
            .stride(stride, stride);
    return Float.BYTES
        * (2 * sizes.inputElements() + 3 * sizes.weightElements() + 2 * sizes.outputElements());
  }

  @Override
  @SuppressWarnings("try") // the resource works by being open
  Pair open(Slab slab, Workers workers, Torch torch) throws Throwable {
    ConvOperands operands = new ConvOperands(slab, sizes, workers);
    ConvOperands.Views views = operands.views(torch);
    for (ConvPass each : ConvPass.values()) {
      Call ours = each.ours(operands);
      for (int i = 0; i < OFTEN; i++) {
        ours.run();
      }
    }
    try (PointerScope scope = new PointerScope()) {
      compare("y", ConvPass.FORWARD.theirs(views), operands.y);
      compare("dx", ConvPass.BACKWARD_DATA.theirs(views), operands.dx);
      compare("dWeight", ConvPass.BACKWARD_WEIGHT.theirs(views), operands.dWeight);
    }
    return new Pair(pass.ours(operands), pass.call(views), operands.y.asSlice(0, 0));
  }

  private static void compare(String name, Tensor theirs, MemorySegment ours) {
    FloatPointer data = new FloatPointer(theirs.permute(0, 2, 3, 1).contiguous().data_ptr());
    for (long i = 0; i < ours.byteSize() / Float.BYTES; i++) {
      float value = data.get(i);
      Operands.require(
          name + " " + i, value, ours.getAtIndex(JAVA_FLOAT, i), TOLERANCE * (1 + Math.abs(value)));
    }
  }

  @Benchmark
  public void run(Work work) throws Throwable {
    run(work, (long) sizes.flops());
  }
}
