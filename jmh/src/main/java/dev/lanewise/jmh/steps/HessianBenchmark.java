package dev.lanewise.jmh.steps;

import dev.lanewise.autograd.curvature.Hessian;
import dev.lanewise.autograd.curvature.Objective;
import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Graph;
import dev.lanewise.autograd.higher.Matrices;
import dev.lanewise.autograd.higher.Reductions;
import dev.lanewise.autograd.higher.Unary;
import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Threads;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.util.List;
import java.util.Random;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A gradient of a perceptron with one hidden layer, in double precision, beside a Hessian-vector
 * product from nothing and another one at the same place.
 */
public class HessianBenchmark extends KernelBenchmark {
  /** Width of input and hidden layer, and rows of the batch. */
  @Param({"64", "256"})
  public int width;

  @Param public Threads threads;

  private Workers workers;
  private DoubleTensor x;
  private int[] targets;
  private double[] point;
  private double[] v;
  private Objective objective;
  private Hessian hessian;

  @Setup
  public void setUp() {
    workers = threads.open();
    Graph graph = Graph.of(workers);
    TensorLayout square = TensorLayout.of(width, width);
    Random random = new Random(1);
    x = graph.constant(square, random.doubles(square.elements(), -1, 1).toArray());
    targets = random.ints(width, 0, width).toArray();
    point = random.doubles(2 * square.elements(), -0.1, 0.1).toArray();
    v = random.doubles(2 * square.elements(), -1, 1).toArray();
    objective = new Objective(graph, this::loss, List.of(square, square));
    hessian = objective.at(point);
  }

  @TearDown
  public void close() {
    workers.close();
  }

  private DoubleTensor loss(List<DoubleTensor> weights) {
    DoubleTensor h = Unary.tanh(Matrices.matmul(x, weights.get(0)));
    return Reductions.crossEntropyMean(Matrices.matmul(h, weights.get(1)), targets);
  }

  @Benchmark
  public double[] gradient() {
    return objective.gradient(point);
  }

  @Benchmark
  public double[] product() {
    return objective.at(point).times(v);
  }

  @Benchmark
  public double[] another() {
    return hessian.times(v);
  }
}
