package dev.lanewise.optim.lbfgs;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.io.Safetensors;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.DoubleSupplier;

/**
 * L-BFGS, a quasi-Newton method that remembers the last changes of parameters and gradients (J.
 * Nocedal, S. J. Wright: Numerical Optimization, 2006, algorithms 7.4 and 7.5), with a line search
 * for the strong Wolfe conditions, {@code c1 = 1e-4} and {@code c2 = 0.9}. For functions without
 * noise: the loss of one and the same data at every call.
 *
 * <pre>{@code
 * double loss = Lbfgs.over(parameters).minimize(() -> {
 *   optimizer.zeroGrad();
 *   try (Tape tape = Tape.open(slab)) {
 *     Tensor loss = loss(tape);
 *     loss.backward();
 *     return loss.item();
 *   }
 * }, 100, 1e-4);
 * }</pre>
 *
 * <p>The loss has to leave its gradient in the parameters, and nothing else: it zeroes them first,
 * with {@link #zeroGrad} for instance. The vectors are floats, inner products are summed in double
 * precision from blocks in a fixed order: the same bits for any number of workers. {@code 2 history
 * + 4} vectors of all parameters are taken from the slab of the first one. What is remembered can
 * be saved between two calls, by {@link #state}.
 */
public final class Lbfgs {
  private static final int DEFAULT_HISTORY = 100;

  private final Vectors vectors;
  private final History history;

  private Lbfgs(List<Parameter> parameters, int size) {
    if (parameters.isEmpty()) {
      throw new IllegalArgumentException("there are no parameters to optimize: give at least one");
    }
    if (size < 1) {
      throw new IllegalArgumentException("history = " + size + ": want 1 pair or more");
    }
    Slab slab = parameters.getFirst().slab();
    vectors = new Vectors(parameters, slab);
    history = new History(vectors, slab, size);
  }

  /** With a history of 100 pairs. */
  public static Lbfgs over(List<Parameter> parameters) {
    return over(parameters, DEFAULT_HISTORY);
  }

  /**
   * With a history of any size.
   *
   * @param parameters at least one
   * @param history pairs that are remembered, at least 1
   */
  public static Lbfgs over(List<Parameter> parameters, int history) {
    return new Lbfgs(List.copyOf(parameters), history);
  }

  /**
   * Goes down until no element of the gradient is larger than the tolerance, the line search finds
   * nothing lower, or enough has been done. What is remembered stays for the next call.
   *
   * @param loss sets the gradients to those of the loss, and gives the loss
   * @param maxIterations directions to take at most, 0 or more
   * @param tolerance the largest element of the gradient that counts as none, at least 0
   * @return the loss at the end; the parameters and gradients are those that belong to it
   * @throws ArithmeticException if the loss or the gradient at the start is not finite
   */
  public double minimize(DoubleSupplier loss, int maxIterations, double tolerance) {
    if (maxIterations < 0 || !(tolerance >= 0)) {
      throw new IllegalArgumentException(
          "maxIterations = "
              + maxIterations
              + ", tolerance = "
              + tolerance
              + ": want 0 or more of both");
    }
    double f = loss.getAsDouble();
    vectors.gatherGradients();
    double slope = vectors.dot(vectors.gradient, vectors.gradient);
    if (!Double.isFinite(f) || !Double.isFinite(slope)) {
      throw new ArithmeticException(
          "the loss is "
              + f
              + ", the square of its gradient "
              + slope
              + ": L-BFGS needs a finite start");
    }
    LineSearch search = new LineSearch(vectors, loss);
    for (int i = 0; i < maxIterations && vectors.largest(vectors.gradient) > tolerance; i++) {
      boolean first = history.isEmpty();
      history.direction();
      slope = vectors.dot(vectors.direction, vectors.gradient);
      if (!(slope < 0)) {
        history.clear();
        first = true;
        history.direction();
        slope = vectors.dot(vectors.direction, vectors.gradient);
      }
      double start = first ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
      vectors.saveStart();
      double next = search.run(f, slope, start);
      if (!(search.step() > 0)) {
        // Nothing lower along this direction: once more along the gradient, or the end.
        if (first) {
          return f;
        }
        history.clear();
        continue;
      }
      history.add(search.step());
      f = next;
    }
    return f;
  }

  /** Sets the gradients of all parameters to zero. */
  public void zeroGrad() {
    vectors.zeroGrad();
  }

  /** Forgets all pairs: for another function. */
  public void forget() {
    history.clear();
  }

  /**
   * The live state, by name: write it out to save it, fill it from a file and call {@link #restore}
   * to go on. Together with the parameters it determines every later iteration, bit for bit. The
   * pairs {@code optimizer.s.I} and {@code optimizer.y.I}, and {@code optimizer.pairs}: how many of
   * them are remembered and the place of the next one.
   */
  public SequencedMap<String, Safetensors.Entry> state() {
    return history.state();
  }

  /**
   * Goes on once the entries of {@link #state} have been filled.
   *
   * @throws IllegalArgumentException if they are not those of a history of this size; nothing is
   *     remembered then
   */
  public void restore() {
    history.restore();
  }

  /** What the history holds, for tests. */
  int remembered() {
    return history.size();
  }

  /** The pairs {@code s = w' - w} and {@code y = g' - g}, the newest last, in a ring. */
  private static final class History {
    private static final int SIZE = 0;
    private static final int NEXT = 1;

    private final Vectors vectors;
    private final MemorySegment[] s;
    private final MemorySegment[] y;
    private final double[] inverse;
    private final double[] alpha;

    /** How many there are, and the place of the next one: floats, as they are saved. */
    private final float[] pairs = new float[2];

    History(Vectors vectors, Slab slab, int capacity) {
      this.vectors = vectors;
      s = new MemorySegment[capacity];
      y = new MemorySegment[capacity];
      for (int i = 0; i < capacity; i++) {
        s[i] = slab.allocateFloats(vectors.n);
        y[i] = slab.allocateFloats(vectors.n);
      }
      inverse = new double[capacity];
      alpha = new double[capacity];
    }

    boolean isEmpty() {
      return size() == 0;
    }

    int size() {
      return (int) pairs[SIZE];
    }

    private int next() {
      return (int) pairs[NEXT];
    }

    void clear() {
      pairs[SIZE] = 0;
    }

    SequencedMap<String, Safetensors.Entry> state() {
      SequencedMap<String, Safetensors.Entry> entries = new LinkedHashMap<>();
      TensorLayout vector = TensorLayout.of(vectors.n);
      for (int i = 0; i < s.length; i++) {
        entries.put("optimizer.s." + i, new Safetensors.Entry(vector, s[i]));
        entries.put("optimizer.y." + i, new Safetensors.Entry(vector, y[i]));
      }
      entries.put(
          "optimizer.pairs",
          new Safetensors.Entry(TensorLayout.of(pairs.length), MemorySegment.ofArray(pairs)));
      return entries;
    }

    /** The inverses are those of before: the same products, in the same order. */
    void restore() {
      boolean fits = isCount(pairs[SIZE], s.length) && isCount(pairs[NEXT], s.length - 1);
      if (!fits) {
        String found = Arrays.toString(pairs);
        Arrays.fill(pairs, 0);
        throw new IllegalArgumentException(
            "optimizer.pairs = "
                + found
                + ", the history has "
                + s.length
                + " places: want a state that was saved with as many");
      }
      for (int k = 1; k <= size(); k++) {
        int i = at(k);
        inverse[i] = 1 / vectors.dot(s[i], y[i]);
      }
    }

    private static boolean isCount(float x, int most) {
      return x >= 0 && x <= most && x == (int) x;
    }

    /** The two loops over the history: {@code direction = -H gradient}. */
    void direction() {
      MemorySegment d = vectors.direction;
      vectors.set(d, -1, vectors.gradient);
      for (int k = 1; k <= size(); k++) {
        int i = at(k);
        alpha[i] = inverse[i] * vectors.dot(s[i], d);
        vectors.add(d, -alpha[i], y[i]);
      }
      if (size() > 0) {
        int last = at(1);
        double scale = 1 / (inverse[last] * vectors.dot(y[last], y[last]));
        vectors.scale(d, scale);
      }
      for (int k = size(); k >= 1; k--) {
        int i = at(k);
        double beta = inverse[i] * vectors.dot(y[i], d);
        vectors.add(d, alpha[i] - beta, s[i]);
      }
    }

    /** Remembers the step that was taken, if the curvature along it is positive. */
    void add(double step) {
      int next = next();
      vectors.set(s[next], step, vectors.direction);
      vectors.set(y[next], 1, vectors.gradient);
      vectors.add(y[next], -1, vectors.startGradient);
      double curvature = vectors.dot(s[next], y[next]);
      if (curvature > 1e-10 * vectors.dot(y[next], y[next])) {
        inverse[next] = 1 / curvature;
        pairs[NEXT] = (next + 1) % s.length;
        pairs[SIZE] = Math.min(size() + 1, s.length);
      }
    }

    /** The place of the k-th newest pair. */
    private int at(int k) {
      return Math.floorMod(next() - k, s.length);
    }
  }
}
