package dev.lanewise.simd.math;

import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;

import dev.lanewise.testing.AllocatedBytes;
import jdk.incubator.vector.FloatVector;

/** Prints what loops of sine and cosine allocate, in a JVM that has compiled nothing else. */
final class SineLoops {
  private static final int N = 64 * F32_LANES;
  private static final int WARM_UP = 20_000;
  private static final int CALLS = 1_000;

  private final float[] x = new float[N];
  private final float[] y = new float[N];

  private SineLoops() {
    for (int i = 0; i < N; i++) {
      x[i] = 0.01f + i * 0.003f;
    }
  }

  /** With the argument {@code special} the path of large arguments is compiled first. */
  public static void main(String[] arguments) {
    SineLoops loops = new SineLoops();
    if (arguments.length > 0 && arguments[0].equals("special")) {
      loops.x[3 * F32_LANES + 1] = 1e9f;
      for (int i = 0; i < WARM_UP; i++) {
        loops.sin();
        loops.cos();
      }
      loops.x[3 * F32_LANES + 1] = 1;
    }
    System.out.println("sin " + AllocatedBytes.perCall(WARM_UP, CALLS, loops::sin));
    System.out.println("cos " + AllocatedBytes.perCall(WARM_UP, CALLS, loops::cos));
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
}
