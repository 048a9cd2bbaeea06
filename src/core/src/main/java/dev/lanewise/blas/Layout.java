package dev.lanewise.blas;

/**
 * How a matrix lies in memory; the leading dimension leads from one row, or column, to the next.
 */
public enum Layout {
  /** The elements of a row lie together. */
  ROW_MAJOR,
  /** The elements of a column lie together. */
  COLUMN_MAJOR
}
