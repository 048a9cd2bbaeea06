package dev.lanewise.optim.averaged;

import dev.lanewise.io.Safetensors;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;
import java.util.SequencedMap;

/** The weights of the steps in the average, for each group, and what the parameters hold. */
final class StepWeights {
  private static final int FIELDS = 3;

  /**
   * For each group the sum of the weights in two floats, which hold it to 48 bits and can be saved,
   * and the largest learning rate.
   */
  private final float[] state;

  private boolean averaged;

  StepWeights(int groups) {
    state = new float[Math.multiplyExact(FIELDS, groups)];
  }

  /** The part of the next step in the average. */
  float next(int group, float lr) {
    if (averaged) {
      throw new IllegalStateException(
          "the average stands in the place of the parameters: go back to training before the next"
              + " step");
    }
    int at = Math.multiplyExact(FIELDS, group);
    float largest = Math.max(state[at + 2], lr);
    double weight = (double) largest * largest;
    double sum = (double) state[at] + state[at + 1] + weight;
    state[at] = (float) sum;
    state[at + 1] = (float) (sum - state[at]);
    state[at + 2] = largest;
    return sum > 0 ? (float) (weight / sum) : 0;
  }

  void toAverage() {
    if (averaged || state[2] == 0) {
      throw new IllegalStateException(
          "there is no average to go to: it is there already, or no step was taken");
    }
    averaged = true;
  }

  void toTraining() {
    if (!averaged) {
      throw new IllegalStateException("the parameters are those of training already");
    }
    averaged = false;
  }

  void putState(SequencedMap<String, Safetensors.Entry> entries) {
    entries.put(
        "optimizer.stepWeights",
        new Safetensors.Entry(TensorLayout.of(state.length), MemorySegment.ofArray(state)));
  }
}
