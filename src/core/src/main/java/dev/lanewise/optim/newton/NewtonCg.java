package dev.lanewise.optim.newton;

import dev.lanewise.autograd.curvature.ConjugateGradient;
import dev.lanewise.autograd.curvature.Hessian;
import dev.lanewise.autograd.curvature.Objective;
import dev.lanewise.blas.Level1;

/**
 * Newton's method in a trust region, its steps by conjugate gradients (J. Nocedal, S. J. Wright:
 * Numerical Optimization, 2006, algorithms 4.1 and 7.2). It uses directions of negative curvature
 * instead of stumbling over them; near a minimum each iteration squares the error. For functions
 * without noise. At a place without slope it ends, also at a saddle: {@code Lanczos.extremes} tells
 * which one it is.
 *
 * <pre>{@code
 * Objective objective = new Objective(graph, w -> loss(w), layouts);
 * NewtonCg.Result result = NewtonCg.minimize(objective, start, 50, 1e-10);
 * }</pre>
 */
public final class NewtonCg {
  private static final double FIRST_RADIUS = 1;

  /** A step is taken if it goes down by this part of what the model promises. */
  private static final double ACCEPTED = 1e-4;

  private static final double POOR = 0.25;
  private static final double GOOD = 0.75;

  /** Below this part of the value a difference of two is rounding: the model is believed. */
  private static final double ROUNDING = 1e-14;

  /** What came out. */
  public static final class Result {
    private final double[] x;
    private final double value;
    private final double gradientNorm;
    private final int iterations;
    private final int products;

    private Result(double[] x, double value, double gradientNorm, int iterations, int products) {
      this.x = x;
      this.value = value;
      this.gradientNorm = gradientNorm;
      this.iterations = iterations;
      this.products = products;
    }

    /** The place, in an array of the caller's. */
    public double[] x() {
      return x.clone();
    }

    /** The value there. */
    public double value() {
      return value;
    }

    /** The norm of the gradient there. */
    public double gradientNorm() {
      return gradientNorm;
    }

    /** Steps that were tried. */
    public int iterations() {
      return iterations;
    }

    /** Products with Hessians. */
    public int products() {
      return products;
    }
  }

  private NewtonCg() {}

  /**
   * Goes down.
   *
   * @param start not changed
   * @param most iterations, at least 0
   * @param tolerance norm of the gradient that counts as none, at least 0
   * @throws ArithmeticException if value or gradient at the start is not finite
   */
  public static Result minimize(Objective objective, double[] start, int most, double tolerance) {
    if (most < 0 || !(tolerance >= 0)) {
      throw new IllegalArgumentException(
          "most = " + most + ", tolerance = " + tolerance + ": want 0 or more of both");
    }
    double[] x = start.clone();
    Hessian here = objective.at(x);
    double[] gradient = here.gradient();
    double slope = Level1.dnrm2(gradient.length, gradient);
    if (!Double.isFinite(here.value()) || !Double.isFinite(slope)) {
      throw new ArithmeticException(
          "the value at the start is "
              + here.value()
              + ", the norm of the gradient "
              + slope
              + ": a finite start is wanted");
    }
    double radius = FIRST_RADIUS;
    int products = 0;
    int iterations = 0;
    while (slope > tolerance && iterations < most && radius > Double.MIN_NORMAL) {
      ConjugateGradient.Solution step = step(here, gradient, slope, radius);
      products += step.products() + 1;
      iterations++;
      double[] s = step.x();
      double[] next = x.clone();
      Level1.daxpy(next.length, 1, s, next);
      double promised = promised(here, gradient, s);
      double ratio = ratio(here.value() - objective.value(next), promised, here.value());
      double length = Level1.dnrm2(s.length, s);
      if (!(ratio >= POOR)) {
        radius = length / 4;
      } else if (ratio > GOOD && step.end() != ConjugateGradient.End.CONVERGED) {
        radius = Math.max(radius, 2 * length);
      }
      if (ratio > ACCEPTED) {
        x = next;
        here = objective.at(x);
        gradient = here.gradient();
        slope = Level1.dnrm2(gradient.length, gradient);
      }
    }
    return new Result(x, here.value(), slope, iterations, products);
  }

  /** As exact as the gradient is small: converges faster than linearly. */
  private static ConjugateGradient.Solution step(
      Hessian here, double[] gradient, double slope, double radius) {
    double[] down = gradient.clone();
    Level1.dscal(down.length, -1, down);
    double tolerance = Math.min(0.5, Math.sqrt(slope)) * slope;
    return ConjugateGradient.within(radius, here, down, tolerance, 2 * down.length);
  }

  /** {@code -(g's + s'Hs / 2)}. */
  private static double promised(Hessian here, double[] gradient, double[] s) {
    double[] hs = here.times(s);
    return -Level1.ddot(s.length, gradient, s) - Level1.ddot(s.length, s, hs) / 2;
  }

  private static double ratio(double got, double promised, double value) {
    double rounding = ROUNDING * Math.abs(value);
    return Math.abs(got) <= rounding && promised <= rounding ? 1 : got / promised;
  }
}
