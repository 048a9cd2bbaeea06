package dev.lanewise.jmh.torch;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Operands;
import dev.lanewise.jmh.Threads;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One operation of one side in one fork, some two seconds long, so that the forks of a comparison
 * lie close together. Both sides run once in every fork and their answers are compared; ours is
 * measured after all our other operations have run, as in a training.
 */
@Warmup(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 100, timeUnit = TimeUnit.MILLISECONDS)
public abstract class TorchPeersBenchmark extends KernelBenchmark {
  private static final long SPARE = 1 << 22;
  private static final double TOLERANCE = 1e-5;

  @Param public Side library;

  @Param("ONE")
  public Threads threads;

  private Slab slab;
  private Workers workers;
  private Torch torch;
  private Call call;

  /** The sides of one operation. */
  record Pair(Call ours, Call theirs, MemorySegment answer) {}

  /** Bytes of all operands. */
  abstract long operandBytes();

  /** Makes the operands, runs every other operation for a while, and gives the one. */
  abstract Pair open(Slab slab, Workers workers, Torch torch) throws Throwable;

  @Setup
  public void setUp() throws Throwable {
    slab = Slab.open("torch peers", operandBytes() + SPARE);
    workers = threads.open();
    torch = new Torch(threads.count());
    Pair pair = open(slab, workers, torch);
    call = library == Side.LANEWISE ? pair.ours() : pair.theirs();
    if (pair.answer().byteSize() > 0) {
      compare(pair);
    }
  }

  private static void compare(Pair pair) throws Throwable {
    pair.theirs().run();
    MemorySegment y = pair.answer();
    float[] theirs = y.toArray(JAVA_FLOAT);
    pair.ours().run();
    for (int i = 0; i < theirs.length; i++) {
      Operands.require(
          "element " + i,
          theirs[i],
          y.getAtIndex(JAVA_FLOAT, i),
          TOLERANCE * (1 + Math.abs(theirs[i])));
    }
  }

  final void run(Traffic traffic, long bytes) throws Throwable {
    call.run();
    traffic.bytes += bytes;
  }

  final void run(Work work, long flops) throws Throwable {
    call.run();
    work.flops += flops;
  }

  @TearDown
  public void close() {
    torch.close();
    workers.close();
    slab.close();
  }
}
