package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.gemm.f32.Epilogue;
import dev.lanewise.kernel.gemm.f32.Matrix;
import dev.lanewise.kernel.gemm.f32.Rows;
import dev.lanewise.kernel.gemm.micro.f32.Blocking;
import dev.lanewise.simd.Lanes;

/**
 * Output pixels of a {@link Stencil}, as register tiles of some pixels of a line x one or two
 * vectors of columns.
 *
 * <p>Each element is {@code fma(image, weight, ...)} over taps and channels in their order, started
 * with {@code beta * out} (0 if beta is 0); a bias is added after the last term. The bits depend
 * neither on tiles nor on the vector width.
 */
public final class PixelTiles {
  private static final int L = Lanes.F32_LANES;

  /**
   * Pixels of a tile of two vectors: 16 accumulators of 32 registers or 8 of 16 hide the latency of
   * the multiply-add, and 8 divides the widths of most images.
   */
  public static final int PIXELS = Blocking.WIDE ? 8 : 4;

  private PixelTiles() {}

  /**
   * Whether a convolution is to be computed here, and not as a product: what it takes fits into the
   * panels, see {@link Stencil#holds}.
   */
  public static boolean serve(
      long taps, int channels, int outWidth, long reachY, long reachX, int strideX) {
    return Stencil.holds(taps, channels, outWidth, reachY, reachX, strideX)
        && taps * channels * 2 * L <= Panels.WEIGHTS_SIZE;
  }

  /** Whether at most a quarter of the tiles of a line this wide is idle. */
  public static boolean fill(int outWidth) {
    long computed = (long) Math.ceilDiv(outWidth, PIXELS) * PIXELS;
    return 4L * outWidth >= 3 * computed;
  }

  /** Columns of the weights that the panels hold. */
  public static int columns(Stencil s) {
    int most = Panels.WEIGHTS_SIZE / Math.max(1, s.terms) / (2 * L);
    return Math.min(Panels.COLUMNS, Math.multiplyExact(most, 2 * L));
  }

  /** Columns of the next strip when {@code left} are to do. */
  static int stripWidth(int left) {
    return Blocking.WIDE && left <= L ? L : 2 * L;
  }

  /** Makes weights and bias ready for {@link #run}; the arguments are those of PackWeights. */
  public static void prepare(
      Stencil s, Matrix weights, boolean byColumns, int rowSize, int first, int n, Panels shared) {
    PackWeights.pack(s, weights, byColumns, rowSize, first, n, shared);
  }

  /** Makes a bias ready for {@link #run}. */
  public static void prepareBias(Matrix bias, int first, int n, Panels shared) {
    Rows.read(bias, bias.at(0, first), 1, n, shared.packed, Panels.BIAS, n);
  }

  /**
   * Computes bands of output lines.
   *
   * @param n columns of the weights that {@code shared} holds
   * @param epilogue NONE, or BIAS if {@code shared} holds one
   * @param out a row for each output pixel of a line, its first column first
   * @param outLine elements from one line of the output to the next
   * @param outSample elements from one sample to the next
   * @param begin the first band, counted over all samples
   */
  public static void run(
      Stencil s,
      Panels shared,
      int n,
      int epilogue,
      float beta,
      Matrix out,
      long outLine,
      long outSample,
      long begin,
      long end,
      Panels panels) {
    int bands = s.bands();
    for (long band = begin; band < end; band++) {
      int sample = (int) (band / bands);
      int first = Math.multiplyExact((int) (band % bands), s.bandLines);
      int lines = Math.min(s.bandLines, s.outHeight - first);
      PackImages.pack(s, sample, first, lines, panels.packed, Panels.IMAGE);
      int width;
      for (int j = 0; j < n; j += width) {
        width = stripWidth(n - j);
        int strip = Panels.WEIGHTS + Math.multiplyExact(j, s.terms);
        int columns = Math.min(width, n - j);
        for (int line = 0; line < lines; line++) {
          long to = out.at(0, sample * outSample + (first + line) * outLine + j);
          int from = Panels.IMAGE + s.place(line);
          line(s, from, shared.packed, strip, width, columns, epilogue, j, beta, out, to, panels);
        }
      }
    }
  }

  private static void line(
      Stencil s,
      int from,
      float[] weights,
      int strip,
      int width,
      int columns,
      int epilogue,
      int j,
      float beta,
      Matrix out,
      long to,
      Panels panels) {
    float[] packed = panels.packed;
    int pixels = width == L ? 2 * PIXELS : PIXELS;
    int start = beta == 0f ? Panels.ZERO : Panels.TILE;
    int tile = Panels.TILE;
    for (int x = 0; x < s.outWidth; x += pixels) {
      int rows = Math.min(pixels, s.outWidth - x);
      int at = from + Math.multiplyExact(x, Stencil.CHUNK);
      long row = to + (long) x * out.ld();
      if (beta != 0f) {
        load(out, row, rows, columns, beta, packed, tile, width);
      }
      if (width == L) {
        PixelKernel16.run(s.terms, s.offsets, packed, at, weights, strip, start, tile);
      } else if (Blocking.WIDE) {
        PixelKernel8.run(s.terms, s.offsets, packed, at, weights, strip, start, tile);
      } else {
        PixelKernel4.run(s.terms, s.offsets, packed, at, weights, strip, start, tile);
      }
      Epilogue.run(epilogue, weights, Panels.BIAS + j, packed, tile, width, rows, columns);
      Rows.write(packed, tile, width, rows, columns, out, row);
    }
  }

  private static void load(
      Matrix out, long from, int rows, int columns, float beta, float[] tile, int t0, int width) {
    Rows.read(out, from, rows, columns, tile, t0, width);
    if (beta != 1f) {
      int end = t0 + Math.multiplyExact(rows, width);
      for (int i = t0; i < end; i++) {
        tile[i] *= beta;
      }
    }
  }
}
