package dev.lanewise.nn;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.memory.TensorLayout;
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

  /** All the same, as gains start at 1. */
  static Init constant(float value) {
    return (parameter, fanIn) -> {
      MemorySegment data = parameter.data();
      for (long at = 0; at < parameter.layout().bytes(); at += Float.BYTES) {
        data.set(JAVA_FLOAT_UNALIGNED, at, value);
      }
    };
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

  /**
   * Normal with mean 0 and standard deviation {@code sqrt(2 / fanOut)}, see {@link
   * #kaimingUniform}: keeps the variance of gradients instead (section 2.2, formula 14), as
   * residual networks start. The fan-out is the number of elements divided by the last dimension:
   * the outputs of a matrix [out, in], those times the elements of a kernel of a convolution [out,
   * ..., in].
   */
  static Init kaimingNormalFanOut(long seed) {
    return (parameter, fanIn) -> {
      TensorLayout layout = parameter.layout();
      if (layout.rank() < 2) {
        throw new IllegalArgumentException(
            "parameter \""
                + parameter.name()
                + "\" is "
                + layout
                + ": it has no fan-out, a matrix or kernels are wanted");
      }
      double fanOut = (double) layout.elements() / layout.dim(layout.rank() - 1);
      fillNormal(parameter, seed, Math.sqrt(2 / fanOut));
    };
  }

  /**
   * Uniform in {@code [-b, b)} with {@code b = sqrt(6 / (fanIn + fanOut))}: keeps the variance of
   * activations and of gradients where neither is rectified (X. Glorot, Y. Bengio: Understanding
   * the Difficulty of Training Deep Feedforward Neural Networks, 2010, formula 16). The fan-out is
   * the number of elements divided by the fan-in.
   */
  static Init xavierUniform(long seed) {
    return (parameter, fanIn) ->
        fillUniform(parameter, seed, Math.sqrt(6.0 / (fanIn + fanOut(parameter, fanIn))));
  }

  /**
   * Normal with mean 0 and standard deviation {@code sqrt(2 / (fanIn + fanOut))}, see {@link
   * #xavierUniform}.
   */
  static Init xavierNormal(long seed) {
    return (parameter, fanIn) ->
        fillNormal(parameter, seed, Math.sqrt(2.0 / (fanIn + fanOut(parameter, fanIn))));
  }

  /**
   * {@link #normal}, each value drawn again until it lies within two standard deviations of 0: what
   * is left has a standard deviation of 0.8796 times that given.
   */
  static Init truncatedNormal(long seed, double standardDeviation) {
    requireSpread("standardDeviation", standardDeviation);
    return (parameter, fanIn) -> {
      MemorySegment data = parameter.data();
      long key = SplitMix64.key(seed, parameter.name());
      for (long i = 0; i < parameter.layout().elements(); i++) {
        double normal = SplitMix64.normal(key, i);
        for (long again = 1; Math.abs(normal) > 2; again++) {
          // Counters below 0 give each attempt a stream of its own.
          normal = SplitMix64.normal(SplitMix64.at(key, -1 - again), i);
        }
        data.set(JAVA_FLOAT_UNALIGNED, i * Float.BYTES, (float) (normal * standardDeviation));
      }
    };
  }

  /**
   * A matrix with orthonormal rows, or columns where there are more rows, uniformly distributed
   * among them, times {@code gain}: keeps the length of every vector (A. M. Saxe, J. L. McClelland,
   * S. Ganguli: Exact Solutions to the Nonlinear Dynamics of Learning in Deep Linear Neural
   * Networks, 2014). A tensor of higher rank is taken as the matrix of its first dimension and all
   * others.
   *
   * <p>Computed in double precision, in {@code 4 r^2 c} operations, r the smaller side.
   *
   * @param gain finite; 1 for a linear layer, {@code sqrt(2)} before a rectifier
   */
  static Init orthogonal(long seed, double gain) {
    if (!Double.isFinite(gain)) {
      throw new IllegalArgumentException("gain = " + gain + ": want a finite number");
    }
    return (parameter, fanIn) -> fillOrthogonal(parameter, seed, gain);
  }

  /**
   * These values times {@code 1 / sqrt(2 layers)}, for the last matrix of each branch of a residual
   * network: the 2 layers branches of a transformer together then add the variance of one (A.
   * Radford et al.: Language Models are Unsupervised Multitask Learners, 2019, section 2.3).
   *
   * @param layers blocks of two branches each, at least 1
   */
  default Init residual(int layers) {
    if (layers < 1) {
      throw new IllegalArgumentException("layers = " + layers + ": want at least 1");
    }
    return scaled((float) (1 / Math.sqrt(2.0 * layers)));
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
      double normal = SplitMix64.normal(key, i);
      data.set(JAVA_FLOAT_UNALIGNED, i * Float.BYTES, (float) (normal * standardDeviation));
    }
  }

  private static void fillOrthogonal(Parameter parameter, long seed, double gain) {
    TensorLayout layout = parameter.layout();
    if (layout.rank() < 2 || layout.elements() == 0 || layout.elements() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "orthogonal: parameter \""
              + parameter.name()
              + "\" is "
              + layout
              + ": a matrix of at least 1 and at most "
              + Integer.MAX_VALUE
              + " elements is wanted");
    }
    int rows = (int) layout.dim(0);
    int cols = (int) (layout.elements() / rows);
    boolean wide = rows <= cols;
    long key = SplitMix64.key(seed, parameter.name());
    double[] vectors = new double[(int) layout.elements()];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = SplitMix64.normal(key, i);
    }
    Orthogonal.orthonormalize(vectors, Math.min(rows, cols), Math.max(rows, cols));
    MemorySegment data = parameter.data();
    for (int i = 0; i < vectors.length; i++) {
      double value = vectors[wide ? i : Math.toIntExact((long) (i % cols) * rows + i / cols)];
      data.set(JAVA_FLOAT_UNALIGNED, (long) i * Float.BYTES, (float) (gain * value));
    }
  }

  private static long fanOut(Parameter parameter, long fanIn) {
    return Math.max(1, parameter.layout().elements() / fanIn);
  }

  private static void requireSpread(String name, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          name + " = " + value + ": want a finite number of at least 0");
    }
  }
}
