package dev.lanewise.autograd.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The inputs of the op that is being recorded: which of them its vjp reads. */
public final class OpInputs {
  private final List<Values> inputs = new ArrayList<>();
  private int[] keeps = new int[8];
  private boolean complete;

  /** No inputs yet. */
  public OpInputs() {}

  /** An input of the op that comes next or is at work. */
  public void add(Values input) {
    if (complete) {
      inputs.clear();
      complete = false;
    }
    if (inputs.size() == keeps.length) {
      keeps = Arrays.copyOf(keeps, 2 * keeps.length);
    }
    keeps[inputs.size()] = input.keeps();
    inputs.add(input);
  }

  /** The op has no gradient: the next input is that of another one. */
  public void end() {
    complete = true;
  }

  /** Ends an op: those of its inputs, and its output, that were kept since they were added. */
  public Saved save(Values output) {
    complete = true;
    List<Values> saved = new ArrayList<>(2);
    for (int i = 0; i < inputs.size(); i++) {
      if (inputs.get(i).keeps() > keeps[i]) {
        saved.add(inputs.get(i));
      }
    }
    if (output.keeps() > 0) {
      saved.add(output);
    }
    return Saved.of(saved);
  }
}
