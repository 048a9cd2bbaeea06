package dev.lanewise.blas.f32;

/** The documented orders of the sums, one virtual lane at a time. */
@SuppressWarnings("cast")
final class Sums {
  static final int BLOCK = 16_384 / Float.BYTES;

  private Sums() {}

  @FunctionalInterface
  interface Term {
    float addTo(float sum, int i);
  }

  /** {@code n} terms in blocks, each over so many virtual lanes. */
  static float sum(int n, int virtualLanes, Term term) {
    float sum = 0;
    for (int b = 0; b < n; b += BLOCK) {
      int size = Math.min(BLOCK, n - b);
      int whole = size - size % virtualLanes;
      float[] lanes = new float[virtualLanes];
      for (int i = 0; i < whole; i++) {
        lanes[i % virtualLanes] = term.addTo(lanes[i % virtualLanes], b + i);
      }
      float tail = 0;
      for (int i = whole; i < size; i++) {
        tail = term.addTo(tail, b + i);
      }
      for (int half = virtualLanes / 2; half > 0; half /= 2) {
        for (int j = 0; j < half; j++) {
          lanes[j] += lanes[j + half];
        }
      }
      sum += lanes[0] + tail;
    }
    return sum;
  }

  /** A sum of squares as the norms have it: in double precision, over 16 virtual lanes. */
  static double squares(float[] x) {
    double sum = 0;
    for (int b = 0; b < x.length; b += BLOCK) {
      int size = Math.min(BLOCK, x.length - b);
      int whole = size - size % 16;
      double[] lanes = new double[16];
      double tail = 0;
      for (int i = 0; i < size; i++) {
        double xi = x[b + i];
        if (i < whole) {
          lanes[i % 16] = Math.fma(xi, xi, lanes[i % 16]);
        } else {
          tail = Math.fma(xi, xi, tail);
        }
      }
      for (int half = 8; half > 0; half /= 2) {
        for (int j = 0; j < half; j++) {
          lanes[j] += lanes[j + half];
        }
      }
      sum += lanes[0] + tail;
    }
    return sum;
  }
}
