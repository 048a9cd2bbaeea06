package dev.lanewise.blas;

import dev.lanewise.kernel.gemm.f32.Epilogue;

/** What a product with a bias applies to each element before it writes it. */
public enum Activation {
  /** The sum as it is. */
  NONE(Epilogue.BIAS),
  /** Rectified linear unit: {@code x > 0 ? x : 0}; NaN stays NaN, -0 becomes 0. Exact. */
  RELU(Epilogue.RELU),
  /**
   * Gaussian error linear unit, tanh form: {@code 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715
   * x^3)))}, within 1.7 ULP for {@code x >= 0} and 0.8 * 2^-24 absolute below, as measured; NaN
   * stays NaN. In single precision alone.
   */
  GELU(Epilogue.GELU);

  final int epilogue;

  Activation(int epilogue) {
    this.epilogue = epilogue;
  }
}
