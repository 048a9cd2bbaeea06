package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.gemm.f32.Matrix;
import dev.lanewise.kernel.gemm.f32.Rows;
import dev.lanewise.kernel.gemm.f32.Transposer;
import dev.lanewise.simd.Lanes;
import java.util.Arrays;

/**
 * The gradient by the weights, for 16 vector registers: tiles of three pairs of adjacent channels,
 * each through a tap of its own, x two vectors of output channels. So three channels fill tiles as
 * well as 64 do.
 */
final class TermTiles {
  private static final int L = Lanes.F32_LANES;

  /** Output channels of a tile. */
  static final int STRIP = 2 * L;

  /** Pairs of channels of a tile. */
  private static final int PAIRS = 3;

  /** Elements of a tile: a row for each channel. */
  static final int TILE = Math.multiplyExact(2 * PAIRS, STRIP);

  /** Most channels that are transposed together: their rows fit where images were. */
  private static final int TOGETHER = Panels.IMAGE_SIZE / 16;

  private TermTiles() {}

  /** Whether at most a quarter of the tiles is idle. */
  static boolean fill(long taps, int channels, int outputs) {
    long rows = Math.ceilDiv(taps * Math.ceilDiv(channels, 2), (long) PAIRS) * PAIRS * 2;
    long columns = (long) Math.ceilDiv(outputs, STRIP) * STRIP;
    return 4 * taps * channels >= 3 * rows && 4L * outputs >= 3 * columns;
  }

  /** Tiles of the gradient: those of a strip of outputs after one another. */
  static long tiles(Stencil s, int outputs) {
    return (long) Math.ceilDiv(outputs, STRIP) * tilesOfStrip(s);
  }

  private static int tilesOfStrip(Stencil s) {
    return Math.ceilDiv(pairs(s), PAIRS);
  }

  private static int pairs(Stencil s) {
    return Math.multiplyExact(s.taps, pairsOfTap(s));
  }

  private static int pairsOfTap(Stencil s) {
    return Math.ceilDiv(s.channels, 2);
  }

  /** Adds packed pixels to the sums of the tiles {@code [begin, end)}. */
  static void add(Stencil s, int pixels, int begin, int end, Panels panels) {
    float[] packed = panels.packed;
    int[] places = panels.places;
    int tilesOfStrip = tilesOfStrip(s);
    int sum = Panels.WEIGHTS;
    for (int tile = begin; tile < end; tile++) {
      int plane = Math.multiplyExact(tile / tilesOfStrip, pixels);
      int dy = Panels.GRADIENT + Math.multiplyExact(plane, STRIP);
      int pair = Math.multiplyExact(tile % tilesOfStrip, PAIRS);
      int x0 = offset(s, pair);
      int x1 = offset(s, pair + 1);
      int x2 = offset(s, pair + 2);
      if (s.outWidth % 2 == 0) {
        WeightKernel6.runPairs(pixels, places, packed, dy, x0, x1, x2, sum);
      } else {
        WeightKernel6.run(pixels, places, packed, dy, x0, x1, x2, sum);
      }
      sum += TILE;
    }
  }

  /** Where a pair lies, seen from the output pixel; past the last one, where the last one does. */
  private static int offset(Stencil s, int pair) {
    int p = Math.min(pair, pairs(s) - 1);
    int ofTap = pairsOfTap(s);
    return s.offsets[Math.multiplyExact(p / ofTap, s.channels) + p % ofTap * 2];
  }

  /** Starts the sums of the tiles {@code [begin, end)} with {@code beta * weights}. */
  static void start(
      Stencil s, int outputs, float beta, Matrix weights, int begin, int end, Panels panels) {
    float[] sums = panels.packed;
    int past = Panels.WEIGHTS + Math.multiplyExact(end - begin, TILE);
    if (beta == 0f) {
      Arrays.fill(sums, Panels.WEIGHTS, past, 0f);
      return;
    }
    move(s, outputs, weights, begin, end, false, panels);
    for (int i = Panels.WEIGHTS; i < past; i++) {
      sums[i] *= beta;
    }
  }

  /** Moves the sums of the tiles {@code [begin, end)} to the weights. */
  static void finish(Stencil s, int outputs, Matrix weights, int begin, int end, Panels panels) {
    move(s, outputs, weights, begin, end, true, panels);
  }

  private static void move(
      Stencil s, int outputs, Matrix weights, int begin, int end, boolean out, Panels panels) {
    int tilesOfStrip = tilesOfStrip(s);
    int sum = Panels.WEIGHTS;
    int past;
    for (int tile = begin; tile < end; tile = past) {
      int strip = tile / tilesOfStrip;
      int first = Math.multiplyExact(strip, tilesOfStrip);
      past = Math.min(end, first + tilesOfStrip);
      int pair = Math.multiplyExact(tile - first, PAIRS);
      int last = Math.min(pairs(s), Math.multiplyExact(past - first, PAIRS));
      strip(s, Math.multiplyExact(strip, STRIP), outputs, weights, pair, last, out, sum, panels);
      sum += Math.multiplyExact(past - tile, TILE);
    }
  }

  /** The pairs {@code [begin, end)} of a strip, tap by tap. */
  private static void strip(
      Stencil s,
      int output,
      int outputs,
      Matrix weights,
      int begin,
      int end,
      boolean out,
      int sum,
      Panels panels) {
    int ofTap = pairsOfTap(s);
    int rows = Math.min(STRIP, outputs - output);
    int at = sum;
    int next;
    for (int pair = begin; pair < end; pair = next) {
      int tap = pair / ofTap;
      int first = Math.multiplyExact(tap, ofTap);
      next = Math.min(Math.min(end, first + ofTap), pair + TOGETHER / 2);
      int channel = 2 * (pair - first);
      int channels = Math.min(s.channels, 2 * (next - first)) - channel;
      long corner = weights.at(output, (long) s.element[tap] * s.channels + channel);
      if (out) {
        transpose(at, channels, rows, weights, corner, panels);
      } else {
        Transposer.run(weights, corner, rows, channels, panels.packed, at, STRIP, panels.stage);
      }
      at += Math.multiplyExact(next - pair, 2 * STRIP);
    }
  }

  private static void transpose(
      int sum, int channels, int rows, Matrix weights, long corner, Panels panels) {
    int stride = Math.multiplyExact(Math.ceilDiv(channels, 8), 8);
    panels.sums.set(panels.packed, 0, STRIP, false);
    Transposer.run(
        panels.sums, sum, channels, rows, panels.packed, Panels.IMAGE, stride, panels.stage);
    Rows.write(panels.packed, Panels.IMAGE, stride, rows, channels, weights, corner);
  }
}
