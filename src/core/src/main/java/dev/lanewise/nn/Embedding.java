package dev.lanewise.nn;

import dev.lanewise.autograd.IndexOps;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A table of vectors, the parameter {@code name.weight} [rows, dim], read by index. */
public final class Embedding {
  private final Parameter weight;

  private Embedding(Parameter weight) {
    this.weight = weight;
  }

  /**
   * A table.
   *
   * @param name prefix of the parameter's name
   * @param rows indices there are, at least 1
   * @param dim elements of a vector, at least 1
   * @param init start values; nothing is summed in a look-up, so its fan-in is 1
   */
  public static Embedding of(Slab slab, String name, long rows, long dim, Init init) {
    if (rows < 1 || dim < 1) {
      throw new IllegalArgumentException(
          "embedding \""
              + name
              + "\" of "
              + rows
              + " vectors of "
              + dim
              + " elements: both have to be at least 1");
    }
    Parameter weight = Parameter.of(name + ".weight", TensorLayout.of(rows, dim), slab);
    init.fill(weight, 1);
    return new Embedding(weight);
  }

  /**
   * The vectors of the first {@code count} indices.
   *
   * @param indices native int32, each in {@code [0, rows)}; not to be changed before backward
   * @return [count, dim]
   */
  public Tensor forward(Tape tape, MemorySegment indices, long count) {
    return IndexOps.embedding(tape, weight, indices, count);
  }

  /** [rows, dim]. */
  public Parameter weight() {
    return weight;
  }

  /** The table alone. */
  public List<Parameter> parameters() {
    return List.of(weight);
  }
}
