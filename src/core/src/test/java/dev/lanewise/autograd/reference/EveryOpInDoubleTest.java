package dev.lanewise.autograd.reference;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.PublicOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.higher.Derivatives;
import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.GradCheck;
import dev.lanewise.autograd.higher.Graph;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every op of the tape is held to the same in double precision, values and gradients, and that to
 * central differences: as a leaf and as a part of something transposed, of one element and of none.
 *
 * <p>Tolerance of a value or gradient: 2e-6 of 1 + the largest of its tensor. The inputs are below
 * 1 and the longest sum has 67 terms, whose rounding is at most 67 u = 4e-6 of their sizes if all
 * of it has one sign, and some 8 u if the signs are mixed.
 */
final class EveryOpInDoubleTest {
  private static final double TOLERANCE = 2e-6;

  private static final Graph GRAPH = Graph.of(Workers.shared());

  /** What an op is checked on. */
  record Problem(Case op, List<TensorLayout> shapes, Route route) {
    List<TensorLayout> bases() {
      return shapes.stream().map(route::base).toList();
    }

    DoubleTensor form(List<DoubleTensor> bases) {
      return op.form().apply(bases.stream().map(route::input).toList());
    }

    @Override
    public String toString() {
      return op + " of " + shapes + ", " + route;
    }
  }

  static Stream<Case> ops() {
    return Stream.of(ElementwiseCases.all(), RowCases.all(), ShapeCases.all(), LayerCases.all())
        .flatMap(List::stream);
  }

  static Stream<Problem> problems() {
    return ops()
        .flatMap(
            op ->
                op.shapes().stream()
                    .flatMap(
                        shapes ->
                            Arrays.stream(Route.values())
                                .map(route -> new Problem(op, shapes, route))));
  }

  @Test
  void everyPublicOpIsChecked() throws IOException, URISyntaxException {
    assertEquals(
        PublicOps.names(), ops().map(Case::name).collect(Collectors.toCollection(TreeSet::new)));
  }

  /** Values in (-1, 1) or (0, 1), none so near to 0 that a kink there would be within a step. */
  private static float[] random(Random random, Problem problem, long n) {
    float[] values = Case.fixed(n, random.nextInt());
    for (int i = 0; !problem.op.positive() && i < values.length; i++) {
      values[i] = random.nextBoolean() ? values[i] : -values[i];
    }
    return values;
  }

  @ParameterizedTest
  @MethodSource("problems")
  void valuesAndGradientsAreThoseInDoublePrecision(Problem problem) {
    Random random = new Random(42);
    List<float[]> values = new ArrayList<>();
    List<DoubleTensor> variables = new ArrayList<>();
    for (TensorLayout base : problem.bases()) {
      float[] of = random(random, problem, base.elements());
      values.add(of);
      variables.add(GRAPH.variable(base, Case.doubles(of)));
    }
    DoubleTensor expected = problem.form(variables);
    float[] cotangent = Case.fixed(expected.layout().elements(), 7);
    List<DoubleTensor> gradients =
        Derivatives.vjp(
            expected, GRAPH.constant(expected.layout(), Case.doubles(cotangent)), variables);
    try (Slab slab = Slab.open("every op", 1 << 20);
        Tape tape = Tape.open(slab)) {
      List<Tensor> bases = new ArrayList<>();
      for (int i = 0; i < values.size(); i++) {
        bases.add(tape.variable(problem.bases().get(i), unaligned(slab, values.get(i))));
      }
      List<Tensor> inputs = bases.stream().map(x -> problem.route.input(tape, x)).toList();
      Tensor y = problem.op.op().apply(tape, inputs);
      assertEquals(expected.layout(), y.layout());
      assertClose("values", expected.toArray(), y.toArray());
      y.backward(tape.constant(y.layout(), cotangent));
      for (int i = 0; i < bases.size(); i++) {
        assertClose(
            "gradient of input " + i,
            gradients.get(i).toArray(),
            bases.get(i).gradient().toArray(JAVA_FLOAT));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("problems")
  void gradientsInDoublePrecisionAreCentralDifferences(Problem problem) {
    Random random = new Random(43);
    DoubleTensor[] x =
        problem.bases().stream()
            .map(
                base ->
                    GRAPH.constant(base, Case.doubles(random(random, problem, base.elements()))))
            .toArray(DoubleTensor[]::new);
    assertEquals(List.of(), GradCheck.check(problem::form, x));
  }

  /** In the middle of memory full of NaN, one float behind a multiple of 64 bytes. */
  private static MemorySegment unaligned(Slab slab, float... values) {
    MemorySegment around = slab.allocateFloats(values.length + 2L);
    around.fill((byte) 0xff);
    MemorySegment within = around.asSlice(Float.BYTES, (long) values.length * Float.BYTES);
    MemorySegment.copy(values, 0, within, JAVA_FLOAT, 0, values.length);
    return within;
  }

  private static void assertClose(String what, double[] expected, float[] actual) {
    assertEquals(expected.length, actual.length);
    double tolerance = TOLERANCE * (1 + Arrays.stream(expected).map(Math::abs).max().orElse(0));
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], tolerance, what + ", element " + i);
    }
    assertTrue(Arrays.stream(expected).allMatch(Double::isFinite), what);
  }
}
