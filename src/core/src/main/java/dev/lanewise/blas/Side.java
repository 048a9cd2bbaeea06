package dev.lanewise.blas;

/** On which side of the other matrix a symmetric or triangular one stands in a product. */
public enum Side {
  /** Before it. */
  LEFT,
  /** Behind it. */
  RIGHT
}
