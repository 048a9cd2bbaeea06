package dev.lanewise.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.higher.GradCheck;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;

/**
 * Holds an op of the tape against a double-precision oracle of the same op: its values, and its
 * gradients by central differences of {@code <cotangent, oracle(x)>} with a random cotangent.
 *
 * <p>Tolerance of the gradients: {@link GradCheck#ATOL} plus {@link GradCheck#RTOL}. The inputs lie
 * in [-1, 1] and sums have at most 13 terms, so the rounding of an f32 gradient is below {@code (13
 * + 2) * 2^-24 * 13 = 1.2e-5} in the worst case, of which RTOL covers the part that belongs to
 * large gradients; the differences themselves are good to some 1e-8.
 */
public final class OpCheck {
  /** The op. */
  public interface Op {
    Tensor apply(Tape tape, List<Tensor> inputs);
  }

  /** The same in double precision. */
  public interface Oracle {
    double[] apply(double[][] inputs);
  }

  private OpCheck() {}

  /**
   * Values in [-1, 1), none so near to 0 that a kink there would be within a step of the
   * differences.
   */
  public static float[] random(Random random, long n) {
    float[] values = new float[Math.toIntExact(n)];
    for (int i = 0; i < values.length; i++) {
      float value = 2 * random.nextFloat() - 1;
      values[i] = Math.abs(value) < 1e-3f ? 0.5f : value;
    }
    return values;
  }

  /** These values in native memory. */
  public static MemorySegment copy(Slab slab, float... values) {
    MemorySegment segment = slab.allocateFloats(values.length);
    MemorySegment.copy(values, 0, segment, JAVA_FLOAT, 0, values.length);
    return segment;
  }

  static double[] doubles(float... values) {
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = values[i];
    }
    return result;
  }

  /** Checks values and gradients at random inputs of these shapes. */
  public static void check(Op op, Oracle oracle, TensorLayout... shapes) {
    Random random = new Random(42);
    try (Slab slab = Slab.open("op check", 1 << 20)) {
      poisonStepMemory(slab);
      try (Tape tape = Tape.open(slab)) {
        check(op, oracle, shapes, random, slab, tape);
      }
    }
  }

  /** Fills step memory with NaN: an op that reads what it has not written shows it. */
  private static void poisonStepMemory(Slab slab) {
    try (Slab.Frame frame = slab.openFrame()) {
      frame.allocateFloats(100_000).fill((byte) 0xff);
    }
  }

  private static void check(
      Op op, Oracle oracle, TensorLayout[] shapes, Random random, Slab slab, Tape tape) {
    double[][] inputs = new double[shapes.length][];
    Tensor[] variables = new Tensor[shapes.length];
    for (int i = 0; i < shapes.length; i++) {
      float[] values = random(random, shapes[i].elements());
      inputs[i] = doubles(values);
      variables[i] = tape.variable(shapes[i], copy(slab, values));
    }
    Tensor y = op.apply(tape, List.of(variables));
    double[] expected = oracle.apply(inputs);
    assertClose(expected, y.toArray());

    float[] cotangent = random(random, y.layout().elements());
    y.backward(tape.constant(y.layout(), cotangent));
    for (int i = 0; i < shapes.length; i++) {
      int input = i;
      List<GradCheck.Mismatch> mismatches =
          GradCheck.mismatches(
              x -> {
                double[][] point = inputs.clone();
                point[input] = x;
                return dot(cotangent, oracle.apply(point));
              },
              inputs[i],
              doubles(variables[i].gradient().toArray(JAVA_FLOAT)));
      assertTrue(mismatches.isEmpty(), "gradient of input " + i + ": " + mismatches);
    }
  }

  /** f32 forward against its oracle: rtol 1.3e-6, atol 1e-5. */
  static void assertClose(double[] expected, float[] actual) {
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
