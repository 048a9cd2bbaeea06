package dev.lanewise.ops.conv;

import dev.lanewise.kernel.conv.Panels;
import dev.lanewise.kernel.conv.PixelTiles;
import dev.lanewise.kernel.conv.Stencil;
import dev.lanewise.kernel.gemm.f32.Matrix;
import dev.lanewise.parallel.Pool;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A convolution of one group on its way to the threads, which take bands of output lines. Reused
 * from call to call, so a convolution allocates nothing.
 *
 * <p>Use: {@link #borrow}, describe the stencil, the weights and the output, {@link #run}, which
 * also gives the call back.
 */
final class PixelCall implements Workers.Task {
  /** Below 4 MFLOP waking threads costs more than they save. */
  private static final double PARALLEL_FLOPS = 4e6;

  private static final Pool<PixelCall> POOL = new Pool<>();

  final Stencil stencil = new Stencil();
  private final Matrix weights = new Matrix();
  private final Matrix out = new Matrix();
  private final Matrix bias = new Matrix();
  private boolean byColumns;
  private int rowSize;
  private long outLine;
  private long outSample;
  private boolean biased;
  private float beta;
  private int columns;
  private @Nullable Panels shared;

  private PixelCall() {}

  static PixelCall borrow() {
    PixelCall call = POOL.poll();
    return call == null ? new PixelCall() : call;
  }

  /** Sets weights whose rows are columns of the product, each (element, channel). */
  void setWeightsByColumns(MemorySegment weight, long offset, int rowSize, int channels) {
    weights.set(weight, offset, rowSize, false);
    byColumns = true;
    this.rowSize = channels;
  }

  /** Sets weights whose rows are channels, each (element, column of the product). */
  void setWeightsByChannels(MemorySegment weight, long offset, int rowSize, int columns) {
    weights.set(weight, offset, rowSize, false);
    byColumns = false;
    this.rowSize = columns;
  }

  /**
   * Sets the output.
   *
   * @param offset elements before the first column of the first pixel
   * @param pixel elements from one pixel to the next
   * @param line from one line to the next
   * @param sample from one sample to the next
   */
  void setOut(MemorySegment segment, long offset, int pixel, long line, long sample) {
    out.set(segment, offset, pixel, false);
    outLine = line;
    outSample = sample;
    biased = false;
  }

  /** Sets a bias, for this call alone. */
  void setBias(MemorySegment segment, long offset) {
    bias.set(segment, offset, 0, false);
    biased = true;
  }

  /** {@code out = beta out + convolution + bias}, for n columns of the weights. */
  void run(int samples, int n, float beta, Workers workers) {
    this.beta = beta;
    Panels panels = Panels.borrow();
    shared = panels;
    try {
      double flops = 2.0 * samples * stencil.multipliesPerColumn() * n;
      boolean parallel = flops >= PARALLEL_FLOPS && workers.threads() > 1;
      long bands = stencil.layBands(samples, parallel ? 2 * workers.threads() : 1);
      int block = PixelTiles.columns(stencil);
      for (int first = 0; first < n; first += block) {
        columns = Math.min(block, n - first);
        PixelTiles.prepare(
            stencil, weights, byColumns, rowSize, biased ? bias : null, first, columns, panels);
        workers.run(bands, parallel ? 1 : bands, this);
        out.shift(columns);
      }
    } finally {
      shared = null;
      panels.giveBack();
      stencil.clear();
      weights.clear();
      out.clear();
      bias.clear();
      POOL.give(this);
    }
  }

  @Override
  public void run(long begin, long end) {
    Panels panels = Panels.borrow();
    try {
      PixelTiles.run(
          stencil,
          Objects.requireNonNull(shared),
          columns,
          beta,
          out,
          outLine,
          outSample,
          begin,
          end,
          panels);
    } finally {
      panels.giveBack();
    }
  }
}
