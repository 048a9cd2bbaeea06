package dev.lanewise.kernel.gemm.micro.f64;

/** Doubles have no exponential: the twin of a caller compiles, and is refused here. */
public final class RowGelu {
  private RowGelu() {}

  public static void run(double[] x, int begin, int end) {
    if (begin < end) {
      throw new UnsupportedOperationException(
          "GELU of " + (end - begin) + " doubles: it is there in single precision alone");
    }
  }
}
