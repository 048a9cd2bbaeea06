package dev.lanewise.jmh.layers;

import static dev.lanewise.jmh.Operands.at;
import static dev.lanewise.jmh.Operands.set;

import dev.lanewise.jmh.Footprint;
import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Operands;
import dev.lanewise.kernel.recurrent.LstmGates;
import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** The gates of one step of an LSTM: all of it but the products. */
public class LstmGatesBenchmark extends KernelBenchmark {
  /** Gates, two states of each kind, the output and three gradients. */
  private static final int STREAMS = 12;

  @Param public Footprint footprint;

  @Param({"256", "251"})
  public int hidden;

  private int rows;
  private Slab slab;
  private MemorySegment gates;
  private MemorySegment h;
  private MemorySegment c;
  private MemorySegment y;
  private MemorySegment dy;
  private MemorySegment dh;
  private MemorySegment dc;

  @Setup
  public void setUp() {
    rows = Math.max(1, footprint.floats(STREAMS) / hidden);
    long n = (long) rows * hidden;
    slab = Slab.open("lstm gates", 2 * STREAMS * n * Float.BYTES + 4096);
    gates = random(4 * n, 1);
    h = random(2 * n, 2);
    c = random(2 * n, 3);
    dy = random(n, 4);
    y = slab.allocateFloats(n);
    dh = slab.allocateFloats(n);
    dc = slab.allocateFloats(n);
    float[] outputs = new float[hidden];
    scalarRow(rows - 1, outputs);
    runForward();
    for (int j = 0; j < hidden; j++) {
      Operands.require("output " + j, outputs[j], at(y, n - hidden + j), 2e-6);
    }
    float o = at(gates, 4 * n - hidden);
    float tanh = at(y, n - hidden) / o;
    runBackward();
    double expected = at(dy, n - hidden) * tanh * o * (1 - o);
    Operands.require("a gradient of the output gate", expected, at(gates, 4 * n - hidden), 1e-5);
  }

  private MemorySegment random(long n, long seed) {
    MemorySegment memory = slab.allocateFloats(n);
    Operands.randomise(memory, seed);
    return memory;
  }

  @TearDown
  public void close() {
    slab.close();
  }

  private void runForward() {
    LstmGates.forward(gates, h, c, y, null, 0, false, rows, hidden, hidden, 0, 0, rows);
  }

  private void runBackward() {
    LstmGates.backward(gates, c, dy, dh, dc, null, 0, false, rows, hidden, hidden, 0, 0, rows);
  }

  /** What was a gate is the sum of the next call: the work is the same. */
  @Benchmark
  public MemorySegment forward(Traffic traffic) {
    runForward();
    traffic.bytes += 12L * Float.BYTES * rows * hidden;
    return y;
  }

  @Benchmark
  public MemorySegment forwardBackward(Traffic traffic) {
    runForward();
    runBackward();
    traffic.bytes += 27L * Float.BYTES * rows * hidden;
    return gates;
  }

  @Benchmark
  public MemorySegment forwardScalar(Traffic traffic) {
    float[] outputs = new float[hidden];
    for (int row = 0; row < rows; row++) {
      scalarRow(row, outputs);
      for (int j = 0; j < hidden; j++) {
        set(y, (long) row * hidden + j, outputs[j]);
      }
    }
    traffic.bytes += 12L * Float.BYTES * rows * hidden;
    return y;
  }

  /** The outputs of a row; what it reads is left as it is. */
  private void scalarRow(int row, float[] outputs) {
    long from = 4L * row * hidden;
    for (int j = 0; j < hidden; j++) {
      double i = sigmoid(at(gates, from + j));
      double f = sigmoid(at(gates, from + hidden + j));
      double g = Math.tanh(at(gates, from + 2L * hidden + j));
      double o = sigmoid(at(gates, from + 3L * hidden + j));
      double state = f * at(c, (long) row * hidden + j) + i * g;
      outputs[j] = (float) (o * Math.tanh(state));
    }
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
