package dev.lanewise.autograd.engine;

import dev.lanewise.parallel.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Computations over fixed memory, in order: what a step comes to once its ops have been seen. */
public final class Program {
  private final List<Consumer<Workers>> computations = new ArrayList<>();

  /** An empty program. */
  public Program() {}

  /** Appends a computation. */
  public void add(Consumer<Workers> computation) {
    computations.add(computation);
  }

  /** How many computations there are. */
  public int size() {
    return computations.size();
  }

  /** Runs all of them; allocates nothing itself. */
  public void run(Workers workers) {
    for (int i = 0; i < computations.size(); i++) {
      computations.get(i).accept(workers);
    }
  }
}
