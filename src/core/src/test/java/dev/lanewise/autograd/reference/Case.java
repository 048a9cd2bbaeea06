package dev.lanewise.autograd.reference;

import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Graph;
import dev.lanewise.autograd.higher.TensorFunction;
import dev.lanewise.memory.TensorLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * An op of the tape and the same in double precision.
 *
 * @param name class and method
 * @param positive whether the inputs are positive
 * @param op on the tape
 * @param form in double precision
 * @param shapes of all inputs, some of them in turn
 */
record Case(
    String name, boolean positive, Op op, TensorFunction form, List<List<TensorLayout>> shapes) {
  /** An op of the tape. */
  interface Op {
    Tensor apply(Tape tape, List<Tensor> x);
  }

  /** One operand: a matrix, a vector, one element, a scalar, none. */
  private static final List<List<TensorLayout>> ONE =
      List.of(
          List.of(dims(5, 7)),
          List.of(dims(67)),
          List.of(dims(1)),
          List.of(dims()),
          List.of(dims(0, 3)));

  static Case unary(String name, Op op, TensorFunction form) {
    return new Case(name, false, op, form, ONE);
  }

  static Case positive(String name, Op op, TensorFunction form) {
    return new Case(name, true, op, form, ONE);
  }

  /** Of operands of one shape. */
  static Case same(int operands, String name, Op op, TensorFunction form) {
    List<List<TensorLayout>> shapes = new ArrayList<>();
    for (List<TensorLayout> one : ONE) {
      shapes.add(Collections.nCopies(operands, one.getFirst()));
    }
    return new Case(name, false, op, form, List.copyOf(shapes));
  }

  /** The same with positive inputs. */
  Case ofPositive() {
    return new Case(name, true, op, form, shapes);
  }

  @SafeVarargs
  static Case of(String name, Op op, TensorFunction form, List<TensorLayout>... shapes) {
    List<List<TensorLayout>> all = new ArrayList<>();
    for (List<TensorLayout> of : shapes) {
      all.add(of);
    }
    return new Case(name, false, op, form, List.copyOf(all));
  }

  static TensorLayout dims(long... dims) {
    return TensorLayout.of(dims);
  }

  /** Constants that both sides compute with, each from 0.05 to 1. */
  static float[] fixed(long n, int seed) {
    Random random = new Random(seed);
    float[] values = new float[Math.toIntExact(n)];
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.05f + 0.95f * random.nextFloat();
    }
    return values;
  }

  static Tensor fixed(Tape tape, TensorLayout layout, int seed) {
    return tape.constant(layout, fixed(layout.elements(), seed));
  }

  static DoubleTensor fixed(Graph graph, TensorLayout layout, int seed) {
    return graph.constant(layout, doubles(fixed(layout.elements(), seed)));
  }

  static double[] doubles(float... values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  @Override
  public String toString() {
    return name;
  }
}
