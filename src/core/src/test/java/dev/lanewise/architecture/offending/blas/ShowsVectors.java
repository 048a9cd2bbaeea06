package dev.lanewise.architecture.offending.blas;

import jdk.incubator.vector.FloatVector;

/** A vector type above the kernels, and shown to users. */
public final class ShowsVectors {
  private ShowsVectors() {}

  public static FloatVector twice(FloatVector x) {
    return x.add(x);
  }
}
