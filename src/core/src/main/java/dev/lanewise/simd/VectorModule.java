package dev.lanewise.simd;

/** Says in one sentence what is missing when the JVM was started without the vector module. */
public final class VectorModule {
  /** The flag that every JVM running this library needs on its class path. */
  public static final String FLAG = "--add-modules jdk.incubator.vector";

  private static final String NAME = "jdk.incubator.vector";

  private VectorModule() {}

  /** Whether the vector module is part of this JVM. */
  public static boolean isPresent() {
    return ModuleLayer.boot().findModule(NAME).isPresent();
  }

  /**
   * Checks that the vector module is there. To be called before the first class that names a vector
   * type is linked.
   *
   * @throws IllegalStateException if the JVM was started without the flag
   */
  public static void require() {
    if (!isPresent()) {
      throw new IllegalStateException(
          "Lanewise needs the module " + NAME + ": start java (25 or newer) with " + FLAG);
    }
  }
}
