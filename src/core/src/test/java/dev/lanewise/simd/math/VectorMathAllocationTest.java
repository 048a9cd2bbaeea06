package dev.lanewise.simd.math;

import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.testing.AllocatedBytes;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

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
    assertNothingAllocated("sin", this::sin);
    assertNothingAllocated("cos", this::cos);
    assertNothingAllocated("rsqrt", this::rsqrt);
    assertNothingAllocated("pow", this::pow);
  }

  /** Not even once C2 has compiled the path of special arguments too. */
  @Test
  void aPathForSpecialArgumentsBoxesNoOthers() {
    AllocatedBytes.assumeNothingIsBoxed();
    x[3 * F32_LANES + 1] = 1e9f;
    for (int i = 0; i < WARM_UP; i++) {
      sin();
      cos();
    }
    x[3 * F32_LANES + 1] = 1;
    assertNothingAllocated("sin", this::sin);
    assertNothingAllocated("cos", this::cos);
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

  private void sin() {
    for (int i = 0; i < N; i += F32_LANES) {
      Sine.sin(FloatVector.fromArray(F32, x, i)).intoArray(y, i);
    }
  }

  private void cos() {
    for (int i = 0; i < N; i += F32_LANES) {
      Sine.cos(FloatVector.fromArray(F32, x, i)).intoArray(y, i);
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
