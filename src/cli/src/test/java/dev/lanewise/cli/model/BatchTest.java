package dev.lanewise.cli.model;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.lanewise.cli.text.Tokens;
import dev.lanewise.memory.Slab;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchTest {
  private static int[] targets(Batch batch) {
    return batch.targets(batch.size()).toArray(JAVA_INT);
  }

  @Test
  void aContextBeforeTheStartOfTheTextIsFilledUpWithEndsOfFiles() {
    try (Slab slab = Slab.open("batch")) {
      Batch batch = new Batch(slab, 2, 4, 1);
      batch.set(0, Tokens.ofBytes("abcdef".getBytes(UTF_8)), 1);
      batch.set(1, Tokens.ofBytes(new byte[] {1, 2, 3, (byte) 0xff, (byte) 0xfe}), 4);
      assertArrayEquals(
          new int[] {0, 0, 0, 'a', 1, 2, 3, 255}, batch.contexts(2).toArray(JAVA_INT));
      assertArrayEquals(new int[] {'b', 254}, targets(batch));
      assertArrayEquals(new int[] {0, 0, 0, 'a'}, batch.contexts(1).toArray(JAVA_INT));
      assertArrayEquals(new int[] {'b'}, batch.targets(1).toArray(JAVA_INT));
    }
  }

  @Test
  void aRowOfManyPredictionsHasTheTokenAfterEachOfTheLast() {
    try (Slab slab = Slab.open("batch")) {
      Batch batch = new Batch(slab, 1, 4, 4);
      batch.set(0, Tokens.ofBytes("abcdef".getBytes(UTF_8)), 3);
      assertArrayEquals(new int[] {0, 'a', 'b', 'c'}, batch.contexts(1).toArray(JAVA_INT));
      assertArrayEquals(new int[] {'a', 'b', 'c', 'd'}, targets(batch));
      assertEquals(4, batch.targetCount());
    }
  }

  @Test
  void drawnBatchesReachTheWholeTextAndDifferFromStepToStep() {
    byte[] text = new byte[200];
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) i;
    }
    Tokens tokens = Tokens.ofBytes(text);
    try (Slab slab = Slab.open("draw")) {
      Batch batch = new Batch(slab, 4_000, 1, 1);
      batch.draw(tokens, 1, 0);
      int[] first = targets(batch);
      assertEquals(200, IntStream.of(first).distinct().count());
      batch.draw(tokens, 1, 1);
      assertFalse(Arrays.equals(first, targets(batch)));
      batch.draw(tokens, 2, 0);
      assertFalse(Arrays.equals(first, targets(batch)));
      batch.draw(tokens, 1, 0);
      assertArrayEquals(first, targets(batch));
    }
  }

  @Test
  void drawnRowsOfManyPredictionsLieInTheTextAsAWhole() {
    Tokens text = Tokens.ofBytes(new byte[] {1, 2, 3, 4, 5});
    try (Slab slab = Slab.open("draw")) {
      Batch batch = new Batch(slab, 500, 4, 4);
      batch.draw(text, 3, 0);
      int[] targets = targets(batch);
      assertEquals(1, IntStream.of(targets).min().orElseThrow());
      assertEquals(5, IntStream.of(targets).max().orElseThrow());
      for (int i = 0; i < targets.length; i += 4) {
        assertEquals(targets[i] + 3, targets[i + 3]);
      }
    }
  }
}
