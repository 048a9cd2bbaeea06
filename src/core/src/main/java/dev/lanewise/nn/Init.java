package dev.lanewise.nn;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.autograd.Parameter;
import java.lang.foreign.MemorySegment;

/**
 * Start values of a parameter.
 *
 * <p>The random ones are a pure function of the seed, the name of the parameter and the index of
 * the element: the bits depend neither on the order in which layers are made nor on the machine.
 * The generator is SplitMix64, read at a counter (G. L. Steele, D. Lea, C. H. Flood: Fast
 * Splittable Pseudorandom Number Generators, 2014).
 */
@FunctionalInterface
public interface Init {
  /**
   * Overwrites the data of a parameter.
   *
   * @param fanIn inputs that are summed into one output of the layer, at least 1
   */
  void fill(Parameter parameter, long fanIn);

  /** All zero, as biases start. */
  static Init zeros() {
    return (parameter, fanIn) -> parameter.data().fill((byte) 0);
  }

  /** Uniform in {@code [-bound, bound)}. */
  static Init uniform(long seed, double bound) {
    requireSpread("bound", bound);
    return (parameter, fanIn) -> fillUniform(parameter, seed, bound);
  }

  /**
   * Uniform in {@code [-b, b)} with {@code b = sqrt(6 / fanIn)}: keeps the variance of activations
   * behind a rectifier (K. He, X. Zhang, S. Ren, J. Sun: Delving Deep into Rectifiers, 2015,
   * section 2.2).
   */
  static Init kaimingUniform(long seed) {
    return (parameter, fanIn) -> fillUniform(parameter, seed, Math.sqrt(6.0 / fanIn));
  }

  /** Normal with mean 0, by Box and Muller's transform (1958). */
  static Init normal(long seed, double standardDeviation) {
    requireSpread("standardDeviation", standardDeviation);
    return (parameter, fanIn) -> fillNormal(parameter, seed, standardDeviation);
  }

  /**
   * Normal with mean 0 and standard deviation {@code sqrt(2 / fanIn)}, see {@link #kaimingUniform}.
   */
  static Init kaimingNormal(long seed) {
    return (parameter, fanIn) -> fillNormal(parameter, seed, Math.sqrt(2.0 / fanIn));
  }

  /** These values times {@code factor}; below 1 for the last layer of a block or of the model. */
  default Init scaled(float factor) {
    if (!Float.isFinite(factor)) {
      throw new IllegalArgumentException("factor = " + factor + ": want a finite number");
    }
    return (parameter, fanIn) -> {
      fill(parameter, fanIn);
      MemorySegment data = parameter.data();
      for (long at = 0; at < parameter.layout().bytes(); at += Float.BYTES) {
        data.set(JAVA_FLOAT_UNALIGNED, at, factor * data.get(JAVA_FLOAT_UNALIGNED, at));
      }
    };
  }

  private static void fillUniform(Parameter parameter, long seed, double bound) {
    MemorySegment data = parameter.data();
    long key = SplitMix64.key(seed, parameter.name());
    for (long i = 0; i < parameter.layout().elements(); i++) {
      // 24 bits: what a float holds, so the rounding to float cannot reach the upper bound.
      double unit = (SplitMix64.at(key, i) >>> 40) * 0x1p-23 - 1;
      data.set(JAVA_FLOAT_UNALIGNED, i * Float.BYTES, (float) (unit * bound));
    }
  }

  private static void fillNormal(Parameter parameter, long seed, double standardDeviation) {
    MemorySegment data = parameter.data();
    long key = SplitMix64.key(seed, parameter.name());
    for (long i = 0; i < parameter.layout().elements(); i++) {
      // In (0, 1]: the logarithm is finite.
      double first = ((SplitMix64.at(key, 2 * i) >>> 11) + 1) * 0x1p-53;
      double second = (SplitMix64.at(key, 2 * i + 1) >>> 11) * 0x1p-53;
      double normal = Math.sqrt(-2 * StrictMath.log(first)) * StrictMath.cos(2 * Math.PI * second);
      data.set(JAVA_FLOAT_UNALIGNED, i * Float.BYTES, (float) (normal * standardDeviation));
    }
  }

  private static void requireSpread(String name, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          name + " = " + value + ": want a finite number of at least 0");
    }
  }
}
