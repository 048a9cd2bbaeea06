package dev.lanewise.architecture.offending.kernel.step;

import dev.lanewise.architecture.offending.kernel.reduce.Back;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * A kernel with everything that a kernel must not have: state, instances, lambdas, collections, a
 * circle.
 */
@SuppressWarnings({"NonFinalStaticField", "MutablePublicArray"})
public class Sloppy {
  public static int calls;

  public static final float[] TABLE = new float[16];

  public Sloppy() {}

  public int instance() {
    return calls;
  }

  public static int sum(int n) {
    IntUnaryOperator square = i -> i * i;
    List<Integer> squares = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      squares.add(square.applyAsInt(i));
    }
    return squares.size() + Back.class.hashCode();
  }
}
