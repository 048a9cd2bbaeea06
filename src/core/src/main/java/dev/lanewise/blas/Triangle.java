package dev.lanewise.blas;

/** The half of a symmetric or triangular matrix that counts; the diagonal belongs to both. */
public enum Triangle {
  /** The elements whose column is their row or one behind it. */
  UPPER,
  /** The elements whose row is their column or one behind it. */
  LOWER
}
