package dev.lanewise.cli.corpus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class CountModelTest {
  /** 256 probabilities of some roundings each. */
  private static final double TOLERANCE = 1e-12;

  @Property(tries = 20)
  void probabilitiesSumToOneAfterEveryContext(
      @ForAll @Size(min = 1, max = 500) byte[] text, @ForAll @IntRange(max = 6) int order) {
    CountModel model = CountModel.fit(text, order);
    Random random = new Random(text.length);
    for (int i = 0; i < 50; i++) {
      // The end of a part of the text, or anything.
      long context = random.nextLong();
      for (int at = random.nextInt(text.length), n = 0; i % 2 == 0 && n < 4; n++, at++) {
        context = (context << 8) | (text[at % text.length] & 0xff);
      }
      double sum = 0;
      for (int c = 0; c < 256; c++) {
        double p = model.probability(context, c);
        assertTrue(p > 0, "P(" + c + "|" + Long.toHexString(context) + ") = " + p);
        sum += p;
      }
      assertEquals(1, sum, TOLERANCE);
    }
  }

  /** The formula with strings for keys. */
  @Property(tries = 20)
  void probabilitiesAreThoseOfTheDefinition(
      @ForAll @Size(min = 1, max = 300) List<@CharRange(from = 'a', to = 'd') Character> letters,
      @ForAll @IntRange(max = 4) int order) {
    StringBuilder text = new StringBuilder("\0".repeat(order));
    letters.forEach(text::append);
    List<Map<String, Integer>> counts = new ArrayList<>();
    for (int o = 0; o <= order; o++) {
      counts.add(new HashMap<>());
    }
    for (int end = order + 1; end <= text.length(); end++) {
      counts.get(order).merge(text.substring(end - order - 1, end), 1, Integer::sum);
    }
    for (int o = order - 1; o >= 0; o--) {
      for (String longer : counts.get(o + 1).keySet()) {
        counts.get(o).merge(longer.substring(1), 1, Integer::sum);
      }
    }
    CountModel model = CountModel.fit(text.substring(order).getBytes(UTF_8), order);
    for (int end = order; end < text.length(); end += 7) {
      String context = text.substring(end - order, end);
      long packed = 0;
      for (int i = 0; i < order; i++) {
        packed = (packed << 8) | context.charAt(i);
      }
      for (char c = 'a'; c <= 'e'; c++) {
        double p = model.probability(packed, c);
        assertEquals(defined(counts, context, c, order), p, 1e-12 * p);
      }
    }
  }

  private static double defined(
      List<Map<String, Integer>> counts, String context, char c, int order) {
    String h = context.substring(context.length() - order);
    double lower = order == 0 ? 1.0 / 256 : defined(counts, context, c, order - 1);
    double[] discounts = new double[4];
    double[] seen = new double[5];
    counts.get(order).values().stream().filter(n -> n <= 4).forEach(n -> seen[n]++);
    for (int n = 1; n <= 3; n++) {
      double d = n - (n + 1) * (seen[1] / (seen[1] + 2 * seen[2])) * seen[n + 1] / seen[n];
      discounts[n] = Double.isFinite(d) ? Math.min(Math.max(d, 0.05), n - 0.05) : 0.5;
    }
    double sum = 0;
    double taken = 0;
    for (Map.Entry<String, Integer> gram : counts.get(order).entrySet()) {
      if (gram.getKey().startsWith(h)) {
        sum += gram.getValue();
        taken += discounts[Math.min(gram.getValue(), 3)];
      }
    }
    int n = counts.get(order).getOrDefault(h + c, 0);
    return sum == 0 ? lower : (n - discounts[Math.min(n, 3)] + taken * lower) / sum;
  }

  @Test
  void aTextOfARepeatedTripleCostsAlmostNothing() {
    byte[] text = "abc".repeat(10_000).getBytes(UTF_8);
    assertTrue(CountModel.fit(text, 2).bitsPerByte(text) < 0.01);
  }

  @Test
  void uniformNoiseCostsEightBitsAndNotMuchMore() {
    byte[] train = new byte[1 << 20];
    byte[] test = new byte[1 << 16];
    new Random(1).nextBytes(train);
    new Random(2).nextBytes(test);
    assertEquals(8, CountModel.fit(train, 2).bitsPerByte(test), 0.1);
  }

  @Test
  void theEntropyOfASourceOfItsOrderIsReachedAndNoneOfALowerOne() {
    // Each bit is the exclusive or of two before it, flipped with probability 0.11: entropy 0.4999
    // bits, and 1 for who sees fewer bytes.
    for (int order = 2; order <= 4; order++) {
      byte[] train = noisyParity(1 << 20, order, 1);
      byte[] test = noisyParity(1 << 17, order, 2);
      assertEquals(0.4999, CountModel.fit(train, order).bitsPerByte(test), 0.01);
      assertEquals(1, CountModel.fit(train, order - 1).bitsPerByte(test), 0.01);
    }
  }

  private static byte[] noisyParity(int n, int order, long seed) {
    Random random = new Random(seed);
    byte[] text = new byte[n];
    for (int i = order; i < n; i++) {
      text[i] = (byte) (text[i - 1] ^ text[i - order] ^ (random.nextDouble() < 0.11 ? 1 : 0));
    }
    return text;
  }

  @Test
  void ordersThatDoNotFitAreRefused() {
    for (int order : new int[] {-1, 7}) {
      assertEquals(
          "order = " + order + ": it must be from 0 to 6",
          assertThrows(IllegalArgumentException.class, () -> CountModel.fit(new byte[1], order))
              .getMessage());
    }
  }

  @Test
  void gzipCountsTheWholeFileWithItsFrame() {
    // A deflate block of three bytes, ten bytes of header, eight of trailer.
    assertEquals(8.0 * 21, Compressors.gzip(new byte[] {'x'}));
    assertTrue(Compressors.gzip("abc".repeat(10_000).getBytes(UTF_8)) < 0.05);
    assertEquals(8, Compressors.gzip(noise(100_000)), 0.01);
  }

  @Test
  void xzCountsTheWholeFileAndLooksBackFurtherThanGzip() {
    // What the command xz writes for one byte.
    assertEquals(8.0 * 60, Compressors.xz(new byte[] {'x'}));
    byte[] noise = noise(100_000);
    assertEquals(8, Compressors.xz(noise), 0.02);
    byte[] twice = Arrays.copyOf(noise, 2 * noise.length);
    System.arraycopy(noise, 0, twice, noise.length, noise.length);
    assertEquals(8, Compressors.gzip(twice), 0.01);
    assertEquals(4, Compressors.xz(twice), 0.05);
  }

  private static byte[] noise(int length) {
    byte[] noise = new byte[length];
    new Random(1).nextBytes(noise);
    return noise;
  }
}
