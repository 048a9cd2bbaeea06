package dev.lanewise.cli.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.cli.report.UserError;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerTest {
  private static final byte[] TEXT =
      "public static void main(String[] args) {\n  return;\n}\n\0public final int i = 42;\n"
          .repeat(20)
          .getBytes(UTF_8);

  private static final Tokenizer PAIRS = Tokenizer.learn("bpe", 300, TEXT);

  private static byte[] decoded(Tokenizer tokenizer, Tokens tokens) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (int i = 0; i < tokens.length(); i++) {
      text.writeBytes(tokenizer.bytes(tokens.at(i)));
    }
    return text.toByteArray();
  }

  @Property(tries = 300)
  void theBytesOfTheTokensAreTheText(@ForAll byte[] text) {
    assertArrayEquals(text, decoded(PAIRS, PAIRS.encode(text)));
    Tokenizer bytes = new ByteTokenizer();
    assertArrayEquals(text, decoded(bytes, bytes.encode(text)));
  }

  @Test
  void aTextThatIsLearntFromTakesFarFewerTokensThanBytes() {
    assertTrue(PAIRS.vocabulary() > 256 && PAIRS.vocabulary() <= 300);
    assertTrue(PAIRS.encode(TEXT).length() * 2 < TEXT.length);
    assertEquals(TEXT.length, new ByteTokenizer().encode(TEXT).length());
  }

  @Test
  void theMostFrequentPairIsLearntFirstAndOfEqualOnesThatWithTheSmallestTokens() {
    assertEquals("98 99", merges("bc bc bc de de", 257));
    assertEquals("98 99", merges("de de bc bc", 257));
    assertEquals("97 98 256 99", merges("abc abc abc ab", 258));
  }

  private static String merges(String text, int vocabulary) {
    // Without the blanks, which are tokens of their own and join words.
    return Tokenizer.learn("bpe", vocabulary, text.replace(' ', '\n').getBytes(UTF_8)).merges();
  }

  @Test
  void noTokenIsLearntThatWasSeenOnce() {
    assertEquals(256, Tokenizer.learn("bpe", 300, "abcdefg".getBytes(UTF_8)).vocabulary());
  }

  @Test
  void noTokenCrossesTheEndOfAFileOrAWord() {
    List<String> pieces = new ArrayList<>();
    byte[] text = "if (x1 ==  y)\n\n\0 end".getBytes(UTF_8);
    Pieces.forEach(text, 0, text.length, pieces::add);
    assertEquals(
        List.of("if", " (", "x", "1", " ==", " ", " y", ")", "\n\n", "\0", " end"), pieces);
    Tokenizer joined = Tokenizer.learn("bpe", 300, "a\0a\0a\0a\0".getBytes(UTF_8));
    assertEquals(256, joined.vocabulary());
  }

  @Test
  void theSameTextGivesTheSameMergesAndTheyComeBackFromTheirText() {
    assertEquals(PAIRS.merges(), Tokenizer.learn("bpe", 300, TEXT).merges());
    Tokenizer read = Tokenizer.of("bpe", PAIRS.merges());
    assertEquals(PAIRS.merges(), read.merges());
    Tokens again = read.encode(TEXT);
    Tokens tokens = PAIRS.encode(TEXT);
    assertEquals(tokens.length(), again.length());
    for (int i = 0; i < again.length(); i++) {
      assertEquals(tokens.at(i), again.at(i));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "97, an even number",
    "97 x, an earlier one",
    "97 256, an earlier one",
    "97 -1, an earlier one",
    "97 300, an earlier one",
    "97 97 256 256 257 257 258 258 259 259 260 260 261 261, less"
  })
  void mergesThatAreNotSoundAreOneSentence(String merges, String part) {
    UserError error = assertThrows(UserError.class, () -> Tokenizer.of("bpe", merges));
    assertTrue(String.valueOf(error.getMessage()).contains(part), error.getMessage());
  }

  @Test
  void anUnknownTokenizerIsToldWhichThereAre() {
    UserError error = assertThrows(UserError.class, () -> Tokenizer.of("words", ""));
    assertEquals("there is no tokenizer \"words\": give one of bytes, bpe", error.getMessage());
  }
}
