package dev.lanewise.optim.step.f32;

import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.step.StepOptions;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * Adadelta, {@code v = rho v + (1 - rho) g^2}, {@code e = sqrt(d + eps) / sqrt(v + eps) g}, {@code
 * d = rho d + (1 - rho) e^2}, {@code w -= lr e} (M. D. Zeiler: ADADELTA: An Adaptive Learning Rate
 * Method, 2012, algorithm 1). A NaN or infinite gradient spoils its own parameter and state and no
 * other's. Error: {@code 2 u |w| + 13 u |lr e|}, u = 2^-24.
 */
@SuppressWarnings("cast") // coefficients are of double precision already in one of the twins
public final class AdadeltaStep {
  static {
    VectorModule.require();
  }

  private AdadeltaStep() {}

  /**
   * Updates the parameters {@code [begin, end)}.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if the options say so
   * @param v mean square of the gradient: read and overwritten
   * @param d mean square of the update: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param lr learning rate
   * @param rho decay of the means
   * @param eps keeps the quotient finite
   * @param options what else the pass does
   */
  public static void step(
      float[] params,
      float[] grads,
      float[] v,
      float[] d,
      int begin,
      int end,
      float lr,
      float rho,
      float eps,
      StepOptions options) {
    Operands.check(begin, end, params, grads, v, d, null);
    HyperParameter.LR.require(lr);
    HyperParameter.RHO.require(rho);
    HyperParameter.EPS.require(eps);
    dev.lanewise.kernel.step.adaptive.f32.arrays.Adadelta.step(
        params,
        0,
        grads,
        0,
        v,
        0,
        d,
        0,
        begin,
        end,
        lr,
        rho,
        eps,
        (float) options.gradScale(),
        (float) options.clipValue(),
        (float) options.l2(),
        (float) options.decay(lr),
        options.zeroGrads());
  }

  /** The same on segments of an arena. */
  public static void step(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment v,
      MemorySegment d,
      long begin,
      long end,
      float lr,
      float rho,
      float eps,
      StepOptions options) {
    Operands.check(begin, end, params, grads, v, d, null);
    HyperParameter.LR.require(lr);
    HyperParameter.RHO.require(rho);
    HyperParameter.EPS.require(eps);
    dev.lanewise.kernel.step.adaptive.f32.segments.Adadelta.step(
        params,
        grads,
        v,
        d,
        begin,
        end,
        lr,
        rho,
        eps,
        (float) options.gradScale(),
        (float) options.clipValue(),
        (float) options.l2(),
        (float) options.decay(lr),
        options.zeroGrads());
  }

  /** Whole arrays, and nothing but the step. */
  public static void step(
      float[] params, float[] grads, float[] v, float[] d, float lr, float rho, float eps) {
    step(params, grads, v, d, 0, params.length, lr, rho, eps, StepOptions.NONE);
  }

  /** Whole segments, as the form for whole arrays. */
  public static void step(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment v,
      MemorySegment d,
      float lr,
      float rho,
      float eps) {
    step(params, grads, v, d, 0, params.byteSize() / Float.BYTES, lr, rho, eps, StepOptions.NONE);
  }
}
