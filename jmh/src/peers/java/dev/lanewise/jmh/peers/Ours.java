package dev.lanewise.jmh.peers;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.blas.Gemm;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/** This library, through its public API. */
final class Ours {
  private Ours() {}

  static Product sgemm(Problem p) {
    Workers workers = Workers.of(p.threads());
    return new Product() {
      @Override
      public void multiply() {
        Gemm.sgemm(
            p.layout().transA(),
            p.layout().transB(),
            p.m(),
            p.n(),
            p.k(),
            1f,
            p.a(),
            0,
            p.lda(),
            p.b(),
            0,
            p.ldb(),
            0f,
            p.c(),
            0,
            p.ldc(),
            workers);
      }

      @Override
      public void close() {
        workers.close();
      }
    };
  }

  static Product sgemmOnArrays(Problem p) {
    Workers workers = Workers.of(p.threads());
    float[] a = p.a().toArray(JAVA_FLOAT);
    float[] b = p.b().toArray(JAVA_FLOAT);
    float[] c = p.c().toArray(JAVA_FLOAT);
    return new Product() {
      @Override
      public void multiply() {
        Gemm.sgemm(
            p.layout().transA(),
            p.layout().transB(),
            p.m(),
            p.n(),
            p.k(),
            1f,
            a,
            0,
            p.lda(),
            b,
            0,
            p.ldb(),
            0f,
            c,
            0,
            p.ldc(),
            workers);
      }

      @Override
      public void copyResult(MemorySegment to) {
        to.copyFrom(MemorySegment.ofArray(c));
      }

      @Override
      public void close() {
        workers.close();
      }
    };
  }

  static Product dgemm(Problem p) {
    Workers workers = Workers.of(p.threads());
    return new Product() {
      @Override
      public void multiply() {
        Gemm.dgemm(
            p.layout().transA(),
            p.layout().transB(),
            p.m(),
            p.n(),
            p.k(),
            1d,
            p.a(),
            0,
            p.lda(),
            p.b(),
            0,
            p.ldb(),
            0d,
            p.c(),
            0,
            p.ldc(),
            workers);
      }

      @Override
      public void close() {
        workers.close();
      }
    };
  }

  static Product dgemmOnArrays(Problem p) {
    Workers workers = Workers.of(p.threads());
    double[] a = p.a().toArray(JAVA_DOUBLE);
    double[] b = p.b().toArray(JAVA_DOUBLE);
    double[] c = p.c().toArray(JAVA_DOUBLE);
    return new Product() {
      @Override
      public void multiply() {
        Gemm.dgemm(
            p.layout().transA(),
            p.layout().transB(),
            p.m(),
            p.n(),
            p.k(),
            1d,
            a,
            0,
            p.lda(),
            b,
            0,
            p.ldb(),
            0d,
            c,
            0,
            p.ldc(),
            workers);
      }

      @Override
      public void copyResult(MemorySegment to) {
        to.copyFrom(MemorySegment.ofArray(c));
      }

      @Override
      public void close() {
        workers.close();
      }
    };
  }
}
