package dev.lanewise.autograd.higher;

import java.util.List;

/** A function of some tensors, written with ops of this package. */
@FunctionalInterface
public interface TensorFunction {
  /** Computes it; the same for the same values. */
  DoubleTensor apply(List<DoubleTensor> x);
}
