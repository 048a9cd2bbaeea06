package dev.lanewise.jmh.netlib;

import dev.lanewise.jmh.peers.OpenBlas;
import dev.lanewise.netlib.LanewiseBlas;
import dev.lanewise.parallel.Workers;
import dev.ludovic.netlib.blas.BLAS;
import dev.ludovic.netlib.blas.JavaBLAS;
import dev.ludovic.netlib.blas.NativeBLAS;
import java.lang.reflect.Method;

/** Who stands behind the interface of netlib. The report knows the names. */
public enum BlasLibrary {
  LANEWISE,
  /** What netlib takes on a JVM with vectors. */
  NETLIB,
  /** The reference BLAS, translated to Java. */
  F2J,
  /** By way of netlib's JNI, as netlib's users reach it. */
  OPENBLAS;

  BLAS open(Workers workers) {
    return switch (this) {
      case LANEWISE -> new LanewiseBlas(JavaBLAS.getInstance(), workers);
      case NETLIB -> JavaBLAS.getInstance();
      case F2J -> f2j();
      case OPENBLAS -> openBlas(workers.threads());
    };
  }

  private static BLAS f2j() {
    try {
      Method instance = Class.forName("dev.ludovic.netlib.blas.F2jBLAS").getMethod("getInstance");
      instance.setAccessible(true);
      return (BLAS) instance.invoke(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("netlib has no F2jBLAS", e);
    }
  }

  /** To be called before netlib looks for a native library, which it does once. */
  private static BLAS openBlas(int threads) {
    System.setProperty("dev.ludovic.netlib.blas.nativeLibPath", OpenBlas.file(threads).toString());
    return NativeBLAS.getInstance();
  }
}
