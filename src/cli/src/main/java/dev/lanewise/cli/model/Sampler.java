package dev.lanewise.cli.model;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.autograd.Tape;
import dev.lanewise.cli.corpus.Corpus;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Draws text from a {@link ByteModel}, byte by byte. */
public final class Sampler {
  private final ByteModel model;
  private final Slab slab;
  private final Workers workers;
  private final Batch batch;

  /** Makes the memory for one context. */
  public Sampler(ByteModel model, Slab slab, Workers workers) {
    this.model = model;
    this.slab = slab;
    this.workers = workers;
    batch = new Batch(slab, 1, model.shape().context());
  }

  /**
   * Goes on after {@code prompt}.
   *
   * @param temperature divides the logits: 1 draws from the model's own distribution, 0 takes the
   *     likeliest byte
   * @return the new bytes alone
   */
  public byte[] generate(byte[] prompt, int count, double temperature, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] text = Arrays.copyOf(prompt, Math.addExact(prompt.length, count));
    double[] weights = new double[Shape.BYTES];
    for (int at = prompt.length; at < text.length; at++) {
      batch.set(0, text, at);
      try (Tape tape = Tape.noGrad(slab, workers)) {
        MemorySegment logits = model.forward(tape, batch.contexts(), 1).data();
        text[at] = (byte) draw(logits, weights, temperature, random);
      }
    }
    return Arrays.copyOfRange(text, prompt.length, text.length);
  }

  private static int draw(
      MemorySegment logits, double[] weights, double temperature, SplittableRandom random) {
    int likeliest = 0;
    for (int c = 1; c < Shape.BYTES; c++) {
      if (logits.getAtIndex(JAVA_FLOAT, c) > logits.getAtIndex(JAVA_FLOAT, likeliest)) {
        likeliest = c;
      }
    }
    if (temperature == 0) {
      return likeliest;
    }
    double most = logits.getAtIndex(JAVA_FLOAT, likeliest);
    double sum = 0;
    for (int c = 0; c < Shape.BYTES; c++) {
      weights[c] = Math.exp((logits.getAtIndex(JAVA_FLOAT, c) - most) / temperature);
      sum += weights[c];
    }
    double left = random.nextDouble() * sum;
    for (int c = 0; c < Shape.BYTES; c++) {
      left -= weights[c];
      if (left < 0) {
        return c;
      }
    }
    return likeliest;
  }

  /**
   * Bytes as text that a terminal can show: no byte of a model reaches it as a control character.
   */
  public static String printable(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (char c : new String(bytes, StandardCharsets.UTF_8).replace("\r\n", "\n").toCharArray()) {
      if (c == Corpus.END_OF_FILE) {
        text.append("\n[end of file]\n");
      } else if (c == '\n' || c == '\t') {
        text.append(c);
      } else if (c < ' ') {
        // The picture that Unicode has for this control character.
        text.append((char) (0x2400 + c));
      } else {
        text.append(c >= 0x7f && c < 0xa0 ? '\ufffd' : c);
      }
    }
    return text.toString();
  }
}
