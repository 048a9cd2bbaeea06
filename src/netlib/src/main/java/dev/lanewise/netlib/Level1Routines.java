package dev.lanewise.netlib;

import dev.lanewise.blas.Level1;
import dev.ludovic.netlib.blas.BLAS;

/** Vectors: level 1, all on the calling thread. */
abstract class Level1Routines extends JavaRoutines {
  Level1Routines(BLAS java) {
    super(java);
  }

  @Override
  public double dasum(int n, double[] x, int offsetX, int incX) {
    if (n > 0 && !Small.asum(n, incX)) {
      try {
        return Level1.dasum(n, x, offsetX, incX);
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    return java.dasum(n, x, offsetX, incX);
  }

  @Override
  public float sasum(int n, float[] x, int offsetX, int incX) {
    if (n > 0 && !Small.asum(n, incX)) {
      try {
        return Level1.sasum(n, x, offsetX, incX);
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    return java.sasum(n, x, offsetX, incX);
  }

  @Override
  public double dnrm2(int n, double[] x, int offsetX, int incX) {
    if (n > 0) {
      try {
        return Level1.dnrm2(n, x, offsetX, incX);
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    return java.dnrm2(n, x, offsetX, incX);
  }

  @Override
  public float snrm2(int n, float[] x, int offsetX, int incX) {
    if (n > 0) {
      try {
        return Level1.snrm2(n, x, offsetX, incX);
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    return java.snrm2(n, x, offsetX, incX);
  }

  @Override
  public int idamax(int n, double[] x, int offsetX, int incX) {
    if (n > 0 && !Small.amax(n)) {
      try {
        return Level1.idamax(n, x, offsetX, incX);
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    return java.idamax(n, x, offsetX, incX);
  }

  @Override
  public int isamax(int n, float[] x, int offsetX, int incX) {
    if (n > 0 && !Small.amax(n)) {
      try {
        return Level1.isamax(n, x, offsetX, incX);
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    return java.isamax(n, x, offsetX, incX);
  }

  @Override
  public double ddot(int n, double[] x, int offsetX, int incX, double[] y, int offsetY, int incY) {
    if (n > 0 && !Small.dot(n)) {
      try {
        return Level1.ddot(n, x, offsetX, incX, y, offsetY, incY);
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    return java.ddot(n, x, offsetX, incX, y, offsetY, incY);
  }

  @Override
  public float sdot(int n, float[] x, int offsetX, int incX, float[] y, int offsetY, int incY) {
    if (n > 0 && !Small.dot(n)) {
      try {
        return Level1.sdot(n, x, offsetX, incX, y, offsetY, incY);
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    return java.sdot(n, x, offsetX, incX, y, offsetY, incY);
  }

  @Override
  public void daxpy(
      int n, double alpha, double[] x, int offsetX, int incX, double[] y, int offsetY, int incY) {
    if (n > 0) {
      try {
        Level1.daxpy(n, alpha, x, offsetX, incX, y, offsetY, incY);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.daxpy(n, alpha, x, offsetX, incX, y, offsetY, incY);
  }

  @Override
  public void saxpy(
      int n, float alpha, float[] x, int offsetX, int incX, float[] y, int offsetY, int incY) {
    if (n > 0) {
      try {
        Level1.saxpy(n, alpha, x, offsetX, incX, y, offsetY, incY);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.saxpy(n, alpha, x, offsetX, incX, y, offsetY, incY);
  }

  @Override
  public void dscal(int n, double alpha, double[] x, int offsetX, int incX) {
    if (n > 0) {
      try {
        Level1.dscal(n, alpha, x, offsetX, incX);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.dscal(n, alpha, x, offsetX, incX);
  }

  @Override
  public void sscal(int n, float alpha, float[] x, int offsetX, int incX) {
    if (n > 0) {
      try {
        Level1.sscal(n, alpha, x, offsetX, incX);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.sscal(n, alpha, x, offsetX, incX);
  }

  @Override
  public void dcopy(int n, double[] x, int offsetX, int incX, double[] y, int offsetY, int incY) {
    if (n > 0) {
      try {
        Level1.dcopy(n, x, offsetX, incX, y, offsetY, incY);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.dcopy(n, x, offsetX, incX, y, offsetY, incY);
  }

  @Override
  public void scopy(int n, float[] x, int offsetX, int incX, float[] y, int offsetY, int incY) {
    if (n > 0) {
      try {
        Level1.scopy(n, x, offsetX, incX, y, offsetY, incY);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.scopy(n, x, offsetX, incX, y, offsetY, incY);
  }

  @Override
  public void drot(
      int n,
      double[] x,
      int offsetX,
      int incX,
      double[] y,
      int offsetY,
      int incY,
      double c,
      double s) {
    if (n > 0) {
      try {
        Level1.drot(n, x, offsetX, incX, y, offsetY, incY, c, s);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.drot(n, x, offsetX, incX, y, offsetY, incY, c, s);
  }

  @Override
  public void srot(
      int n, float[] x, int offsetX, int incX, float[] y, int offsetY, int incY, float c, float s) {
    if (n > 0) {
      try {
        Level1.srot(n, x, offsetX, incX, y, offsetY, incY, c, s);
        return;
      } catch (IllegalArgumentException refused) {
        // netlib has the last word: it throws its own exception, or is more lenient
      }
    }
    java.srot(n, x, offsetX, incX, y, offsetY, incY, c, s);
  }
}
