package dev.lanewise.cli.sampling;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.cli.model.Predictor;
import dev.lanewise.cli.model.mlp.MlpShape;
import dev.lanewise.cli.text.ByteTokenizer;
import dev.lanewise.cli.text.Tokenizer;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static final Choice ALL = Choice.of(1);

  @Test
  void aSeedRepeatsItsTextAndAnotherGivesAnother() {
    try (Slab slab = Slab.open("sample");
        Predictor predictor =
            new MlpShape(256, 16, 4, 8, 1).random(slab, 1).predictor(slab, Workers.shared())) {
      Sampler sampler = new Sampler(predictor, new ByteTokenizer());
      byte[] prompt = "ab".getBytes(UTF_8);
      byte[] text = sampler.generate(prompt, 50, ALL, 7);
      assertEquals(50, text.length);
      assertArrayEquals(text, sampler.generate(prompt, 50, ALL, 7));
      assertFalse(Arrays.equals(text, sampler.generate(prompt, 50, ALL, 8)));
      Choice greedy = Choice.of(0);
      assertArrayEquals(
          sampler.generate(prompt, 50, greedy, 7), sampler.generate(prompt, 50, greedy, 8));
    }
  }

  /** Says that the token after t is t + 1, and notes what it was asked. */
  private static final class Counting implements Predictor {
    private final int vocabulary;
    private final List<Integer> read = new ArrayList<>();
    private int restarts;

    Counting(int vocabulary) {
      this.vocabulary = vocabulary;
    }

    @Override
    public void restart() {
      restarts++;
    }

    @Override
    public float[] read(int... tokens) {
      for (int token : tokens) {
        read.add(token);
      }
      float[] logits = new float[vocabulary];
      logits[(tokens[tokens.length - 1] + 1) % vocabulary] = 100;
      return logits;
    }

    @Override
    public void close() {}
  }

  @Test
  void eachTokenIsReadOnceAndItsBytesAreHandedOnAsItIsDrawn() {
    Counting counting = new Counting(256);
    List<String> parts = new ArrayList<>();
    new Sampler(counting, new ByteTokenizer())
        .generate("xa".getBytes(UTF_8), 3, ALL, 1, bytes -> parts.add(new String(bytes, UTF_8)));
    assertEquals(List.of("b", "c", "d"), parts);
    assertEquals(List.of((int) 'x', (int) 'a', (int) 'b', (int) 'c'), counting.read);
    assertEquals(1, counting.restarts);
  }

  @Test
  void anEmptyPromptBeginsAFile() {
    Counting counting = new Counting(256);
    byte[] text = new Sampler(counting, new ByteTokenizer()).generate(new byte[0], 1, ALL, 1);
    assertArrayEquals(new byte[] {1}, text);
    assertEquals(List.of(Tokenizer.END_OF_FILE), counting.read);
  }

  @Test
  void aTokenOfSeveralBytesIsNotCut() {
    Tokenizer pairs = Tokenizer.of("bpe", "97 98 256 99");
    Counting counting = new Counting(pairs.vocabulary());
    byte[] text = new Sampler(counting, pairs).generate("ab".getBytes(UTF_8), 1, ALL, 1);
    assertEquals("abc", new String(text, UTF_8));
  }

  @Property(tries = 200)
  void noControlCharacterReachesTheTerminal(@ForAll byte[] bytes) {
    String text = Printable.of(bytes);
    assertTrue(
        text.chars().noneMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t'), text);
  }

  @Property(tries = 200)
  void textThatComesInPiecesIsTheTextAsAWhole(
      @ForAll byte[] bytes, @ForAll @IntRange(min = 1, max = 5) int size) {
    assertEquals(Printable.of(bytes), inPieces(bytes, size));
  }

  @Test
  void aCharacterThatIsCutIsHeldBack() {
    String text = "\u00fcber \ud83d\ude00\r\nend\r";
    byte[] bytes = text.getBytes(UTF_8);
    for (int size = 1; size < 6; size++) {
      assertEquals("\u00fcber \ud83d\ude00\nend\u240d", inPieces(bytes, size));
    }
    Printable printable = new Printable();
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    shown.writeBytes(printable.add(Arrays.copyOf(bytes, 1)).getBytes(UTF_8));
    assertEquals(0, shown.size());
  }

  private static String inPieces(byte[] bytes, int size) {
    Printable printable = new Printable();
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < bytes.length; at += size) {
      text.append(printable.add(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size))));
    }
    return text.append(printable.end()).toString();
  }

  @Test
  void readableTextStaysAsItIs() {
    assertEquals(
        "{\n\tint x; // \u00fcber\n}",
        Printable.of("{\r\n\tint x; // \u00fcber\n}".getBytes(UTF_8)));
    assertEquals("a\n[end of file]\nb\u241b[31m", Printable.of("a\0b\033[31m".getBytes(UTF_8)));
  }
}
