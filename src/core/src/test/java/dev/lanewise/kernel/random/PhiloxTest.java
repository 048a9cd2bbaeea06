package dev.lanewise.kernel.random;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PhiloxTest {
  /** The known answers that the authors distribute with their generator, Random123. */
  @Test
  void itGivesTheKnownAnswers() {
    assertAnswer(new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, 0, 0, 0, 0, 0, 0);
    assertAnswer(
        new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, -1, -1, -1, -1, -1, -1);
    assertAnswer(
        new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
        0x243f6a88,
        0x85a308d3,
        0x13198a2e,
        0x03707344,
        0xa4093822,
        0x299f31d0);
  }

  private static void assertAnswer(int[] words, int c0, int c1, int c2, int c3, int k0, int k1) {
    for (int word = 0; word < 4; word++) {
      assertEquals(words[word], Philox.word(word, c0, c1, c2, c3, k0, k1));
    }
  }

  /** Every element has a counter and a word of its own: no two share random bits. */
  @Test
  void elementsMapOneToOneToWords() {
    Set<Integer> words = new HashSet<>();
    Set<Integer> expected = new HashSet<>();
    for (int group = 0; group < 4; group++) {
      for (int place = 0; place < Philox.GROUP; place++) {
        words.add(Philox.word(7, 3, 5, group * (long) Philox.GROUP + place));
      }
      for (int counter = 0; counter < Philox.COUNTERS; counter++) {
        for (int word = 0; word < 4; word++) {
          int c0 = group * Philox.COUNTERS + counter;
          expected.add(Philox.word(word, c0, 3, 5, 0, 7, 0));
        }
      }
    }
    assertEquals(4 * Philox.GROUP, words.size());
    assertEquals(expected, words);
  }

  @Test
  void theMappingIsTheDocumentedOne() {
    long element = 5L * Philox.GROUP + 45;
    assertEquals(
        Philox.word(3, 5 * 16 + 6, -9, 0x89abcdef, 0x01234567, 0x76543210, 0xfedcba98),
        Philox.word(0xfedcba9876543210L, -9, 0x0123456789abcdefL, element));
  }
}
