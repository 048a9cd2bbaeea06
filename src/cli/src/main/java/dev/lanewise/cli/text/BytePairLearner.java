package dev.lanewise.cli.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Learns the merges of {@link BytePairs}: again and again the most frequent pair, of equally
 * frequent ones that with the smallest tokens. The same text gives the same merges.
 */
final class BytePairLearner {
  /** What is read of a text, in this many slices that are spread evenly over it. */
  private static final int SLICES = 64;

  private static final int SLICE_BYTES = 1 << 16;

  /** A pair that is seen less often is no token: it would not be learnt. */
  private static final long LEAST_COUNT = 2;

  /** A piece and how often it was seen. */
  private static final class Word {
    private final int[] tokens;
    private int length;
    private long count;

    Word(String piece) {
      byte[] raw = piece.getBytes(StandardCharsets.ISO_8859_1);
      tokens = new int[raw.length];
      for (int i = 0; i < raw.length; i++) {
        tokens[i] = raw[i] & 0xff;
      }
      length = tokens.length;
    }

    boolean has(int left, int right) {
      for (int i = 0; i + 1 < length; i++) {
        if (tokens[i] == left && tokens[i + 1] == right) {
          return true;
        }
      }
      return false;
    }
  }

  private final List<Word> words;
  private final Map<Long, Long> counts = new HashMap<>();

  private BytePairLearner(List<Word> words) {
    this.words = words;
    words.forEach(word -> count(word, 1));
  }

  /**
   * Learns from a text.
   *
   * @param vocabulary tokens there are to be in the end, the 256 bytes included; fewer if no pair
   *     is seen twice any more
   */
  static BytePairs learn(byte[] text, int vocabulary) {
    Map<String, Word> words = new HashMap<>();
    List<Word> order = new ArrayList<>();
    int slices = text.length <= SLICES * SLICE_BYTES ? 1 : SLICES;
    int bytes = slices == 1 ? text.length : SLICE_BYTES;
    for (int slice = 0; slice < slices; slice++) {
      int begin = (int) ((long) text.length * slice / slices);
      Pieces.forEach(
          text,
          begin,
          begin + bytes,
          piece -> {
            Word word = words.get(piece);
            if (word == null) {
              word = new Word(piece);
              words.put(piece, word);
              order.add(word);
            }
            word.count++;
          });
    }
    return new BytePairs(new BytePairLearner(order).merges(vocabulary - BytePairs.BYTES));
  }

  private int[] merges(int most) {
    int[] pairs = new int[2 * most];
    for (int i = 0; i < most; i++) {
      long pair = mostFrequent();
      if (pair < 0) {
        return Arrays.copyOf(pairs, 2 * i);
      }
      pairs[2 * i] = (int) (pair >>> 32);
      pairs[2 * i + 1] = (int) pair;
      merge(pairs[2 * i], pairs[2 * i + 1], BytePairs.BYTES + i);
    }
    return pairs;
  }

  private long mostFrequent() {
    long best = -1;
    long most = LEAST_COUNT - 1;
    for (Map.Entry<Long, Long> entry : counts.entrySet()) {
      long count = entry.getValue();
      if (count > most || (count == most && best >= 0 && entry.getKey() < best)) {
        most = count;
        best = entry.getKey();
      }
    }
    return best;
  }

  private void merge(int left, int right, int merged) {
    for (Word word : words) {
      if (word.has(left, right)) {
        count(word, -1);
        word.length = BytePairs.replace(word.tokens, word.length, left, right, merged);
        count(word, 1);
      }
    }
  }

  private void count(Word word, int sign) {
    for (int i = 0; i + 1 < word.length; i++) {
      long key = BytePairs.key(word.tokens[i], word.tokens[i + 1]);
      long count = counts.merge(key, sign * word.count, Long::sum);
      if (count == 0) {
        counts.remove(key);
      }
    }
  }
}
