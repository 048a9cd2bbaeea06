/**
 * Hand-vectorised CPU kernels for training neural networks.
 *
 * <p>The kernels themselves and the vector types behind them stay internal: they are reached
 * through {@code blas}, {@code ops}, {@code autograd} and {@code optim}.
 */
module dev.lanewise {
  requires jdk.incubator.vector;
  requires jdk.management;
  requires static org.jspecify;

  exports dev.lanewise.autograd;
  exports dev.lanewise.autograd.attention;
  exports dev.lanewise.autograd.conv;
  exports dev.lanewise.autograd.curvature;
  exports dev.lanewise.autograd.diagnosis;
  exports dev.lanewise.autograd.elementwise;
  exports dev.lanewise.autograd.higher;
  exports dev.lanewise.autograd.recompute;
  exports dev.lanewise.autograd.recurrent;
  exports dev.lanewise.autograd.reference;
  exports dev.lanewise.autograd.rows;
  exports dev.lanewise.autograd.shapes;
  exports dev.lanewise.blas;
  exports dev.lanewise.blas.symmetric;
  exports dev.lanewise.blas.triangular;
  exports dev.lanewise.io;
  exports dev.lanewise.io.data;
  exports dev.lanewise.memory;
  exports dev.lanewise.nn;
  exports dev.lanewise.nn.recurrent;
  exports dev.lanewise.nn.transformer;
  exports dev.lanewise.nn.vision;
  exports dev.lanewise.ops.activation;
  exports dev.lanewise.ops.arithmetic;
  exports dev.lanewise.ops.broadcast;
  exports dev.lanewise.ops.cast;
  exports dev.lanewise.ops.conv;
  exports dev.lanewise.ops.fused;
  exports dev.lanewise.ops.gated;
  exports dev.lanewise.ops.gather;
  exports dev.lanewise.ops.loss;
  exports dev.lanewise.ops.norm;
  exports dev.lanewise.ops.random;
  exports dev.lanewise.ops.reduce;
  exports dev.lanewise.ops.shape;
  exports dev.lanewise.ops.softmax;
  exports dev.lanewise.ops.unary;
  exports dev.lanewise.optim;
  exports dev.lanewise.optim.adaptive;
  exports dev.lanewise.optim.averaged;
  exports dev.lanewise.optim.factored;
  exports dev.lanewise.optim.layerwise;
  exports dev.lanewise.optim.lbfgs;
  exports dev.lanewise.optim.matrix;
  exports dev.lanewise.optim.momentum;
  exports dev.lanewise.optim.newton;
  exports dev.lanewise.optim.schedule;
  exports dev.lanewise.optim.state;
  exports dev.lanewise.optim.step;
  exports dev.lanewise.optim.step.f32;
  exports dev.lanewise.optim.step.f64;
  exports dev.lanewise.optim.weights;
  exports dev.lanewise.parallel;
}
