package dev.lanewise.kernel.elementwise;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.simd.Lanes;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every element-wise kernel alike, over one table of kernels. */
class ElementwiseContractTest {
  private static final float ALPHA = 0.7f;

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
    16,
    -16,
    11,
    -11,
    1
  };

  @FunctionalInterface
  interface Kernel {
    void run(MemorySegment a, MemorySegment b, MemorySegment y, long begin, long end);
  }

  @FunctionalInterface
  interface Element {
    float of(float a, float b, float y);
  }

  /** A kernel as y = f(a, b, y), what it computes per element, and which operands y may be. */
  record Op(String name, Kernel kernel, Element element, boolean mayBeA, boolean mayBeB) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Op> ops() {
    return Stream.of(
        new Op(
            "Relu.forward",
            (a, b, y, i, n) -> Relu.forward(a, y, i, n),
            (a, b, y) -> relu(a),
            true,
            false),
        new Op("Relu.backward", Relu::backward, (a, b, y) -> a <= 0 ? 0 : b, true, true),
        new Op("Add.forward", Add::forward, (a, b, y) -> a + b, true, true),
        new Op(
            "Add.accumulate",
            (a, b, y, i, n) -> Add.accumulate(a, y, i, n),
            (a, b, y) -> y + a,
            true,
            false),
        new Op("Mul.forward", Mul::forward, (a, b, y) -> a * b, true, true),
        new Op("Mul.accumulateProduct", Mul::accumulateProduct, Math::fma, true, true),
        new Op(
            "Scale.inPlace",
            (a, b, y, i, n) -> Scale.inPlace(ALPHA, y, i, n),
            (a, b, y) -> y * ALPHA,
            false,
            false),
        new Op(
            "Fill.fill",
            (a, b, y, i, n) -> Fill.fill(ALPHA, y, i, n),
            (a, b, y) -> ALPHA,
            false,
            false),
        // Against itself, one element at a time; GeluTest has the oracle.
        new Op(
            "Gelu.forward",
            (a, b, y, i, n) -> Gelu.forward(a, y, i, n),
            (a, b, y) -> geluAlone(a),
            true,
            false),
        new Op("Gelu.backward", Gelu::backward, (a, b, y) -> geluBackwardAlone(a, b), true, true));
  }

  private static float relu(float x) {
    return x <= 0 ? 0 : x;
  }

  private static float geluAlone(float x) {
    try (GuardedFloats one = GuardedFloats.copyOf(x)) {
      Gelu.forward(one.segment(), one.segment(), 0, 1);
      return one.toArray()[0];
    }
  }

  private static float geluBackwardAlone(float x, float dy) {
    try (GuardedFloats in = GuardedFloats.copyOf(x);
        GuardedFloats out = GuardedFloats.copyOf(dy)) {
      Gelu.backward(in.segment(), out.segment(), out.segment(), 0, 1);
      return out.toArray()[0];
    }
  }

  private static float[] values(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] =
          random.nextInt(8) == 0
              ? SPECIALS[random.nextInt(SPECIALS.length)]
              : (float) (3 * random.nextGaussian());
    }
    return values;
  }

  private static float[] expected(Op op, float[] a, float[] b, float[] y, int begin, int end) {
    float[] expected = y.clone();
    for (int i = begin; i < end; i++) {
      expected[i] = op.element().of(a[i], b[i], y[i]);
    }
    return expected;
  }

  @ParameterizedTest
  @MethodSource("ops")
  void everyElementHasTheBitsOfTheScalarFormulaAtEverySize(Op op) {
    for (int n : AwkwardSizes.lengths()) {
      float[] a = values(n, 1);
      float[] b = values(n, 2);
      float[] y = values(n, 3);
      try (GuardedFloats ga = GuardedFloats.copyOf(a);
          GuardedFloats gb = GuardedFloats.copyOf(b);
          GuardedFloats gy = GuardedFloats.copyOf(y)) {
        op.kernel().run(ga.segment(), gb.segment(), gy.segment(), 0, n);
        assertArrayEquals(expected(op, a, b, y, 0, n), gy.toArray(), () -> "n = " + n);
        assertArrayEquals(a, ga.toArray());
        assertArrayEquals(b, gb.toArray());
        gy.assertGuardsIntact();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void aRangeLeavesEverythingOutsideItUntouched(Op op) {
    int n = 4 * Lanes.F32_LANES + 3;
    float[] a = values(n, 4);
    float[] b = values(n, 5);
    float[] y = values(n, 6);
    for (int begin = 0; begin <= n; begin++) {
      for (int end = begin; end <= n; end++) {
        try (GuardedFloats ga = GuardedFloats.copyOf(a);
            GuardedFloats gb = GuardedFloats.copyOf(b);
            GuardedFloats gy = GuardedFloats.copyOf(y)) {
          op.kernel().run(ga.segment(), gb.segment(), gy.segment(), begin, end);
          String range = "[" + begin + ", " + end + ")";
          assertArrayEquals(expected(op, a, b, y, begin, end), gy.toArray(), range);
          gy.assertGuardsIntact();
        }
        if (begin > Lanes.F32_LANES + 1 && end < n) {
          end = n - 1;
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void aSpecialValueHasTheSameEffectInEveryLaneAndInTheTail(Op op) {
    int n = 2 * Lanes.F32_LANES + 3;
    for (float specialA : SPECIALS) {
      for (float specialB : new float[] {1, Float.NaN, Float.NEGATIVE_INFINITY, -0f}) {
        float[] a = new float[n];
        float[] b = new float[n];
        float[] y = new float[n];
        Arrays.fill(a, specialA);
        Arrays.fill(b, specialB);
        Arrays.fill(y, 2);
        try (GuardedFloats ga = GuardedFloats.copyOf(a);
            GuardedFloats gb = GuardedFloats.copyOf(b);
            GuardedFloats gy = GuardedFloats.copyOf(y)) {
          op.kernel().run(ga.segment(), gb.segment(), gy.segment(), 0, n);
          assertArrayEquals(
              expected(op, a, b, y, 0, n),
              gy.toArray(),
              () -> "a = " + specialA + ", b = " + specialB);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void theOutputMayBeAnInputWhereTheKernelAllowsIt(Op op) {
    int n = 4 * Lanes.F32_LANES + 3;
    float[] a = values(n, 7);
    float[] b = values(n, 8);
    try (GuardedFloats ga = GuardedFloats.copyOf(a);
        GuardedFloats gb = GuardedFloats.copyOf(b)) {
      if (op.mayBeA()) {
        op.kernel().run(ga.segment(), gb.segment(), ga.segment(), 0, n);
        assertArrayEquals(expected(op, a, b, a, 0, n), ga.toArray());
        ga.assertGuardsIntact();
      }
    }
    try (GuardedFloats ga = GuardedFloats.copyOf(a);
        GuardedFloats gb = GuardedFloats.copyOf(b)) {
      if (op.mayBeB()) {
        op.kernel().run(ga.segment(), gb.segment(), gb.segment(), 0, n);
        assertArrayEquals(expected(op, a, b, b, 0, n), gb.toArray());
        gb.assertGuardsIntact();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void theLoopOverBlocksJoinsThemWithoutAGap(Op op) {
    int begin = 5;
    int n = begin + 2 * Blocks.ELEMENTS + Lanes.F32_LANES + 3;
    float[] a = values(n, 9);
    float[] b = values(n, 10);
    float[] y = values(n, 11);
    // The scalar formula of GELU opens an arena per element: twice the range in other blocks serves
    // as well.
    float[] expected;
    try (GuardedFloats ga = GuardedFloats.copyOf(a);
        GuardedFloats gb = GuardedFloats.copyOf(b);
        GuardedFloats gy = GuardedFloats.copyOf(y)) {
      for (int i = begin; i < n; i += 1_000) {
        op.kernel().run(ga.segment(), gb.segment(), gy.segment(), i, Math.min(n, i + 1_000));
      }
      expected = gy.toArray();
    }
    try (GuardedFloats ga = GuardedFloats.copyOf(a);
        GuardedFloats gb = GuardedFloats.copyOf(b);
        GuardedFloats gy = GuardedFloats.copyOf(y)) {
      op.kernel().run(ga.segment(), gb.segment(), gy.segment(), begin, n);
      assertArrayEquals(expected, gy.toArray());
      gy.assertGuardsIntact();
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void nothingIsAllocated(Op op) {
    int n = 1021;
    try (GuardedFloats a = GuardedFloats.copyOf(values(n, 12));
        GuardedFloats b = GuardedFloats.copyOf(values(n, 13));
        GuardedFloats y = GuardedFloats.copyOf(values(n, 14))) {
      MemorySegment sa = a.segment();
      MemorySegment sb = b.segment();
      MemorySegment sy = y.segment();
      assertEquals(
          0, AllocatedBytes.perCall(2_000, 1_000, () -> op.kernel().run(sa, sb, sy, 1, n)));
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void aHeapSegmentIsRejectedBeforeAnythingIsWritten(Op op) {
    int n = 40;
    MemorySegment heap = MemorySegment.ofArray(new float[n]);
    try (GuardedFloats a = GuardedFloats.copyOf(values(n, 15));
        GuardedFloats b = GuardedFloats.copyOf(values(n, 16))) {
      assertThrows(
          IllegalArgumentException.class,
          () -> op.kernel().run(a.segment(), b.segment(), heap, 0, n));
      assertArrayEquals(new float[n], heap.toArray(JAVA_FLOAT));
    }
  }
}
