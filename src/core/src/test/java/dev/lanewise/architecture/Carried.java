package dev.lanewise.architecture;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Vectors that loops carry, as receivers and as arguments. */
final class Carried {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

  private Carried() {}

  static float badSum(float[] x) {
    FloatVector sum = FloatVector.zero(S);
    for (int i = 0; i < x.length; i += S.length()) {
      sum = sum.add(FloatVector.fromArray(S, x, i));
    }
    return sum.lane(0);
  }

  static float badChain(float[] x) {
    FloatVector largest = FloatVector.zero(S);
    int i = 0;
    while (i < x.length) {
      FloatVector next = FloatVector.fromArray(S, x, i).abs();
      largest = largest.add(1f).max(next);
      i += S.length();
    }
    return largest.lane(0);
  }

  static void badNested(float[] x, int rows) {
    FloatVector power = FloatVector.broadcast(S, 1f);
    for (int r = 0; r < rows; r++) {
      for (int i = 0; i < x.length; i += S.length()) {
        FloatVector.fromArray(S, x, i).mul(power).intoArray(x, i);
      }
      power = power.mul(0.5f);
    }
  }

  static float soundSum(float[] x) {
    FloatVector sum = FloatVector.zero(S);
    for (int i = 0; i < x.length; i += S.length()) {
      sum = FloatVector.fromArray(S, x, i).add(sum);
    }
    return sum.add(1f).lane(0);
  }

  static void soundInTurn(float[] x, float decay) {
    for (int i = 0; i < x.length; i += S.length()) {
      FloatVector v = FloatVector.fromArray(S, x, i);
      v = decay > 0 ? v.mul(decay) : v;
      v = v.add(1f);
      v.intoArray(x, i);
    }
  }

  static void soundInvariant(float[] x, float factor) {
    FloatVector f = FloatVector.broadcast(S, factor);
    for (int i = 0; i < x.length; i += S.length()) {
      f.mul(FloatVector.fromArray(S, x, i)).intoArray(x, i);
    }
  }
}
