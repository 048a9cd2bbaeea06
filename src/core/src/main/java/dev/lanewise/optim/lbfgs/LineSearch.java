package dev.lanewise.optim.lbfgs;

import java.util.function.DoubleSupplier;

/**
 * A step along a direction that satisfies the strong Wolfe conditions, {@code f(a) <= f(0) + c1 a
 * f'(0)} and {@code |f'(a)| <= -c2 f'(0)} (J. Nocedal, S. J. Wright: Numerical Optimization, 2006,
 * algorithms 3.5 and 3.6, with cubic interpolation).
 */
final class LineSearch {
  private static final double C1 = 1e-4;
  private static final double C2 = 0.9;
  private static final int MOST_EVALUATIONS = 25;

  /** A new place keeps this part of the interval from both its ends. */
  private static final double MARGIN = 0.1;

  private final Vectors vectors;
  private final DoubleSupplier loss;
  private double start;
  private double slope;
  private double step;
  private double value;
  private double derivative;
  private int evaluations;

  LineSearch(Vectors vectors, DoubleSupplier loss) {
    this.vectors = vectors;
    this.loss = loss;
  }

  /** The step of the last search; 0 if nothing lower was found. */
  double step() {
    return step;
  }

  /**
   * Searches; the parameters and gradients are those of the step found afterwards.
   *
   * @param f the loss at the start
   * @param slope its derivative along the direction, below 0
   * @param first the step to try first
   * @return the loss at the step found
   */
  double run(double f, double slope, double first) {
    start = f;
    this.slope = slope;
    evaluations = 0;
    double before = 0;
    double fBefore = f;
    double dBefore = slope;
    double at = first;
    while (evaluations < MOST_EVALUATIONS) {
      evaluate(at);
      if (!(value <= start + C1 * at * slope) || (before > 0 && value >= fBefore)) {
        return zoom(before, fBefore, dBefore, at, value, derivative);
      }
      if (Math.abs(derivative) <= -C2 * slope) {
        return value;
      }
      if (derivative >= 0) {
        return zoom(at, value, derivative, before, fBefore, dBefore);
      }
      before = at;
      fBefore = value;
      dBefore = derivative;
      at *= 2;
    }
    return value;
  }

  /** Between the lowest place so far and one where the loss or its slope has turned. */
  private double zoom(double lo, double fLo, double dLo, double hi, double fHi, double dHi) {
    while (evaluations < MOST_EVALUATIONS && Math.abs(hi - lo) > 1e-9 * Math.max(lo, hi)) {
      double at = between(lo, fLo, dLo, hi, fHi, dHi);
      evaluate(at);
      if (!(value <= start + C1 * at * slope) || value >= fLo) {
        hi = at;
        fHi = value;
        dHi = derivative;
      } else {
        if (Math.abs(derivative) <= -C2 * slope) {
          return value;
        }
        if (derivative * (hi - lo) >= 0) {
          hi = lo;
          fHi = fLo;
          dHi = dLo;
        }
        lo = at;
        fLo = value;
        dLo = derivative;
      }
    }
    // Sufficient decrease without the curvature, or the start itself.
    evaluate(lo);
    return value;
  }

  private static double between(
      double lo, double fLo, double dLo, double hi, double fHi, double dHi) {
    double d1 = dLo + dHi - 3 * (fLo - fHi) / (lo - hi);
    double square = d1 * d1 - dLo * dHi;
    double at = Double.NaN;
    if (square >= 0) {
      double d2 = Math.signum(hi - lo) * Math.sqrt(square);
      at = hi - (hi - lo) * ((dHi + d2 - d1) / (dHi - dLo + 2 * d2));
    }
    double from = lo + MARGIN * (hi - lo);
    double to = hi - MARGIN * (hi - lo);
    if (Double.isNaN(at)) {
      return (from + to) / 2;
    }
    return Math.max(Math.min(from, to), Math.min(Math.max(from, to), at));
  }

  private void evaluate(double at) {
    evaluations++;
    step = at;
    vectors.moveTo(at);
    double f = loss.getAsDouble();
    vectors.gatherGradients();
    value = Double.isNaN(f) ? Double.POSITIVE_INFINITY : f;
    derivative = vectors.dot(vectors.direction, vectors.gradient);
  }
}
