package dev.lanewise.nn.transformer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.higher.GradCheck;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Holds a layer against the same in double precision: its values, and the gradients of its input
 * and of every parameter by central differences, with the tolerances of {@link OpCheck}.
 */
final class LayerCheck {
  interface Layer {
    Tensor forward(Tape tape, Tensor x);
  }

  interface Oracle {
    double[] apply(Reference reference, double[] x);
  }

  private LayerCheck() {}

  /** Values in [-1/2, 1/2) for every parameter, so that gains and biases matter too. */
  static void randomize(List<Parameter> parameters, long seed) {
    Random random = new Random(seed);
    for (Parameter parameter : parameters) {
      float[] values = OpCheck.random(random, parameter.layout().elements());
      for (int i = 0; i < values.length; i++) {
        parameter.data().setAtIndex(JAVA_FLOAT, i, values[i] / 2);
      }
    }
  }

  static Map<String, double[]> doubles(List<Parameter> parameters) {
    Map<String, double[]> all = new LinkedHashMap<>();
    parameters.forEach(parameter -> all.put(parameter.name(), doubles(parameter.data())));
    return all;
  }

  static double[] doubles(MemorySegment floats) {
    double[] values = new double[Math.toIntExact(floats.byteSize() / Float.BYTES)];
    for (int i = 0; i < values.length; i++) {
      values[i] = floats.getAtIndex(JAVA_FLOAT, i);
    }
    return values;
  }

  static void check(
      Slab slab, List<Parameter> parameters, Layer layer, Oracle oracle, TensorLayout shape) {
    randomize(parameters, 1);
    Random random = new Random(2);
    float[] x = OpCheck.random(random, shape.elements());
    try (Tape tape = Tape.open(slab)) {
      Tensor input = tape.variable(shape, OpCheck.copy(slab, x));
      Tensor y = layer.forward(tape, input);
      double[] point = doubles(input.data());
      assertClose(oracle.apply(new Reference(doubles(parameters)), point), doubles(y.data()));
      float[] cotangent = OpCheck.random(random, y.layout().elements());
      y.backward(tape.constant(y.layout(), cotangent));
      Reference reference = new Reference(doubles(parameters));
      assertEquals(
          List.of(),
          GradCheck.mismatches(
              p -> dot(cotangent, oracle.apply(reference, p)), point, doubles(input.gradient())));
      checkParameters(parameters, r -> dot(cotangent, oracle.apply(r, point)));
    }
  }

  interface Value {
    double of(Reference reference);
  }

  /** The gradient of every parameter against differences of {@code value}. */
  static void checkParameters(List<Parameter> parameters, Value value) {
    Map<String, double[]> all = doubles(parameters);
    for (Parameter parameter : parameters) {
      assertEquals(
          List.of(),
          GradCheck.mismatches(
              p -> {
                Map<String, double[]> changed = new HashMap<>(all);
                changed.put(parameter.name(), p);
                return value.of(new Reference(changed));
              },
              doubles(parameter.data()),
              doubles(parameter.gradient())),
          parameter.name());
    }
  }

  /** f32 forward against its oracle: rtol 1.3e-6, atol 1e-5. */
  static void assertClose(double[] expected, double[] actual) {
    assertEquals(expected.length, actual.length);
    for (int i = 0; i < actual.length; i++) {
      assertEquals(expected[i], actual[i], 1e-5 + 1.3e-6 * Math.abs(expected[i]), "element " + i);
    }
  }

  private static double dot(float[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
