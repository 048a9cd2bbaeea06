package dev.lanewise.jmh.peers;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Intel MKL with its own thread library, through the one file that loads the others as it finds the
 * processor. Its sequential layer is not among the files of the package; one thread is one thread
 * of the parallel layer. Nothing is told it about the processor: {@code MKL_VERBOSE=1} in the
 * environment makes it say what it took.
 */
final class Mkl {
  private static final NativeLibrary LIBRARY =
      NativeLibrary.open(
          "mkl",
          "libmkl_rt.so.3",
          "libiomp5.so",
          "libmkl_core.so.3",
          "libmkl_intel_lp64.so.3",
          "libmkl_intel_thread.so.3",
          "libmkl_gnu_thread.so.3",
          "libmkl_def.so.3",
          "libmkl_mc3.so.3",
          "libmkl_avx2.so.3",
          "libmkl_avx512.so.3",
          "libmkl_avx10.so.3");

  private static final int LONGEST_VERSION = 200;

  private static final MethodHandle SGEMM = LIBRARY.criticalFunction("cblas_sgemm", Cblas.SGEMM);
  private static final MethodHandle DGEMM = LIBRARY.criticalFunction("cblas_dgemm", Cblas.DGEMM);

  private Mkl() {}

  static Product sgemm(Problem problem) {
    setThreads(problem.threads());
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
    setThreads(problem.threads());
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

  private static void setThreads(int threads) {
    try (Arena arena = Arena.ofConfined()) {
      LIBRARY
          .function("MKL_Set_Num_Threads", FunctionDescriptor.ofVoid(JAVA_INT))
          .invokeExact(threads);
      MemorySegment version = arena.allocate(LONGEST_VERSION + 1);
      LIBRARY
          .function("MKL_Get_Version_String", FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT))
          .invokeExact(version, LONGEST_VERSION);
      int used =
          (int)
              LIBRARY
                  .function("MKL_Get_Max_Threads", FunctionDescriptor.of(JAVA_INT))
                  .invokeExact();
      System.out.println(version.getString(0).strip() + ", threads " + used);
    } catch (Throwable thrown) {
      throw NativeLibrary.unexpected(thrown);
    }
  }
}
