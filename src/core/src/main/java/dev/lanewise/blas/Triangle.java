package dev.lanewise.blas;

/** Which half of a symmetric matrix is read and written; the diagonal belongs to both. */
public enum Triangle {
  /** The elements whose column is their row or one behind it. */
  UPPER,
  /** The elements whose row is their column or one behind it. */
  LOWER
}
