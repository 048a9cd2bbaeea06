package dev.lanewise.blas;

/** How an operand of a matrix product is used. */
public enum Transpose {
  /** As it lies in memory. */
  NO_TRANS,
  /** Transposed; nothing is moved for it. */
  TRANS
}
