package dev.lanewise.autograd.reference;

import static dev.lanewise.autograd.reference.Case.dims;

import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.attention.AttentionOps;
import dev.lanewise.autograd.conv.ConvOps;
import dev.lanewise.autograd.conv.ImageNormOps;
import dev.lanewise.autograd.conv.PoolOps;
import dev.lanewise.autograd.elementwise.DropoutMask;
import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Graph;
import dev.lanewise.autograd.higher.Indexing;
import dev.lanewise.autograd.higher.Matrices;
import dev.lanewise.autograd.higher.TensorFunction;
import dev.lanewise.autograd.higher.Unary;
import dev.lanewise.autograd.recurrent.RecurrentOps;
import dev.lanewise.autograd.recurrent.RecurrentWeights;
import dev.lanewise.autograd.shapes.SliceOps;
import dev.lanewise.kernel.random.Philox;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.conv.ConvShape;
import dev.lanewise.ops.conv.PoolShape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Attention, images and sequences. */
final class LayerCases {
  private static final double EPS = 0.125;
  private static final int[] LENGTHS = {3, 2};

  private LayerCases() {}

  static List<Case> all() {
    List<Case> all = new ArrayList<>(attention());
    all.addAll(convolutions());
    all.addAll(norms());
    all.addAll(poolings());
    all.addAll(recurrent());
    return all;
  }

  private static List<Case> attention() {
    List<TensorLayout> shared = List.of(dims(2, 3, 4, 3), dims(2, 5, 2, 3), dims(2, 5, 2, 3));
    List<TensorLayout> one = List.of(dims(1, 1, 1, 1), dims(1, 1, 1, 1), dims(1, 1, 1, 1));
    List<TensorLayout> unseeing = List.of(dims(1, 3, 1, 2), dims(1, 2, 1, 2), dims(1, 2, 1, 2));
    List<TensorLayout> noKeys = List.of(dims(1, 2, 1, 2), dims(1, 0, 1, 2), dims(1, 0, 1, 2));
    List<TensorLayout> noQueries = List.of(dims(1, 0, 1, 2), dims(1, 2, 1, 2), dims(1, 2, 1, 2));
    DropoutMask mask = new DropoutMask(0.25f, 9, 3, () -> 6);
    return List.of(
        Case.of(
            "AttentionOps.attention",
            (t, x) -> AttentionOps.attention(t, x.get(0), x.get(1), x.get(2), true),
            x -> Attention.attention(x.get(0), x.get(1), x.get(2), true, one(x.get(0))),
            shared,
            one,
            unseeing,
            noQueries),
        Case.of(
            "AttentionOps.attention",
            (t, x) -> AttentionOps.attention(t, x.get(0), x.get(1), x.get(2), false),
            x -> Attention.attention(x.get(0), x.get(1), x.get(2), false, one(x.get(0))),
            shared,
            one,
            noKeys,
            noQueries),
        Case.of(
            "AttentionOps.attention",
            (t, x) -> AttentionOps.attention(t, x.get(0), x.get(1), x.get(2), true, mask),
            x -> Attention.attention(x.get(0), x.get(1), x.get(2), true, kept(x.get(0), 5, mask)),
            shared),
        Case.of(
            "AttentionOps.selfAttention",
            (t, x) -> AttentionOps.selfAttention(t, x.get(0), 4, 2, true),
            x -> {
              DoubleTensor q = Indexing.slice(x.get(0), 2, 0, 4);
              DoubleTensor k = Indexing.slice(x.get(0), 2, 4, 2);
              DoubleTensor v = Indexing.slice(x.get(0), 2, 6, 2);
              return Attention.attention(q, k, v, true, one(q));
            },
            List.of(dims(2, 5, 8, 3)),
            List.of(dims(1, 1, 8, 1)),
            List.of(dims(1, 0, 8, 2))));
  }

  private static DoubleTensor one(DoubleTensor x) {
    return x.graph().filled(dims(), 1);
  }

  /** What dropout multiplies the probabilities by: fewer than 512 keys, which lie in one tile. */
  private static DoubleTensor kept(DoubleTensor q, int keys, DropoutMask mask) {
    TensorLayout layout = dims(q.layout().dim(0), q.layout().dim(2), q.layout().dim(1), keys);
    double[] factors = new double[Math.toIntExact(layout.elements())];
    for (int i = 0; i < factors.length; i++) {
      long place = (long) (i / keys) << 32 | mask.step().getAsLong();
      int word = Philox.word(mask.seed(), mask.stream(), place, i % keys) >>> 8;
      factors[i] = word < mask.p() * 0x1p24 ? 0 : 1 / (1 - (double) mask.p());
    }
    return q.graph().constant(layout, factors);
  }

  private static List<Case> convolutions() {
    UnaryOperator<ConvShape> plain = shape -> shape;
    UnaryOperator<ConvShape> grouped = shape -> shape.stride(2, 1).padding(1, 0).groups(2);
    UnaryOperator<ConvShape> dilated = shape -> shape.padding(2, 2).dilation(2, 3);
    return List.of(
        convolution(plain, dims(1, 1, 1, 1), dims(1, 1, 1, 1)),
        convolution(plain, dims(0, 3, 3, 2), dims(2, 2, 2, 2)),
        convolution(grouped, dims(2, 4, 3, 4), dims(6, 2, 2, 2)),
        convolution(dilated, dims(2, 4, 5, 2), dims(3, 3, 2, 2)),
        Case.of(
            "ConvOps.conv2d",
            (t, x) -> ConvOps.conv2d(t, x.get(0), x.get(1), null, plain),
            x ->
                Images.conv2d(
                    x.get(0), x.get(1), x.get(0).graph().filled(dims(3), 0), shape(x, plain)),
            List.of(dims(2, 4, 3, 2), dims(3, 2, 2, 2))),
        Case.of(
            "ConvOps.conv1d",
            (t, x) -> ConvOps.conv1d(t, x.get(0), x.get(1), x.get(2), shape -> shape.padding(0, 1)),
            x -> {
              DoubleTensor line = asLine(x.get(0));
              DoubleTensor weight = asLine(x.get(1));
              ConvShape shape = shape(List.of(line, weight), s -> s.padding(0, 1));
              DoubleTensor y = Images.conv2d(line, weight, x.get(2), shape);
              return Matrices.reshape(
                  y, dims(y.layout().dim(0), y.layout().dim(2), y.layout().dim(3)));
            },
            List.of(dims(2, 5, 2), dims(3, 2, 2), dims(3)),
            List.of(dims(1, 1, 1), dims(1, 1, 1), dims(1)),
            List.of(dims(0, 3, 2), dims(3, 2, 2), dims(3))),
        Case.of(
            "ConvOps.transposedConv2d",
            (t, x) ->
                ConvOps.transposedConv2d(
                    t, x.get(0), x.get(1), x.get(2), 1, 0, s -> s.stride(2, 1).groups(2)),
            x -> {
              int samples = Math.toIntExact(x.get(0).layout().dim(0));
              // 3 lines at steps of 2 with kernels of 2, and 1 left over; 2 columns, kernels of 3.
              ConvShape back = ConvShape.of(samples, 7, 4, 6, 4, 2, 3).stride(2, 1).groups(2);
              return Images.transposedConv2d(x.get(0), x.get(1), x.get(2), back);
            },
            List.of(dims(2, 3, 2, 4), dims(4, 2, 3, 3), dims(6)),
            List.of(dims(0, 3, 2, 4), dims(4, 2, 3, 3), dims(6))));
  }

  private static Case convolution(
      UnaryOperator<ConvShape> options, TensorLayout x, TensorLayout weight) {
    return Case.of(
        "ConvOps.conv2d",
        (t, in) -> ConvOps.conv2d(t, in.get(0), in.get(1), in.get(2), options),
        in -> Images.conv2d(in.get(0), in.get(1), in.get(2), shape(in, options)),
        List.of(x, weight, dims(weight.dim(0))));
  }

  private static ConvShape shape(List<DoubleTensor> x, UnaryOperator<ConvShape> options) {
    return options.apply(
        ConvShape.of(
            size(x.get(0), 0),
            size(x.get(0), 1),
            size(x.get(0), 2),
            size(x.get(0), 3),
            size(x.get(1), 0),
            size(x.get(1), 1),
            size(x.get(1), 2)));
  }

  private static int size(DoubleTensor x, int dim) {
    return Math.toIntExact(x.layout().dim(dim));
  }

  private static DoubleTensor asLine(DoubleTensor x) {
    return Matrices.reshape(x, dims(size(x, 0), 1, size(x, 1), size(x, 2)));
  }

  /** Channels first in place of last, for ops on [samples, channels, elements]. */
  private interface OnPlanes {
    DoubleTensor apply(DoubleTensor planes);
  }

  private static DoubleTensor onPlanes(DoubleTensor x, OnPlanes op) {
    int samples = size(x, 0);
    int channels = size(x, 3);
    DoubleTensor pixels =
        Matrices.reshape(x, dims(samples, (long) size(x, 1) * size(x, 2), channels));
    DoubleTensor y = op.apply(Indexing.permute(pixels, 0, 2, 1));
    return Matrices.reshape(Indexing.permute(y, 0, 2, 1), x.layout());
  }

  private static Tensor running(Tape tape, Tensor like, int seed) {
    return Case.fixed(tape, like.layout(), seed);
  }

  private static List<Case> norms() {
    List<TensorLayout> shapes = List.of(dims(2, 3, 2, 6), dims(6), dims(6));
    List<TensorLayout> one = List.of(dims(1, 1, 1, 1), dims(1), dims(1));
    return List.of(
        Case.of(
            "ImageNormOps.batchNorm",
            (t, x) ->
                ImageNormOps.batchNorm(
                    t,
                    x.get(0),
                    x.get(1),
                    x.get(2),
                    running(t, x.get(1), 1).data(),
                    running(t, x.get(1), 2).data(),
                    0.1f,
                    (float) EPS,
                    true),
            x ->
                Unary.relu(
                    onPlanes(x.get(0), planes -> Norms.batchNorm(planes, x.get(1), x.get(2), EPS))),
            shapes,
            one),
        Case.of(
            "ImageNormOps.batchNormInference",
            (t, x) ->
                ImageNormOps.batchNormInference(
                    t,
                    x.get(0),
                    x.get(1),
                    x.get(2),
                    running(t, x.get(1), 1).data(),
                    running(t, x.get(1), 2).data(),
                    (float) EPS,
                    false),
            x -> {
              Graph graph = x.get(0).graph();
              DoubleTensor mean = Case.fixed(graph, x.get(1).layout(), 1);
              DoubleTensor variance = Case.fixed(graph, x.get(1).layout(), 2);
              return onPlanes(
                  x.get(0),
                  planes ->
                      Norms.batchNormInference(planes, x.get(1), x.get(2), mean, variance, EPS));
            },
            shapes,
            one),
        Case.of(
            "ImageNormOps.groupNorm",
            (t, x) -> ImageNormOps.groupNorm(t, x.get(0), x.get(1), x.get(2), 2, (float) EPS, true),
            x ->
                Unary.relu(
                    onPlanes(
                        x.get(0), planes -> Norms.groupNorm(planes, x.get(1), x.get(2), 2, EPS))),
            shapes,
            List.of(dims(1, 1, 1, 2), dims(2), dims(2)),
            List.of(dims(0, 3, 2, 6), dims(6), dims(6))));
  }

  private static List<Case> poolings() {
    return List.of(
        images(
            "PoolOps.maxPool",
            (t, x) -> PoolOps.maxPool(t, x.get(0), pool(x.get(0))),
            x -> Images.maxPool(x.get(0), 3, 2, 1)),
        images(
            "PoolOps.averagePool",
            (t, x) -> PoolOps.averagePool(t, x.get(0), pool(x.get(0)), false),
            x -> Images.averagePool(x.get(0), 3, 2, 1, false)),
        images(
            "PoolOps.averagePool",
            (t, x) -> PoolOps.averagePool(t, x.get(0), pool(x.get(0)), true),
            x -> Images.averagePool(x.get(0), 3, 2, 1, true)),
        images(
            "PoolOps.adaptiveAveragePool",
            (t, x) -> PoolOps.adaptiveAveragePool(t, x.get(0), 3, 2),
            x -> Images.adaptiveAveragePool(x.get(0), 3, 2)),
        images(
            "PoolOps.globalAveragePool",
            (t, x) -> PoolOps.globalAveragePool(t, x.get(0)),
            x ->
                Matrices.reshape(
                    Images.adaptiveAveragePool(x.get(0), 1, 1),
                    dims(size(x.get(0), 0), size(x.get(0), 3)))));
  }

  private static Case images(String name, Case.Op op, TensorFunction form) {
    return Case.of(
        name,
        op,
        form,
        List.of(dims(2, 4, 5, 3)),
        List.of(dims(1, 1, 1, 1)),
        List.of(dims(0, 4, 4, 2)));
  }

  private static PoolShape pool(Tensor x) {
    int[] dims = new int[4];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = Math.toIntExact(x.layout().dim(i));
    }
    return PoolShape.of(dims[0], dims[1], dims[2], dims[3], 3, 3, 2, 2, 1, 1);
  }

  private static List<Case> recurrent() {
    return List.of(
        sequences(
            "RecurrentOps.lstm",
            4,
            (t, x) -> {
              var states =
                  RecurrentOps.lstm(t, x.get(0), weights(x), x.get(9), x.get(9), t.ints(LENGTHS));
              return joined(t, states.y(), states.h(), states.c());
            },
            x -> {
              Recurrent.States states = layer(Recurrent.Cell.LSTM, x);
              return joined(states.y(), states.h(), states.c());
            }),
        sequences(
            "RecurrentOps.gru",
            3,
            (t, x) -> {
              var states = RecurrentOps.gru(t, x.get(0), weights(x), x.get(9), t.ints(LENGTHS));
              return joined(t, states.y(), states.h());
            },
            x -> {
              Recurrent.States states = layer(Recurrent.Cell.GRU, x);
              return joined(states.y(), states.h());
            }),
        sequences(
            "RecurrentOps.rnn",
            1,
            (t, x) -> {
              var states =
                  RecurrentOps.rnn(t, false, x.get(0), weights(x), x.get(9), t.ints(LENGTHS));
              return joined(t, states.y(), states.h());
            },
            x -> {
              Recurrent.States states = layer(Recurrent.Cell.TANH, x);
              return joined(states.y(), states.h());
            }),
        sequences(
            "RecurrentOps.rnn",
            1,
            (t, x) -> {
              var states =
                  RecurrentOps.rnn(t, true, x.get(0), weights(x), x.get(9), t.ints(LENGTHS));
              return joined(t, states.y(), states.h());
            },
            x -> {
              Recurrent.States states = layer(Recurrent.Cell.RELU, x);
              return joined(states.y(), states.h());
            }));
  }

  /** In both directions, of 3 and 2 steps: x, two directions of four parameters, the states. */
  private static Case sequences(String name, int gates, Case.Op op, TensorFunction form) {
    return Case.of(name, op, form, operands(gates, 4, 3), operands(gates, 1, 1));
  }

  private static List<TensorLayout> operands(long gates, long inputs, long hidden) {
    List<TensorLayout> operands = new ArrayList<>();
    operands.add(dims(3, 2, inputs));
    for (int d = 0; d < 2; d++) {
      operands.add(dims(gates * hidden, inputs));
      operands.add(dims(gates * hidden, hidden));
      operands.add(dims(gates * hidden));
      operands.add(dims(gates * hidden));
    }
    operands.add(dims(2, 2, hidden));
    return List.copyOf(operands);
  }

  private static List<RecurrentWeights> weights(List<Tensor> x) {
    return List.of(
        new RecurrentWeights(x.get(1), x.get(2), x.get(3), x.get(4)),
        new RecurrentWeights(x.get(5), x.get(6), x.get(7), x.get(8)));
  }

  private static Recurrent.States layer(Recurrent.Cell cell, List<DoubleTensor> x) {
    List<Recurrent.Weights> directions =
        List.of(
            new Recurrent.Weights(x.get(1), x.get(2), x.get(3), x.get(4)),
            new Recurrent.Weights(x.get(5), x.get(6), x.get(7), x.get(8)));
    return Recurrent.layer(cell, x.get(0), directions, x.get(9), x.get(9), LENGTHS);
  }

  private static Tensor joined(Tape tape, Tensor... parts) {
    Tensor[] flat = new Tensor[parts.length];
    for (int i = 0; i < parts.length; i++) {
      flat[i] = ShapeOps.reshape(tape, parts[i], parts[i].layout().elements());
    }
    return SliceOps.concat(tape, 0, flat);
  }

  private static DoubleTensor joined(DoubleTensor... parts) {
    DoubleTensor[] flat = new DoubleTensor[parts.length];
    for (int i = 0; i < parts.length; i++) {
      flat[i] = Matrices.reshape(parts[i], dims(parts[i].layout().elements()));
    }
    return Indexing.concat(0, flat);
  }
}
