package dev.lanewise.nn.recurrent;

/**
 * The sizes of a recurrent network.
 *
 * @param inputs elements of an input, at least 1
 * @param hidden elements of a state, at least 1
 * @param layers at least 1; each reads the outputs of the one before it
 * @param bidirectional whether a second direction reads each sequence from its end
 * @param bias whether both products of a step have a bias
 */
public record RecurrentConfig(
    long inputs, long hidden, int layers, boolean bidirectional, boolean bias) {
  /** Checks every size. */
  public RecurrentConfig {
    requireAtLeastOne("inputs", inputs);
    requireAtLeastOne("hidden", hidden);
    requireAtLeastOne("layers", layers);
  }

  /** One layer in one direction, with biases. */
  public static RecurrentConfig of(long inputs, long hidden) {
    return new RecurrentConfig(inputs, hidden, 1, false, true);
  }

  /** The same with so many layers. */
  public RecurrentConfig withLayers(int number) {
    return new RecurrentConfig(inputs, hidden, number, bidirectional, bias);
  }

  /** The same in both directions. */
  public RecurrentConfig inBothDirections() {
    return new RecurrentConfig(inputs, hidden, layers, true, bias);
  }

  /** The same without biases. */
  public RecurrentConfig withoutBias() {
    return new RecurrentConfig(inputs, hidden, layers, bidirectional, false);
  }

  /** 1 or 2. */
  public int directions() {
    return bidirectional ? 2 : 1;
  }

  /** Elements of a row of the output. */
  public long outputs() {
    return Math.multiplyExact(directions(), hidden);
  }

  /** Elements of a row that goes into a layer. */
  long inputsOf(int layer) {
    return layer == 0 ? inputs : outputs();
  }

  private static void requireAtLeastOne(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " = " + value + ": at least 1 is wanted");
    }
  }
}
