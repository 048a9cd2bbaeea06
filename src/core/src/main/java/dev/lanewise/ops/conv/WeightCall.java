package dev.lanewise.ops.conv;

import dev.lanewise.kernel.conv.Panels;
import dev.lanewise.kernel.conv.Stencil;
import dev.lanewise.kernel.conv.WeightTiles;
import dev.lanewise.kernel.gemm.f32.Matrix;
import dev.lanewise.parallel.Pool;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * The gradient by the weights of one group on its way to the threads, which take tiles of it, each
 * with all its terms. Used as {@link PixelCall} is.
 */
final class WeightCall implements Workers.Task {
  /** Below 4 MFLOP waking threads costs more than they save. */
  private static final double PARALLEL_FLOPS = 4e6;

  private static final Pool<WeightCall> POOL = new Pool<>();

  final Stencil stencil = new Stencil();
  private final Matrix gradient = new Matrix();
  private final Matrix weights = new Matrix();
  private int samples;
  private int outputs;
  private float beta;

  private WeightCall() {}

  static WeightCall borrow() {
    WeightCall call = POOL.poll();
    return call == null ? new WeightCall() : call;
  }

  /** Sets the gradient of the output: so many adjacent channels of each pixel. */
  void setGradient(MemorySegment dy, long offset, int pixel, int outputs) {
    gradient.set(dy, offset, pixel, false);
    this.outputs = outputs;
  }

  /** Sets what is computed: a row for each output channel. */
  void setWeights(MemorySegment dWeight, long offset, int rowSize) {
    weights.set(dWeight, offset, rowSize, false);
  }

  /** {@code weights = beta weights + gradient}. */
  void run(int samples, float beta, Workers workers) {
    this.samples = samples;
    this.beta = beta;
    try {
      WeightTiles.prepare(stencil, samples, outputs);
      long tiles = WeightTiles.tiles(stencil, outputs);
      double flops = 2.0 * samples * stencil.multipliesPerColumn() * outputs;
      // A thread packs all images for its tiles: one block of them each.
      int parts = flops < PARALLEL_FLOPS ? 1 : workers.threads();
      workers.run(tiles, Math.ceilDiv(tiles, parts), this);
    } finally {
      stencil.clear();
      gradient.clear();
      weights.clear();
      POOL.give(this);
    }
  }

  @Override
  public void run(long begin, long end) {
    Panels panels = Panels.borrow();
    try {
      WeightTiles.run(stencil, samples, gradient, outputs, beta, weights, begin, end, panels);
    } finally {
      panels.giveBack();
    }
  }
}
