package dev.lanewise.jmh.layers;

import static dev.lanewise.jmh.Operands.at;
import static dev.lanewise.jmh.Operands.set;

import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Operands;
import dev.lanewise.jmh.Threads;
import dev.lanewise.memory.Slab;
import dev.lanewise.ops.conv.Conv2d;
import dev.lanewise.ops.conv.ConvShape;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Convolution with kernels of 3 x 3 over images whose channels lie together, and its gradients. */
public class ConvBenchmark extends KernelBenchmark {
  private static final int KERNEL = 3;

  /**
   * Images x side x channels x output channels: in the first, second and third level, in memory,
   * and an awkward one.
   */
  @Param({"1x8x16x16", "4x16x32x32", "64x16x64x64", "1024x64x64x64", "3x13x17x19"})
  public String layer;

  @Param public Threads threads;

  private ConvShape sizes;
  private Slab slab;
  private Workers workers;
  private MemorySegment x;
  private MemorySegment weight;
  private MemorySegment y;
  private MemorySegment dy;
  private MemorySegment dx;
  private MemorySegment dWeight;
  private MemorySegment turned;

  @Setup
  public void setUp() {
    int[] numbers = Arrays.stream(layer.split("x", -1)).mapToInt(Integer::parseInt).toArray();
    int side = numbers[1];
    sizes =
        new ConvShape(
            numbers[0], side, side, numbers[2], numbers[3], KERNEL, KERNEL, 1, 1, 1, 1, 1, 1, 1);
    long elements =
        2 * sizes.inputElements() + 2 * sizes.outputElements() + 3 * sizes.weightElements();
    slab = Slab.open("conv", 2 * elements * Float.BYTES);
    workers = threads.open();
    x = slab.allocateFloats(sizes.inputElements());
    weight = slab.allocateFloats(sizes.weightElements());
    y = slab.allocateFloats(sizes.outputElements());
    dy = slab.allocateFloats(sizes.outputElements());
    dx = slab.allocateFloats(sizes.inputElements());
    dWeight = slab.allocateFloats(sizes.weightElements());
    turned = slab.allocateFloats(sizes.weightElements());
    Operands.randomise(x, 1);
    Operands.randomise(weight, 2);
    Operands.randomise(dy, 3);
    runForward();
    Conv2d.backwardData(sizes, dy, weight, 0f, dx, turned, workers);
    Conv2d.backwardWeight(sizes, x, dy, 0f, dWeight, workers);
    check(numbers[0] - 1, side - 1, side / 2);
  }

  /** The channels of one pixel, and that {@code <dy, y> = <dx, x> = <dWeight, weight>}. */
  private void check(int sample, int line, int column) {
    long pixel = ((long) sample * sizes.height() + line) * sizes.width() + column;
    for (int o = 0; o < sizes.outChannels(); o++) {
      Operands.require(
          "channel " + o,
          pixel(sample, line, column, o),
          at(y, pixel * sizes.outChannels() + o),
          1e-6 * sizes.patch());
    }
    double expected = dot(dy, y, sizes.outputElements());
    double tolerance = 1e-5 * Math.sqrt((double) sizes.outputElements() * sizes.patch());
    Operands.require("<dx, x>", expected, dot(dx, x, sizes.inputElements()), tolerance);
    Operands.require(
        "<dWeight, weight>", expected, dot(dWeight, weight, sizes.weightElements()), tolerance);
  }

  private static double dot(MemorySegment a, MemorySegment b, long n) {
    double sum = 0;
    for (long i = 0; i < n; i++) {
      sum += (double) at(a, i) * at(b, i);
    }
    return sum;
  }

  @TearDown
  public void close() {
    workers.close();
    slab.close();
  }

  private void runForward() {
    Conv2d.forward(sizes, x, weight, null, y, workers);
  }

  private void count(Work work, Traffic traffic) {
    work.flops += 2L * sizes.outputElements() * sizes.patch();
    traffic.bytes +=
        Float.BYTES * (sizes.inputElements() + sizes.outputElements() + sizes.weightElements());
  }

  @Benchmark
  public MemorySegment forward(Work work, Traffic traffic) {
    runForward();
    count(work, traffic);
    return y;
  }

  @Benchmark
  public MemorySegment backwardData(Work work, Traffic traffic) {
    Conv2d.backwardData(sizes, dy, weight, 0f, dx, turned, workers);
    count(work, traffic);
    return dx;
  }

  @Benchmark
  public MemorySegment backwardWeight(Work work, Traffic traffic) {
    Conv2d.backwardWeight(sizes, x, dy, 0f, dWeight, workers);
    count(work, traffic);
    return dWeight;
  }

  @Benchmark
  public MemorySegment forwardScalar(Work work, Traffic traffic) {
    long at = 0;
    for (int sample = 0; sample < sizes.samples(); sample++) {
      for (int line = 0; line < sizes.height(); line++) {
        for (int column = 0; column < sizes.width(); column++) {
          for (int o = 0; o < sizes.outChannels(); o++) {
            set(y, at++, pixel(sample, line, column, o));
          }
        }
      }
    }
    count(work, traffic);
    return y;
  }

  private float pixel(int sample, int line, int column, int o) {
    float sum = 0;
    for (int i = 0; i < KERNEL; i++) {
      for (int j = 0; j < KERNEL; j++) {
        int inLine = line + i - 1;
        int inColumn = column + j - 1;
        if (inLine < 0 || inLine >= sizes.height() || inColumn < 0 || inColumn >= sizes.width()) {
          continue;
        }
        long from =
            (((long) sample * sizes.height() + inLine) * sizes.width() + inColumn)
                * sizes.channels();
        long taps = (((long) o * KERNEL + i) * KERNEL + j) * sizes.channels();
        for (int c = 0; c < sizes.channels(); c++) {
          sum = Math.fma(at(x, from + c), at(weight, taps + c), sum);
        }
      }
    }
    return sum;
  }
}
