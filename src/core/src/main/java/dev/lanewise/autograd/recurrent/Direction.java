package dev.lanewise.autograd.recurrent;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.recurrent.Products.Matrix;
import dev.lanewise.blas.f32.GemmCall;
import dev.lanewise.blas.f32.SharedB;
import dev.lanewise.kernel.gemm.f32.Epilogue;
import dev.lanewise.kernel.recurrent.GruGates;
import dev.lanewise.kernel.recurrent.LstmGates;
import dev.lanewise.kernel.recurrent.RnnStep;
import dev.lanewise.ops.call.Grain;
import dev.lanewise.ops.reduce.ColumnSum;
import dev.lanewise.ops.unary.Fill;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a layer: all steps forward, all steps backward, and between them what backward
 * needs, the gates and the states.
 */
final class Direction {
  private final Tape tape;
  private final Cell cell;
  private final Sizes sizes;
  private final RecurrentWeights weights;
  private final int index;
  private final boolean reverse;
  private final @Nullable MemorySegment lengths;

  /** [steps batch, columns hidden], see {@link Cell}. */
  private final MemorySegment gates;

  /** [steps + 1, batch, hidden]: the states, of which the first or, in reverse, the last is h0. */
  private final MemorySegment h;

  /** Alike; empty unless an LSTM. */
  private final MemorySegment c;

  /** [batch, 3 hidden], the product of the state in the step at hand; empty unless a GRU. */
  private final MemorySegment product;

  /** [batch, hidden]: the gradient of the state that the step at hand has written. */
  private MemorySegment dh = MemorySegment.NULL;

  /** Alike; empty unless an LSTM. */
  private MemorySegment dc = MemorySegment.NULL;

  /** The time of the step at hand. */
  private int t;

  private boolean dhGiven;
  private boolean dcGiven;

  Direction(
      Tape tape,
      Cell cell,
      Sizes sizes,
      RecurrentWeights weights,
      int index,
      @Nullable MemorySegment lengths) {
    this.tape = tape;
    this.cell = cell;
    this.sizes = sizes;
    this.weights = weights;
    this.index = index;
    reverse = index == 1;
    this.lengths = lengths;
    long states = Math.multiplyExact(sizes.steps() + 1L, sizes.stateElements());
    gates = tape.allocateFloats(Math.multiplyExact((long) sizes.rows(), columns()));
    h = tape.allocateFloats(states);
    c = tape.allocateFloats(cell == Cell.LSTM ? states : 0);
    product = tape.allocateFloats(cell == Cell.GRU ? 3 * sizes.stateElements() : 0);
  }

  /** Computes this direction's columns of y. */
  void forward(
      MemorySegment x, @Nullable MemorySegment h0, @Nullable MemorySegment c0, MemorySegment y) {
    begin(h0, h);
    if (cell == Cell.LSTM) {
      begin(c0, c);
    }
    MemorySegment bias = dataOf(weights.biasIh());
    for (Cell.Part part : cell.input()) {
      Products.forward(
          tape,
          sizes.rows(),
          blocks(part.count()),
          sizes.inputs(),
          inputs(x),
          rowsOf(weights.weightIh(), part, sizes.inputs()),
          bias,
          blocks(part.row()),
          0f,
          gates(part));
    }
    MemorySegment weight = weights.weightHh().data();
    MemorySegment biasHh = dataOf(weights.biasHh());
    Workers.Task task = forwardTask(y);
    compute(pool -> forwardSteps(weight, biasHh, task, pool));
  }

  /** All steps, each the product of its states and what is computed behind it. */
  private void forwardSteps(
      MemorySegment weight, @Nullable MemorySegment bias, Workers.Task task, Workers pool) {
    int hidden = sizes.hidden();
    int rows = blocks(cell.rows);
    boolean apart = cell == Cell.GRU;
    try (SharedB shared = SharedB.of(true, hidden, rows, weight, 0, hidden, pool)) {
      for (int step = 0; step < sizes.steps(); step++) {
        t = time(step);
        GemmCall call = GemmCall.borrow();
        call.setA(h, (t + (reverse ? 1 : 0)) * sizes.stateElements(), hidden, false);
        call.setB(shared);
        if (apart) {
          call.setC(product, 0, rows);
        } else {
          call.setC(gates, rowOfGates(t), columns());
        }
        if (bias != null) {
          call.setEpilogue(Epilogue.BIAS, bias, 0);
        }
        call.run(sizes.batch(), rows, hidden, 1f, apart ? 0f : 1f, 0, 0, 0, 1, pool);
        pool.run(sizes.batch(), grain(), task);
      }
    }
  }

  private Workers.Task forwardTask(MemorySegment y) {
    long rows = sizes.batch();
    int hidden = sizes.hidden();
    long ldy = sizes.width();
    long offset = (long) index * hidden;
    return switch (cell) {
      case LSTM ->
          (begin, end) ->
              LstmGates.forward(
                  gates, h, c, y, lengths, t, reverse, rows, hidden, ldy, offset, begin, end);
      case GRU ->
          (begin, end) ->
              GruGates.forward(
                  gates, product, h, y, lengths, t, reverse, rows, hidden, ldy, offset, begin, end);
      case TANH, RELU -> {
        boolean relu = cell == Cell.RELU;
        yield (begin, end) ->
            RnnStep.forward(
                gates, h, y, lengths, relu, t, reverse, rows, hidden, ldy, offset, begin, end);
      }
    };
  }

  /** Makes room for the gradients of the states, which belong to the op that is being recorded. */
  void allocateGradients() {
    dh = tape.allocateFloats(sizes.stateElements());
    dc = tape.allocateFloats(cell == Cell.LSTM ? sizes.stateElements() : 0);
  }

  /** Takes this direction's part of the gradient of the last states of h. */
  void takeDh(MemorySegment all) {
    move(all, index * sizes.stateElements(), dh, 0, sizes.stateElements());
    dhGiven = true;
  }

  /** Takes this direction's part of the gradient of the last states of c. */
  void takeDc(MemorySegment all) {
    move(all, index * sizes.stateElements(), dc, 0, sizes.stateElements());
    dcGiven = true;
  }

  /**
   * Puts the gradients of the sums into the place of the gates.
   *
   * @param initial whether the gradient of the initial state is wanted
   */
  void backward(MemorySegment dy, boolean initial) {
    if (!dhGiven) {
      zero(dh, sizes.stateElements());
    }
    if (cell == Cell.LSTM && !dcGiven) {
      zero(dc, sizes.stateElements());
    }
    MemorySegment weight = weights.weightHh().data();
    Workers.Task task = backwardTask(dy);
    int column = blocks(cell.state().column());
    compute(pool -> backwardSteps(weight, column, initial, task, pool));
  }

  /**
   * All steps, the last one first.
   *
   * @param column of the gates whose gradients meet the state's weight
   */
  private void backwardSteps(
      MemorySegment weight, int column, boolean initial, Workers.Task task, Workers pool) {
    int hidden = sizes.hidden();
    int rows = blocks(cell.rows);
    try (SharedB shared = SharedB.of(false, rows, hidden, weight, 0, hidden, pool)) {
      for (int step = sizes.steps() - 1; step >= 0; step--) {
        t = time(step);
        pool.run(sizes.batch(), grain(), task);
        if (step > 0 || initial) {
          GemmCall call = GemmCall.borrow();
          call.setA(gates, rowOfGates(t) + column, columns(), false);
          call.setB(shared);
          call.setC(dh, 0, hidden);
          call.run(sizes.batch(), hidden, rows, 1f, 1f, 0, 0, 0, 1, pool);
        }
      }
    }
  }

  private Workers.Task backwardTask(MemorySegment dy) {
    long rows = sizes.batch();
    int hidden = sizes.hidden();
    long ldy = sizes.width();
    long offset = (long) index * hidden;
    MemorySegment toH = dh;
    MemorySegment toC = dc;
    return switch (cell) {
      case LSTM ->
          (begin, end) ->
              LstmGates.backward(
                  gates, c, dy, toH, toC, lengths, t, reverse, rows, hidden, ldy, offset, begin,
                  end);
      case GRU ->
          (begin, end) ->
              GruGates.backward(
                  gates, h, dy, toH, lengths, t, reverse, rows, hidden, ldy, offset, begin, end);
      case TANH, RELU -> {
        boolean relu = cell == Cell.RELU;
        yield (begin, end) ->
            RnnStep.backward(
                gates, h, dy, toH, lengths, relu, t, reverse, rows, hidden, ldy, offset, begin,
                end);
      }
    };
  }

  /** {@code dx = beta dx +} what this direction adds; after {@link #backward}. */
  void addInputGradient(float beta, MemorySegment dx) {
    float factor = beta;
    for (Cell.Part part : cell.input()) {
      Products.backwardInput(
          tape,
          sizes.rows(),
          blocks(part.count()),
          sizes.inputs(),
          gates(part),
          rowsOf(weights.weightIh(), part, sizes.inputs()),
          factor,
          inputs(dx));
      factor = 1;
    }
  }

  /** Adds the gradients of the parameters; after {@link #backward}. */
  void addWeightGradients(MemorySegment x) {
    Tensor input = weights.weightIh();
    if (input.requiresGrad()) {
      MemorySegment dWeight = tape.allocateFloats(input.layout().elements());
      for (Cell.Part part : cell.input()) {
        weightGradient(part, inputs(x), sizes.inputs(), dWeight);
      }
      tape.addGradient(input, dWeight);
    }
    Tensor recurrent = weights.weightHh();
    if (recurrent.requiresGrad()) {
      MemorySegment dWeight = tape.allocateFloats(recurrent.layout().elements());
      weightGradient(cell.state(), states(reverse ? 1 : 0), sizes.hidden(), dWeight);
      tape.addGradient(recurrent, dWeight);
    }
    addBiasGradients(weights.biasIh(), weights.biasHh());
  }

  private void weightGradient(Cell.Part part, Matrix x, int in, MemorySegment dWeight) {
    Matrix to = new Matrix(dWeight, (long) blocks(part.row()) * in, Math.max(1, in));
    Products.backwardWeight(tape, sizes.rows(), blocks(part.count()), in, gates(part), x, to);
  }

  private void addBiasGradients(@Nullable Tensor biasIh, @Nullable Tensor biasHh) {
    if (biasIh == null || biasHh == null || !(biasIh.requiresGrad() || biasHh.requiresGrad())) {
      return;
    }
    int columns = columns();
    MemorySegment sums = tape.allocateFloats(columns);
    MemorySegment from = gates;
    long rows = sizes.rows();
    tape.compute(
        Meter.Family.REDUCTION,
        rows * columns,
        pool -> {
          Fill.fill(sums, columns, 0f, pool);
          ColumnSum.accumulate(from, sums, rows, columns, pool);
        });
    if (biasIh.requiresGrad()) {
      MemorySegment dBias = tape.allocateFloats(biasIh.layout().elements());
      for (Cell.Part part : cell.input()) {
        moveBlocks(sums, part, dBias);
      }
      tape.addGradient(biasIh, dBias);
    }
    if (biasHh.requiresGrad()) {
      MemorySegment dBias = tape.allocateFloats(biasHh.layout().elements());
      moveBlocks(sums, cell.state(), dBias);
      tape.addGradient(biasHh, dBias);
    }
  }

  private void moveBlocks(MemorySegment sums, Cell.Part part, MemorySegment dBias) {
    move(sums, blocks(part.column()), dBias, blocks(part.row()), blocks(part.count()));
  }

  /** Copies the last state of h to its place among those of all directions. */
  void copyLastH(MemorySegment all) {
    copyLast(h, all);
  }

  /** Copies the last state of c to its place among those of all directions. */
  void copyLastC(MemorySegment all) {
    copyLast(c, all);
  }

  private void copyLast(MemorySegment states, MemorySegment all) {
    long n = sizes.stateElements();
    move(states, (reverse ? 0 : sizes.steps()) * n, all, index * n, n);
  }

  /** Copies the gradient of the initial h to its place among those of all directions. */
  void copyDh(MemorySegment all) {
    move(dh, 0, all, index * sizes.stateElements(), sizes.stateElements());
  }

  /** Copies the gradient of the initial c to its place among those of all directions. */
  void copyDc(MemorySegment all) {
    move(dc, 0, all, index * sizes.stateElements(), sizes.stateElements());
  }

  private void begin(@Nullable MemorySegment initial, MemorySegment states) {
    long n = sizes.stateElements();
    long first = (reverse ? sizes.steps() : 0) * n;
    if (initial != null) {
      move(initial, index * n, states, first, n);
    } else {
      MemorySegment block = states.asSlice(first * Float.BYTES, n * Float.BYTES);
      zero(block, n);
    }
  }

  private void zero(MemorySegment memory, long n) {
    tape.compute(Meter.Family.ELEMENTWISE, n, pool -> Fill.fill(memory, n, 0f, pool));
  }

  private void move(MemorySegment from, long at, MemorySegment to, long toAt, long n) {
    tape.compute(
        Meter.Family.ELEMENTWISE,
        n,
        pool ->
            MemorySegment.copy(from, at * Float.BYTES, to, toAt * Float.BYTES, n * Float.BYTES));
  }

  /** Computes all steps; most of it is products. */
  private void compute(Consumer<Workers> steps) {
    long flops = Products.flops(sizes.rows(), blocks(cell.rows), sizes.hidden());
    tape.compute(Meter.Family.MATRIX, flops, steps);
  }

  /** Rows of the batch that pay for a thread, behind the product of a step. */
  private long grain() {
    return Grain.rows(Grain.ELEMENTARY, (long) columns() + sizes.hidden());
  }

  /** The time of the {@code step}-th step that is computed. */
  private int time(int step) {
    return reverse ? sizes.steps() - 1 - step : step;
  }

  /** Elements of a row of the gates. */
  private int columns() {
    return blocks(cell.columns);
  }

  private int blocks(int count) {
    return Math.multiplyExact(count, sizes.hidden());
  }

  private Matrix inputs(MemorySegment x) {
    return new Matrix(x, 0, Math.max(1, sizes.inputs()));
  }

  /** The states from block {@code block} on. */
  private Matrix states(int block) {
    return new Matrix(h, block * sizes.stateElements(), sizes.hidden());
  }

  /** A part of the gates of all steps; an empty batch has no place for it. */
  private Matrix gates(Cell.Part part) {
    return new Matrix(gates, sizes.batch() == 0 ? 0 : blocks(part.column()), columns());
  }

  /** The first element of the gates of time {@code t}. */
  private long rowOfGates(int t) {
    return (long) t * sizes.batch() * columns();
  }

  private Matrix rowsOf(Tensor weight, Cell.Part part, int in) {
    return new Matrix(weight.data(), (long) blocks(part.row()) * in, Math.max(1, in));
  }

  private static @Nullable MemorySegment dataOf(@Nullable Tensor tensor) {
    return tensor == null ? null : tensor.data();
  }
}
