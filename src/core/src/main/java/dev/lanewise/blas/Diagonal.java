package dev.lanewise.blas;

/** What the diagonal of a triangular matrix is. */
public enum Diagonal {
  /** The elements in memory. */
  NON_UNIT,
  /** Ones: the elements in memory are not read. */
  UNIT
}
