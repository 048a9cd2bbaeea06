package dev.lanewise.jmh.peers;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.ludovic.netlib.blas.JavaBLAS;
import java.lang.foreign.MemorySegment;
import org.ejml.concurrency.EjmlConcurrency;
import org.ejml.data.DMatrixRMaj;
import org.ejml.data.FMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.CommonOps_FDRM;
import org.ejml.dense.row.CommonOps_MT_DDRM;
import org.ejml.dense.row.CommonOps_MT_FDRM;
import org.ojalgo.OjAlgoUtils;
import org.ojalgo.matrix.store.MatrixStore;
import org.ojalgo.matrix.store.PhysicalStore;
import org.ojalgo.matrix.store.R032Store;
import org.ojalgo.matrix.store.R064Store;

/** Libraries in Java, on heap arrays of their own; each is called as its documentation says. */
final class JavaPeers {
  private JavaPeers() {}

  /**
   * netlib, column-major: the transpose of C is the product of the transposes. It has one thread
   * only.
   */
  static Product netlibSgemm(Problem problem) {
    JavaBLAS blas = netlib();
    float[] a = problem.a().toArray(JAVA_FLOAT);
    float[] b = problem.b().toArray(JAVA_FLOAT);
    float[] c = problem.c().toArray(JAVA_FLOAT);
    String transA = problem.transA() ? "T" : "N";
    String transB = problem.transB() ? "T" : "N";
    int m = problem.m();
    int n = problem.n();
    int k = problem.k();
    int lda = problem.lda();
    int ldb = problem.ldb();
    int ldc = problem.ldc();
    return new Product() {
      @Override
      public void multiply() {
        blas.sgemm(transB, transA, n, m, k, 1f, b, ldb, a, lda, 0f, c, ldc);
      }

      @Override
      public void copyResult(MemorySegment to) {
        to.copyFrom(MemorySegment.ofArray(c));
      }
    };
  }

  /** As {@link #netlibSgemm}. */
  static Product netlibDgemm(Problem problem) {
    JavaBLAS blas = netlib();
    double[] a = problem.a().toArray(JAVA_DOUBLE);
    double[] b = problem.b().toArray(JAVA_DOUBLE);
    double[] c = problem.c().toArray(JAVA_DOUBLE);
    String transA = problem.transA() ? "T" : "N";
    String transB = problem.transB() ? "T" : "N";
    int m = problem.m();
    int n = problem.n();
    int k = problem.k();
    int lda = problem.lda();
    int ldb = problem.ldb();
    int ldc = problem.ldc();
    return new Product() {
      @Override
      public void multiply() {
        blas.dgemm(transB, transA, n, m, k, 1.0, b, ldb, a, lda, 0.0, c, ldc);
      }

      @Override
      public void copyResult(MemorySegment to) {
        to.copyFrom(MemorySegment.ofArray(c));
      }
    };
  }

  private static JavaBLAS netlib() {
    JavaBLAS blas = JavaBLAS.getInstance();
    System.out.println("netlib " + blas.getClass().getName() + ", threads 1");
    return blas;
  }

  static Product ejmlSgemm(Problem problem) {
    EjmlConcurrency.setMaxThreads(problem.threads());
    int m = problem.m();
    int n = problem.n();
    int k = problem.k();
    FMatrixRMaj a = ejmlFloats(problem.a(), problem.transA() ? k : m, problem.transA() ? m : k);
    FMatrixRMaj b = ejmlFloats(problem.b(), problem.transB() ? n : k, problem.transB() ? k : n);
    FMatrixRMaj c = ejmlFloats(problem.c(), m, n);
    boolean one = problem.threads() == 1;
    Runnable multiply =
        switch (problem.layout()) {
          case NN ->
              one ? () -> CommonOps_FDRM.mult(a, b, c) : () -> CommonOps_MT_FDRM.mult(a, b, c);
          case NT ->
              one
                  ? () -> CommonOps_FDRM.multTransB(a, b, c)
                  : () -> CommonOps_MT_FDRM.multTransB(a, b, c);
          case TN ->
              one
                  ? () -> CommonOps_FDRM.multTransA(a, b, c)
                  : () -> CommonOps_MT_FDRM.multTransA(a, b, c);
        };
    return new Product() {
      @Override
      public void multiply() {
        multiply.run();
      }

      @Override
      public void copyResult(MemorySegment to) {
        to.copyFrom(MemorySegment.ofArray(c.data));
      }
    };
  }

  static Product ejmlDgemm(Problem problem) {
    EjmlConcurrency.setMaxThreads(problem.threads());
    int m = problem.m();
    int n = problem.n();
    int k = problem.k();
    DMatrixRMaj a = ejmlDoubles(problem.a(), problem.transA() ? k : m, problem.transA() ? m : k);
    DMatrixRMaj b = ejmlDoubles(problem.b(), problem.transB() ? n : k, problem.transB() ? k : n);
    DMatrixRMaj c = ejmlDoubles(problem.c(), m, n);
    boolean one = problem.threads() == 1;
    Runnable multiply =
        switch (problem.layout()) {
          case NN ->
              one ? () -> CommonOps_DDRM.mult(a, b, c) : () -> CommonOps_MT_DDRM.mult(a, b, c);
          case NT ->
              one
                  ? () -> CommonOps_DDRM.multTransB(a, b, c)
                  : () -> CommonOps_MT_DDRM.multTransB(a, b, c);
          case TN ->
              one
                  ? () -> CommonOps_DDRM.multTransA(a, b, c)
                  : () -> CommonOps_MT_DDRM.multTransA(a, b, c);
        };
    return new Product() {
      @Override
      public void multiply() {
        multiply.run();
      }

      @Override
      public void copyResult(MemorySegment to) {
        to.copyFrom(MemorySegment.ofArray(c.data));
      }
    };
  }

  private static FMatrixRMaj ejmlFloats(MemorySegment data, int rows, int columns) {
    return FMatrixRMaj.wrap(rows, columns, data.toArray(JAVA_FLOAT));
  }

  private static DMatrixRMaj ejmlDoubles(MemorySegment data, int rows, int columns) {
    return DMatrixRMaj.wrap(rows, columns, data.toArray(JAVA_DOUBLE));
  }

  /** ojAlgo, in its own column-major stores. */
  static Product ojalgo(Problem problem) {
    OjAlgoUtils.limitThreadsTo(problem.threads());
    System.out.println("ojAlgo, threads " + OjAlgoUtils.ENVIRONMENT.threads);
    PhysicalStore.Factory<Double, ?> factory =
        problem.bytes() == Float.BYTES ? R032Store.FACTORY : R064Store.FACTORY;
    int m = problem.m();
    int n = problem.n();
    int k = problem.k();
    MatrixStore<Double> a =
        problem.transA()
            ? ojalgoStore(factory, k, m, (p, i) -> problem.a(i, p)).transpose()
            : ojalgoStore(factory, m, k, problem::a);
    MatrixStore<Double> b =
        problem.transB()
            ? ojalgoStore(factory, n, k, (j, p) -> problem.b(p, j)).transpose()
            : ojalgoStore(factory, k, n, problem::b);
    PhysicalStore<Double> c = factory.make(m, n);
    return new Product() {
      @Override
      public void multiply() {
        c.fillByMultiplying(a, b);
      }

      @Override
      public void copyResult(MemorySegment to) {
        for (int i = 0; i < m; i++) {
          for (int j = 0; j < n; j++) {
            long at = (long) i * n + j;
            double value = c.doubleValue(i, j);
            if (problem.bytes() == Float.BYTES) {
              to.setAtIndex(JAVA_FLOAT, at, (float) value);
            } else {
              to.setAtIndex(JAVA_DOUBLE, at, value);
            }
          }
        }
      }
    };
  }

  @FunctionalInterface
  private interface Entries {
    double at(int row, int column);
  }

  private static MatrixStore<Double> ojalgoStore(
      PhysicalStore.Factory<Double, ?> factory, int rows, int columns, Entries entries) {
    PhysicalStore<Double> store = factory.make(rows, columns);
    for (int j = 0; j < columns; j++) {
      for (int i = 0; i < rows; i++) {
        store.set(i, j, entries.at(i, j));
      }
    }
    return store;
  }
}
