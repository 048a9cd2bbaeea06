package dev.lanewise.kernel.gemm.micro.f32;

import dev.lanewise.kernel.activation.arrays.Gelu;

/** GELU of finished elements; its twin in double precision is written by hand. */
public final class RowGelu {
  private RowGelu() {}

  /** {@code x = gelu(x)} for the elements {@code [begin, end)}. */
  public static void run(float[] x, int begin, int end) {
    Gelu.forward(x, 0, x, 0, begin, end);
  }
}
