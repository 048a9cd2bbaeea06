package dev.lanewise.simd;

import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A whole number that {@code -Dname=value} sets for this JVM, for those who explore what a size is
 * worth.
 */
public final class Setting {
  private Setting() {}

  /** The value of the property, or {@code otherwise} where it is not set. */
  public static int of(String property, int otherwise, int least, int most) {
    return parse(
        property,
        System.getProperty(property),
        otherwise,
        value -> value >= least && value <= most,
        least + " to " + most);
  }

  /** The same where there are only two values. */
  public static int either(String property, int otherwise, int one, int other) {
    return parse(
        property,
        System.getProperty(property),
        otherwise,
        value -> value == one || value == other,
        one + " or " + other);
  }

  static int parse(
      String property, @Nullable String text, int otherwise, IntPredicate fits, String wanted) {
    if (text == null) {
      return otherwise;
    }
    try {
      int value = Integer.parseInt(text.strip());
      if (fits.test(value)) {
        return value;
      }
    } catch (NumberFormatException notANumber) {
      // Falls through to the one error that says what is wanted.
    }
    throw new IllegalArgumentException(
        "-D" + property + "=" + text + " is not a size that fits: want " + wanted);
  }
}
