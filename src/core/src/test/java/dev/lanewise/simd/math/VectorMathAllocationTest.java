package dev.lanewise.simd.math;

import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.simd.Lanes;
import dev.lanewise.testing.AllocatedBytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In a compiled loop no function leaves a vector on the heap. */
class VectorMathAllocationTest {
  private static final int N = 64 * F32_LANES;
  private static final int WARM_UP = 20_000;
  private static final int CALLS = 1_000;

  private final float[] x = new float[N];
  private final float[] y = new float[N];
  private final float[] logs = new float[N];
  private final float[] rests = new float[N];

  VectorMathAllocationTest() {
    for (int i = 0; i < N; i++) {
      x[i] = 0.01f + i * 0.003f;
    }
  }

  @Test
  void noFunctionAllocates() {
    assertNothingAllocated("exp", this::exp);
    assertNothingAllocated("expm1", this::expm1);
    assertNothingAllocated("log", this::log);
    assertNothingAllocated("log1p", this::log1p);
    assertNothingAllocated("tanh", this::tanh);
    assertNothingAllocated("sigmoid", this::sigmoid);
    assertNothingAllocated("softplus", this::softplus);
    assertNothingAllocated("erf", this::erf);
    assertNothingAllocated("erfc", this::erfc);
    assertNothingAllocated("rsqrt", this::rsqrt);
    assertNothingAllocated("pow", this::pow);
  }

  /**
   * Nor do sine and cosine, the longest of them, not even once C2 has compiled the path of special
   * arguments too; in a JVM of their own. At 128 bits, in one of four JVMs that had run thousands
   * of other tests before, C2 left sine a call.
   */
  @ParameterizedTest
  @ValueSource(strings = {"ordinary", "special"})
  void sineAndCosineAllocateNothing(String arguments) throws Exception {
    AllocatedBytes.assumeNothingIsBoxed();
    Process java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-D" + Lanes.PROPERTY + "=" + Lanes.BITS,
                "-cp",
                System.getProperty("java.class.path"),
                SineLoops.class.getName(),
                arguments)
            .redirectErrorStream(true)
            .start();
    List<String> lines =
        new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> !line.startsWith("WARNING"))
            .toList();
    assertEquals(0, java.waitFor(), () -> String.join("\n", lines));
    assertEquals(List.of("sin 0", "cos 0"), lines);
  }

  private static void assertNothingAllocated(String name, Runnable loop) {
    assertEquals(0, AllocatedBytes.perCall(WARM_UP, CALLS, loop), name);
  }

  private void exp() {
    for (int i = 0; i < N; i += F32_LANES) {
      Exp.exp(FloatVector.fromArray(F32, x, i)).intoArray(y, i);
    }
  }

  private void expm1() {
    for (int i = 0; i < N; i += F32_LANES) {
      Exp.expm1(FloatVector.fromArray(F32, x, i)).intoArray(y, i);
    }
  }

  private void log() {
    for (int i = 0; i < N; i += F32_LANES) {
      Log.log(FloatVector.fromArray(F32, x, i)).intoArray(y, i);
    }
  }

  private void log1p() {
    for (int i = 0; i < N; i += F32_LANES) {
      Log.log1p(FloatVector.fromArray(F32, x, i)).intoArray(y, i);
    }
  }

  private void tanh() {
    for (int i = 0; i < N; i += F32_LANES) {
      Tanh.tanh(FloatVector.fromArray(F32, x, i)).intoArray(y, i);
    }
  }

  private void sigmoid() {
    for (int i = 0; i < N; i += F32_LANES) {
      Sigmoid.sigmoid(FloatVector.fromArray(F32, x, i)).intoArray(y, i);
    }
  }

  private void softplus() {
    for (int i = 0; i < N; i += F32_LANES) {
      Softplus.softplus(FloatVector.fromArray(F32, x, i)).intoArray(y, i);
    }
  }

  private void erf() {
    for (int i = 0; i < N; i += F32_LANES) {
      Erf.erf(FloatVector.fromArray(F32, x, i)).intoArray(y, i);
    }
  }

  private void erfc() {
    for (int i = 0; i < N; i += F32_LANES) {
      Erf.erfc(FloatVector.fromArray(F32, x, i)).intoArray(y, i);
    }
  }

  private void rsqrt() {
    for (int i = 0; i < N; i += F32_LANES) {
      Rsqrt.rsqrt(FloatVector.fromArray(F32, x, i)).intoArray(y, i);
    }
  }

  private void pow() {
    System.arraycopy(x, 0, y, 0, N);
    Pow.pow(y, x, logs, rests, N);
  }
}
