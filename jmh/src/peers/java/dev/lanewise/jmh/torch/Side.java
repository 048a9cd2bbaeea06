package dev.lanewise.jmh.torch;

/** Who computes. The report knows the names. */
public enum Side {
  LANEWISE,
  LIBTORCH
}
