package dev.ludovic.netlib.blas;

import dev.lanewise.netlib.LanewiseBlas;
import dev.lanewise.parallel.Workers;

/**
 * What netlib asks for its instances, in place of its own class of this name: first on the class
 * path, every user of {@link BLAS#getInstance()} and {@link JavaBLAS#getInstance()} computes with
 * Lanewise.
 */
final class InstanceBuilder {
  private static final LanewiseBlas INSTANCE =
      new LanewiseBlas(VectorBLAS.getInstance(), Workers.shared());

  private InstanceBuilder() {}

  /** For {@link BLAS#getInstance()}. */
  public static BLAS blas() {
    return INSTANCE;
  }

  /** For {@link JavaBLAS#getInstance()}. */
  public static JavaBLAS javaBlas() {
    return INSTANCE;
  }

  /** For {@link NativeBLAS#getInstance()}: as where there is none, which sends users to Java. */
  @SuppressWarnings("DoNotCallSuggester") // netlib's own has a result where there is one
  public static NativeBLAS nativeBlas() {
    throw new RuntimeException("Lanewise stands in for the native BLAS: ask for BLAS or JavaBLAS");
  }
}
