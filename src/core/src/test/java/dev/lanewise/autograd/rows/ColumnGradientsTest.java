package dev.lanewise.autograd.rows;

import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.TensorLayout;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each reduction of columns against its formula and central differences. */
class ColumnGradientsTest {
  interface Op {
    Tensor apply(Tape tape, Tensor x);
  }

  record Case(String name, Op op, ToDoubleFunction<double[]> oracle) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static double variance(double[] x) {
    double mean = Arrays.stream(x).sum() / x.length;
    return Arrays.stream(x).map(v -> (v - mean) * (v - mean)).sum() / (x.length - 1);
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case("columnSum", ColumnReduceOps::columnSum, x -> Arrays.stream(x).sum()),
        new Case("columnMean", ColumnReduceOps::columnMean, x -> Arrays.stream(x).sum() / x.length),
        new Case(
            "columnVariance",
            (tape, x) -> ColumnReduceOps.columnVariance(tape, x, 1),
            ColumnGradientsTest::variance),
        new Case(
            "columnMax", ColumnReduceOps::columnMax, x -> Arrays.stream(x).max().orElseThrow()),
        new Case(
            "columnNorm",
            ColumnReduceOps::columnNorm,
            x -> Math.sqrt(Arrays.stream(x).map(v -> v * v).sum())),
        new Case(
            "columnLogSumExp",
            ColumnReduceOps::columnLogSumExp,
            x -> Math.log(Arrays.stream(x).map(Math::exp).sum())));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void valuesAndGradientsAgreeWithTheFormula(Case test) {
    for (long[] dims : new long[][] {{2, 1}, {3, 19}, {13, 35}, {2, 3, 33}}) {
      int cols = (int) dims[dims.length - 1];
      OpCheck.check(
          (tape, x) -> test.op().apply(tape, x.get(0)),
          x -> {
            double[] y = new double[cols];
            for (int c = 0; c < cols; c++) {
              double[] column = new double[x[0].length / cols];
              for (int r = 0; r < column.length; r++) {
                column[r] = x[0][r * cols + c];
              }
              y[c] = test.oracle().applyAsDouble(column);
            }
            return y;
          },
          TensorLayout.of(dims));
    }
  }
}
