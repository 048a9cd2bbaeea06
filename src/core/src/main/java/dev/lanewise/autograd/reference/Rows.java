package dev.lanewise.autograd.reference;

import static dev.lanewise.autograd.higher.Arithmetic.add;
import static dev.lanewise.autograd.higher.Arithmetic.div;
import static dev.lanewise.autograd.higher.Arithmetic.mul;
import static dev.lanewise.autograd.higher.Arithmetic.scale;
import static dev.lanewise.autograd.higher.Arithmetic.sub;

import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Indexing;
import dev.lanewise.autograd.higher.Matrices;
import dev.lanewise.autograd.higher.Reductions;
import dev.lanewise.autograd.higher.Unary;
import dev.lanewise.memory.TensorLayout;
import java.util.Arrays;

/**
 * Ops on rows, the last dimension.
 *
 * <pre>
 * op              y
 * rowSum          sum of each row
 * rowMean         mean of each row
 * rowMax          maximum of each row; its gradient goes to the first
 * rowNorm         root of sum of x^2; without a gradient where it is 0
 * causalSoftmax   softmax of scale x over the columns up to the own one
 * embedding       table[indices[r]]
 * rotary          pairs (a, b) of each head turned: (a cos - b sin, b cos + a sin)
 * </pre>
 */
public final class Rows {
  private Rows() {}

  /** The sum of each row, one element for each. */
  public static DoubleTensor rowSum(DoubleTensor x) {
    return perRow(Reductions.sumTo(x, ones(x)));
  }

  /** The mean of each row, which has one element at least. */
  public static DoubleTensor rowMean(DoubleTensor x) {
    return scale(rowSum(x), 1.0 / cols(x));
  }

  /** The maximum of each row, which has one element at least. */
  public static DoubleTensor rowMax(DoubleTensor x) {
    double[] values = x.toArray();
    TensorLayout layout = ones(x);
    int cols = cols(x);
    int[] places = new int[Math.toIntExact(layout.elements())];
    for (int r = 0; r < places.length; r++) {
      int first = Math.multiplyExact(r, cols);
      places[r] = first;
      for (int i = first; i < first + cols; i++) {
        places[r] = values[i] > values[places[r]] ? i : places[r];
      }
    }
    return perRow(Indexing.gather(x, layout, places));
  }

  /** The Euclidean norm of each row. */
  public static DoubleTensor rowNorm(DoubleTensor x) {
    return Unary.sqrt(rowSum(Unary.square(x)));
  }

  /**
   * The softmax of {@code factor x} under a causal mask: of the matrices of the last two
   * dimensions, queries x cols, row q sees the columns up to {@code q + cols - queries}; the others
   * are 0, and a row that sees none is all 0.
   */
  public static DoubleTensor causalSoftmax(DoubleTensor x, double factor) {
    return softmax(x, factor, true);
  }

  static DoubleTensor softmax(DoubleTensor x, double factor, boolean causal) {
    int cols = cols(x);
    int queries = Math.toIntExact(x.layout().dim(x.layout().rank() - 2));
    double[] values = x.toArray();
    double[] hidden = new double[values.length];
    double[] most = new double[Math.toIntExact(ones(x).elements())];
    double[] unseeing = new double[most.length];
    for (int r = 0; r < most.length; r++) {
      int seen = causal ? Math.max(0, r % queries + cols - queries + 1) : cols;
      int first = Math.multiplyExact(r, cols);
      Arrays.fill(hidden, first + seen, first + cols, Double.NEGATIVE_INFINITY);
      most[r] = Arrays.stream(values, first, first + seen).map(v -> factor * v).max().orElse(0);
      unseeing[r] = seen == 0 ? 1 : 0;
    }
    DoubleTensor masked = add(scale(x, factor), x.graph().constant(x.layout(), hidden));
    // A shift by a constant changes neither value nor derivative, whatever it is.
    DoubleTensor e = Unary.exp(sub(masked, x.graph().constant(ones(x), most)));
    DoubleTensor sums = Reductions.sumTo(e, ones(x));
    return div(e, add(sums, x.graph().constant(ones(x), unseeing)));
  }

  /**
   * Rows of a table.
   *
   * @param table [rows, dim]
   * @param indices of rows
   * @return [indices, dim]
   */
  public static DoubleTensor embedding(DoubleTensor table, int... indices) {
    int dim = cols(table);
    int[] places = new int[Math.multiplyExact(indices.length, dim)];
    for (int i = 0; i < places.length; i++) {
      places[i] = Math.addExact(Math.multiplyExact(indices[i / dim], dim), i % dim);
    }
    return Indexing.gather(table, TensorLayout.of(indices.length, dim), places);
  }

  /**
   * Rotary position embedding (J. Su et al.: RoFormer, 2021).
   *
   * @param x [rows, heads * dim]
   * @param cos [positions, dim / 2]
   * @param sin as {@code cos}
   * @param heads heads of a row
   * @param turned heads of a row that are turned, from the first on
   * @param sequence rows after which the positions start again
   * @param offset position of the first row of a sequence
   * @param neighbours whether pairs are neighbours, or else half a head apart
   */
  public static DoubleTensor rotary(
      DoubleTensor x,
      DoubleTensor cos,
      DoubleTensor sin,
      int heads,
      int turned,
      int sequence,
      int offset,
      boolean neighbours) {
    int cols = cols(x);
    int dim = cols / heads;
    int half = dim / 2;
    int n = x.toArray().length;
    int[] partners = new int[n];
    int[] angles = new int[n];
    double[] signs = new double[n];
    double[] still = new double[n];
    for (int i = 0; i < n; i++) {
      int within = i % dim;
      boolean first = neighbours ? within % 2 == 0 : within < half;
      int apart = neighbours ? 1 : half;
      int pair = neighbours ? within / 2 : within % half;
      boolean turns = i % cols / dim < turned;
      int position = offset + i / cols % sequence;
      partners[i] = first ? i + apart : i - apart;
      angles[i] = turns ? Math.addExact(Math.multiplyExact(position, half), pair) : -1;
      signs[i] = first ? -1 : 1;
      still[i] = turns ? 0 : 1;
    }
    TensorLayout layout = x.layout();
    DoubleTensor c = Indexing.gather(cos, layout, angles);
    DoubleTensor s = mul(Indexing.gather(sin, layout, angles), x.graph().constant(layout, signs));
    DoubleTensor own = mul(x, add(c, x.graph().constant(layout, still)));
    return add(own, mul(Indexing.gather(x, layout, partners), s));
  }

  static int cols(DoubleTensor x) {
    return Math.toIntExact(x.layout().dim(x.layout().rank() - 1));
  }

  /** The shape with 1 as the last dimension. */
  static TensorLayout ones(DoubleTensor x) {
    long[] dims = x.layout().dims();
    dims[dims.length - 1] = 1;
    return TensorLayout.of(dims);
  }

  private static DoubleTensor perRow(DoubleTensor x) {
    long[] dims = x.layout().dims();
    return Matrices.reshape(x, TensorLayout.of(Arrays.copyOf(dims, dims.length - 1)));
  }
}
