package dev.lanewise.jmh.python;

import dev.lanewise.autograd.CapturedStep;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.io.Safetensors;
import dev.lanewise.jmh.training.Batches;
import dev.lanewise.memory.Slab;
import dev.lanewise.optim.AdamW;
import dev.lanewise.parallel.Workers;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;

/**
 * A training of ours, captured, and what the other side has to know of it: both have the same start
 * weights, the same batches in turn, clipping to a global norm of 1 and AdamW with PyTorch's
 * defaults.
 */
final class Training implements AutoCloseable {
  /**
   * An input of the model or its targets.
   *
   * @param current what a step reads
   * @param batches the values for each step
   */
  record Operand(MemorySegment current, Batches batches) {
    static Operand of(Slab slab, Batches batches) {
      return new Operand(slab.allocateFloats(batches.bytes() / Float.BYTES), batches);
    }

    void take(long step) {
      current.copyFrom(batches.at(step));
    }
  }

  private final List<String> arguments;
  private final int samples;
  private final List<Parameter> parameters;
  private final List<Operand> operands;
  private final CapturedStep step;
  private final AdamW optimizer;
  private long next;

  /**
   * @param arguments for the script: the name of the model and its sizes
   * @param samples tokens or rows that a step learns from
   * @param operands inputs and targets
   */
  Training(
      Workers workers,
      List<String> arguments,
      int samples,
      List<Parameter> parameters,
      List<Operand> operands,
      Function<Tape, Tensor> loss) {
    this.arguments = arguments;
    this.samples = samples;
    this.parameters = parameters;
    this.operands = operands;
    step = CapturedStep.of(workers, loss);
    optimizer = AdamW.over(parameters).lr(1e-3f).clipGlobalNorm(1).workers(workers);
  }

  int samples() {
    return samples;
  }

  List<String> arguments() {
    return arguments;
  }

  /** Forward, backward, clipping, update; the loss before the update. */
  float step() {
    for (Operand operand : operands) {
      operand.take(next);
    }
    next++;
    float loss = step.run();
    optimizer.step();
    return loss;
  }

  void writeWeights(Path file) throws IOException {
    SequencedMap<String, Safetensors.Entry> entries = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      entries.put(parameter.name(), new Safetensors.Entry(parameter.layout(), parameter.data()));
    }
    Safetensors.write(file, entries, Map.of());
  }

  /** All batches of one operand after those of the other, in native byte order. */
  void writeBatches(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (Operand operand : operands) {
        ByteBuffer bytes = operand.batches().all().asByteBuffer().order(ByteOrder.nativeOrder());
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }
    }
  }

  @Override
  public void close() {
    step.close();
  }
}
