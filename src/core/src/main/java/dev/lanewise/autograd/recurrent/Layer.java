package dev.lanewise.autograd.recurrent;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.operand.Ranges;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One call of an op. All its outputs have one vector-Jacobian product, that of y: those of the last
 * states, which backward meets before it, leave their cotangents with the directions and let
 * backward reach y.
 */
final class Layer {
  private final String op;
  private final Tape tape;
  private final Sizes sizes;
  private final Tensor x;
  private final List<RecurrentWeights> weights;
  private final @Nullable Tensor h0;
  private final @Nullable Tensor c0;
  private final List<Direction> directions = new ArrayList<>();

  Layer(
      String op,
      Tape tape,
      Sizes sizes,
      Tensor x,
      List<RecurrentWeights> weights,
      @Nullable Tensor h0,
      @Nullable Tensor c0) {
    this.op = op;
    this.tape = tape;
    this.sizes = sizes;
    this.x = x;
    this.weights = weights;
    this.h0 = h0;
    this.c0 = c0;
  }

  /** Computes all steps and records them. */
  Tensor forward(Cell cell, @Nullable MemorySegment lengths) {
    if (lengths != null) {
      requireLengths(lengths);
    }
    Tensor y = tape.output(sizes.output(), operands());
    for (int i = 0; i < sizes.directions(); i++) {
      Direction direction = new Direction(tape, cell, sizes, weights.get(i), i, lengths);
      direction.forward(x.data(), dataOf(h0), dataOf(c0), y.data());
      directions.add(direction);
    }
    if (y.requiresGrad()) {
      keep();
      directions.forEach(Direction::allocateGradients);
      tape.record(op, y, this::backward);
    }
    return y;
  }

  private void requireLengths(MemorySegment lengths) {
    int batch = sizes.batch();
    Ranges.check("lengths", lengths, Integer.BYTES, batch);
    long bound = sizes.steps() + 1L;
    tape.compute(
        Meter.Family.INDEX,
        batch,
        workers -> Ranges.checkIndices("lengths", lengths, batch, bound));
  }

  private Tensor[] operands() {
    List<@Nullable Tensor> all = new ArrayList<>();
    all.add(x);
    for (RecurrentWeights of : weights) {
      all.add(of.weightIh());
      all.add(of.weightHh());
      all.add(of.biasIh());
      all.add(of.biasHh());
    }
    all.add(h0);
    all.add(c0);
    return all.stream().filter(operand -> operand != null).toArray(Tensor[]::new);
  }

  private void keep() {
    for (RecurrentWeights of : weights) {
      of.weightHh().keep();
      if (x.requiresGrad()) {
        of.weightIh().keep();
      }
      if (of.weightIh().requiresGrad()) {
        x.keep();
      }
    }
  }

  private void backward(MemorySegment dy) {
    boolean initial = (h0 != null && h0.requiresGrad()) || (c0 != null && c0.requiresGrad());
    directions.forEach(direction -> direction.backward(dy, initial));
    if (x.requiresGrad()) {
      MemorySegment dx = tape.allocateFloats(x.layout().elements());
      for (int i = 0; i < directions.size(); i++) {
        directions.get(i).addInputGradient(i == 0 ? 0f : 1f, dx);
      }
      tape.addGradient(x, dx);
    }
    MemorySegment xs = x.data();
    directions.forEach(direction -> direction.addWeightGradients(xs));
    addInitialGradient(h0, Direction::copyDh);
    addInitialGradient(c0, Direction::copyDc);
  }

  private void addInitialGradient(
      @Nullable Tensor initial, BiConsumer<Direction, MemorySegment> copy) {
    if (initial != null && initial.requiresGrad()) {
      MemorySegment gradient = tape.allocateFloats(initial.layout().elements());
      directions.forEach(direction -> copy.accept(direction, gradient));
      tape.addGradient(initial, gradient);
    }
  }

  /** The states of h behind the last step, once y was computed. */
  Tensor lastH(Tensor y) {
    return last(y, Direction::copyLastH, Direction::takeDh);
  }

  /** The states of c behind the last step, once y was computed. */
  Tensor lastC(Tensor y) {
    return last(y, Direction::copyLastC, Direction::takeDc);
  }

  private Tensor last(
      Tensor y,
      BiConsumer<Direction, MemorySegment> copy,
      BiConsumer<Direction, MemorySegment> take) {
    Tensor states = tape.output(sizes.state(), y);
    directions.forEach(direction -> copy.accept(direction, states.data()));
    if (states.requiresGrad()) {
      tape.record(
          op,
          states,
          cotangent -> {
            directions.forEach(direction -> take.accept(direction, cotangent));
            tape.reach(y);
          });
    }
    return states;
  }

  private static @Nullable MemorySegment dataOf(@Nullable Tensor tensor) {
    return tensor == null ? null : tensor.data();
  }
}
