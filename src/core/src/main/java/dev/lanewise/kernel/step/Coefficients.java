package dev.lanewise.kernel.step;

/** What steps need of the step count, in double precision. */
public final class Coefficients {
  /** Where NAdam's product is so small that one minus it is one. */
  private static final double VANISHED = 0x1p-60;

  private static final double LOG_096 = StrictMath.log(0.96);

  private Coefficients() {}

  /**
   * {@code base^n} by squaring: the same bits on every machine, which Math.pow does not promise,
   * and no garbage, which StrictMath.pow leaves. The error is below {@code n base^n 2^-53}, for
   * betas up to 0.9999 under 1e-12.
   */
  public static double power(double base, long n) {
    double power = 1;
    double square = base;
    for (long bits = n; bits > 0; bits >>= 1) {
      if ((bits & 1) == 1) {
        power *= square;
      }
      square *= square;
    }
    return power;
  }

  /** {@code 1 - beta^t}: what a mean that began at 0 lacks after t steps. */
  public static double biasCorrection(double beta, long t) {
    return 1 - power(beta, t);
  }

  /**
   * RAdam's rectification of step t (L. Liu et al.: On the Variance of the Adaptive Learning Rate
   * and Beyond, 2020, algorithm 2), or NaN where the variance is not tractable: {@code rho <= 5},
   * as in PyTorch.
   */
  public static double rectification(double beta2, long t) {
    double rhoMax = 2 / (1 - beta2) - 1;
    double power = power(beta2, t);
    double rho = rhoMax - 2 * t * power / (1 - power);
    if (!(rho > 5)) {
      return Double.NaN;
    }
    return Math.sqrt((rho - 4) * (rho - 2) * rhoMax / ((rhoMax - 4) * (rhoMax - 2) * rho));
  }

  /** NAdam's decay, {@code 0.96^psi}; by the exponential, which leaves no garbage. */
  public static double nadamDecay(double psi) {
    return StrictMath.exp(psi * LOG_096);
  }

  /** NAdam's momentum of step t, {@code beta1 (1 - decay^t / 2)}; {@code decay = 0.96^psi}. */
  public static double nadamMomentum(double beta1, double decay, long t) {
    return beta1 * (1 - 0.5 * power(decay, t));
  }

  /** The product of NAdam's momenta of steps 1 to t, 0 once it is too small to matter. */
  public static double nadamProduct(double beta1, double decay, long t) {
    double product = 1;
    for (long i = 1; i <= t && product > VANISHED; i++) {
      product *= nadamMomentum(beta1, decay, i);
    }
    return product > VANISHED ? product : 0;
  }
}
