package dev.lanewise.jmh.netlib;

import dev.ludovic.netlib.blas.BLAS;

/** A call on n x n matrices and vectors of n, as MLlib makes it: column-major, no gaps. */
public enum BlasRoutine {
  DGEMM {
    @Override
    void call(BLAS blas, int n, BlasOperands x) {
      blas.dgemm("N", "N", n, n, n, 1.0, x.a, n, x.b, n, 0.0, x.c, n);
    }

    @Override
    long flops(int n) {
      return 2L * n * n * n;
    }
  },
  SGEMM {
    @Override
    void call(BLAS blas, int n, BlasOperands x) {
      blas.sgemm("N", "N", n, n, n, 1f, x.floatA, n, x.floatB, n, 0f, x.floatC, n);
    }

    @Override
    long flops(int n) {
      return 2L * n * n * n;
    }
  },
  DGEMV {
    @Override
    void call(BLAS blas, int n, BlasOperands x) {
      blas.dgemv("N", n, n, 1.0, x.a, n, x.x, 1, 0.0, x.y, 1);
    }

    @Override
    long flops(int n) {
      return 2L * n * n;
    }
  },
  /** A transposed, so each element is an inner product of a column. */
  DGEMV_T {
    @Override
    void call(BLAS blas, int n, BlasOperands x) {
      blas.dgemv("T", n, n, 1.0, x.a, n, x.x, 1, 0.0, x.y, 1);
    }

    @Override
    long flops(int n) {
      return 2L * n * n;
    }
  },
  SGEMV {
    @Override
    void call(BLAS blas, int n, BlasOperands x) {
      blas.sgemv("N", n, n, 1f, x.floatA, n, x.floatX, 1, 0f, x.floatY, 1);
    }

    @Override
    long flops(int n) {
      return 2L * n * n;
    }
  },
  SGEMV_T {
    @Override
    void call(BLAS blas, int n, BlasOperands x) {
      blas.sgemv("T", n, n, 1f, x.floatA, n, x.floatX, 1, 0f, x.floatY, 1);
    }

    @Override
    long flops(int n) {
      return 2L * n * n;
    }
  },
  /** Of the triangle for which netlib has no vectors. */
  DSYMV {
    @Override
    void call(BLAS blas, int n, BlasOperands x) {
      blas.dsymv("L", n, 1.0, x.a, n, x.x, 1, 0.0, x.y, 1);
    }

    @Override
    long flops(int n) {
      return 2L * n * n;
    }
  },
  /** Packed, likewise. */
  DSPMV {
    @Override
    void call(BLAS blas, int n, BlasOperands x) {
      blas.dspmv("L", n, 1.0, x.a, x.x, 1, 0.0, x.y, 1);
    }

    @Override
    long flops(int n) {
      return 2L * n * n;
    }
  },
  /** A small factor: C must not grow from call to call. */
  DGER {
    @Override
    void call(BLAS blas, int n, BlasOperands x) {
      blas.dger(n, n, 1e-9, x.x, 1, x.x, 1, x.c, n);
    }

    @Override
    long flops(int n) {
      return 2L * n * n;
    }
  },
  DSYRK {
    @Override
    void call(BLAS blas, int n, BlasOperands x) {
      blas.dsyrk("U", "N", n, n, 1.0, x.a, n, 0.0, x.c, n);
    }

    @Override
    long flops(int n) {
      return (long) n * n * (n + 1L);
    }
  },
  DTRSM {
    @Override
    void call(BLAS blas, int n, BlasOperands x) {
      blas.dtrsm("L", "U", "N", "N", n, n, 1.0, x.solvable, n, x.c, n);
    }

    @Override
    long flops(int n) {
      return (long) n * n * n;
    }
  },
  /** A small factor: C must not grow from call to call. */
  DSPR {
    @Override
    void call(BLAS blas, int n, BlasOperands x) {
      blas.dspr("U", n, 1e-9, x.x, 1, x.c);
    }

    @Override
    long flops(int n) {
      return n * (n + 1L);
    }
  };

  abstract void call(BLAS blas, int n, BlasOperands operands);

  abstract long flops(int n);
}
