package dev.lanewise.kernel.loop;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.simd.Lanes;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every element-wise kernel alike, on segments and on arrays. */
class ElementwiseContractTest {
  private static final float[] SPECIALS = {
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    0,
    -0f,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    1e-40f,
    88,
    -88,
    16,
    -16,
    11,
    -11,
    3,
    -3,
    1
  };

  /** A kernel in one of its forms. */
  record Case(ElementwiseOp op, boolean arrays) {
    Operands operands(int n) {
      return arrays ? new ArrayOperands(op, n) : new SegmentOperands(op, n);
    }

    @Override
    public String toString() {
      return op + (arrays ? " on arrays" : " on segments");
    }
  }

  static Stream<Case> cases() {
    return ops().flatMap(op -> Stream.of(new Case(op, false), new Case(op, true)));
  }

  static Stream<ElementwiseOp> ops() {
    return ElementwiseTable.OPS.stream();
  }

  private static float[][] values(int operands, int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[][] values = new float[operands][n];
    for (float[] operand : values) {
      for (int i = 0; i < n; i++) {
        operand[i] =
            random.nextInt(8) == 0
                ? SPECIALS[random.nextInt(SPECIALS.length)]
                : (float) (3 * random.nextGaussian());
      }
    }
    return values;
  }

  /** The operands after the op on {@code [begin, end)}, one element at a time. */
  private static float[][] expected(ElementwiseOp op, float[][] values, int begin, int end) {
    float[][] expected = new float[values.length][];
    for (int i = 0; i < values.length; i++) {
      expected[i] = values[i].clone();
    }
    float[] in = new float[op.inputs()];
    float[] out = new float[op.outputs()];
    for (int e = begin; e < end; e++) {
      for (int i = 0; i < in.length; i++) {
        in[i] = values[i][e];
      }
      for (int i = 0; i < out.length; i++) {
        out[i] = values[in.length + i][e];
      }
      op.element().apply(in, out);
      for (int i = 0; i < out.length; i++) {
        expected[in.length + i][e] = out[i];
      }
    }
    return expected;
  }

  private static void check(Case test, float[][] values, int begin, int end) {
    try (Operands operands = test.operands(values[0].length)) {
      check(test, operands, values, begin, end);
    }
  }

  private static void check(Case test, Operands operands, float[][] values, int begin, int end) {
    operands.fill(values);
    operands.run(begin, end);
    float[][] expected = expected(test.op(), values, begin, end);
    for (int i = 0; i < values.length; i++) {
      String what = "operand " + i + ", [" + begin + ", " + end + ") of " + values[0].length;
      assertArrayEquals(expected[i], operands.read(i), what);
    }
  }

  @Test
  void everyPublicMethodOfTheRoomsIsInTheTable() throws IOException, URISyntaxException {
    Path classes = Path.of(Lanes.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    TreeSet<String> methods = new TreeSet<>();
    for (String room : ElementwiseTable.ROOMS) {
      for (String form : new String[] {"segments", "arrays"}) {
        String kernels = "dev.lanewise.kernel." + room + "." + form;
        try (Stream<Path> files = Files.list(classes.resolve(kernels.replace('.', '/')))) {
          for (Path file : (Iterable<Path>) files::iterator) {
            String name = file.getFileName().toString().replace(".class", "");
            for (Method method : load(kernels + "." + name).getDeclaredMethods()) {
              if (Modifier.isPublic(method.getModifiers())) {
                methods.add(room + "." + name + "." + method.getName());
              }
            }
          }
        }
      }
    }
    assertEquals(
        methods, ops().map(ElementwiseOp::name).collect(Collectors.toCollection(TreeSet::new)));
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyElementHasTheBitsOfTheScalarFormulaAtEverySize(Case test) {
    for (int n : AwkwardSizes.lengths()) {
      check(test, values(test.op().operands(), n, n), 0, n);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aRangeLeavesEverythingOutsideItUntouched(Case test) {
    int n = 3 * Lanes.F32_LANES + 3;
    float[][] values = values(test.op().operands(), n, 4);
    try (Operands operands = test.operands(n)) {
      for (int begin = 0; begin <= Lanes.F32_LANES; begin++) {
        check(test, operands, values, begin, begin);
        check(test, operands, values, begin, n);
      }
      for (int end = 1; end < n; end++) {
        check(test, operands, values, 1, end);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aSpecialValueHasTheSameEffectInEveryLaneAndInTheTail(Case test) {
    int n = 2 * Lanes.F32_LANES + 3;
    float[][] values = new float[test.op().operands()][n];
    try (Operands operands = test.operands(n)) {
      for (float first : SPECIALS) {
        for (float others : new float[] {1, Float.NaN, Float.NEGATIVE_INFINITY, -0f}) {
          for (int i = 0; i < values.length; i++) {
            Arrays.fill(values[i], i == 0 ? first : others);
          }
          check(test, operands, values, 0, n);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void anOutputMayBeAnInput(Case test) {
    int n = 3 * Lanes.F32_LANES + 3;
    ElementwiseOp op = test.op();
    for (int output = op.inputs(); output < op.operands(); output++) {
      for (int input = 0; input < op.inputs(); input++) {
        float[][] values = values(op.operands(), n, 7);
        values[output] = values[input];
        try (Operands operands = test.operands(n)) {
          operands.replace(output, input);
          operands.fill(values);
          operands.run(0, n);
          String what = "operand " + output + " is " + input;
          assertArrayEquals(expected(op, values, 0, n)[output], operands.read(output), what);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theLoopOverBlocksJoinsThemWithoutAGap(Case test) {
    int begin = 5;
    int n = begin + 2 * Blocks.ELEMENTS + Lanes.F32_LANES + 3;
    float[][] values = values(test.op().operands(), n, 9);
    try (Operands whole = test.operands(n);
        Operands parts = test.operands(n)) {
      whole.fill(values);
      whole.run(begin, n);
      parts.fill(values);
      for (int i = begin; i < n; i += 9_973) {
        parts.run(i, Math.min(n, i + 9_973));
      }
      for (int i = 0; i < values.length; i++) {
        assertArrayEquals(parts.read(i), whole.read(i));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void nothingIsAllocated(ElementwiseOp op) {
    assertNothingIsAllocated(new Case(op, false));
  }

  @Tag("once")
  @ParameterizedTest
  @MethodSource("ops")
  void nothingIsAllocatedOnArrays(ElementwiseOp op) {
    assertNothingIsAllocated(new Case(op, true));
  }

  private static void assertNothingIsAllocated(Case test) {
    int n = 1021;
    try (Operands operands = test.operands(n)) {
      operands.fill(values(test.op().operands(), n, 12));
      assertEquals(0, AllocatedBytes.perCall(200, 200, () -> operands.run(1, n)));
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void aHeapSegmentIsRejectedBeforeAnythingIsWritten(ElementwiseOp op) {
    int n = 40;
    float[][] values = values(op.operands(), n, 15);
    for (int heap = 0; heap < op.operands(); heap++) {
      try (SegmentOperands operands = new SegmentOperands(op, n)) {
        operands.fill(values);
        operands.segments[heap] = MemorySegment.ofArray(values[heap].clone());
        assertThrows(IllegalArgumentException.class, () -> operands.run(0, n));
        for (int i = 0; i < values.length; i++) {
          assertArrayEquals(values[i], operands.segments[i].toArray(JAVA_FLOAT));
        }
      }
    }
  }
}
