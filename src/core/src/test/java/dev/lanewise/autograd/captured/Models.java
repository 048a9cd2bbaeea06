package dev.lanewise.autograd.captured;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.IndexOps;
import dev.lanewise.autograd.LossOps;
import dev.lanewise.autograd.MatrixOps;
import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.attention.AttentionOps;
import dev.lanewise.autograd.elementwise.DropoutOps;
import dev.lanewise.autograd.rows.NormOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/** Two small models with memory for their inputs, and gradient descent on them. */
final class Models {
  private static final int VOCABULARY = 31;

  private Models() {}

  /** A model of random weights; the same for the same seed. */
  static final class Model implements AutoCloseable {
    final Slab slab = Slab.open("model", 1 << 20);
    final List<Parameter> parameters = new ArrayList<>();
    final MemorySegment tokens;
    final MemorySegment targets;
    long step;
    Function<Tape, Tensor> loss = tape -> tape.constant(TensorLayout.of(), 0);
    private final Random random = new Random(7);

    Model(int rows) {
      tokens = slab.allocateInts(rows);
      targets = slab.allocateInts(rows);
    }

    Parameter parameter(String name, long... dims) {
      Parameter parameter = Parameter.of(name, TensorLayout.of(dims), slab);
      float[] values = OpCheck.random(random, parameter.layout().elements());
      for (int i = 0; i < values.length; i++) {
        values[i] *= 0.3f;
      }
      parameter.assign(values);
      parameters.add(parameter);
      return parameter;
    }

    /** Writes the batch of a step to the inputs. */
    void batch(int number) {
      Random of = new Random(number);
      for (MemorySegment ints : List.of(tokens, targets)) {
        int[] values = of.ints(ints.byteSize() / Integer.BYTES, 0, VOCABULARY).toArray();
        ints.copyFrom(MemorySegment.ofArray(values));
      }
      step = number;
    }

    float eagerStep(Workers workers) {
      try (Tape tape = Tape.open(slab, workers)) {
        Tensor value = loss.apply(tape);
        value.backward();
        return value.item();
      }
    }

    void descend() {
      for (Parameter parameter : parameters) {
        MemorySegment gradient = parameter.gradient();
        for (long at = 0; at < gradient.byteSize(); at += Float.BYTES) {
          float value = parameter.data().get(JAVA_FLOAT, at);
          parameter.data().set(JAVA_FLOAT, at, value - 0.1f * gradient.get(JAVA_FLOAT, at));
        }
        parameter.changed();
        parameter.zeroGrad();
      }
    }

    @Override
    public void close() {
      slab.close();
    }
  }

  /** Embedding, two layers with a residual connection, normalisation, dropout, classes. */
  static Model perceptron() {
    int rows = 24;
    int width = 40;
    Model model = new Model(rows);
    Parameter table = model.parameter("table", VOCABULARY, width);
    Parameter w1 = model.parameter("w1", 64, width);
    Parameter b1 = model.parameter("b1", 64);
    Parameter w2 = model.parameter("w2", width, 64);
    Parameter gain = model.parameter("gain", width);
    Parameter bias = model.parameter("bias", width);
    Parameter head = model.parameter("head", VOCABULARY, width);
    model.loss =
        tape -> {
          Tensor x = IndexOps.embedding(tape, table, model.tokens, rows);
          Tensor h = ElementwiseOps.gelu(tape, MatrixOps.linear(tape, x, w1, b1));
          Tensor dropped = DropoutOps.dropout(tape, h, 0.25f, 3, 1, () -> model.step);
          Tensor back = MatrixOps.linear(tape, dropped, w2, null);
          Tensor normal =
              NormOps.layerNorm(tape, ElementwiseOps.add(tape, x, back), gain, bias, 1e-5f);
          return LossOps.crossEntropyMean(
              tape, MatrixOps.linear(tape, normal, head, null), model.targets);
        };
    return model;
  }

  /** A block of causal attention over two sequences. */
  static Model attention() {
    int tokens = 13;
    int heads = 2;
    int width = 16;
    int rows = 2 * tokens;
    int model = heads * width;
    Model block = new Model(rows);
    Parameter table = block.parameter("table", VOCABULARY, model);
    Parameter gain = block.parameter("gain", model);
    Parameter qkv = block.parameter("qkv", 3L * model, model);
    Parameter out = block.parameter("out", model, model);
    Parameter gain2 = block.parameter("gain2", model);
    block.loss =
        tape -> {
          Tensor x = IndexOps.embedding(tape, table, block.tokens, rows);
          Tensor normal = NormOps.rmsNorm(tape, x, gain, 1e-5f);
          Tensor packed =
              ShapeOps.reshape(
                  tape, MatrixOps.linear(tape, normal, qkv, null), 2, tokens, 3L * heads, width);
          Tensor seen = AttentionOps.selfAttention(tape, packed, heads, heads, true);
          Tensor y = MatrixOps.linear(tape, ShapeOps.reshape(tape, seen, rows, model), out, null);
          NormOps.Residual sum = NormOps.residualRmsNorm(tape, y, x, gain2, 1e-5f);
          // The head shares the weights of the table.
          return LossOps.crossEntropyMean(
              tape,
              MatrixOps.linear(tape, ElementwiseOps.add(tape, sum.y(), sum.sum()), table, null),
              block.targets);
        };
    return block;
  }
}
