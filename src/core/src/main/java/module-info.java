/**
 * Hand-vectorised CPU kernels for training neural networks.
 *
 * <p>The kernels themselves and the vector types behind them stay internal: they are reached
 * through {@code blas}, {@code autograd} and {@code optim}.
 */
module dev.lanewise {
  requires jdk.incubator.vector;
  requires jdk.management;
  requires static org.jspecify;

  exports dev.lanewise.autograd;
  exports dev.lanewise.blas;
  exports dev.lanewise.blas.symmetric;
  exports dev.lanewise.blas.triangular;
  exports dev.lanewise.io;
  exports dev.lanewise.memory;
  exports dev.lanewise.nn;
  exports dev.lanewise.optim;
  exports dev.lanewise.parallel;
}
