package dev.lanewise.blas;

import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.kernel.activation.segments.Gelu;
import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The product with GELU, which is there in single precision alone. */
class GemmGeluTest {
  private static float[] random(int n, double size, SplittableRandom random) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextDouble(-size, size);
    }
    return values;
  }

  private static void check(int m, int n, int k, Workers workers) {
    SplittableRandom random = new SplittableRandom(m + n + k);
    float[] a = random(m * k, 3, random);
    float[] b = random(n * k, 1, random);
    float[] bias = random(n, 10, random);
    float[] expected = new float[m * n];
    Gemm.sgemmBias(
        NO_TRANS,
        TRANS,
        m,
        n,
        k,
        1f,
        a,
        0,
        k,
        b,
        0,
        k,
        0f,
        expected,
        0,
        n,
        bias,
        0,
        Activation.NONE,
        workers);
    float[] c = new float[m * n];
    Gemm.sgemmBias(
        NO_TRANS,
        TRANS,
        m,
        n,
        k,
        1f,
        a,
        0,
        k,
        b,
        0,
        k,
        0f,
        c,
        0,
        n,
        bias,
        0,
        Activation.GELU,
        workers);
    try (GuardedFloats na = GuardedFloats.copyOf(a);
        GuardedFloats nb = GuardedFloats.copyOf(b);
        GuardedFloats nBias = GuardedFloats.copyOf(bias);
        GuardedFloats nc = GuardedFloats.of(m * n);
        GuardedFloats gelu = GuardedFloats.copyOf(expected)) {
      Gelu.forward(gelu.segment(), gelu.segment(), 0, (long) m * n);
      Gemm.sgemmBias(
          NO_TRANS,
          TRANS,
          m,
          n,
          k,
          1f,
          na.segment(),
          0,
          k,
          nb.segment(),
          0,
          k,
          0f,
          nc.segment(),
          0,
          n,
          nBias.segment(),
          0,
          Activation.GELU,
          workers);
      nc.assertGuardsIntact();
      float[] of = gelu.toArray();
      float[] offHeap = nc.toArray();
      for (int i = 0; i < of.length; i++) {
        String what = m + "x" + n + "x" + k + ", element " + i;
        assertEquals(Float.floatToIntBits(of[i]), Float.floatToIntBits(c[i]), what);
        assertEquals(Float.floatToIntBits(of[i]), Float.floatToIntBits(offHeap[i]), what);
      }
    }
  }

  @Test
  void theBitsAreThoseOfTheProductTheBiasAndTheKernel() {
    for (int m : AwkwardSizes.edges()) {
      for (int n : AwkwardSizes.edges()) {
        check(m, n, 5, Workers.shared());
      }
    }
    check(1039, 261, 1030, Workers.shared());
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads)) {
        check(257, 193, 131, workers);
        check(40, 700, 130, workers);
      }
    }
  }

  @Test
  void nothingIsAllocated() {
    int n = 61;
    float[] a = new float[n * n];
    float[] c = new float[n * n];
    assertEquals(
        0,
        AllocatedBytes.perCall(
            2000,
            200,
            () ->
                Gemm.sgemmBias(
                    NO_TRANS,
                    TRANS,
                    n,
                    n,
                    n,
                    1f,
                    a,
                    0,
                    n,
                    a,
                    0,
                    n,
                    0f,
                    c,
                    0,
                    n,
                    a,
                    0,
                    Activation.GELU,
                    Workers.shared())));
  }

  @Test
  void doublesHaveNoGelu() {
    double[] values = {2};
    double[] c = {3};
    assertRefused(
        () ->
            Gemm.dgemmBias(
                NO_TRANS,
                NO_TRANS,
                1,
                1,
                1,
                1,
                values,
                0,
                1,
                values,
                0,
                1,
                0,
                c,
                0,
                1,
                values,
                0,
                Activation.GELU,
                Workers.shared()));
    assertEquals(3, c[0]);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment in = arena.allocate(JAVA_DOUBLE, 1);
      MemorySegment out = arena.allocate(JAVA_DOUBLE, 1);
      assertRefused(
          () ->
              Gemm.dgemmBias(
                  NO_TRANS,
                  NO_TRANS,
                  1,
                  1,
                  1,
                  1,
                  in,
                  0,
                  1,
                  in,
                  0,
                  1,
                  0,
                  out,
                  0,
                  1,
                  in,
                  0,
                  Activation.GELU,
                  Workers.shared()));
    }
  }

  private static void assertRefused(Runnable call) {
    assertEquals(
        "activation GELU is there in single precision alone: take NONE and apply it to C",
        assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
