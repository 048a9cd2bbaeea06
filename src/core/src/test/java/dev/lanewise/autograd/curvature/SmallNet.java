package dev.lanewise.autograd.curvature;

import dev.lanewise.autograd.higher.Arithmetic;
import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Graph;
import dev.lanewise.autograd.higher.Matrices;
import dev.lanewise.autograd.higher.Reductions;
import dev.lanewise.autograd.higher.Unary;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.util.List;
import java.util.Random;

/** The loss of a small net on a few points, as a function of its 20 weights. */
final class SmallNet {
  private static final int HIDDEN = 4;
  private static final int ROWS = 12;

  private SmallNet() {}

  static Objective objective() {
    Graph graph = Graph.of(Workers.shared());
    Random random = new Random(4);
    double[] inputs = random.doubles(2 * ROWS, -1, 1).toArray();
    int[] targets = new int[ROWS];
    for (int row = 0; row < ROWS; row++) {
      targets[row] = inputs[2 * row] * inputs[2 * row + 1] > 0 ? 1 : 0;
    }
    DoubleTensor x = graph.constant(TensorLayout.of(ROWS, 2), inputs);
    return new Objective(
        graph,
        w -> {
          DoubleTensor h = Unary.tanh(Arithmetic.add(Matrices.matmul(x, w.get(0)), w.get(1)));
          DoubleTensor logits = Matrices.matmul(h, w.get(2));
          DoubleTensor decay = Arithmetic.scale(Reductions.sum(Unary.square(w.get(2))), 1e-3);
          return Arithmetic.add(Reductions.crossEntropyMean(logits, targets), decay);
        },
        List.of(TensorLayout.of(2, HIDDEN), TensorLayout.of(HIDDEN), TensorLayout.of(HIDDEN, 2)));
  }

  static double[] weights(long seed) {
    return new Random(seed).doubles(objective().size(), -1, 1).toArray();
  }
}
