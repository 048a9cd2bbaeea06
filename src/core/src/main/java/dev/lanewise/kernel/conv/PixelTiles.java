package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.gemm.f32.Matrix;
import dev.lanewise.kernel.gemm.f32.Rows;
import dev.lanewise.kernel.gemm.micro.f32.Blocking;
import dev.lanewise.simd.Lanes;
import org.jspecify.annotations.Nullable;

/**
 * Output pixels of a {@link Stencil}, as register tiles of some pixels x one or two vectors of
 * columns. The pixels of a tile are one run of adjacent ones or three, and a run that ends a line
 * is followed by the first of the next: so the width of an image does not leave tiles idle.
 *
 * <p>Each element is {@code fma(image, weight, ...)} over the terms in their order, started with
 * {@code beta * out} (0 if beta is 0); a bias is added after the last term, or 0, so that a sum
 * that is zero is positive. The bits depend neither on tiles nor on the vector width: while all
 * weights are finite, products with the zeros around the images change no bit of a sum but the sign
 * of a zero, and where it saves time they are left out.
 */
public final class PixelTiles {
  private static final int L = Lanes.F32_LANES;

  /**
   * Adjacent pixels of a tile of two vectors. 32 registers hold 8 pixels, which divide the widths
   * of most images; of 16 registers 6 pixels leave 4 for weights and image, and 6 divides few
   * widths, so they are three pairs.
   */
  static final int RUN = Blocking.WIDE ? 8 : 2;

  /**
   * Columns of the widest strip at any width of vectors: what is decided by it is so everywhere.
   */
  private static final int WIDEST_STRIP = 32;

  /** Pixels of a run, alike. */
  private static final int LONGEST_RUN = 8;

  /** Runs of a tile. */
  static final int RUNS = Blocking.WIDE ? 1 : 3;

  private PixelTiles() {}

  /**
   * Whether a convolution is to be computed here, and not as a product: what it takes fits into the
   * panels, see {@link Stencil#holds}.
   */
  public static boolean serve(
      long taps, int channels, int outWidth, long reachY, long reachX, int strideX) {
    return Stencil.holds(taps, channels, outWidth, reachY, reachX, strideX)
        && (taps * channels + 1) * WIDEST_STRIP <= Panels.WEIGHTS_SIZE;
  }

  /** Whether at most a quarter of the pixels of the tiles of an image is idle. */
  public static boolean fill(int outWidth) {
    return 4L * outWidth >= 3L * Math.ceilDiv(outWidth, LONGEST_RUN) * LONGEST_RUN;
  }

  /** Columns of the weights that the panels hold. */
  public static int columns(Stencil s) {
    return Math.multiplyExact(Panels.WEIGHTS_SIZE / (s.terms + 1) / (2 * L), 2 * L);
  }

  /** Where the strip from a column on lies: a row for each term, and the bias. */
  static int strip(Stencil s, int column) {
    return Panels.WEIGHTS + Math.multiplyExact(column, s.terms + 1);
  }

  /** Columns of the next strip when {@code left} are to do. */
  static int stripWidth(int left) {
    return Blocking.WIDE && left <= L ? L : 2 * L;
  }

  /** Makes weights and bias ready for {@link #run}; the arguments are those of PackWeights. */
  public static void prepare(
      Stencil s,
      Matrix weights,
      boolean byColumns,
      int rowSize,
      @Nullable Matrix bias,
      int first,
      int n,
      Panels shared) {
    PackWeights.pack(s, weights, byColumns, rowSize, bias, first, n, shared);
  }

  /**
   * Computes bands of output lines.
   *
   * @param n columns of the weights that {@code shared} holds
   * @param out a row for each output pixel of a line, its first column first
   * @param outLine elements from one line of the output to the next
   * @param outSample elements from one sample to the next
   * @param begin the first band, counted over all samples
   */
  public static void run(
      Stencil s,
      Panels shared,
      int n,
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
      long to = out.at(0, sample * outSample + first * outLine);
      int width;
      for (int j = 0; j < n; j += width) {
        width = stripWidth(n - j);
        int columns = Math.min(width, n - j);
        strip(s, first, lines, shared, j, width, columns, beta, out, outLine, to + j, panels);
      }
    }
  }

  /** Some lines of a sample x the columns of a strip. */
  private static void strip(
      Stencil s,
      int first,
      int lines,
      Panels shared,
      int j,
      int width,
      int columns,
      float beta,
      Matrix out,
      long outLine,
      long to,
      Panels panels) {
    int run = width == L ? 2 * RUN : RUN;
    int step = Math.multiplyExact(run, Stencil.CHUNK);
    int todo = Math.multiplyExact(Math.ceilDiv(s.outWidth, run), lines);
    int line = 0;
    int x = 0;
    int place = Panels.IMAGE;
    long row = to;
    int begin = firstTerm(s, first, shared);
    int end = pastTerm(s, first, shared);
    while (todo > 0) {
      int from = begin;
      int past = end;
      boolean left = !shared.finite || !s.startsOutside(x);
      boolean right = !shared.finite || !s.endsOutside(x + run - 1);
      int runs = 0;
      // The lines of a tile see the same lines of the kernel inside the image.
      while (runs < Math.min(RUNS, todo) && begin == from && end == past) {
        panels.places[runs] = place;
        panels.rows[runs] = row;
        panels.lengths[runs] = Math.min(run, s.outWidth - x);
        runs++;
        x += run;
        place += step;
        row += (long) run * out.ld();
        if (x >= s.outWidth) {
          line++;
          x = 0;
          place = Panels.IMAGE + s.place(line);
          row = to + line * outLine;
          begin = firstTerm(s, first + line, shared);
          end = pastTerm(s, first + line, shared);
        }
      }
      for (int i = runs; i < RUNS; i++) {
        panels.places[i] = panels.places[0];
      }
      if (beta != 0f) {
        load(runs, run, columns, beta, out, panels, width);
      }
      multiply(
          s,
          from,
          past,
          shared.packed,
          strip(s, j),
          width,
          beta == 0f ? Panels.ZERO : Panels.TILE,
          left,
          right,
          panels);
      store(runs, run, columns, out, panels, width);
      todo -= runs;
    }
  }

  private static int firstTerm(Stencil s, int outLine, Panels shared) {
    return shared.finite ? s.firstTermInside(outLine) : 0;
  }

  private static int pastTerm(Stencil s, int outLine, Panels shared) {
    return shared.finite ? s.pastTermInside(outLine) : s.terms;
  }

  /**
   * The terms {@code [begin, end)}, whole lines of the kernel.
   *
   * @param left whether the pixel before the first of the tile must be multiplied; it may be
   * @param right the same for the pixel behind the last one
   */
  private static void multiply(
      Stencil s,
      int begin,
      int end,
      float[] weights,
      int strip,
      int width,
      int start,
      boolean left,
      boolean right,
      Panels panels) {
    int terms = end - begin;
    int down = s.distance(begin);
    int w0 = strip + Math.multiplyExact(begin, width);
    int bias = strip + Math.multiplyExact(s.terms, width);
    float[] x = panels.packed;
    int tile = Panels.TILE;
    int x0 = panels.places[0] + down;
    if (width == L) {
      if (s.triples) {
        PixelKernel16.runTriples(
            terms, s.offsets, x, x0, weights, w0, bias, start, tile, left, right);
      } else {
        PixelKernel16.run(terms, s.offsets, x, x0, weights, w0, bias, start, tile);
      }
    } else if (Blocking.WIDE) {
      if (s.triples) {
        PixelKernel8.runTriples(
            terms, s.offsets, x, x0, weights, w0, bias, start, tile, left, right);
      } else {
        PixelKernel8.run(terms, s.offsets, x, x0, weights, w0, bias, start, tile);
      }
    } else {
      int x1 = panels.places[1] + down;
      int x2 = panels.places[2] + down;
      if (s.triples) {
        PixelKernel6.runTriples(terms, s.offsets, x, x0, x1, x2, weights, w0, bias, start, tile);
      } else if (s.channels % 2 == 0) {
        PixelKernel6.runPairs(terms, s.offsets, x, x0, x1, x2, weights, w0, bias, start, tile);
      } else {
        PixelKernel6.run(terms, s.offsets, x, x0, x1, x2, weights, w0, bias, start, tile);
      }
    }
  }

  private static void load(
      int runs, int run, int columns, float beta, Matrix out, Panels panels, int width) {
    float[] tile = panels.packed;
    int t = Panels.TILE;
    for (int i = 0; i < runs; i++) {
      Rows.read(out, panels.rows[i], panels.lengths[i], columns, tile, t, width);
      t += Math.multiplyExact(run, width);
    }
    if (beta != 1f) {
      for (int i = Panels.TILE; i < t; i++) {
        tile[i] *= beta;
      }
    }
  }

  /** Whole runs that follow one another in the output are written together. */
  private static void store(int runs, int run, int columns, Matrix out, Panels panels, int width) {
    int i = 0;
    while (i < runs) {
      int first = i;
      long row = panels.rows[first];
      int rows = 0;
      do {
        rows += panels.lengths[i];
        i++;
      } while (i < runs
          && panels.lengths[i - 1] == run
          && panels.rows[i] == row + (long) rows * out.ld());
      int tile = Panels.TILE + Math.multiplyExact(Math.multiplyExact(first, run), width);
      Rows.write(panels.packed, tile, width, rows, columns, out, row);
    }
  }
}
