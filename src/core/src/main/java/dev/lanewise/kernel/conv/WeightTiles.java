package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.gemm.f32.Matrix;
import dev.lanewise.kernel.gemm.f32.Rows;
import dev.lanewise.kernel.gemm.micro.f32.Blocking;
import dev.lanewise.simd.Lanes;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * The gradient by the weights of a {@link Stencil}, as register tiles: with 32 registers of 8
 * output channels x 3 vectors of (tap, channels), with 16 those of {@link TermTiles}. A tile sums a
 * block of pixels without leaving the registers; all tiles of a thread sum a block before the next
 * one is packed.
 *
 * <p>Each element is {@code fma(gradient, image, ...)} over the output pixels in ascending order,
 * started with {@code beta * weight gradient} (0 if beta is 0). The bits depend neither on tiles
 * nor on the vector width.
 */
public final class WeightTiles {
  private static final int L = Lanes.F32_LANES;
  private static final int CHUNK = Stencil.CHUNK;

  /** Output channels of a tile with 32 registers. */
  private static final int OUTPUTS = 8;

  /** Vectors of such a tile: 24 accumulators. */
  private static final int VECTORS = 3;

  private static final int TILE =
      Blocking.WIDE ? Math.multiplyExact(OUTPUTS * VECTORS, L) : TermTiles.TILE;

  /** Output channels whose gradients lie together. */
  private static final int PLANE = Blocking.WIDE ? CHUNK : TermTiles.STRIP;

  private WeightTiles() {}

  /**
   * Whether a gradient is to be computed here, and not as a product: what it takes fits into the
   * panels, see {@link Stencil#holds}, and at most a quarter of the lanes and of the rows of the
   * tiles is idle.
   */
  public static boolean serve(
      long taps, int channels, int outputs, int outWidth, long reachY, long reachX, int strideX) {
    return Stencil.holds(taps, channels, outWidth, reachY, reachX, strideX)
        && outWidth <= Panels.PIXELS
        && (long) outWidth * Math.ceilDiv(outputs, CHUNK) * CHUNK <= Panels.GRADIENT_SIZE
        && (Blocking.WIDE ? fill(channels, outputs) : TermTiles.fill(taps, channels, outputs));
  }

  private static boolean fill(int channels, int outputs) {
    return 4L * channels >= 3L * Math.ceilDiv(channels, L) * L
        && 4L * outputs >= 3L * Math.ceilDiv(outputs, OUTPUTS) * OUTPUTS;
  }

  /** Tiles of the gradient. */
  public static long tiles(Stencil s, int outputs) {
    return Blocking.WIDE
        ? (long) Math.ceilDiv(outputs, OUTPUTS) * rowOfTiles(s)
        : TermTiles.tiles(s, outputs);
  }

  private static int rowOfTiles(Stencil s) {
    return Math.ceilDiv(Math.multiplyExact(s.taps, Math.ceilDiv(s.channels, L)), VECTORS);
  }

  /**
   * Computes the tiles {@code [begin, end)}, as many at a time as the panels hold.
   *
   * @param firstSample that is summed
   * @param pastSample the one behind the last
   * @param gradient a row for each output pixel
   * @param outputs columns of the gradient
   * @param weights a row for each output channel, (element of the kernel, channel)
   */
  public static void run(
      Stencil s,
      int firstSample,
      int pastSample,
      Matrix gradient,
      int outputs,
      float beta,
      Matrix weights,
      long begin,
      long end,
      Panels panels) {
    int most = Panels.WEIGHTS_SIZE / TILE;
    for (long first = begin; first < end; first += most) {
      int past = Math.toIntExact(Math.min(end, first + most));
      some(s, firstSample, pastSample, gradient, outputs, beta, weights, (int) first, past, panels);
    }
  }

  /**
   * {@code weights = weights + sums}, one sum after the other.
   *
   * @param sums that lie where packed weights would, one behind the other
   * @param count of them
   * @param size of each
   * @param weights as many elements, without gaps
   */
  public static void add(Panels sums, int count, int size, Matrix weights) {
    float[] packed = sums.packed;
    for (int begin = 0; begin < size; begin += Panels.IMAGE_SIZE) {
      int n = Math.min(Panels.IMAGE_SIZE, size - begin);
      long at = weights.at(0, begin);
      Rows.read(weights, at, 1, n, packed, Panels.IMAGE, n);
      for (int i = 0; i < count; i++) {
        add(packed, Panels.WEIGHTS + Math.multiplyExact(i, size) + begin, Panels.IMAGE, n);
      }
      Rows.write(packed, Panels.IMAGE, n, 1, n, weights, at);
    }
  }

  private static void add(float[] a, int from, int to, int n) {
    int i = 0;
    for (; i <= n - L; i += L) {
      FloatVector sum = FloatVector.fromArray(Lanes.F32, a, to + i);
      sum.add(FloatVector.fromArray(Lanes.F32, a, from + i)).intoArray(a, to + i);
    }
    for (; i < n; i++) {
      a[to + i] += a[from + i];
    }
  }

  /** Lays the images in the panels: before {@link #run}, after the last tap. */
  public static void prepare(Stencil s, int samples, int outputs) {
    s.layPixels(samples, outputs);
  }

  private static void some(
      Stencil s,
      int firstSample,
      int pastSample,
      Matrix gradient,
      int outputs,
      float beta,
      Matrix weights,
      int begin,
      int end,
      Panels panels) {
    if (Blocking.WIDE) {
      move(s, outputs, beta, weights, begin, end, false, panels);
    } else {
      TermTiles.start(s, outputs, beta, weights, begin, end, panels);
    }
    for (int sample = firstSample; sample < pastSample; sample += s.bandSamples) {
      int together = Math.min(s.bandSamples, pastSample - sample);
      for (int line = 0; line < s.outHeight; line += s.bandLines) {
        int lines = Math.min(s.bandLines, s.outHeight - line);
        block(s, sample, together, line, lines, gradient, outputs, begin, end, panels);
      }
    }
    if (Blocking.WIDE) {
      move(s, outputs, beta, weights, begin, end, true, panels);
    } else {
      TermTiles.finish(s, outputs, weights, begin, end, panels);
    }
  }

  /** Adds some lines of some samples; of several samples, all lines. */
  private static void block(
      Stencil s,
      int sample,
      int samples,
      int first,
      int lines,
      Matrix gradient,
      int outputs,
      int begin,
      int end,
      Panels panels) {
    int pixels = 0;
    for (int i = 0; i < samples; i++) {
      int slot = Panels.IMAGE + Math.multiplyExact(i, s.sampleSize);
      PackImages.pack(s, sample + i, first, lines, panels.packed, slot);
      for (int line = 0; line < lines; line++) {
        int place = slot + s.place(line);
        for (int x = 0; x < s.outWidth; x++) {
          panels.places[pixels] = place;
          place += CHUNK;
          pixels++;
        }
      }
    }
    long pixel = ((long) sample * s.outHeight + first) * s.outWidth;
    int plane = Panels.GRADIENT;
    for (int output = 0; output < outputs; output += PLANE) {
      int columns = Math.min(PLANE, outputs - output);
      long from = gradient.at(pixel, output);
      Rows.read(gradient, from, pixels, columns, panels.packed, plane, PLANE);
      plane += Math.multiplyExact(pixels, PLANE);
    }
    if (Blocking.WIDE) {
      add(s, pixels, begin, end, panels);
    } else {
      TermTiles.add(s, pixels, begin, end, panels);
    }
  }

  /** Adds packed pixels to the sums of tiles. */
  private static void add(Stencil s, int pixels, int begin, int end, Panels panels) {
    float[] packed = panels.packed;
    int planeSize = Math.multiplyExact(pixels, PLANE);
    boolean pairs = s.outWidth % 2 == 0 && s.tapsAreTriples();
    int rowOfTiles = rowOfTiles(s);
    int sum = Panels.WEIGHTS;
    for (int tile = begin; tile < end; tile++) {
      int output = Math.multiplyExact(tile / rowOfTiles, OUTPUTS);
      int dy = Panels.GRADIENT + Math.multiplyExact(output / PLANE, planeSize) + output % PLANE;
      int vector = Math.multiplyExact(tile % rowOfTiles, VECTORS);
      int x0 = offset(s, vector);
      if (pairs) {
        WeightKernel8.runPairs(pixels, panels.places, packed, dy, x0, sum);
      } else {
        int x1 = offset(s, vector + 1);
        int x2 = offset(s, vector + 2);
        WeightKernel8.run(pixels, panels.places, packed, dy, x0, x1, x2, sum);
      }
      sum += TILE;
    }
  }

  /**
   * Where a vector lies, seen from the output pixel; past the last one, where the last one does.
   */
  private static int offset(Stencil s, int vector) {
    int last = Math.multiplyExact(s.taps, Math.ceilDiv(s.channels, L)) - 1;
    int v = Math.min(vector, last);
    return s.offset(v % s.taps, Math.multiplyExact(v / s.taps, L));
  }

  /** Moves the sums of the tiles to the gradient of the weights, or starts them from it. */
  private static void move(
      Stencil s,
      int outputs,
      float beta,
      Matrix weights,
      int begin,
      int end,
      boolean out,
      Panels panels) {
    float[] packed = panels.packed;
    int size = Math.multiplyExact(end - begin, TILE);
    if (!out) {
      Arrays.fill(packed, Panels.WEIGHTS, Panels.WEIGHTS + size, 0f);
      if (beta == 0f) {
        return;
      }
    }
    int rowOfTiles = rowOfTiles(s);
    int vectors = Math.multiplyExact(s.taps, Math.ceilDiv(s.channels, L));
    int sum = Panels.WEIGHTS;
    for (int tile = begin; tile < end; tile++) {
      int output = Math.multiplyExact(tile / rowOfTiles, OUTPUTS);
      int rows = Math.min(OUTPUTS, outputs - output);
      int vector = Math.multiplyExact(tile % rowOfTiles, VECTORS);
      for (int i = 0; i < Math.min(VECTORS, vectors - vector); i++) {
        int channel = Math.multiplyExact((vector + i) / s.taps, L);
        int columns = Math.min(L, s.channels - channel);
        long element = (long) s.element[(vector + i) % s.taps] * s.channels + channel;
        long at = weights.at(output, element);
        int from = sum + Math.multiplyExact(i, L);
        int stride = VECTORS * L;
        if (out) {
          Rows.write(packed, from, stride, rows, columns, weights, at);
        } else {
          Rows.read(weights, at, rows, columns, packed, from, stride);
        }
      }
      sum += TILE;
    }
    if (!out && beta != 1f) {
      for (int i = Panels.WEIGHTS; i < Panels.WEIGHTS + size; i++) {
        packed[i] *= beta;
      }
    }
  }
}
