package dev.lanewise.cli.corpus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class CountModelTest {
  /**
   * Float tables: 256 probabilities with a relative error of 2^-24 each, and a few roundings on the
   * way.
   */
  private static final double TOLERANCE = 1e-5;

  @Property(tries = 10)
  void probabilitiesSumToOneAfterEveryContext(@ForAll @Size(min = 1, max = 500) byte[] text) {
    CountModel model = CountModel.fit(text);
    Random random = new Random(text.length);
    for (int i = 0; i < 50; i++) {
      int at = random.nextInt(text.length);
      int a = i % 2 == 0 || at == 0 ? random.nextInt(256) : text[at - 1] & 0xff;
      int b = i % 3 == 0 ? random.nextInt(256) : text[at] & 0xff;
      double sum = 0;
      for (int c = 0; c < 256; c++) {
        double p = model.probability(a, b, c);
        assertTrue(p > 0, "P(" + c + "|" + a + "," + b + ") = " + p);
        sum += p;
      }
      assertEquals(1, sum, TOLERANCE);
    }
  }

  @Test
  void aTextOfARepeatedTripleCostsAlmostNothing() {
    byte[] text = "abc".repeat(10_000).getBytes(UTF_8);
    assertTrue(CountModel.fit(text).bitsPerByte(text) < 0.01);
  }

  @Test
  void uniformNoiseCostsEightBitsAndNotMuchMore() {
    byte[] train = new byte[1 << 20];
    byte[] test = new byte[1 << 16];
    new Random(1).nextBytes(train);
    new Random(2).nextBytes(test);
    assertEquals(8, CountModel.fit(train).bitsPerByte(test), 0.1);
  }

  @Test
  void theEntropyOfASourceOfOrderTwoIsReached() {
    // Each bit is the exclusive or of the two before it, flipped with probability 0.11: entropy
    // 0.4999 bits.
    byte[] train = noisyParity(1 << 20, 1);
    byte[] test = noisyParity(1 << 17, 2);
    assertEquals(0.4999, CountModel.fit(train).bitsPerByte(test), 0.01);
  }

  private static byte[] noisyParity(int n, long seed) {
    Random random = new Random(seed);
    byte[] text = new byte[n];
    for (int i = 2; i < n; i++) {
      text[i] = (byte) (text[i - 1] ^ text[i - 2] ^ (random.nextDouble() < 0.11 ? 1 : 0));
    }
    return text;
  }

  @Test
  void theMeanOverAllPositionsIsTheMeanOverTheText() {
    byte[] text = "the quick brown fox jumps over the lazy dog".repeat(5).getBytes(UTF_8);
    CountModel model = CountModel.fit("a lazy fox".getBytes(UTF_8));
    int[] positions = new int[text.length];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = i;
    }
    assertEquals(model.bitsPerByte(text), model.bitsPerByte(text, positions), 1e-12);
  }

  @Test
  void gzipCountsTheWholeFileWithItsFrame() {
    // A deflate block of three bytes, ten bytes of header, eight of trailer.
    assertEquals(8.0 * 21, GzipBaseline.bitsPerByte(new byte[] {'x'}));
    assertTrue(GzipBaseline.bitsPerByte("abc".repeat(10_000).getBytes(UTF_8)) < 0.05);
    byte[] noise = new byte[100_000];
    new Random(1).nextBytes(noise);
    assertEquals(8, GzipBaseline.bitsPerByte(noise), 0.01);
  }
}
