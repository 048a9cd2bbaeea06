package dev.lanewise.netlib;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ludovic.netlib.blas.BLAS;
import dev.ludovic.netlib.blas.JavaBLAS;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.netlib.util.doubleW;
import org.netlib.util.floatW;

/**
 * Every routine of the interface against the reference BLAS in its Java translation (F2J), which is
 * what netlib's own tests do, and its refusals against those of netlib's Java implementation.
 */
class ConformanceTest {
  private static final BLAS OURS = new LanewiseBlas();
  private static final BLAS NETLIB = JavaBLAS.getInstance();
  private static final BLAS REFERENCE = reference();

  static BLAS reference() {
    try {
      Method instance = Class.forName("dev.ludovic.netlib.blas.F2jBLAS").getMethod("getInstance");
      instance.setAccessible(true);
      return (BLAS) instance.invoke(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("netlib has no F2jBLAS", e);
    }
  }

  static List<Routine> routines() {
    return Routine.all();
  }

  @Test
  void theTableNamesEveryRoutineOfTheInterface() {
    Set<String> missing = new HashSet<>();
    for (Method method : BLAS.class.getMethods()) {
      missing.add(method.getName());
    }
    missing.removeAll(Set.of("lsame", "getInstance"));
    routines().forEach(routine -> missing.remove(routine.name()));
    assertEquals(Set.of(), missing);
  }

  @ParameterizedTest
  @MethodSource("routines")
  void theResultIsThatOfTheReference(Routine routine) throws Exception {
    Random random = new Random(routine.name().hashCode());
    for (int round = 0; round < 60; round++) {
      Object[] arguments = routine.draw(random);
      if (empty(routine, arguments)) {
        continue;
      }
      Object[] expected = Routine.copy(arguments);
      Object[] actual = Routine.copy(arguments);
      Object reference = routine.call(REFERENCE, expected);
      Object result = routine.call(OURS, actual);
      String call = routine + words(arguments);
      if (reference instanceof Integer) {
        assertEquals(reference, result, call);
      } else if (reference != null) {
        assertNotNull(result, call);
        assertClose(
            routine, ((Number) reference).doubleValue(), ((Number) result).doubleValue(), call);
      }
      for (int i = 0; i < arguments.length; i++) {
        assertClose(routine, expected[i], actual[i], call);
      }
    }
  }

  /**
   * Calls that the reference computes and the checks of netlib take for a read before an operand:
   * see the next two tests.
   */
  private static boolean empty(Routine routine, Object[] arguments) {
    int at = 0;
    for (String argument : routine.arguments()) {
      boolean terms = argument.equals("k") && !routine.name().contains("b");
      boolean edge = "mn".contains(argument) && routine.name().matches(".tr[ms]m");
      if ((terms || edge) && arguments[at].equals(0)) {
        return true;
      }
      if (argument.equals("A")) {
        return false;
      }
      at++;
    }
    return false;
  }

  @Test
  void aProductWithoutTermsIsBetaTimesC() {
    double[] c = {1, 2, 3, 4};
    OURS.dgemm("N", "N", 2, 2, 0, 1, new double[0], 2, new double[0], 1, 0.5, c, 2);
    assertArrayEquals(new double[] {0.5, 1, 1.5, 2}, c);
    OURS.dsyrk("U", "N", 2, 0, 1, new double[0], 2, 2, c, 2);
    assertArrayEquals(new double[] {1, 1, 3, 4}, c);
  }

  @ParameterizedTest
  @MethodSource("routines")
  void theFormWithoutOffsetsIsTheOneWithOffsetsOf0(Routine routine) throws Exception {
    Method brief = routine.brief();
    if (brief == null) {
      assertTrue(routine.offsets().isEmpty(), "no form without offsets");
      return;
    }
    Random random = new Random(1);
    for (int round = 0; round < 20; round++) {
      Object[] arguments = routine.draw(random);
      for (int offset : routine.offsets()) {
        arguments[offset] = 0;
      }
      if (empty(routine, arguments)) {
        continue;
      }
      Object[] full = Routine.copy(arguments);
      List<Object> without = new ArrayList<>();
      Object[] copy = Routine.copy(arguments);
      for (int i = 0; i < copy.length; i++) {
        if (!routine.offsets().contains(i)) {
          without.add(copy[i]);
        }
      }
      Object expected = routine.call(OURS, full);
      Object actual = Routine.invoke(brief, OURS, without.toArray());
      assertEquals(expected, actual);
      for (int i = 0; i < full.length; i++) {
        assertTrue(Arrays.deepEquals(new Object[] {value(full[i])}, new Object[] {value(copy[i])}));
      }
    }
  }

  private static Object value(Object argument) {
    return switch (argument) {
      case doubleW number -> number.val;
      case floatW number -> number.val;
      default -> argument;
    };
  }

  @ParameterizedTest
  @MethodSource("routines")
  void aRefusalIsThatOfNetlibAndNothingIsWritten(Routine routine) throws Exception {
    Random random = new Random(7);
    int refusals = 0;
    for (int round = 0; round < 10; round++) {
      Object[] legal = routine.draw(random);
      for (int i = 0; i < legal.length; i++) {
        for (Object illegal : illegal(legal[i])) {
          Object[] arguments = Routine.copy(legal);
          arguments[i] = illegal;
          Object[] ours = Routine.copy(arguments);
          try {
            routine.call(NETLIB, Routine.copy(arguments));
          } catch (IllegalArgumentException | NullPointerException refused) {
            Exception thrown =
                assertThrows(
                    refused.getClass(), () -> routine.call(OURS, ours), routine + words(arguments));
            assertEquals(refused.getMessage(), thrown.getMessage());
            for (int j = 0; j < ours.length; j++) {
              assertTrue(
                  Arrays.deepEquals(
                      new Object[] {value(arguments[j])}, new Object[] {value(ours[j])}));
            }
            refusals++;
          } catch (IndexOutOfBoundsException refused) {
            assertRefusedOrWithinItsMemory(routine, arguments);
            refusals++;
          }
        }
      }
    }
    assertTrue(refusals > 0 || routine.name().contains("rotg"));
  }

  /**
   * The checks of netlib are not exact: some look at the wrong size. What we compute all the same
   * must not have needed more memory than there was.
   */
  private static void assertRefusedOrWithinItsMemory(Routine routine, Object[] arguments)
      throws Exception {
    Object[] ours = Routine.copy(arguments);
    Object result;
    try {
      result = routine.call(OURS, ours);
    } catch (IndexOutOfBoundsException refused) {
      return;
    }
    Object[] longer = Routine.copy(arguments);
    for (int i = 0; i < longer.length; i++) {
      longer[i] =
          switch (longer[i]) {
            case double[] array -> Arrays.copyOf(array, array.length + 20_000);
            case float[] array -> Arrays.copyOf(array, array.length + 20_000);
            default -> longer[i];
          };
    }
    assertEquals(routine.call(OURS, longer), result, routine + words(arguments));
    for (int i = 0; i < ours.length; i++) {
      Object shorter =
          switch (longer[i]) {
            case double[] array -> Arrays.copyOf(array, array.length - 20_000);
            case float[] array -> Arrays.copyOf(array, array.length - 20_000);
            default -> longer[i];
          };
      assertTrue(
          Arrays.deepEquals(new Object[] {value(shorter)}, new Object[] {value(ours[i])}),
          routine + words(arguments));
    }
  }

  /** What netlib must be asked about, in place of a legal argument. */
  private static List<Object> illegal(Object argument) {
    return switch (argument) {
      case String letter -> List.of("X", "");
      case Integer number -> List.of(-1, 0);
      case double[] array -> List.of(new double[0], Arrays.copyOf(array, array.length / 9));
      case float[] array -> List.of(new float[0], Arrays.copyOf(array, array.length / 9));
      default -> List.of();
    };
  }

  private static void assertClose(Routine routine, Object expected, Object actual, String call) {
    switch (expected) {
      case double[] array -> {
        double[] other = (double[]) actual;
        for (int i = 0; i < array.length; i++) {
          assertClose(routine, array[i], other[i], call + " at " + i);
        }
      }
      case float[] array -> {
        float[] other = (float[]) actual;
        for (int i = 0; i < array.length; i++) {
          assertClose(routine, array[i], other[i], call + " at " + i);
        }
      }
      case doubleW number -> assertClose(routine, number.val, ((doubleW) actual).val, call);
      case floatW number -> assertClose(routine, number.val, ((floatW) actual).val, call);
      default -> assertEquals(expected, actual, call);
    }
  }

  /**
   * Elements are at most 1, the sums have up to so many terms and two factors of at most 1: both
   * sides are within gamma(terms + 2) x (terms + 2) of the exact value, and so within twice that of
   * each other. A solution with a diagonal of at least 1, and at most 1/2 beside it in all, doubles
   * that at most twice.
   */
  private static void assertClose(Routine routine, double expected, double actual, String call) {
    double u = routine.isDouble() ? 0x1p-53 : 0x1p-24;
    double most = routine.terms() + 2.0;
    double tolerance = (routine.solves() ? 4 : 1) * 2 * most * most * u;
    if (!(Math.abs(expected - actual) <= tolerance)) {
      assertEquals(expected, actual, tolerance, call);
    }
  }

  private static String words(Object[] arguments) {
    return Arrays.stream(arguments)
        .map(
            argument ->
                switch (argument) {
                  case double[] array -> "double[" + array.length + "]";
                  case float[] array -> "float[" + array.length + "]";
                  case null -> "null";
                  default -> argument.toString();
                })
        .toList()
        .toString();
  }
}
