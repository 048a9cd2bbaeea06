package dev.lanewise.cli.report;

import java.util.Locale;

/** Checks of numbers that come from outside. */
public final class Limits {
  private Limits() {}

  /** Both ends are allowed. */
  public static void check(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new UserError(
          String.format(
              Locale.ROOT, "%s = %,d is out of range: give %,d to %,d", name, value, least, most));
    }
  }

  /** Above {@code low}, at most {@code most}; NaN is neither. */
  public static void checkAbove(String name, double value, double low, double most) {
    if (!(value > low && value <= most)) {
      throw new UserError(
          name + " = " + value + " is out of range: give more than " + low + ", at most " + most);
    }
  }

  /** Both ends are allowed; NaN is out. */
  public static void checkFromZero(String name, double value, double most) {
    if (!(value >= 0 && value <= most)) {
      throw new UserError(name + " = " + value + " is out of range: give 0 to " + most);
    }
  }
}
