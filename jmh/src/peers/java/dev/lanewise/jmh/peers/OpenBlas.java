package dev.lanewise.jmh.peers;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** OpenBLAS, which picks the kernels of the processor by itself. */
public final class OpenBlas {
  private static final NativeLibrary LIBRARY =
      NativeLibrary.open(
          "openblas", "libopenblas.so.0", "libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5");

  private static final MethodHandle SGEMM = LIBRARY.criticalFunction("cblas_sgemm", Cblas.SGEMM);
  private static final MethodHandle DGEMM = LIBRARY.criticalFunction("cblas_dgemm", Cblas.DGEMM);

  private OpenBlas() {}

  /** The library itself, for those who load it their own way, with its number of threads set. */
  public static Path file(int threads) {
    setThreads(LIBRARY, threads);
    return LIBRARY.file();
  }

  static Product sgemm(Problem problem) {
    setThreads(LIBRARY, problem.threads());
    int transA = Cblas.transpose(problem.transA());
    int transB = Cblas.transpose(problem.transB());
    int m = problem.m();
    int n = problem.n();
    int k = problem.k();
    long a = problem.a().address();
    long b = problem.b().address();
    long c = problem.c().address();
    int lda = problem.lda();
    int ldb = problem.ldb();
    int ldc = problem.ldc();
    return () -> {
      try {
        SGEMM.invokeExact(Cblas.ROW_MAJOR, transA, transB, m, n, k, 1f, a, lda, b, ldb, 0f, c, ldc);
      } catch (Throwable thrown) {
        throw NativeLibrary.unexpected(thrown);
      }
    };
  }

  static Product dgemm(Problem problem) {
    setThreads(LIBRARY, problem.threads());
    int transA = Cblas.transpose(problem.transA());
    int transB = Cblas.transpose(problem.transB());
    int m = problem.m();
    int n = problem.n();
    int k = problem.k();
    long a = problem.a().address();
    long b = problem.b().address();
    long c = problem.c().address();
    int lda = problem.lda();
    int ldb = problem.ldb();
    int ldc = problem.ldc();
    return () -> {
      try {
        DGEMM.invokeExact(
            Cblas.ROW_MAJOR, transA, transB, m, n, k, 1.0, a, lda, b, ldb, 0.0, c, ldc);
      } catch (Throwable thrown) {
        throw NativeLibrary.unexpected(thrown);
      }
    };
  }

  /** In one of the copies of OpenBLAS that this JVM has loaded: each counts its own threads. */
  static void setThreads(NativeLibrary library, int threads) {
    try {
      library
          .function("openblas_set_num_threads", FunctionDescriptor.ofVoid(JAVA_INT))
          .invokeExact(threads);
      MemorySegment config =
          (MemorySegment)
              library.function("openblas_get_config", FunctionDescriptor.of(ADDRESS)).invokeExact();
      int used =
          (int)
              library
                  .function("openblas_get_num_threads", FunctionDescriptor.of(JAVA_INT))
                  .invokeExact();
      System.out.println(NativeLibrary.text(config) + ", threads " + used);
    } catch (Throwable thrown) {
      throw NativeLibrary.unexpected(thrown);
    }
  }
}
