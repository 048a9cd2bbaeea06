package dev.lanewise.jmh.peers;

import java.util.Arrays;

/** Sizes of a linear layer: outputs = inputs * weight, with as many rows as tokens. */
record Layer(int tokens, int inputs, int outputs) {
  /** From {@code tokens x inputs x outputs} without the blanks. */
  static Layer of(String text) {
    int[] sizes = Arrays.stream(text.split("x", -1)).mapToInt(Integer::parseInt).toArray();
    if (sizes.length != 3) {
      throw new IllegalArgumentException("want tokens x inputs x outputs, 1024x768x3072: " + text);
    }
    return new Layer(sizes[0], sizes[1], sizes[2]);
  }
}
