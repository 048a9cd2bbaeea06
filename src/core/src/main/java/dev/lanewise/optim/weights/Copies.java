package dev.lanewise.optim.weights;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.io.Safetensors;
import dev.lanewise.kernel.level1.f32.Swap;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.BiFunction;

/** A second set of values for some parameters, in their slabs. */
final class Copies {
  /** Elements that pay for waking a thread. */
  private static final long GRAIN = 16_384;

  private final List<Parameter> parameters;
  private final MemorySegment[] copies;

  Copies(List<Parameter> parameters) {
    if (parameters.isEmpty()) {
      throw new IllegalArgumentException("there are no parameters: give at least one");
    }
    this.parameters = List.copyOf(parameters);
    copies = new MemorySegment[parameters.size()];
    for (int i = 0; i < copies.length; i++) {
      copies[i] = parameters.get(i).slab().allocate(parameters.get(i).layout());
    }
  }

  MemorySegment copy(int which) {
    return copies[which];
  }

  /** Work on each parameter and its copy, made once. */
  Workers.Task[] tasks(BiFunction<MemorySegment, MemorySegment, Workers.Task> task) {
    Workers.Task[] tasks = new Workers.Task[copies.length];
    for (int i = 0; i < copies.length; i++) {
      tasks[i] = task.apply(parameters.get(i).data(), copies[i]);
    }
    return tasks;
  }

  void run(Workers workers, Workers.Task[] tasks) {
    for (int i = 0; i < tasks.length; i++) {
      workers.run(parameters.get(i).layout().elements(), GRAIN, tasks[i]);
    }
  }

  /** Exchanges the parameters and their copies. */
  void swapParameters() {
    for (int i = 0; i < copies.length; i++) {
      Parameter parameter = parameters.get(i);
      Swap.run(parameter.layout().elements(), parameter.data(), 0, 1, copies[i], 0, 1);
      parameter.changed();
    }
  }

  void copyParameters() {
    for (int i = 0; i < copies.length; i++) {
      copies[i].copyFrom(parameters.get(i).data());
    }
  }

  void restoreParameters() {
    for (int i = 0; i < copies.length; i++) {
      parameters.get(i).data().copyFrom(copies[i]);
      parameters.get(i).changed();
    }
  }

  void putState(String prefix, SequencedMap<String, Safetensors.Entry> state) {
    for (int i = 0; i < copies.length; i++) {
      Parameter parameter = parameters.get(i);
      state.put(prefix + parameter.name(), new Safetensors.Entry(parameter.layout(), copies[i]));
    }
  }
}
