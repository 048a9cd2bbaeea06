package dev.lanewise.optim.lbfgs;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.blas.Level1;
import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** All parameters as one vector, and the vectors of their length that the method works with. */
final class Vectors {
  /** Elements of a block of an inner product, which are summed in single precision. */
  private static final long BLOCK = 1024;

  final long n;
  final MemorySegment gradient;
  final MemorySegment direction;
  final MemorySegment startGradient;
  private final MemorySegment start;
  private final List<Parameter> parameters;

  Vectors(List<Parameter> parameters, Slab slab) {
    this.parameters = parameters;
    long elements = 0;
    for (Parameter parameter : parameters) {
      elements = Math.addExact(elements, parameter.layout().elements());
    }
    n = elements;
    gradient = slab.allocateFloats(n);
    direction = slab.allocateFloats(n);
    startGradient = slab.allocateFloats(n);
    start = slab.allocateFloats(n);
  }

  void zeroGrad() {
    parameters.forEach(Parameter::zeroGrad);
  }

  void gatherGradients() {
    long at = 0;
    for (Parameter parameter : parameters) {
      MemorySegment from = parameter.gradient();
      MemorySegment.copy(from, 0, gradient, at, from.byteSize());
      at += from.byteSize();
    }
  }

  /** Remembers where the parameters are, and the gradient there. */
  void saveStart() {
    long at = 0;
    for (Parameter parameter : parameters) {
      MemorySegment from = parameter.data();
      MemorySegment.copy(from, 0, start, at, from.byteSize());
      at += from.byteSize();
    }
    startGradient.copyFrom(gradient);
  }

  /** {@code w = start + step direction}. */
  void moveTo(double step) {
    long at = 0;
    for (Parameter parameter : parameters) {
      long elements = parameter.layout().elements();
      MemorySegment.copy(start, at * Float.BYTES, parameter.data(), 0, elements * Float.BYTES);
      Level1.saxpy(elements, (float) step, direction, at, 1, parameter.data(), 0, 1);
      parameter.changed();
      at += elements;
    }
  }

  /** {@code to = factor from}. */
  void set(MemorySegment to, double factor, MemorySegment from) {
    to.copyFrom(from);
    scale(to, factor);
  }

  void scale(MemorySegment x, double factor) {
    Level1.sscal(n, (float) factor, x);
  }

  /** {@code to += factor from}. */
  void add(MemorySegment to, double factor, MemorySegment from) {
    Level1.saxpy(n, (float) factor, from, to);
  }

  double dot(MemorySegment x, MemorySegment y) {
    double sum = 0;
    for (long at = 0; at < n; at += BLOCK) {
      sum += Level1.sdot(Math.min(BLOCK, n - at), x, at, 1, y, at, 1);
    }
    return sum;
  }

  /** The largest size of an element. */
  double largest(MemorySegment x) {
    long at = Level1.isamax(n, x);
    return at < 0 ? 0 : Math.abs(x.getAtIndex(JAVA_FLOAT, at));
  }
}
