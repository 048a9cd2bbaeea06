package dev.lanewise.cli.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The shapes that are drawn to be told apart. */
class DrawnShapesTest {
  @Test
  void theSameSeedDrawsTheSameImagesAndAnotherOneOthers() {
    String first = DrawnShapes.draw(16, 1).fingerprint();
    assertEquals(first, DrawnShapes.draw(16, 1).fingerprint());
    assertNotEquals(first, DrawnShapes.draw(16, 2).fingerprint());
  }

  @Test
  void eachClassIsDrawnAsOften() {
    LabelledImages images = DrawnShapes.draw(64, 1);
    Map<Integer, Integer> counts = new HashMap<>();
    for (int i = 0; i < images.count(); i++) {
      counts.merge(images.label(i), 1, Integer::sum);
    }
    assertEquals(DrawnShapes.CLASSES.size(), counts.size());
    counts.values().forEach(count -> assertEquals(8, count));
  }

  /** In each image, the pixels that are nearer to the colour of a corner than to any other. */
  @Test
  void aShapeCoversSomeOfItsImageAndLeavesTheCornersFree() {
    LabelledImages images = DrawnShapes.draw(80, 3);
    int side = DrawnShapes.SIDE;
    for (int image = 0; image < images.count(); image++) {
      int covered = 0;
      for (int pixel = 0; pixel < side * side; pixel++) {
        int most = 0;
        for (int c = 0; c < DrawnShapes.CHANNELS; c++) {
          int difference =
              images.element(image, pixel * DrawnShapes.CHANNELS + c) - images.element(image, c);
          most = Math.max(most, Math.abs(difference));
        }
        // Noise is at most 24 on either side, the colours are 80 apart.
        covered += most > 50 ? 1 : 0;
      }
      assertTrue(covered > 10 && covered < side * side * 3 / 4, "image " + image + ": " + covered);
    }
  }
}
