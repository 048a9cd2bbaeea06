package dev.lanewise.netlib;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.github.fommil.netlib.BLAS;
import com.github.fommil.netlib.F2jBLAS;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The route of the classic netlib-java. */
class FommilTest {
  @Test
  void thePropertyNamesTheImplementation() {
    System.setProperty("com.github.fommil.netlib.BLAS", FommilBlas.class.getName());
    assertInstanceOf(FommilBlas.class, BLAS.getInstance());
  }

  @Test
  void everyMatrixRoutineGivesTheResultOfTheReferenceInBothForms() throws Exception {
    BLAS ours = new FommilBlas();
    BLAS reference = new F2jBLAS();
    Random random = new Random(1);
    List<String> overridden = new ArrayList<>();
    for (Routine routine : Routine.all()) {
      for (Method form : FommilBlas.class.getDeclaredMethods()) {
        if (!form.getName().equals(routine.name())) {
          continue;
        }
        overridden.add(form.getName());
        Method inherited = BLAS.class.getMethod(form.getName(), form.getParameterTypes());
        for (int round = 0; round < 10; round++) {
          Object[] arguments = routine.draw(random);
          if (form.getParameterCount() < arguments.length) {
            arguments = withoutOffsets(routine, arguments);
          }
          Object[] expected = Routine.copy(arguments);
          Object[] actual = Routine.copy(arguments);
          inherited.invoke(reference, expected);
          inherited.invoke(ours, actual);
          for (int i = 0; i < arguments.length; i++) {
            assertClose(expected[i], actual[i]);
          }
        }
      }
    }
    assertEquals(2 * 2 * 13, overridden.size(), overridden.toString());
  }

  /** The operands begin with their first element. */
  private static Object[] withoutOffsets(Routine routine, Object[] arguments) {
    List<Integer> offsets = routine.offsets();
    List<Object> others = new ArrayList<>();
    for (int i = 0; i < arguments.length; i++) {
      if (!offsets.contains(i)) {
        int begin = offsets.contains(i + 1) ? (int) arguments[i + 1] : 0;
        others.add(
            switch (arguments[i]) {
              case double[] array -> Arrays.copyOfRange(array, begin, array.length);
              case float[] array -> Arrays.copyOfRange(array, begin, array.length);
              default -> arguments[i];
            });
      }
    }
    return others.toArray();
  }

  /** Tolerances as in {@link ConformanceTest}. */
  private static void assertClose(Object expected, Object actual) {
    switch (expected) {
      case double[] array -> assertArrayEquals(array, (double[]) actual, 8 * 262 * 262 * 0x1p-53);
      case float[] array ->
          assertArrayEquals(array, (float[]) actual, (float) (8 * 262 * 262 * 0x1p-24));
      default -> assertEquals(expected, actual, Arrays.toString(new Object[] {expected, actual}));
    }
  }
}
