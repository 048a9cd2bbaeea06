package dev.lanewise.nn.vision;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Augmentation: what it may do to an image, how often, and that it can be repeated. */
class AugmentationTest {
  private static final int SIDE = 5;
  private static final int CHANNELS = 2;
  private static final int IMAGE = SIDE * SIDE * CHANNELS;

  /** Images whose elements are all different and not 0. */
  private static float[] images(int samples) {
    float[] values = new float[samples * IMAGE];
    for (int i = 0; i < values.length; i++) {
      values[i] = 1 + i;
    }
    return values;
  }

  private static float[] apply(Augmentation augmentation, float[] images, long step) {
    MemorySegment to = MemorySegment.ofArray(new float[images.length]);
    TensorLayout layout = TensorLayout.of(images.length / IMAGE, SIDE, SIDE, CHANNELS);
    augmentation.apply(layout, MemorySegment.ofArray(images), to, step);
    return to.toArray(JAVA_FLOAT);
  }

  /** The image moved by so many lines and columns, turned first, zeros where nothing is. */
  private static float[] changed(float[] image, int down, int right, boolean turned) {
    float[] y = new float[IMAGE];
    for (int line = 0; line < SIDE; line++) {
      for (int column = 0; column < SIDE; column++) {
        int fromLine = line - down;
        int fromColumn = (turned ? SIDE - 1 - column : column) - right;
        if (fromLine >= 0 && fromLine < SIDE && fromColumn >= 0 && fromColumn < SIDE) {
          for (int c = 0; c < CHANNELS; c++) {
            y[(line * SIDE + column) * CHANNELS + c] =
                image[(fromLine * SIDE + fromColumn) * CHANNELS + c];
          }
        }
      }
    }
    return y;
  }

  @Test
  void withoutAnyChangeImagesStayAsTheyAre() {
    assertArrayEquals(images(3), apply(new Augmentation(1, 0, false, 0), images(3), 4));
  }

  @Test
  void eachImageIsMovedAndTurnedInOneOfAllWays() {
    float[] images = images(1);
    Augmentation augmentation = new Augmentation(1, 1, true, 0);
    Set<Integer> seen = new HashSet<>();
    for (int step = 0; step < 400; step++) {
      float[] got = apply(augmentation, images, step);
      int found = -1;
      for (int way = 0; way < 18; way++) {
        if (Arrays.equals(got, changed(images, way % 3 - 1, way / 3 % 3 - 1, way >= 9))) {
          found = way;
        }
      }
      assertTrue(found >= 0, Arrays.toString(got));
      seen.add(found);
    }
    // Each of the 18 is missed in 400 draws with a probability of 1e-10.
    assertEquals(18, seen.size());
  }

  @Test
  void aStepThatIsTakenAgainSeesTheSameAndAnotherOneSomethingElse() {
    Augmentation augmentation = new Augmentation(7, 2, true, 0.1f);
    float[] first = apply(augmentation, images(4), 3);
    assertArrayEquals(first, apply(augmentation, images(4), 3));
    assertFalse(Arrays.equals(first, apply(augmentation, images(4), 4)));
    assertFalse(Arrays.equals(first, apply(new Augmentation(8, 2, true, 0.1f), images(4), 3)));
  }

  @Test
  void noiseIsUniformAroundZero() {
    float[] images = new float[400 * IMAGE];
    double sum = 0;
    double squares = 0;
    for (float value : apply(new Augmentation(1, 0, false, 0.5f), images, 0)) {
      assertTrue(value >= -0.5f && value < 0.5f);
      sum += value;
      squares += value * value;
    }
    int n = images.length;
    // Variance 1 / 12; five standard deviations of the means of n values and of n squares.
    assertEquals(0, sum / n, 5 / Math.sqrt(12.0 * n));
    assertEquals(1 / 12.0, squares / n, 5 / Math.sqrt(180.0 * n));
  }

  @Test
  void whatDoesNotFitIsNamed() {
    assertMessage("shift = -1", () -> new Augmentation(1, -1, false, 0));
    assertMessage("noise = NaN", () -> new Augmentation(1, 0, false, Float.NaN));
    MemorySegment none = MemorySegment.ofArray(new float[2]);
    assertMessage(
        "augmentation of 2: four dimensions",
        () -> new Augmentation(1, 0, false, 0).apply(TensorLayout.of(2), none, none, 0));
  }

  private static void assertMessage(String part, Runnable call) {
    String message =
        String.valueOf(assertThrows(IllegalArgumentException.class, call::run).getMessage());
    assertTrue(message.contains(part), message);
  }
}
