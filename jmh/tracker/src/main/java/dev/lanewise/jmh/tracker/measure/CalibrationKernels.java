package dev.lanewise.jmh.tracker.measure;

import java.util.Arrays;
import java.util.Locale;

/**
 * A program of its own that tells what the machine gives right now: multiply-adds over arrays that
 * stay in the first-level cache, and a triad over arrays that fit no cache (J. McCalpin: STREAM,
 * 1995). Plain loops that C2 vectorises by itself: a yardstick that follows clock, steal and
 * bandwidth, not the peak of the machine, since each multiply-add loads and stores its sum.
 */
public final class CalibrationKernels {
  private static final int SUMS = 1024;
  private static final int PASSES = 4096;
  private static final int TRIAD = 8 << 20;
  private static final int SAMPLES = 7;
  private static final long WARM_UP_NANOS = 200_000_000;

  /** Longer than the turns in which a hypervisor or a kernel gives a core to others. */
  private static final long SAMPLE_NANOS = 30_000_000;

  private CalibrationKernels() {}

  /** Prints GFLOP/s and GB/s. */
  public static void main(String[] arguments) {
    float[] sums = new float[SUMS];
    double flops = median(() -> fma(sums, 0.5f), 2.0 * SUMS * PASSES);
    float[] a = filled(1);
    float[] b = filled(2);
    float[] y = filled(0);
    double bytes = median(() -> triad(a, b, y), 12.0 * TRIAD);
    if (!(sums[1] > 0) || y[TRIAD - 1] != 7) {
      throw new IllegalStateException("the kernels computed " + sums[1] + " and " + y[TRIAD - 1]);
    }
    System.out.printf(Locale.ROOT, "%.4f %.4f%n", flops, bytes);
  }

  private static float[] filled(float value) {
    float[] filled = new float[TRIAD];
    Arrays.fill(filled, value);
    return filled;
  }

  /** The median of the rates in units of 1e9 per second. */
  private static double median(Runnable kernel, double work) {
    rate(kernel, work, WARM_UP_NANOS);
    double[] rates = new double[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      rates[i] = rate(kernel, work, SAMPLE_NANOS);
    }
    Arrays.sort(rates);
    return rates[SAMPLES / 2];
  }

  private static double rate(Runnable kernel, double work, long atLeastNanos) {
    long begin = System.nanoTime();
    long passed;
    int calls = 0;
    do {
      kernel.run();
      calls++;
      passed = System.nanoTime() - begin;
    } while (passed < atLeastNanos);
    return work * calls / passed;
  }

  private static void fma(float[] sums, float scale) {
    for (int pass = 0; pass < PASSES; pass++) {
      multiplyAdd(sums, scale);
    }
  }

  private static void multiplyAdd(float[] sums, float scale) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] = Math.fma(sums[i], scale, 1f);
    }
  }

  private static void triad(float[] a, float[] b, float[] y) {
    for (int i = 0; i < y.length; i++) {
      y[i] = Math.fma(3f, b[i], a[i]);
    }
  }
}
