package dev.lanewise.jmh.training;

import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.elementwise.UnaryOps;
import dev.lanewise.autograd.recurrent.RecurrentOps;
import dev.lanewise.autograd.recurrent.RecurrentWeights;
import dev.lanewise.autograd.rows.ReduceOps;
import dev.lanewise.jmh.Operands;
import dev.lanewise.jmh.torch.Torch;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.unary.Scale;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/**
 * A layer of long short-term memory beside {@code at::lstm}: all steps of a batch, the mean of the
 * squares of its outputs, and the gradients of the input and of all four parameters.
 */
public class TorchLstmBenchmark extends TrainingBenchmark {
  private static final float BOUND = 0.0625f;

  /** Steps, batch, inputs, hidden. */
  @Param({"64x32x256x256"})
  public String shape;

  private int tokens;

  /** The operands, x first, where both sides read them. */
  private record Operand(TensorLayout layout, MemorySegment data) {}

  @Override
  int comparedSteps() {
    return 1;
  }

  @Override
  @SuppressWarnings("try") // the resources work by being open
  Pair open(Slab slab, Workers workers, Torch libtorch) throws Throwable {
    String[] parts = shape.split("x", -1);
    int steps = Integer.parseInt(parts[0]);
    int batch = Integer.parseInt(parts[1]);
    int inputs = Integer.parseInt(parts[2]);
    int hidden = Integer.parseInt(parts[3]);
    tokens = Math.multiplyExact(steps, batch);
    List<Operand> operands =
        operands(
            slab,
            workers,
            TensorLayout.of(steps, batch, inputs),
            TensorLayout.of(4L * hidden, inputs),
            TensorLayout.of(4L * hidden, hidden),
            TensorLayout.of(4L * hidden),
            TensorLayout.of(4L * hidden));
    List<org.bytedeco.pytorch.Tensor> leaves = new ArrayList<>();
    TensorVector params = libtorch.keep(new TensorVector());
    for (Operand operand : operands) {
      var view = libtorch.tensor(operand.data, operand.layout.dims());
      leaves.add(libtorch.keep(view.requires_grad_(true)));
      if (leaves.size() > 1) {
        params.push_back(leaves.getLast());
      }
    }
    TensorVector states = libtorch.keep(new TensorVector());
    for (int i = 0; i < 2; i++) {
      MemorySegment zeros = slab.allocate(TensorLayout.of(1, batch, hidden));
      states.push_back(libtorch.tensor(zeros, 1, batch, hidden));
    }
    Supplier<org.bytedeco.pytorch.Tensor> theirs =
        () -> {
          var y = torch.lstm(leaves.getFirst(), states, params, true, 1, 0, true, false, false);
          return torch.mean(torch.square(y.get0()));
        };
    try (Tape tape = Tape.open(slab, workers);
        PointerScope scope = new PointerScope()) {
      List<Tensor> variables = variables(tape, operands);
      loss(tape, variables).backward();
      TorchGradients.backward(theirs);
      for (int i = 0; i < leaves.size(); i++) {
        var gradient = leaves.get(i).mutable_grad();
        TorchGradients.compare("gradient " + i, variables.get(i).gradient(), gradient);
        gradient.reset();
      }
    }
    return new Pair(
        () -> {
          try (Tape tape = Tape.open(slab, workers)) {
            Tensor loss = loss(tape, variables(tape, operands));
            loss.backward();
            return loss.item();
          }
        },
        () -> {
          try (PointerScope scope = new PointerScope()) {
            float value = TorchGradients.backward(theirs);
            // The next step begins without gradients, as after zero_grad.
            leaves.forEach(leaf -> leaf.mutable_grad().reset());
            return value;
          }
        });
  }

  /** Inputs from -1 to 1, parameters in the bounds that both libraries start them in at 256. */
  private static List<Operand> operands(Slab slab, Workers workers, TensorLayout... layouts) {
    List<Operand> operands = new ArrayList<>();
    for (TensorLayout layout : layouts) {
      MemorySegment data = slab.allocate(layout);
      Operands.randomise(data, operands.size() + 1L);
      if (!operands.isEmpty()) {
        Scale.inPlace(data, layout.elements(), BOUND, workers);
      }
      operands.add(new Operand(layout, data));
    }
    return operands;
  }

  private static List<Tensor> variables(Tape tape, List<Operand> operands) {
    List<Tensor> variables = new ArrayList<>();
    for (Operand operand : operands) {
      variables.add(tape.variable(operand.layout, operand.data));
    }
    return variables;
  }

  private static Tensor loss(Tape tape, List<Tensor> in) {
    RecurrentWeights weights = new RecurrentWeights(in.get(1), in.get(2), in.get(3), in.get(4));
    Tensor y = RecurrentOps.lstm(tape, in.get(0), List.of(weights), null, null, null).y();
    return ReduceOps.mean(tape, UnaryOps.square(tape, y));
  }

  @Benchmark
  public float step(Samples samples) throws Throwable {
    return run(samples, tokens);
  }
}
