package dev.lanewise.nn;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.rows.ReduceOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.testing.PyTorchVectors;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs what PyTorch has run, on the same inputs and cotangents, and compares all results and all
 * gradients with its. Names are those of {@code vectors.py}.
 */
public final class PyTorchCases {
  private final PyTorchVectors vectors;

  /** The cases of a file. */
  public PyTorchCases(PyTorchVectors vectors) {
    this.vectors = vectors;
  }

  /** What is computed from inputs by their names, results by theirs. */
  @FunctionalInterface
  public interface Computation {
    /** Records it. */
    Map<String, Tensor> on(Tape tape, Map<String, Tensor> inputs);
  }

  /**
   * Checks an operation.
   *
   * @param of before the dot in the names of the inputs
   * @param name before the dot in the names of results and gradients
   * @param inputs behind the dot
   */
  public void check(String of, String name, List<String> inputs, Computation computation) {
    try (Slab slab = Slab.open(name, 4 << 20);
        Tape tape = Tape.open(slab)) {
      Map<String, Tensor> leaves = leaves(slab, tape, of, inputs);
      check(tape, name, leaves, computation.on(tape, leaves));
    }
  }

  /** The same for an operation whose inputs and results have its own name. */
  public void check(String name, List<String> inputs, Computation computation) {
    check(name, name, inputs, computation);
  }

  /** Inputs as variables of a tape. */
  public Map<String, Tensor> leaves(Slab slab, Tape tape, String of, List<String> inputs) {
    Map<String, Tensor> leaves = new LinkedHashMap<>();
    for (String input : inputs) {
      String full = of + "." + input;
      leaves.put(input, tape.variable(vectors.layout(full), OpCheck.copy(slab, vectors.get(full))));
    }
    return leaves;
  }

  /** Gives parameters, which are called as in the file, PyTorch's values. */
  public void fill(List<Parameter> parameters) {
    for (Parameter parameter : parameters) {
      assertEquals(vectors.layout(parameter.name()), parameter.layout(), parameter.name());
      MemorySegment.copy(
          vectors.get(parameter.name()),
          0,
          parameter.data(),
          JAVA_FLOAT,
          0,
          Math.toIntExact(parameter.layout().elements()));
    }
  }

  /** Checks results, goes backward from all of them, and checks the gradients of the inputs. */
  public void check(
      Tape tape, String name, Map<String, Tensor> leaves, Map<String, Tensor> results) {
    Tensor total = tape.constant(TensorLayout.of(), 0);
    for (Map.Entry<String, Tensor> result : results.entrySet()) {
      Tensor y = result.getValue();
      String key = name + "." + result.getKey();
      assertEquals(vectors.layout(key), y.layout(), key);
      vectors.check(key, y.toArray());
      Tensor dy = tape.constant(y.layout(), vectors.get(name + ".d" + result.getKey()));
      Tensor product = ReduceOps.sum(tape, ElementwiseOps.mul(tape, y, dy));
      total = ElementwiseOps.add(tape, total, product);
    }
    total.backward();
    leaves.forEach(
        (input, leaf) -> vectors.check(name + ".d" + input, leaf.gradient().toArray(JAVA_FLOAT)));
  }
}
