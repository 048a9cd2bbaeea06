package dev.lanewise.netlib;

import dev.lanewise.blas.Diagonal;
import dev.lanewise.blas.Side;
import dev.lanewise.blas.Transpose;
import dev.lanewise.blas.Triangle;
import org.jspecify.annotations.Nullable;

/** The letters of the BLAS: the first one of a word counts, in either case, as in the reference. */
final class Flags {
  private Flags() {}

  /** N, T or C, which is T for real numbers; null for anything else. */
  static @Nullable Transpose transpose(@Nullable String trans) {
    return switch (letter(trans)) {
      case 'n', 'N' -> Transpose.NO_TRANS;
      case 't', 'T', 'c', 'C' -> Transpose.TRANS;
      default -> null;
    };
  }

  /** U or L; null for anything else. */
  static @Nullable Triangle triangle(@Nullable String uplo) {
    return switch (letter(uplo)) {
      case 'u', 'U' -> Triangle.UPPER;
      case 'l', 'L' -> Triangle.LOWER;
      default -> null;
    };
  }

  /** L or R; null for anything else. */
  static @Nullable Side side(@Nullable String side) {
    return switch (letter(side)) {
      case 'l', 'L' -> Side.LEFT;
      case 'r', 'R' -> Side.RIGHT;
      default -> null;
    };
  }

  /** U, a unit diagonal, or N; null for anything else. */
  static @Nullable Diagonal diagonal(@Nullable String diag) {
    return switch (letter(diag)) {
      case 'u', 'U' -> Diagonal.UNIT;
      case 'n', 'N' -> Diagonal.NON_UNIT;
      default -> null;
    };
  }

  private static char letter(@Nullable String word) {
    return word == null || word.isEmpty() ? ' ' : word.charAt(0);
  }
}
